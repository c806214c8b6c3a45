-- name: by_login
-- The account that signs in under this name, with the hash of its password and since when it may not.
select id, login, role, password_hash, disabled_at from account where login = %(login)s

-- name: by_id
-- An account that may act.
select id, login, role from account where id = %(account_id)s and login is not null and disabled_at is null

-- name: by_ids
-- Those of several accounts that may act.
select id, login, role from account
where id = any(%(account_ids)s::bigint[]) and login is not null and disabled_at is null

-- name: everyone
-- All accounts, disabled ones too, oldest first, with what each brought.
select id, login, role, created_at, disabled_at, brought.files as brought_files, brought.bytes as brought_bytes
from account
cross join lateral (
  select count(*) as files, coalesce(sum(bytes), 0)::bigint as bytes from file where brought_by = account.id
) as brought
where login is not null order by id

-- name: person
-- One account, disabled or not, with what it brought.
select id, login, role, created_at, disabled_at, brought.files as brought_files, brought.bytes as brought_bytes
from account
cross join lateral (
  select count(*) as files, coalesce(sum(bytes), 0)::bigint as bytes from file where brought_by = account.id
) as brought
where login is not null and id = %(account_id)s

-- name: lock_administrators
-- The administrators who may act; nobody else changes them until the transaction ends.
select id from account
where role = 'administrator' and login is not null and disabled_at is null
order by id
for update

-- name: is_claimed
-- Whether the library's first account has, or had, its person.
select exists (
  select from account where id = %(owner_id)s and (login is not null or deleted_at is not null)
) as claimed

-- name: claim
-- Gives the library's first account its person, once: of two at the same time one gets no row.
update account set login = %(login)s, password_hash = %(password_hash)s, role = 'administrator'
where id = %(owner_id)s and login is null and deleted_at is null
returning id, login, role

-- name: add
-- Another account. No row when the name is taken.
insert into account (login, password_hash, role) values (%(login)s, %(password_hash)s, %(role)s)
on conflict (login) do nothing
returning id, login, role

-- name: set_password_hash
-- Another password, or a stronger hash of the same one, when the parameters moved on.
update account set password_hash = %(password_hash)s where id = %(account_id)s and login is not null

-- name: password_hash
-- The hash of an account's password.
select password_hash from account where id = %(account_id)s and login is not null and disabled_at is null

-- name: set_role
-- What an account may do from now on.
update account set role = %(role)s where id = %(account_id)s

-- name: set_disabled
-- Whether an account may act; when it was disabled before, it keeps the time.
update account set disabled_at = case when %(disabled)s::boolean then coalesce(disabled_at, now()) end
where id = %(account_id)s

-- name: delete
-- Nobody signs in to this account any more, and its name is free; its row stays for what it brought.
update account set login = null, password_hash = null, deleted_at = now(), disabled_at = coalesce(disabled_at, now())
where id = %(account_id)s

-- name: end_uploads
-- What an account was sending and has not finished is let go.
update upload set expires_at = now() where account_id = %(account_id)s and state = 'receiving' and expires_at > now()
