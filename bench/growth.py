"""What a library's size costs: bringing in files (rows only), searching, a page, similar pictures."""

import io
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from bench.asking import Asking, asking, database_cpu_ms, server_of
from bench.made_library import DIMENSIONS, MadeLibrary, made_library
from bus.postgres import PostgresBus
from core.terms import Term
from db.connect import Connection, Database
from db.terms import replace_terms
from db.vectors import replace_vectors, space_id
from library.ingest import Ingest
from media.store_folder import FolderStore

_ASKED = {
    "library, a page": ("/assets?limit=100",),
    "map of everything": ("/map?west=-180&south=-85&east=180&north=85&zoom=2",),
    "search, a common thing": ("/search?q=object:person&limit=60",),
    "search, a rare word": ("/search?q=breakfast&limit=60",),
    "search, two words": ("/search?q=car%20lisbon&limit=60",),
    "search, by meaning": ("/search?q=puppy&limit=60",),
    "facets of everything": ("/search/facets?q=",),
}
_FILES = 100
_SEEN = [Term("object", "person", 0.9), Term("object", "dog", 0.8), Term("tag", "summer", 0.5)]
_SEEN += [Term("text", "Lisboa airport"), Term("text", "departure gate")]


def bench_growth(place: Path, sizes: Sequence[int], rounds: int) -> dict[str, Any]:
    """Size → what is done → wall ms (p50, p95 or mean) and processor ms of API or client, and of the database."""
    figures: dict[str, Any] = {}
    for assets in sizes:
        with made_library(place, assets) as library:
            with asking(library.url) as client:
                found = {kind: client.measure(addresses, rounds) for kind, addresses in _ASKED.items()}
                found["similar pictures"] = _similar(client, library, rounds)
            figures[str(assets)] = {**found, **_import(library)}
    return {"load_of_machine": psutil.getloadavg()[0], "sizes": figures}


def _similar(client: Asking, library: MadeLibrary, rounds: int) -> dict[str, Any]:
    """Of pictures from all over the library."""
    ids = [1 + number * library.assets // rounds for number in range(rounds)]
    return client.measure([f"/assets/{asset_id}/similar?limit=60" for asset_id in ids], 2)


def _import(library: MadeLibrary) -> dict[str, Any]:
    """Rows of one file: entering it with its first jobs; its words; its vector. All are taken out again.

    The files are a kilobyte each: hashing, copying and fsync hardly count here, previews not at all.
    """
    figures = {}
    chance = np.random.default_rng(len(str(library.assets)))
    with (
        Database(library.url) as database,
        closing(PostgresBus(library.url)) as bus,
        tempfile.TemporaryDirectory(prefix="fovea-bench-") as folder,
    ):
        server = server_of(database)
        ingest = Ingest(database, FolderStore(Path(folder) / "store"), bus)
        made: list[int] = []

        def enter(number: int) -> None:
            source = Path(folder) / f"IMG_{number}.jpg"
            source.write_bytes(_picture(chance))
            made.append(ingest.copy(source, f"2026/Growth/{source.name}", "command", 1).asset_id)

        def in_transaction(save: Callable[[Connection, int], None]) -> Callable[[int], None]:
            def run(number: int) -> None:
                with database.transaction() as connection:
                    save(connection, made[number])

            return run

        def write_words(connection: Connection, asset_id: int) -> None:
            replace_terms(connection, asset_id, "objects", "1", _SEEN)

        def write_vector(connection: Connection, asset_id: int) -> None:
            vector = chance.standard_normal(DIMENSIONS).astype(np.float32)
            space = space_id(connection, f"embedding:generated-{DIMENSIONS}", "embedding", DIMENSIONS)
            replace_vectors(connection, space, asset_id, [(None, vector / np.linalg.norm(vector))])

        for name, run in (
            ("import, entering a file", enter),
            ("import, its words", in_transaction(write_words)),
            ("import, its vector", in_transaction(write_vector)),
        ):
            before = time.perf_counter(), time.process_time(), database_cpu_ms(server)
            for number in range(_FILES):
                run(number)
            figures[name] = {
                "mean_ms": round((time.perf_counter() - before[0]) * 1000 / _FILES, 1),
                "api_cpu_ms": round((time.process_time() - before[1]) * 1000 / _FILES, 1),
                "database_cpu_ms": round((database_cpu_ms(server) - before[2]) / _FILES, 1),
            }
        with database.transaction() as connection:
            connection.execute("delete from asset where id = any(%s)", (made,))
    return figures


def _picture(chance: np.random.Generator) -> bytes:
    """A JPEG that no other has the content of."""
    file = io.BytesIO()
    Image.fromarray(chance.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(file, "JPEG")
    return file.getvalue()
