"""What looks like a picture, and which faces may be the same person's."""

from typing import Any

from core.errors import BadRequest, NotFound
from core.findings import Vector
from core.likeness import same_person_probability
from db import faces, vectors
from db.connect import Connection
from db.vectors import MOST_NEIGHBOURS, Neighbour
from library.browse import show_asset, summaries_of

Json = dict[str, Any]
ANALYSIS = "embedding"


def similar_assets(connection: Connection, owner_id: int, asset_id: int, *, limit: int = 50) -> Json:
    """Assets that look like one of the library, most alike first: `{"items": [{"asset", "similarity"}], "next"}`.

    Empty while the asset has no vector yet. `limit` 0 means as many as are ever given, 500. Raises NotFound.
    """
    space = vectors.space_of_asset(connection, owner_id, asset_id, ANALYSIS)
    if space is None:
        show_asset(connection, owner_id, asset_id)  # raises NotFound for what is not the owner's
        return {"items": [], "next": None}
    return _assets(connection, owner_id, vectors.near_asset(connection, owner_id, space, asset_id, _most(limit)))


def similar_to_vector(
    connection: Connection, owner_id: int, space_name: str, vector: Vector, *, limit: int = 50
) -> Json:
    """Assets that look like a picture which need not be in the library.

    `space_name` is "embedding:" and the identity of the engine that made the vector. Empty while no asset was
    analysed by that engine.
    """
    space = vectors.space_named(connection, space_name)
    if space is None:
        return {"items": [], "next": None}
    return _assets(connection, owner_id, vectors.near_vector(connection, owner_id, space, vector, _most(limit)))


def similar_faces(connection: Connection, owner_id: int, face_id: int, *, limit: int = 50) -> Json:
    """Faces like this one: `{"items": [{"asset", "face", "similarity", "probability"}], "next"}`.

    `probability` is that both are one person's, see core/likeness.py. Raises NotFound.
    """
    space = vectors.space_of_face(connection, owner_id, face_id)
    if space is None:
        raise NotFound(f"there is no face {face_id}, or you may not see it")
    near = vectors.near_face(connection, owner_id, space, face_id, _most(limit))
    shown = summaries_of(connection, owner_id, [each.asset_id for each in near])
    boxes = faces.face_boxes(connection, owner_id, [each.face_id for each in near if each.face_id])
    items = []
    for each in near:
        if each.face_id not in boxes or each.asset_id not in shown:
            continue
        box, at_s = boxes[each.face_id]
        face = {"id": each.face_id, "box": {"x": box.x, "y": box.y, "w": box.w, "h": box.h}, "at_s": at_s}
        items.append(
            {
                "asset": shown[each.asset_id],
                "face": face,
                "similarity": round(each.similarity, 4),
                "probability": round(same_person_probability(each.similarity), 4),
            }
        )
    return {"items": items, "next": None}


def _assets(connection: Connection, owner_id: int, near: list[Neighbour]) -> Json:
    shown = summaries_of(connection, owner_id, [each.asset_id for each in near])
    items = [
        {"asset": shown[each.asset_id], "similarity": round(each.similarity, 4)}
        for each in near
        if each.asset_id in shown
    ]
    return {"items": items, "next": None}


def _most(limit: int) -> int:
    if limit < 0:
        raise BadRequest("`limit` is the number of results, 0 for all")
    return limit or MOST_NEIGHBOURS
