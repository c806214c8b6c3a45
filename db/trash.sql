-- name: put
-- Into the trash. No row for what is not there, or there already.
update asset set deleted_at = now()
where owner_id = %(owner_id)s and id = %(asset_id)s and deleted_at is null
returning id

-- name: restore
-- Out of the trash. No row for what is not in it.
update asset set deleted_at = null
where owner_id = %(owner_id)s and id = %(asset_id)s and deleted_at < 'infinity'
returning id

-- name: trashed
-- What lies in the trash, the latest first, after a place in that order.
select asset.id, kind, name, path, bytes, taken_at, taken_local, taken_precision, taken_source,
  taken_basis, taken_about, taken_doubt, doubted_local, utc_offset_min, offset_source, width, height, duration_s,
  placeholder, place_name, lat, lon, added_at, sort_at, damaged, deleted_at,
  substr(encode(asset.sha512, 'hex'), 1, 12) || picture_mark as picture_version,
  exists (select from job where job.asset_id = asset.id and job.state in ('waiting', 'running')) as busy
from asset
where owner_id = %(owner_id)s and deleted_at < 'infinity'
  and (deleted_at, id) < (%(before_at)s::timestamptz, %(before_id)s::bigint)
order by deleted_at desc, id desc
limit %(most)s::bigint

-- name: trashed_by_path
-- What lies in the trash and came under this path.
select distinct a.id from file_path p join file f on f.id = p.file_id join asset a on a.id = f.asset_id
where a.owner_id = %(owner_id)s and a.deleted_at is not null and p.path = %(path)s
order by a.id

-- name: doomed
-- Assets to be removed for good, locked; those that a worker holds just now are left.
select a.id from asset a
where a.owner_id = %(owner_id)s and a.deleted_at <= now() - make_interval(secs => %(age_s)s)
  and not exists (select from job j where j.asset_id = a.id and j.state = 'running')
order by a.id
limit %(most)s
for update

-- name: left
-- How many would be removed but for the workers that hold them.
select count(*)::int as left from asset
where owner_id = %(owner_id)s and deleted_at <= now() - make_interval(secs => %(age_s)s)

-- name: files_of
-- Their files, and the bytes they were before they were changed in place.
select f.id, f.sha512, f.bytes, f.kept, f.location, f.role from file f where f.asset_id = any(%(asset_ids)s)

-- name: expel
-- Files in place stay where they lie, and a look does not bring them in again.
update sighting set file_id = null, reason = %(reason)s where file_id = any(%(file_ids)s)

-- name: remove
-- Gone, with all that was found, decided and said about them.
delete from asset where id = any(%(asset_ids)s)

-- name: is_kept
-- Whether any owner still has these bytes in the store.
select exists (select from file where sha512 = %(sha512)s and kept = 'store') as kept
