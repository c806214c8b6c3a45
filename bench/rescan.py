"""A look through a folder indexed in place: nothing changed, everything moved, all gone, all back.

Files are small JPEGs of their own each: what is measured is Fovea's bookkeeping, not the disk.
"""

import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bus.postgres import PostgresBus
from db import jobs
from db.connect import Database, connect
from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from library.ingest import Ingest
from library.looking import Wish
from library.rescan import InPlace
from media.store import Store

ANALYSES = [{"name": "metadata", "version": "1", "kinds": ["photo", "video"], "after": []}]
PER_FOLDER = 500


def bench_rescan(work: Path, files: int, rounds: int) -> dict[str, Any]:
    """Seconds for each kind of look over `files` files; the best of `rounds` where nothing changes."""
    shutil.rmtree(work, ignore_errors=True)
    folder = work / "Pictures"
    _make_files(folder, files)
    server = EmbeddedPostgres(work / "data")
    url = server.start()
    try:
        with connect(url) as connection:
            migrate(connection)
        with Database(url) as database, closing(PostgresBus(url)) as bus:
            with database.transaction() as connection:
                jobs.register_analyses(connection, ANALYSES)
            folders = InPlace(database, store := Store(work / "data"), Ingest(database, store, bus), 1)
            return {"files": files, **_looks(folders, folder, rounds)}
    finally:
        server.release()
        shutil.rmtree(work, ignore_errors=True)


def _looks(folders: InPlace, folder: Path, rounds: int) -> dict[str, Any]:
    root, _ = folders.add(folder)
    figures: dict[str, Any] = {"first_s": _timed(folders, Wish(by_person=True))}
    unchanged = [_timed(folders) for _ in range(rounds)]
    figures |= {"unchanged_s": min(unchanged), "unchanged_all_s": unchanged}
    inner = folder / "0000"
    inner.rename(folder / "renamed")
    figures["one_folder_renamed_s"] = _timed(folders)
    away = folder.rename(folder.with_name("away"))
    figures["all_missing_s"] = _timed(folders)
    away.rename(folder)
    figures["all_back_s"] = _timed(folders)
    everything = folders.look(root)
    assert everything.counts["unchanged"] == sum(everything.counts.values())  # noqa: S101 (the bench's own check)
    return figures


def _timed(folders: InPlace, wish: Wish | None = None) -> float:
    began = time.perf_counter()
    for root in folders.roots():
        folders.look(root, wish=wish)
    return round(time.perf_counter() - began, 2)


def _make_files(folder: Path, files: int) -> None:
    chance = np.random.default_rng(1)
    for number in range(files):
        place = folder / f"{number // PER_FOLDER:04}" / f"IMG_{number:06}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(chance.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(place, quality=60)
