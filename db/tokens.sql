-- name: add
-- Keeps a token by the SHA-256 of its secret.
insert into token (kind, account_id, token_hash, name, scopes, expires_at)
values (%(kind)s, %(account_id)s, %(token_hash)s, %(name)s, %(scopes)s, %(expires_at)s)
returning id::text, kind, account_id, name, scopes, created_at, expires_at, last_used_at

-- name: find
-- The token with this hash unless it has expired; notes its use, at most once a minute so that reading stays reading.
with found as (
  select id, kind, account_id, name, scopes, created_at, expires_at, last_used_at
  from token
  where token_hash = %(token_hash)s and kind = any(%(kinds)s::text[])
    and (expires_at is null or expires_at > now())
), used as (
  update token set last_used_at = now()
  from found
  where token.id = found.id and (found.last_used_at is null or found.last_used_at < now() - interval '1 minute')
)
select id::text, kind, account_id, name, scopes, created_at, expires_at, last_used_at from found

-- name: of_account
-- The tokens of one kind that an account has, newest first.
select id::text, kind, account_id, name, scopes, created_at, expires_at, last_used_at
from token
where account_id = %(account_id)s and kind = %(kind)s and (expires_at is null or expires_at > now())
order by id desc

-- name: living
-- Which of these tokens have neither expired nor been revoked.
select id::text from token where id::text = any(%(token_ids)s::text[]) and (expires_at is null or expires_at > now())

-- name: remove
-- Revokes one token of an account.
delete from token where id::text = %(token_id)s and account_id = %(account_id)s and kind = %(kind)s returning id

-- name: remove_kind
-- Revokes all tokens of one kind that an account has, but for one that is named.
delete from token where account_id = %(account_id)s and kind = %(kind)s and id::text is distinct from %(but)s::text

-- name: for_backup
-- Every living token for scripts, with the hash of its secret.
select account_id, token_hash, name, scopes, expires_at from token
where kind = 'api' and (expires_at is null or expires_at > now())
order by id

-- name: remove_expired
-- Forgets what expired.
delete from token where expires_at <= now()

-- name: remove_all
-- Revokes everything.
delete from token

-- name: remove_expired_attempts
-- Forgets attempts that count no longer.
delete from sign_in_attempt where expires_at <= now()

-- name: attempt
-- Notes an attempt under each key that need not wait; answers which.
insert into sign_in_attempt (key_hash, free, first_s, longest_s, failures, until, expires_at)
select key_hash, free, first_s, longest_s, 1,
  case when free <= 1 then now() + make_interval(secs => first_s) end, now() + make_interval(secs => kept_s)
from unnest(
  %(keys)s::bytea[], %(free)s::integer[], %(first_s)s::float8[], %(longest_s)s::float8[], %(kept_s)s::float8[]
) as asked (key_hash, free, first_s, longest_s, kept_s)
on conflict (key_hash) do update
  set (failures, until) = (
      select failures, case when failures >= excluded.free then now() + make_interval(
        secs => least(excluded.longest_s, excluded.first_s * 2.0 ^ least(failures - excluded.free, 60)))
      end
      from (
        select case when sign_in_attempt.expires_at <= now() then 1 else sign_in_attempt.failures + 1 end as failures
      ) as now_so_many),
    free = excluded.free, first_s = excluded.first_s, longest_s = excluded.longest_s,
    expires_at = excluded.expires_at
  where coalesce(sign_in_attempt.until <= now(), true)
returning key_hash

-- name: wait_s
-- After how many seconds the last of these keys may attempt again.
select coalesce(max(extract(epoch from until - now())), 0)::float8 as wait_s
from sign_in_attempt where key_hash = any(%(keys)s::bytea[])

-- name: forgive
-- Forgets all attempts under one key, and the newest under another; a pause that runs there goes on.
with forgotten as (delete from sign_in_attempt where key_hash = %(all_of)s)
update sign_in_attempt set failures = greatest(failures - 1, 0) where key_hash = %(last_of)s
