"""Made-up libraries below build/bench, each a data folder as `fovea up` has one; made once and used again.

A library is made anew when another seed or size is wanted, or when the schema or what makes it was changed.
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

from bench.generate import generate, text_embedder
from db import migrate as migrations
from db.connect import Database, connect
from db.embedded import EmbeddedPostgres
from library import accounts
from tests.running import PASSWORD

DIMENSIONS = 1280
"""Numbers in the vector of a picture, as the default engine's."""
LOGIN = "anna"
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
    stamp = folder / "made.json"
    wanted = {"assets": assets, "seed": seed, "schema": _digest()}
    began = time.monotonic()
    known = stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == wanted
    if not known:
        sys.stderr.write(f"  making a library of {assets} assets …\n")
        remove(folder)
    folder.mkdir(parents=True, exist_ok=True)
    server = EmbeddedPostgres(folder / "data")
    url = server.start()
    try:
        if not known:
            _fill(url, assets, seed)
            stamp.write_text(json.dumps(wanted), encoding="utf-8")
        yield MadeLibrary(folder, url, assets, 0.0 if known else time.monotonic() - began)
    finally:
        server.release()


def remove(folder: Path) -> None:
    """Remove a library, and its database where that lies elsewhere (see db/embedded.py)."""
    elsewhere = folder / "data" / "postgres"
    if elsewhere.is_symlink():
        shutil.rmtree(elsewhere.resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _fill(url: str, assets: int, seed: int) -> None:
    with connect(url) as connection:
        migrations.migrate(connection)
        # Whatever is lost by a power cut is made again.
        connection.execute("set local synchronous_commit = off")
        generate(connection, assets, seed=seed, dimensions=DIMENSIONS, embedder=text_embedder())
    with Database(url, most=1) as database:
        accounts.claim_directly(database, LOGIN, PASSWORD)
    with connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _digest() -> str:
    """Of the schema and of what makes the rows."""
    files = sorted((Path(migrations.__file__).parent / "migrations").glob("*.sql"))
    files += [Path(__file__).with_name(f"{name}.py") for name in _MAKERS]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
