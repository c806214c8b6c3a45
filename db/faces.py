"""Faces: written by the analysis `faces`, read by similar faces."""

import json
from collections.abc import Sequence

from core.findings import FoundFace
from core.media import Box
from db.connect import Connection
from db.queries import load_queries
from db.vectors import insert_vectors


def replace_faces(
    connection: Connection, asset_id: int, version: str, faces: Sequence[FoundFace], space: int
) -> list[int]:
    """Keep these faces of an asset, with their vectors, instead of earlier ones; answers their ids in order."""
    queries = load_queries("faces")
    connection.execute(queries["delete_faces"], {"asset_id": asset_id})
    if not faces:
        return []
    rows = [
        {
            "ordinal": ordinal,
            "x": face.box.x,
            "y": face.box.y,
            "w": face.box.w,
            "h": face.box.h,
            "score": face.score,
            "width_px": face.width_px,
            "at_s": face.at_s,
            "points": face.points,
        }
        for ordinal, face in enumerate(faces)
    ]
    given = {"asset_id": asset_id, "version": version, "rows": json.dumps(rows, allow_nan=False)}
    made = connection.execute(queries["insert_faces"], given).fetchall()
    ids = [int(row["id"]) for row in sorted(made, key=lambda row: int(row["ordinal"]))]
    insert_vectors(
        connection,
        space,
        asset_id,
        [(face_id, face.at_s, face.vector) for face_id, face in zip(ids, faces, strict=True)],
    )
    return ids


def face_boxes(
    connection: Connection, owner_id: int, face_ids: Sequence[int]
) -> dict[int, tuple[Box, float | None]]:
    """Face id → its box and the second it is seen at, of those this owner has."""
    given = {"owner_id": owner_id, "face_ids": list(face_ids)}
    rows = connection.execute(load_queries("faces")["faces_by_id"], given).fetchall()
    return {row["id"]: (Box(row["x"], row["y"], row["w"], row["h"]), row["at_s"]) for row in rows}
