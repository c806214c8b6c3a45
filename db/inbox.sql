-- name: set_waiting
-- What the inbox of an owner waits for now, instead of what it waited for before.
with gone as (
    delete from inbox_waiting
    where owner_id = %(owner_id)s and not path = any(%(paths)s::text[]))
insert into inbox_waiting (owner_id, path, bytes, since, reason)
select %(owner_id)s, path, bytes, since, reason
from unnest(%(paths)s::text[], %(bytes)s::bigint[], %(since)s::timestamptz[], %(reasons)s::text[])
  as w(path, bytes, since, reason)
on conflict (owner_id, path) do update
  set bytes = excluded.bytes, since = excluded.since, reason = excluded.reason

-- name: waiting
-- What the inbox of an owner waits for, the longest first.
select path, bytes, since, reason from inbox_waiting where owner_id = %(owner_id)s order by since, path
