-- name: saved_searches
-- An owner's saved searches by name.
select id, name, query, sort, created_at from saved_search where owner_id = %(owner_id)s order by lower(name), id

-- name: save_search
-- Keep a search under a name; the same name again replaces it.
insert into saved_search (owner_id, name, query, sort)
values (%(owner_id)s, %(name)s, %(query)s, %(sort)s)
on conflict (owner_id, name) do update set query = excluded.query, sort = excluded.sort
returning id, name, query, sort, created_at

-- name: forget_search
-- Let go of a saved search. No row when the owner has none of this id.
delete from saved_search where owner_id = %(owner_id)s and id = %(id)s returning id

-- name: count_saved
-- How many searches an owner has saved under other names.
select count(*) as saved from saved_search where owner_id = %(owner_id)s and name <> %(name)s
