-- Vectors of pictures and faces: writing them, and what the nearest-neighbour statements of db/vectors.py need to know.

-- name: space_by_name
-- A vector space: one engine with one set of weights.
select id, analysis, dimensions, name from space where name = %(name)s;

-- name: insert_space
-- A new space, or nothing when another worker was faster.
insert into space (name, analysis, dimensions) values (%(name)s, %(analysis)s, %(dimensions)s)
on conflict (name) do nothing returning id;

-- name: delete_vectors
-- What earlier runs of the same analysis, with whatever engine, left for an asset.
delete from embedding e using space old, space new
where e.space_id = old.id and new.id = %(space_id)s and old.analysis = new.analysis and e.asset_id = %(asset_id)s;

-- name: insert_vectors
-- Vectors of an asset, as parallel lists.
insert into embedding (space_id, asset_id, face_id, at_s, v)
select %(space_id)s, %(asset_id)s, r.face_id, r.at_s, r.v::vector
from unnest(%(face_ids)s::bigint[], %(at_s)s::double precision[], %(vectors)s::text[]) as r(face_id, at_s, v);

-- name: space_of_asset
-- The newest space in which an asset of this owner has a vector of this analysis.
select s.id, s.dimensions, s.name
from asset a
join embedding e on e.asset_id = a.id
join space s on s.id = e.space_id
where a.id = %(asset_id)s and a.owner_id = %(owner_id)s and a.deleted_at is null and s.analysis = %(analysis)s
order by s.id desc limit 1;

-- name: space_of_face
-- The space of a face that this owner has.
select s.id, s.dimensions, s.name
from face f
join asset a on a.id = f.asset_id
join embedding e on e.face_id = f.id
join space s on s.id = e.space_id
where f.id = %(face_id)s and a.owner_id = %(owner_id)s and a.deleted_at is null
order by s.id desc limit 1;

-- name: vectors_in_space
-- How many vectors this owner has in a space, counted up to fifty thousand: chance grows with their number.
select count(*)::int as vectors from (
  select from embedding e join asset a on a.id = e.asset_id
  where e.space_id = %(space_id)s and a.owner_id = %(owner_id)s and a.deleted_at is null limit 50000) counted;

-- name: scan_on
-- Neighbours of other owners and deleted assets are filtered out while the index is walked; without this the walk
-- would end after ef_search candidates whether or not enough were left.
select set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', %(ef_search)s, true);
