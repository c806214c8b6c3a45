-- name: kept_page
-- A stretch of the files in the order of their bytes: each place once, with what should lie there.
select f.sha512, f.kept, f.location, max(f.bytes) as bytes
from (
  select distinct sha512 from file
  where kept = any(%(kept)s) and sha512 > %(after)s and missing_since is null
    and (%(since)s::timestamptz is null or added_at >= %(since)s::timestamptz)
  order by sha512 limit %(most)s
) as page join file f on f.sha512 = page.sha512 and f.kept = any(%(kept)s) and f.missing_since is null
group by f.sha512, f.kept, f.location
order by f.sha512, f.kept desc, f.location collate "C"

-- name: in_place_page
-- A stretch of the files indexed in place, each with how it looked when it was seen there last.
select f.id, f.sha512, f.location, f.bytes, f.missing_since is not null as missing, s.mtime_ns, s.bytes as seen_bytes
from file f
left join lateral (
  select mtime_ns, bytes from sighting
  where sighting.file_id = f.id and sighting.missing_since is null
  order by id limit 1
) as s on true
where f.kept = 'in_place' and f.id > %(after)s
  and (%(since)s::timestamptz is null or f.added_at >= %(since)s::timestamptz)
order by f.id limit %(most)s

-- name: totals
-- How many files the store should have and how many lie in place, with their bytes; bytes of the database.
select count(*) filter (where kept = 'store') as stored, count(*) filter (where kept = 'in_place') as in_place,
  coalesce(sum(bytes) filter (where kept = 'store'), 0)::bigint as stored_bytes,
  coalesce(sum(bytes) filter (where kept = 'in_place'), 0)::bigint as in_place_bytes,
  pg_database_size(current_database()) as database_bytes,
  (select count(*) from asset) as assets
from (
  select distinct kept, location, bytes from file
  where %(since)s::timestamptz is null or added_at >= %(since)s::timestamptz
) as each

-- name: is_wanted
-- Whether the library still has a file of these bytes at this place.
select exists (select from file where sha512 = %(sha512)s and kept = %(kept)s and location = %(location)s) as wanted

-- name: is_known_location
-- Whether the library knows a place in the store.
select exists (
  select from file where location = %(location)s and kept = 'store'
    and (%(sha512)s::bytea is null or sha512 = %(sha512)s::bytea)) as known

-- name: previewed_page
-- A stretch of the assets whose previews were made, and the times of the key frames that a video should have.
select a.id, a.sha512, a.path, r.data -> 'frames_ms' as frames_ms
from asset a
join job j on j.asset_id = a.id and j.analysis = 'preview' and j.state = 'done'
join file f on f.asset_id = a.id and f.sha512 = a.sha512 and f.missing_since is null
left join result r on r.asset_id = a.id and r.analysis = 'preview' and r.version = j.version
where a.id > %(after)s and (%(since)s::timestamptz is null or a.added_at >= %(since)s::timestamptz)
order by a.id limit %(most)s

-- name: preview_again
-- Previews of assets are made again, behind what arrives. What waits for them begins anew once they are there.
with freed as (
  delete from job j using analysis n
  where j.asset_id = any(%(asset_ids)s) and j.state = 'waiting' and n.name = j.analysis and 'preview' = any(n.after))
update job
set state = 'waiting', lane = 'bulk', attempts = 0, crashes = 0, error = null, delivered_at = null,
    not_before = now(), changed_at = clock_timestamp()
where asset_id = any(%(asset_ids)s) and analysis = 'preview' and state in ('done', 'failed', 'skipped')
returning id

-- name: known_uploads
-- Which of these are uploads that still want their partial file.
select id from upload where id = any(%(ids)s::text[]) and state = 'receiving'

-- name: is_empty
-- Whether nothing has come into the library and nobody has claimed it.
select not exists (select from asset) and not exists (select from account where login is not null) as empty

-- name: backup_deed
-- The deed under which a backup was made, as the backup itself holds it.
select id, state from deed where kind = 'backup' and title = %(title)s order by id desc limit 1

-- name: others_connected
-- Sessions of our role in this database beside our own.
select count(*)::int as others from pg_stat_activity
where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
  and backend_type = 'client backend'

-- name: free_all
-- What was going on when a backup was made goes on anew: jobs are to be delivered again.
update job
set state = 'waiting', leased_by = null, lease_until = null, delivered_at = null, not_before = now()
where state = 'running' or state = 'waiting'

-- name: forget_unfinished_uploads
-- Their partial files are in no backup.
delete from upload where state = 'receiving'

-- name: end_deeds
-- Long deeds that were going on ended with the place they were going on in; the backup's own says that it was whole.
update deed
set state = case when kind = 'backup' and title = %(title)s then 'done' else 'failed' end,
    message = case when kind = 'backup' and title = %(title)s then 'restored' else 'was going on when the backup was made' end,
    ended_at = clock_timestamp()
where (state in ('waiting', 'running') and analysis is null) or (kind = 'backup' and title = %(title)s and state <> 'done')

-- name: bring_into_store
-- A file that was indexed in place comes out of a backup into the store.
update file set kept = 'store', location = %(location)s, missing_since = null
where sha512 = %(sha512)s and kept = 'in_place'
