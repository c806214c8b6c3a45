"""Searching by a picture that is not in the library. It is decoded in the bounded child and not kept."""

import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.errors import RefusedFile, UnreadableMedia
from core.findings import Vector
from core.media import Kind
from db import activity
from db.connect import Connection, Database
from engines.contract import PictureEmbedder
from engines.door import EngineDoor, names
from library.similar import ANALYSIS, similar_to_vector
from media.child import Child
from media.kinds import sniff
from media.rendering import PREVIEW_PX, render_picture

Json = dict[str, Any]


def similar_to_picture(
    database: Database,
    door: EngineDoor,
    child: Child,
    owner_id: int,
    picture: Path,
    *,
    limit: int = 50,
    after: str | None = None,
) -> Json:
    """Assets that look like a stranger's picture file: `{"items": [{"asset", "similarity", "at_s"}], "next"}`.

    Empty while no asset was analysed. Raises RefusedFile for what is no picture, UnreadableMedia for a broken one.
    """
    with database.transaction() as connection:
        engine = engine_in_use(connection)
    if engine is None:
        return {"items": [], "next": None}
    space, vector = picture_vector(door, engine, child, picture)
    with database.transaction() as connection:
        return similar_to_vector(connection, owner_id, space, vector, limit=limit, after=after)


def engine_in_use(connection: Connection) -> str | None:
    """The engine that the library's pictures are looked at with; None while there is no such analysis.

    A result's version ends in the engine's identity (`1+efficientnet_lite0-579344248a93`), which begins with its
    name: so the server finds the workers' engine without having their settings.
    """
    version = activity.current_version(connection, ANALYSIS) or ""
    identity = version.partition("+")[2]
    known = [name for name in names(ANALYSIS) if identity.startswith(f"{name}-")]
    return max(known, key=len, default=None)


def picture_vector(door: EngineDoor, engine: str, child: Child, picture: Path) -> tuple[str, Vector]:
    """The name of the vector space, and the picture's vector in it."""
    sniffed = sniff(picture)
    if sniffed.kind is not Kind.PHOTO:
        raise RefusedFile(f"a picture is needed to search by, and this is a {sniffed.kind.value} ({sniffed.mime})")
    embedder = door.get(engine, PictureEmbedder)
    with tempfile.TemporaryDirectory(prefix="fovea-look-") as folder:
        preview = Path(folder) / "preview.jpg"
        render_picture(child, picture, sniffed.mime, preview, Path(folder) / "thumbnail.webp", PREVIEW_PX)
        decoded = cv2.imread(str(preview), cv2.IMREAD_COLOR)
    if decoded is None:
        raise UnreadableMedia("the picture cannot be read")
    vector, _ = embedder.embed(np.asarray(decoded, dtype=np.uint8))
    return f"{ANALYSIS}:{embedder.identity}", vector
