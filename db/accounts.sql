-- name: by_login
-- The account that signs in under this name, with the hash of its password.
select id, login, role, password_hash from account where login = %(login)s and disabled_at is null

-- name: by_id
-- An account that may act.
select id, login, role from account where id = %(account_id)s and login is not null and disabled_at is null

-- name: everyone
-- All accounts that may sign in, oldest first.
select id, login, role from account where login is not null and disabled_at is null order by id

-- name: is_claimed
-- Whether the library's first account has its person.
select exists (select from account where id = %(owner_id)s and login is not null) as claimed

-- name: claim
-- Gives the library's first account its person, once: of two at the same time one gets no row.
update account set login = %(login)s, password_hash = %(password_hash)s, role = 'administrator'
where id = %(owner_id)s and login is null
returning id, login, role

-- name: add
-- Another account. No row when the name is taken.
insert into account (login, password_hash, role) values (%(login)s, %(password_hash)s, %(role)s)
on conflict (login) do nothing
returning id, login, role

-- name: set_password_hash
-- A stronger hash of the same password, when the parameters moved on.
update account set password_hash = %(password_hash)s where id = %(account_id)s
