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

-- name: remove
-- Revokes one token of an account.
delete from token where id::text = %(token_id)s and account_id = %(account_id)s returning id

-- name: remove_kind
-- Revokes all tokens of one kind that an account has.
delete from token where account_id = %(account_id)s and kind = %(kind)s

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
-- Notes an attempt under each key that has not had its most within the window; answers which.
insert into sign_in_attempt (key_hash, most, at, expires_at)
select key_hash, most, array[now()], now() + make_interval(secs => %(window_s)s)
from unnest(%(keys)s::bytea[], %(most)s::integer[]) as asked (key_hash, most)
on conflict (key_hash) do update
  set at = (array_prepend(now(), sign_in_attempt.at))[1:excluded.most],
      most = excluded.most, expires_at = excluded.expires_at
  where coalesce(sign_in_attempt.at[excluded.most] <= now() - make_interval(secs => %(window_s)s), true)
returning key_hash

-- name: wait_s
-- After how many seconds the last of these keys may attempt again.
select coalesce(max(extract(epoch from at[most] - now()) + %(window_s)s), 0)::float8 as wait_s
from sign_in_attempt where key_hash = any(%(keys)s::bytea[])

-- name: forgive
-- Forgets all attempts under one key, and the newest under another.
with forgotten as (delete from sign_in_attempt where key_hash = %(all_of)s)
update sign_in_attempt set at = at[2:] where key_hash = %(last_of)s
