"""Small rows for tests of the ledger, made through the same code the platform uses."""

import hashlib

from core.media import Kind
from db import ingest as rows
from db import jobs
from db.connect import Connection

ANALYSES = [
    {"name": "preview", "version": "1", "kinds": ["photo", "video"], "after": []},
    {"name": "metadata", "version": "1", "kinds": ["photo", "video"], "after": []},
    {"name": "objects", "version": "1", "kinds": ["photo", "video"], "after": ["preview"]},
    {"name": "speech", "version": "1", "kinds": ["video"], "after": ["preview"]},
    {"name": "report", "version": "1", "kinds": ["photo"], "after": ["metadata", "objects"]},
]


def new_file(content: str, path: str = "a/b.jpg", kind: Kind = Kind.PHOTO) -> rows.NewFile:
    digest = hashlib.sha512(content.encode()).digest()
    return rows.NewFile(
        1, kind, "image/jpeg", digest, len(content), path, "command", "store", f"{digest.hex()}.jpg"
    )


def add_asset(connection: Connection, content: str, kind: Kind = Kind.PHOTO) -> tuple[int, list[jobs.Waiting]]:
    """An asset with the jobs it begins with."""
    asset_id, is_new = rows.enter(connection, new_file(content, kind=kind))
    assert is_new
    return asset_id, jobs.start_asset(connection, asset_id, kind, "arrivals")
