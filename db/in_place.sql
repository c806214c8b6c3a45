-- name: add_root
-- A folder (or a single file) whose files are indexed where they lie.
insert into root (owner_id, location, name) values (%(owner_id)s, %(location)s, %(name)s)
on conflict (owner_id, location) do update set location = excluded.location
returning id, location, name

-- name: roots
-- All of an owner's folders indexed in place.
select id, location, name from root where owner_id = %(owner_id)s order by location

-- name: adopt_sightings
-- A folder above a root is indexed: the root's files are now seen from there. They keep their paths in the library.
update sighting set root_id = %(root_id)s, path = %(prefix)s || case when path = '' then '' else '/' || path end
where root_id = %(inner_id)s

-- name: drop_root
-- A root that another one took over.
delete from root where id = %(inner_id)s

-- name: looked
-- When a root was last looked through.
update root set looked_at = now() where id = %(root_id)s

-- name: sightings
-- All files known below a root, or below one of its folders.
select s.id, s.path, s.shown, s.file_id, s.sha512, s.bytes, s.mtime_ns, s.inode, s.reason,
  s.missing_since is not null as missing, f.asset_id
from sighting s left join file f on f.id = s.file_id
where s.root_id = %(root_id)s
  and (%(under)s = '' or s.path = %(under)s or starts_with(s.path, %(under)s || '/'))

-- name: see
-- A file as it was seen, and which file of the library it is; answers which one it was before.
with former as (select id, file_id, shown from sighting where root_id = %(root_id)s and path = %(path)s),
  kept as (
    insert into sighting (root_id, path, shown, file_id, sha512, bytes, mtime_ns, inode, reason)
    values (%(root_id)s, %(path)s, %(shown)s, %(file_id)s, %(sha512)s, %(bytes)s, %(mtime_ns)s, %(inode)s, %(reason)s)
    on conflict (root_id, path) do update
      set shown = excluded.shown, file_id = excluded.file_id, sha512 = excluded.sha512, bytes = excluded.bytes,
          mtime_ns = excluded.mtime_ns, inode = excluded.inode, reason = excluded.reason, missing_since = null
    returning id)
select kept.id, former.file_id as former_file_id, former.shown as former_shown from kept left join former on true

-- name: lay
-- What lies in place at a path now, and nothing else does.
with at as (
    select 'local:' || regexp_replace(
      r.location || case when %(path)s = '' then '' else '/' || %(path)s end, '/[^/]*$', '') as folder
    from root r where r.id = %(root_id)s),
  gone as (
    delete from file_place p using at
    where p.folder = at.folder and p.key = %(key)s and p.batch = 'in place'
      and p.file_id is distinct from %(file_id)s::bigint)
insert into file_place (file_id, folder, key, shot, original, name, batch)
select %(file_id)s::bigint, at.folder, %(key)s, %(shot)s, %(original)s, %(name)s, 'in place'
from at where %(file_id)s::bigint is not null
on conflict (file_id, folder, key) do update set batch = excluded.batch, at = excluded.at

-- name: leave
-- Files that went from where they lay.
delete from file_place p using sighting s join root r on r.id = s.root_id
where s.id = any(%(ids)s::bigint[]) and p.file_id = s.file_id and p.batch = 'in place'
  and p.folder = 'local:' || regexp_replace(
    r.location || case when s.path = '' then '' else '/' || s.path end, '/[^/]*$', '')
  and p.key = lower(regexp_replace(s.shown, '^.*/', '') collate "pg_c_utf8") collate "C"

-- name: move
-- Files that were renamed: they are at another path now, with all that is known about them.
with moved as (
    select * from unnest(%(ids)s::bigint[], %(paths)s::text[], %(shown)s::text[]) as m(id, path, shown)),
  changed as (
    update sighting s set path = m.path, shown = m.shown, missing_since = null from moved m where s.id = m.id
    returning s.id, s.root_id, s.path, s.file_id, s.shown),
  named as (
    insert into file_path (file_id, path, came_by)
    select file_id, shown, 'command' from changed where file_id is not null
    on conflict (file_id, path) do nothing)
select root_id, path, file_id, shown from changed

-- name: forget_paths
-- Paths that files had before they were moved, unless it is their last one or a file still lies there.
delete from file_path p
using unnest(%(file_ids)s::bigint[], %(paths)s::text[]) as o(file_id, path)
where p.file_id = o.file_id and p.path = o.path
  and exists (select from file_path q where q.file_id = p.file_id and q.path <> p.path)
  and not exists (
    select from sighting s where s.file_id = p.file_id and s.shown = p.path and s.missing_since is null)

-- name: drop_sighting
-- Another file took this one's place.
delete from sighting where root_id = %(root_id)s and path = %(path)s returning file_id, shown

-- name: set_missing
-- Files that are no longer where they were, or are there again.
update sighting set missing_since = case when %(missing)s then coalesce(missing_since, now()) end
where id = any(%(ids)s)
returning file_id

-- name: settle_files
-- Where files kept in place are to be read, and whether they are missing; answers those that came back.
with places as (
  select w.id, (
    select r.location || case when s.path = '' then '' else '/' || s.path end
    from sighting s join root r on r.id = s.root_id
    where s.file_id = w.id and s.missing_since is null order by s.id limit 1) as location
  from unnest(%(file_ids)s::bigint[]) as w(id)),
  before as (select id, missing_since is not null as missing from file where id = any(%(file_ids)s::bigint[]))
update file f
set location = coalesce(p.location, f.location),
    missing_since = case when p.location is null then coalesce(f.missing_since, now()) end
from places p join before b on b.id = p.id
where f.id = p.id and f.kept = 'in_place'
returning f.id, f.asset_id, f.owner_id, b.missing, f.missing_since is not null as missing_now

-- name: settle_paths
-- An asset is called by a path that its main file still has.
update asset a set path = p.path, name = regexp_replace(p.path, '^.*/', '')
from file f cross join lateral (
  select path from file_path where file_id = f.id order by added_at desc, path limit 1) as p
where f.id = any(%(file_ids)s::bigint[]) and a.id = f.asset_id and a.sha512 = f.sha512
  and not exists (select from file_path q where q.file_id = f.id and q.path = a.path)
returning a.id, a.owner_id, a.path

-- name: is_held_elsewhere
-- Whether a file's bytes are still there when one of its places is gone: in the store, or at another place.
select exists (
  select from file f where f.id = %(file_id)s and (f.kept = 'store' or exists (
    select from sighting s where s.file_id = f.id and s.missing_since is null
      and (s.root_id, s.path) <> (%(root_id)s, %(path)s)))) as held

-- name: is_expelled
-- Whether these bytes were removed from the library although the file was left where it lies.
select exists (
  select from sighting s join root r on r.id = s.root_id
  where r.owner_id = %(owner_id)s and s.file_id is null and s.sha512 = %(sha512)s) as expelled

-- name: file_to_revise
-- The file as it stands before it is revised.
select f.id, f.asset_id, f.role, f.sha512, f.bytes, f.content_whole, f.mime, a.kind, f.sha512 = a.sha512 as main
from file f join asset a on a.id = f.asset_id where f.id = %(file_id)s for update

-- name: insert_revision
-- What a file was. A person's decisions about it go on to hold for what it is now.
with asked as (
    update belonging b set other_sha512 = %(sha512)s from file f
    where f.id = %(file_id)s and b.owner_id = f.owner_id and b.other_sha512 = f.sha512),
  from_it as (
    update belonging b set asset_sha512 = %(sha512)s from file f
    where f.id = %(file_id)s and b.owner_id = f.owner_id and b.asset_sha512 = f.sha512)
insert into revision (owner_id, asset_id, file_id, sha512, bytes)
select owner_id, asset_id, id, sha512, bytes from file where id = %(file_id)s

-- name: revise_file
-- What it is now.
update file
set sha512 = %(sha512)s, bytes = %(bytes)s, mime = %(mime)s, content = %(content)s,
    content_whole = %(content_whole)s, pair_id = %(pair_id)s, damaged = %(damaged)s
where id = %(file_id)s

-- name: revise_asset
-- Only what is written about the picture changed: all that was found in the picture stays true.
update asset set sha512 = %(sha512)s, bytes = %(bytes)s, mime = %(mime)s, damaged = coalesce(%(damaged)s, damaged)
where id = %(asset_id)s
