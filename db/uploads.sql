-- name: lock_account
-- One after the other where a quota is looked at and then used.
select id from account where id = %(account_id)s for update

-- name: used
-- What counts against an account's quota: files it brought, and those it is sending.
select
  coalesce((select sum(bytes) from file where brought_by = %(account_id)s), 0)::bigint as kept,
  coalesce(sum(bytes), 0)::bigint as coming,
  count(*) as uploads
from upload
where account_id = %(account_id)s and state = 'receiving' and expires_at > now()

-- name: add
-- A file is announced.
insert into upload (id, owner_id, account_id, path, bytes, sha512, metadata, came_by, source, expires_at)
values (%(id)s, %(owner_id)s, %(account_id)s, %(path)s, %(bytes)s, %(sha512)s, %(metadata)s, %(came_by)s, %(source)s,
        clock_timestamp() + make_interval(secs => %(keep_s)s))
returning *

-- name: find
-- An upload, for the account that sends it.
select * from upload where id = %(id)s and account_id = %(account_id)s and expires_at > now()

-- name: listed
-- An account's uploads, newest first, after a time and id.
select * from upload
where account_id = %(account_id)s and expires_at > now()
  and (%(after_at)s::timestamptz is null or (created_at, id) < (%(after_at)s::timestamptz, %(after_id)s::text))
order by created_at desc, id desc
limit %(most)s::bigint

-- name: prolong
-- More of it came: it is kept for longer.
update upload set expires_at = greatest(expires_at, clock_timestamp() + make_interval(secs => %(keep_s)s))
where id = %(id)s returning expires_at

-- name: receiving
-- Every upload that is not whole yet, or not entered yet.
select * from upload where state = 'receiving' and expires_at > now() order by created_at

-- name: finish
-- It has entered the library.
update upload set state = 'done', asset_id = %(asset_id)s, is_new = %(is_new)s where id = %(id)s

-- name: refuse
-- It was not taken.
update upload set state = 'refused', reason = %(reason)s where id = %(id)s

-- name: brought_by
-- Who brought a new file.
update file set brought_by = %(account_id)s
where owner_id = %(owner_id)s and sha512 = %(sha512)s and brought_by is null

-- name: remove
-- Forget an upload.
delete from upload where id = %(id)s

-- name: remove_expired
-- Forget uploads that nobody went on with.
delete from upload where expires_at <= now() returning id

-- name: known
-- Which of these are uploads that still want their partial file.
select id from upload where id = any(%(ids)s::text[]) and state = 'receiving'
