"""A look through a folder indexed in place: nothing changed, everything moved, all gone, all back.

Files are small JPEGs of their own each: what is measured is Fovea's bookkeeping, not the disk. The first thousand
are taken in as `fovea ingest --in-place` does; the rows of the others are written at once, to be done today.
"""

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bus.postgres import PostgresBus
from db import jobs
from db.connect import Connection, Database, connect
from db.embedded import EmbeddedPostgres
from db.in_place import Root
from db.migrate import migrate
from library.ingest import Ingest
from library.looks import Wish
from library.rescan import InPlace
from media.store_folder import FolderStore

ANALYSES = [{"name": "metadata", "version": "1", "kinds": ["photo", "video"], "after": []}]
PER_FOLDER = 500
TAKEN_IN = 1000

_ROWS = """
with given as (
  select * from unnest(%(sha512)s::bytea[], %(path)s::text[], %(bytes)s::bigint[], %(mtime_ns)s::bigint[],
    %(inode)s::bigint[]) as g(sha512, path, bytes, mtime_ns, inode)),
assets as (
  insert into asset (owner_id, kind, sha512, mime, name, path, bytes)
  select 1, 'photo', sha512, 'image/jpeg', regexp_replace(path, '^.*/', ''), 'Pictures/' || path, bytes from given
  returning id, sha512),
files as (
  insert into file (owner_id, asset_id, role, sha512, bytes, mime, kept, location)
  select 1, a.id, 'original', a.sha512, g.bytes, 'image/jpeg', 'in_place', %(top)s || '/' || g.path
  from assets a join given g on g.sha512 = a.sha512 returning id, sha512),
paths as (
  insert into file_path (file_id, path, came_by)
  select f.id, 'Pictures/' || g.path, 'command' from files f join given g on g.sha512 = f.sha512)
insert into sighting (root_id, path, shown, file_id, sha512, bytes, mtime_ns, inode)
select %(root_id)s, g.path, 'Pictures/' || g.path, f.id, f.sha512, g.bytes, g.mtime_ns, g.inode
from files f join given g on g.sha512 = f.sha512
"""


def bench_rescan(work: Path, files: int, rounds: int) -> dict[str, Any]:
    """Seconds for each kind of look over `files` files; of a look where nothing changed, each of `rounds`."""
    shutil.rmtree(work, ignore_errors=True)
    folder = work / "Pictures"
    _make_files(folder, range(min(files, TAKEN_IN)))
    server = EmbeddedPostgres(work / "data")
    url = server.start()
    try:
        with connect(url) as connection:
            migrate(connection)
        with Database(url) as database, closing(PostgresBus(url)) as bus:
            with database.transaction() as connection:
                jobs.register_analyses(connection, ANALYSES)
            store = FolderStore(work / "data")
            folders = InPlace(database, store, Ingest(database, store, bus), 1)
            return {"files": files, **_looks(database, folders, folder, files, rounds)}
    finally:
        server.release()
        shutil.rmtree(work, ignore_errors=True)


def _looks(database: Database, folders: InPlace, folder: Path, files: int, rounds: int) -> dict[str, Any]:
    root, _ = folders.add(folder)
    figures: dict[str, Any] = {"first_1000_s": _timed(folders, Wish(by_person=True))}
    rest = range(min(files, TAKEN_IN), files)
    _make_files(folder, rest)
    with database.transaction() as connection:
        _write_rows(connection, root, [_place(folder, number) for number in rest], folder)
    figures["unchanged_s"] = [_timed(folders) for _ in range(rounds)]
    (folder / "0000").rename(folder / "renamed")
    figures["one_folder_renamed_s"] = _timed(folders)
    away = folder.rename(folder.with_name("away"))
    figures["all_missing_s"] = _timed(folders)
    away.rename(folder)
    figures["all_back_s"] = _timed(folders)
    counts = folders.look(root).counts
    if counts["unchanged"] != files or sum(counts.values()) != files:
        raise RuntimeError(f"the looks did not end as they should: {counts}")
    return figures


def _timed(folders: InPlace, wish: Wish | None = None) -> float:
    began = time.perf_counter()
    for root in folders.roots():
        folders.look(root, wish=wish)
    return round(time.perf_counter() - began, 2)


def _place(folder: Path, number: int) -> Path:
    return folder / f"{number // PER_FOLDER:04}" / f"IMG_{number:06}.jpg"


def _make_files(folder: Path, numbers: range) -> None:
    chance = np.random.default_rng(numbers.start)
    for number in numbers:
        place = _place(folder, number)
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(chance.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(place, quality=60)


def _write_rows(connection: Connection, root: Root, places: list[Path], folder: Path) -> None:
    def seen() -> Iterator[tuple[bytes, str, int, int, int]]:
        for place in places:
            state = place.stat()
            digest = hashlib.sha512(place.read_bytes()).digest()
            yield digest, str(place.relative_to(folder)), state.st_size, state.st_mtime_ns, state.st_ino

    columns = zip(("sha512", "path", "bytes", "mtime_ns", "inode"), zip(*seen(), strict=True), strict=False)
    values = {name: list(column) for name, column in columns}
    if values:
        connection.execute(_ROWS, {**values, "top": root.location, "root_id": root.id})
