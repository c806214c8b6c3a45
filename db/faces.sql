-- Faces found in pictures and key frames.

-- name: delete_faces
-- What earlier runs found in an asset; their vectors go with them.
delete from face where asset_id = %(asset_id)s;

-- name: insert_faces
-- New faces as one JSON list; answers their ids in the order given.
insert into face (asset_id, version, ordinal, x, y, w, h, score, width_px, at_s, points)
select %(asset_id)s, %(version)s, r.ordinal, r.x, r.y, r.w, r.h, r.score, r.width_px, r.at_s, r.points
from jsonb_to_recordset(%(rows)s::jsonb) as r(
  ordinal int, x real, y real, w real, h real, score real, width_px real, at_s double precision, points jsonb)
order by r.ordinal
returning id, ordinal;

-- name: faces_by_id
-- Where some faces are, for those who may see them.
select f.id, f.asset_id, f.x, f.y, f.w, f.h, f.score, f.at_s
from face f
join asset a on a.id = f.asset_id
where f.id = any(%(face_ids)s) and a.owner_id = %(owner_id)s and a.deleted_at is null;
