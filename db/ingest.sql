-- name: lock_owner
-- What arrives for one owner is entered one after the other: which files belong together depends on who was first.
select pg_advisory_xact_lock(1768843109, %(owner_id)s::int)

-- name: lock_arrival
-- Both at once.
select pg_advisory_xact_lock(1768843109, %(owner_id)s::int), pg_advisory_xact_lock(%(key)s::bigint)

-- name: lock_bytes
-- Nobody may take these bytes out of the store while they are being entered, nor the other way round.
select pg_advisory_xact_lock(%(key)s::bigint)

-- name: file_by_hash
-- The file with these bytes (sidecars aside), its asset, and where it is kept.
select f.id as file_id, f.asset_id, f.kept, f.missing_since is not null as missing, a.deleted_at is not null as trashed,
  f.sha512 = a.sha512 as main
from file f join asset a on a.id = f.asset_id
where f.owner_id = %(owner_id)s and f.sha512 = %(sha512)s and f.role <> 'sidecar'

-- name: revision_by_hash
-- The asset that had these bytes before it was changed where it lies.
select r.asset_id, a.deleted_at is not null as trashed
from revision r join asset a on a.id = r.asset_id
where r.owner_id = %(owner_id)s and r.sha512 = %(sha512)s
order by r.id desc limit 1

-- name: files_by_content
-- Files that may have the same content; they are compared whole before that is believed.
select f.id, f.asset_id, f.mime, f.kept, f.location, a.deleted_at is not null as trashed
from file f join asset a on a.id = f.asset_id
where f.owner_id = %(owner_id)s and f.content = %(content)s and f.sha512 <> %(sha512)s
  and f.role <> 'sidecar' and f.missing_since is null
order by f.id

-- name: companions
-- Main files of other assets that may belong together with a file: by their name beside it, or by the content
-- identifier.
select f.id, f.asset_id, f.mime, f.pair_id, a.kind, f.kept, f.location, a.deleted_at is not null as trashed,
  coalesce(p.name, a.name) as name, p.name is not null as same_shot,
  coalesce(p.batch = %(batch)s and p.batch <> '', false) as together
from file f join asset a on a.id = f.asset_id and a.sha512 = f.sha512
left join lateral (
  select name, batch, at from file_place
  where file_id = f.id and folder = %(folder)s and shot = %(shot)s order by at desc limit 1) as p on true
where f.owner_id = %(owner_id)s and f.sha512 <> %(sha512)s and f.role <> 'sidecar' and f.missing_since is null
  and not exists (
    select from belonging b
    where b.owner_id = f.owner_id and b.other_sha512 = f.sha512 and b.deed = 'split' and b.undone_at is null)
  and f.id in (
    select file_id from file_place where folder = %(folder)s and shot = %(shot)s
    union
    select o.id from file o where o.owner_id = %(owner_id)s and o.pair_id = %(pair_id)s)
order by f.pair_id is not distinct from %(pair_id)s and f.pair_id is not null desc, together desc,
  f.mime <> 'image/jpeg', p.at desc nulls last, f.id

-- name: take_moving_part
-- The moving part that joined another photo by its name, and has the identifier of this one.
update file f set asset_id = %(asset_id)s
from asset a
where f.owner_id = %(owner_id)s and f.pair_id = %(pair_id)s and f.role = 'live' and f.asset_id <> %(asset_id)s
  and not exists (
    select from belonging b where b.owner_id = f.owner_id and b.other_sha512 = f.sha512 and b.undone_at is null)
  and a.id = f.asset_id and not exists (
    select from file m where m.asset_id = a.id and m.sha512 = a.sha512 and m.pair_id = f.pair_id)
returning a.id, a.owner_id

-- name: beside
-- Photos and videos that lay in the folder of a sidecar under one of the names that its photo may have, the latest
-- first; `told`: whether another sidecar came under the same name for it already.
select f.asset_id, f.mime, a.kind, p.name, p.original, p.batch = %(batch)s and p.batch <> '' as together,
  exists (
    select from file s join file_place q on q.file_id = s.id
    where s.asset_id = f.asset_id and s.role = 'sidecar' and s.sha512 <> %(sha512)s
      and q.folder = p.folder and q.key = %(key)s) as told
from file_place p join file f on f.id = p.file_id join asset a on a.id = f.asset_id
where f.owner_id = %(owner_id)s and f.role <> 'sidecar' and a.deleted_at is null and f.missing_since is null
  and p.folder = %(folder)s
  and (p.key = any(%(keys)s) or p.shot = any(%(shots)s) or p.original = any(%(originals)s)
       or p.key >= %(prefix)s and p.key < %(prefix)s || chr(1114111))
order by f.mime not like 'image/x-%%', a.kind, p.at desc, f.id desc

-- name: link_edited
-- What is an edited version of what, by names in one folder; answers the assets that learnt it.
with born as (
    select o.asset_id from file_place p join file o on o.id = p.file_id join asset a on a.id = o.asset_id
    where %(original)s::text is not null and p.folder = %(folder)s and p.shot = %(original)s
      and o.owner_id = %(owner_id)s and o.role <> 'sidecar' and o.asset_id <> %(asset_id)s and a.deleted_at is null
    order by p.at desc, o.id limit 1),
  later as (
    select e.asset_id from file_place p join file e on e.id = p.file_id
    where p.folder = %(folder)s and p.original = %(shot)s and e.owner_id = %(owner_id)s and e.role <> 'sidecar'
      and e.asset_id <> %(asset_id)s)
update asset a set edited_of = case when a.id = %(asset_id)s then (select asset_id from born) else %(asset_id)s end
where a.edited_of is null
  and (a.id = %(asset_id)s and exists (select from born) or a.id in (select asset_id from later))
returning a.id

-- name: take_over_sidecars
-- A Takeout's JSON that went to the edited version, as the photo that it is called by was not there yet.
update file s set asset_id = %(asset_id)s
from asset e
where e.edited_of = %(asset_id)s and s.asset_id = e.id and s.role = 'sidecar' and s.mime = 'application/json'
  and exists (
    select from file_place q where q.file_id = s.id and q.folder = %(folder)s
      and (starts_with(q.key, %(shot)s || '.') or length(q.key) > 48 and starts_with(q.key, left(%(key)s, 44))))
  and not exists (select from file o where o.asset_id = %(asset_id)s and o.sha512 = s.sha512)

-- name: decided_tags
-- The tags that a person gave.
select tags from asset where id = %(asset_id)s

-- name: edited_versions
-- The assets that are edited versions of one.
select id from asset where edited_of = %(asset_id)s

-- name: sidecar_of_asset
-- The sidecar of these bytes that an asset has already.
select id as file_id from file
where asset_id = %(asset_id)s and sha512 = %(sha512)s and role = 'sidecar'

-- name: insert_asset
-- A new asset.
insert into asset (owner_id, kind, sha512, mime, name, path, bytes, damaged)
values (%(owner_id)s, %(kind)s, %(sha512)s, %(mime)s, %(name)s, %(path)s, %(bytes)s, %(damaged)s)
returning id

-- name: insert_file
-- A file of an asset.
insert into file (owner_id, asset_id, role, sha512, bytes, mime, kept, location, content, content_whole, pair_id,
                  damaged)
values (%(owner_id)s, %(asset_id)s, %(role)s, %(sha512)s, %(bytes)s, %(mime)s, %(kept)s, %(location)s,
        %(content)s, %(content_whole)s, %(pair_id)s, %(damaged)s)
returning id

-- name: add_path
-- One more path under which the same bytes came, and where they lay.
with placed as (
  insert into file_place (file_id, folder, key, shot, original, name, batch)
  values (%(file_id)s, %(folder)s, %(key)s, %(shot)s, %(original)s, %(name)s, %(batch)s)
  on conflict (file_id, folder, key) do update set batch = excluded.batch, at = excluded.at)
insert into file_path (file_id, path, came_by) values (%(file_id)s, %(path)s, %(came_by)s)
on conflict (file_id, path) do nothing
returning path

-- name: shorten_name
-- Copies of an asset's main file: it is shown under the shortest of their names, one with an ending before one without,
-- of equals the one that it has. Answers every path of the file, that of the asset first.
with named as (
  select path, regexp_replace(path, '^.*/', '') as name,
    regexp_replace(path, '^.*/', '') ~ '.\.[[:alnum:]]{2,5}$' as ended, added_at
  from file_path where file_id = %(file_id)s),
best as (
  select named.path, named.name
  from named join asset on asset.id = %(asset_id)s
  order by named.ended desc, length(named.name), named.path = asset.path desc, named.added_at, named.path
  limit 1),
shown as (
  update asset set path = best.path, name = best.name from best
  where asset.id = %(asset_id)s
    and asset.sha512 = (select sha512 from file where id = %(file_id)s)
  returning asset.path)
select named.path
from named cross join shown
order by named.path = shown.path desc, named.added_at, named.path

-- name: keep_in_store
-- A file that was indexed in place has come into the store, where nobody changes it.
update file set kept = 'store', location = %(location)s, missing_since = null
where id = %(file_id)s and kept = 'in_place'

-- name: set_main
-- Another file becomes an asset's main one; what was found in the former is not true of it.
update asset
set kind = %(kind)s, sha512 = %(sha512)s, mime = %(mime)s, name = %(name)s, path = %(path)s, bytes = %(bytes)s,
    width = null, height = null, duration_s = null, taken_at = null, taken_local = null, utc_offset_min = null,
    offset_source = null, taken_source = null, taken_precision = null, taken_basis = null, taken_about = false,
    taken_doubt = null, doubted_local = null, camera_make = null, camera_model = null, lens = null, lat = null,
    lon = null, alt_m = null, direction_deg = null, radius_m = null, position_source = null, place_name = null,
    place_admin = null, place_country = null, placeholder = null, damaged = %(damaged)s
where id = %(asset_id)s

-- name: demote_main
-- The role of the main file, before another takes its place.
update file f set role = %(role)s from asset a
where a.id = %(asset_id)s and f.asset_id = a.id and f.sha512 = a.sha512

-- name: forget_answers
-- All that analyses found in an asset; what a person decided and its name stay.
with named as (select name from analysis),
  jobs as (delete from job where asset_id = %(asset_id)s),
  results as (delete from result where asset_id = %(asset_id)s),
  terms as (delete from term where asset_id = %(asset_id)s and analysis in (select name from named)),
  documents as (delete from document where asset_id = %(asset_id)s and analysis in (select name from named)),
  vectors as (delete from embedding where asset_id = %(asset_id)s)
delete from face where asset_id = %(asset_id)s

-- name: restart_jobs
-- Do analyses of an asset again, even one that is running just now: it may have begun before the change.
update job
set state = 'waiting', lane = 'arrivals', attempts = 0, crashes = 0, error = null, leased_by = null,
    lease_until = null, delivered_at = null, not_before = now(), changed_at = clock_timestamp()
where asset_id = any(%(asset_ids)s)
  and (analysis = %(analysis)s or (%(analysis)s::text is null and state = 'failed'))
returning id, analysis, lane

-- name: others_with_bytes
-- Whether any owner has a file of these bytes, and whether it is some asset's main one.
select count(*) as files, count(*) filter (where a.sha512 = f.sha512) as main_files
from file f join asset a on a.id = f.asset_id where f.sha512 = %(sha512)s

-- name: restore_asset
-- Out of the trash.
update asset set deleted_at = null where id = %(asset_id)s and deleted_at < 'infinity'
returning id

-- name: main_file
-- The main file of an asset, and whether no preview can be made of it.
select f.kept, f.location, f.mime, f.damaged,
  exists (select from job where asset_id = a.id and analysis = 'preview' and state = 'failed') as failed
from asset a join file f on f.asset_id = a.id and f.sha512 = a.sha512 where a.id = %(asset_id)s

-- name: better_file
-- A whole file of the same picture, where the main one (if it still is the main one) is damaged or cannot be shown.
with broken as (
  update file f set damaged = coalesce(f.damaged, nullif(%(reason)s, ''))
  from asset a
  where a.id = %(asset_id)s and a.sha512 = %(sha512)s and f.asset_id = a.id and f.sha512 = a.sha512
    and f.role <> 'sidecar' and (f.damaged is not null or %(reason)s <> '')
    and exists (select from file o where o.asset_id = a.id and o.role = 'variant' and o.damaged is null)
  returning f.id)
select v.id, v.owner_id, a.kind, v.mime, v.sha512, v.bytes, p.path, p.came_by, v.kept, v.location, v.content,
  v.content_whole, v.pair_id
from broken b, file v join asset a on a.id = v.asset_id
cross join lateral (select path, came_by from file_path where file_id = v.id order by added_at, path limit 1) as p
where v.asset_id = %(asset_id)s and v.role = 'variant' and v.id <> b.id and v.damaged is null
  and v.missing_since is null
order by v.id limit 1

-- name: promote
-- A file becomes the main one of its asset.
update file set role = 'original' where id = %(file_id)s

-- name: main_hash
-- The bytes of an asset's main file.
select sha512 from asset where id = %(asset_id)s
