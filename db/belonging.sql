-- name: file
-- One file of an asset that can be seen, and whether it is the main one.
select f.id, f.asset_id, f.role, f.mime, f.sha512, f.apart, a.sha512 as asset_sha512, a.kind, f.sha512 = a.sha512 as main
from file f join asset a on a.id = f.asset_id
where a.owner_id = %(owner_id)s and a.id = %(asset_id)s and a.deleted_at is null and f.sha512 = %(sha512)s

-- name: files
-- All files of assets that can be seen, in the order in which these were asked for.
select f.id, f.asset_id, f.role, f.mime, f.sha512, f.apart, a.sha512 as asset_sha512, a.kind, a.name,
  f.sha512 = a.sha512 as main
from file f join asset a on a.id = f.asset_id
where a.owner_id = %(owner_id)s and a.id = any(%(asset_ids)s::bigint[]) and a.deleted_at is null
order by array_position(%(asset_ids)s::bigint[], a.id), f.id

-- name: asset_of_file
-- An asset for a file alone: anew, or the one that it was before it was joined.
insert into asset (owner_id, kind, sha512, mime, name, path, bytes, damaged)
select f.owner_id, case when f.mime like 'video/%%' then 'video' else 'photo' end, f.sha512, f.mime,
  regexp_replace(p.path, '^.*/', ''), p.path, f.bytes, f.damaged
from file f cross join lateral (
  select path from file_path where file_id = f.id order by added_at, path limit 1) as p
where f.id = %(file_id)s
on conflict (owner_id, sha512) do update set deleted_at = null, joined_into = null
returning id, kind, path

-- name: move_file
-- A file belongs to another asset, in another role.
update file set asset_id = %(asset_id)s, role = %(role)s
where id = %(file_id)s
  and not exists (select from file o where o.asset_id = %(asset_id)s and o.sha512 = file.sha512 and o.id <> file.id)

-- name: move_back
-- Files, by their hashes, from one asset to another, in the roles that they had.
update file f set asset_id = %(to_id)s, role = m.role
from jsonb_to_recordset(%(files)s) as m(sha512 text, role text)
where f.asset_id = %(from_id)s and f.sha512 = decode(m.sha512, 'hex')
  and not exists (select from file o where o.asset_id = %(to_id)s and o.sha512 = f.sha512)

-- name: hide
-- An asset whose files are another's now; there is nothing to be done with it.
with idle as (delete from job where asset_id = %(asset_id)s and state in ('waiting', 'running', 'failed'))
update asset set deleted_at = 'infinity', joined_into = %(into_id)s where id = %(asset_id)s

-- name: show
-- It is an asset of its own again.
update asset set deleted_at = null, joined_into = null where id = %(asset_id)s
returning id

-- name: kind_of
-- Whether an asset is a photo or a video.
select kind from asset where id = %(asset_id)s

-- name: set_apart
-- Whether a sidecar says nothing about its photo, as a person wants it.
update file set apart = %(apart)s where asset_id = %(asset_id)s and sha512 = %(sha512)s and role = 'sidecar'

-- name: supersede
-- Earlier decisions that say the opposite about these files hold no longer.
update belonging set undone_at = now()
where owner_id = %(owner_id)s and undone_at is null and deed <> %(deed)s and other_sha512 = any(%(hashes)s::bytea[])

-- name: add
-- A person's decision.
insert into belonging (owner_id, deed, asset_id, other_id, asset_sha512, other_sha512, files, decided_by)
values (%(owner_id)s, %(deed)s, %(asset_id)s, %(other_id)s, %(asset_sha512)s, %(other_sha512)s, %(files)s,
        %(account_id)s)
returning *

-- name: listed
-- What was decided about an asset, the latest first.
select * from belonging
where owner_id = %(owner_id)s and (asset_id = %(asset_id)s or other_id = %(asset_id)s)
  and (%(before_id)s::bigint is null or id < %(before_id)s)
order by id desc limit %(most)s

-- name: find
-- One decision that was not undone.
select * from belonging where owner_id = %(owner_id)s and id = %(belonging_id)s and undone_at is null for update

-- name: undo
-- A decision holds no longer.
update belonging set undone_at = now() where id = %(belonging_id)s returning *

-- name: split_off
-- Whether a person took a file of these bytes out of an asset.
select id from belonging
where owner_id = %(owner_id)s and other_sha512 = %(sha512)s and deed = 'split' and undone_at is null limit 1

-- name: joined_to
-- The asset that a person joined a file of these bytes to, and in which role.
select f.asset_id, (
    select m.value ->> 'now' from jsonb_array_elements(b.files) as m
    where m.value ->> 'sha512' = encode(%(sha512)s, 'hex') limit 1) as role
from belonging b join file f on f.owner_id = b.owner_id and f.sha512 = b.asset_sha512 and f.role <> 'sidecar'
join asset a on a.id = f.asset_id and a.deleted_at is null
where b.owner_id = %(owner_id)s and b.deed = 'join' and b.undone_at is null
  and b.files @> jsonb_build_array(jsonb_build_object('sha512', encode(%(sha512)s, 'hex')))
order by b.id desc limit 1
