"""Made-up libraries below build/bench, each a data folder as `fovea up` has one; made once and used again.

A library is made anew when another seed is wanted, or when what makes it was changed.
"""

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.generate import generate, text_embedder
from core.errors import Conflict
from db.connect import Database, connect
from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from library import accounts
from tests.running import PASSWORD
from workers.catalogue import find_analyses

DIMENSIONS = 1280
"""Numbers in the vector of a picture, as the default engine's."""
LOGIN = "anna"
_STAMP = "made.json"
_MAKERS = ("chance", "generate", "made_assets", "made_vectors", "vocabulary")


@dataclass(frozen=True, slots=True)
class MadeLibrary:
    """`folder` is what tests.running.RunningFovea takes: the data folder is `folder / "data"`."""

    folder: Path
    url: str
    assets: int
    made_in_s: float
    """Seconds that making took; 0 when it was there already."""


@contextmanager
def made_library(place: Path, assets: int, seed: int = 1) -> Iterator[MadeLibrary]:
    """A library of so many assets below `place`, with its server running."""
    folder = place / f"library-{assets}"
    began = time.monotonic()
    known = _is_made(folder, assets, seed)
    if not known:
        sys.stderr.write(f"  making a library of {assets} assets …\n")
        remove(folder)
    folder.mkdir(parents=True, exist_ok=True)
    server = EmbeddedPostgres(folder / "data")
    url = server.start()
    try:
        if not known:
            _fill(url, assets, seed)
            (folder / _STAMP).write_text(json.dumps(_wanted(assets, seed)), encoding="utf-8")
        yield MadeLibrary(folder, url, assets, 0.0 if known else time.monotonic() - began)
    finally:
        server.release()


def _is_made(folder: Path, assets: int, seed: int) -> bool:
    """Whether it is there as wanted. Its schema is brought forward, as that of any library."""
    stamp = folder / _STAMP
    if not stamp.exists() or json.loads(stamp.read_text(encoding="utf-8")) != _wanted(assets, seed):
        return False
    server = EmbeddedPostgres(folder / "data")
    try:
        with connect(server.start()) as connection:
            applied = migrate(connection)
        if applied:
            with connect(server.url, autocommit=True) as connection:
                connection.execute("vacuum analyze")
    except Conflict:  # a migration that was not out yet has changed
        return False
    finally:
        server.release()
    return True


def _wanted(assets: int, seed: int) -> dict[str, Any]:
    """Size, seed, what makes the rows, and which analyses have ended: `fovea up` would begin any other."""
    makers = b"".join(Path(__file__).with_name(f"{name}.py").read_bytes() for name in _MAKERS)
    digest = hashlib.sha256(makers).hexdigest()[:16]
    return {"assets": assets, "seed": seed, "makers": digest, "analyses": sorted(find_analyses())}


def remove(folder: Path) -> None:
    """Remove a library, and its database where that lies elsewhere (see db/embedded.py)."""
    elsewhere = folder / "data" / "postgres"
    if elsewhere.is_symlink():
        shutil.rmtree(elsewhere.resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _fill(url: str, assets: int, seed: int) -> None:
    with connect(url) as connection:
        migrate(connection)
        # Whatever is lost by a power cut is made again.
        connection.execute("set local synchronous_commit = off")
        generate(connection, assets, seed=seed, dimensions=DIMENSIONS, embedder=text_embedder())
    with Database(url, most=1) as database:
        accounts.claim_directly(database, LOGIN, PASSWORD)
    with connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
