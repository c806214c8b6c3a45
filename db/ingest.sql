-- name: insert_asset
-- A new asset; nothing when this owner has these bytes already.
insert into asset (owner_id, kind, sha512, mime, name, path, bytes)
values (%(owner_id)s, %(kind)s, %(sha512)s, %(mime)s, %(name)s, %(path)s, %(bytes)s)
on conflict (owner_id, sha512) do nothing
returning id

-- name: insert_file
-- The main file of a new asset.
insert into file (owner_id, asset_id, role, sha512, bytes, mime, kept, location)
values (%(owner_id)s, %(asset_id)s, 'original', %(sha512)s, %(bytes)s, %(mime)s, %(kept)s, %(location)s)
returning id

-- name: file_by_hash
-- The file with these bytes and its asset.
select f.id as file_id, f.asset_id from file f where f.owner_id = %(owner_id)s and f.sha512 = %(sha512)s

-- name: add_path
-- One more path under which the same bytes came.
insert into file_path (file_id, path, came_by) values (%(file_id)s, %(path)s, %(came_by)s)
on conflict (file_id, path) do nothing
