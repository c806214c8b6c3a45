"""A library with assets and results, written through the functions that the platform itself uses."""

import hashlib
import io
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from PIL import Image

from core.findings import FoundFace
from core.media import Box, Kind
from core.terms import Term
from db import faces, ingest, jobs, results, terms, vectors
from db.connect import Connection, Database

NOON = datetime(2022, 5, 3, 12, 0)
VERSION = "1+engine-abc"
CAPTURE = """taken_at taken_local utc_offset_min offset_source taken_source taken_precision camera_make
camera_model lens lat lon alt_m direction_deg radius_m position_source place_name place_admin place_country
width height duration_s file_rating"""
ANALYSES = (
    {"name": "metadata", "version": "1", "kinds": ["photo", "video"], "after": []},
    {"name": "preview", "version": "1", "kinds": ["photo", "video"], "after": []},
    {"name": "objects", "version": VERSION, "kinds": ["photo", "video"], "after": ["preview"]},
    {"name": "faces", "version": VERSION, "kinds": ["photo", "video"], "after": ["preview"]},
    {"name": "text", "version": VERSION, "kinds": ["photo", "video"], "after": ["preview"]},
    {"name": "embedding", "version": VERSION, "kinds": ["photo", "video"], "after": ["preview"]},
    {"name": "speech", "version": VERSION, "kinds": ["video"], "after": ["preview"]},
)


def register_analyses(database: Database) -> None:
    with database.transaction() as connection:
        jobs.register_analyses(connection, ANALYSES)


def jpeg(seed: int = 0, width: int = 64, height: int = 48) -> bytes:
    """A real JPEG of its own."""
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "JPEG")
    return made.getvalue()


def add_asset(
    connection: Connection,
    name: str,
    *,
    kind: Kind = Kind.PHOTO,
    taken: datetime | None = None,
    at: tuple[float, float] | None = None,
    place: str | None = None,
    owner_id: int = 1,
) -> int:
    """An asset as it stands after `metadata`; its jobs wait."""
    digest = hashlib.sha512(f"{owner_id} {name}".encode()).digest()
    mime = "image/jpeg" if kind is Kind.PHOTO else "video/mp4"
    new = ingest.NewFile(owner_id, kind, mime, digest, 1000, name, "command", "store", f"{digest.hex()}.jpg")
    asset_id, _ = ingest.enter(connection, new)
    jobs.start_asset(connection, asset_id, kind, "arrivals")
    capture: dict[str, Any] = dict.fromkeys(CAPTURE.split())
    if taken is not None:
        capture |= {"taken_local": taken, "utc_offset_min": 60, "offset_source": "tag", "taken_source": "EXIF"}
        capture["taken_precision"] = "second"
        capture["taken_at"] = f"{(taken - timedelta(hours=1)).isoformat()}+00:00"
    if at is not None:
        capture |= {"lat": at[0], "lon": at[1], "position_source": "tag", "alt_m": 12.5, "direction_deg": 90.0}
    if place is not None:
        capture |= {"place_name": place, "place_admin": "Lisboa", "place_country": "Portugal"}
    capture |= {"camera_make": "Canon", "camera_model": "EOS R6", "lens": "RF 35", "width": 4000, "height": 3000}
    results.set_capture(connection, asset_id, capture)
    return asset_id


def finish_all(connection: Connection, asset_id: int) -> None:
    """Its jobs, and those that follow, end well."""
    for _ in range(2):
        connection.execute("update job set state = 'done', version = '1' where asset_id = %s", (asset_id,))
        jobs.follow_ups(connection, asset_id, "arrivals")
    connection.execute("update job set state = 'done', version = '1' where asset_id = %s", (asset_id,))


def analyse_richly(connection: Connection, asset_id: int, *, video: bool = False) -> int:
    """Results of every analysis, in the forms that the workers save; answers a face's id."""
    at_s = 1.5 if video else None
    box = {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}
    found = {
        "objects": {"objects": [{"label": "bus", "score": 0.91, "box": box, "at_s": at_s}]},
        "text": {"text": [{"text": "cero emisiones", "score": 0.97, "box": box, "corners": [], "at_s": at_s}]},
        "embedding": {"tags": [{"label": "trolleybus", "score": 0.6}], "space": "embedding:engine-abc"},
        "metadata": {"tags": {"EXIF:Make": "Canon", "EXIF:FNumber": 2.8}},
        "preview": {"frames": [{"at_s": 1.5, "ms": 1500}] if video else []},
    }
    if video:
        segment = {"start_s": 1.0, "end_s": 2.0, "text": " ask not", "words": []}
        found["speech"] = {"language": "en", "language_probability": 0.98, "segments": [segment]}
    for analysis, data in found.items():
        version = "1" if analysis in ("metadata", "preview") else VERSION
        results.save_result(connection, asset_id, analysis, version, data)
    words = [Term("object", "bus", 0.91, Box(**box), at_s)]
    terms.replace_terms(connection, asset_id, "objects", VERSION, words)
    terms.replace_terms(
        connection, asset_id, "text", VERSION, [Term("text", "cero emisiones", 0.97, Box(**box), at_s)]
    )
    rng = np.random.default_rng(asset_id)
    space = vectors.space_id(connection, "embedding:engine-abc", "embedding", 8)
    vectors.replace_vectors(connection, space, asset_id, ((at_s, _unit(rng)),))
    face_space = vectors.space_id(connection, "faces:engine-abc", "faces", 8)
    points = ((0.2, 0.3), (0.3, 0.3), (0.25, 0.4), (0.2, 0.5), (0.3, 0.5))
    face = FoundFace(Box(**box), 0.95, points, _unit(rng), 120.0, at_s)
    results.save_result(connection, asset_id, "faces", VERSION, {"faces": [], "space": "faces:engine-abc"})
    return faces.replace_faces(connection, asset_id, VERSION, [face], face_space)[0]


def _unit(rng: np.random.Generator) -> Any:
    vector = rng.normal(size=8).astype(np.float32)
    return vector / np.linalg.norm(vector)
