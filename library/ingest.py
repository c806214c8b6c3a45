"""Taking a file into the library: stored once, entered once, its first jobs created and delivered."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bus.messages import Bus
from core.errors import RefusedFile
from core.media import Kind
from core.paths import clean_path
from core.terms import Term, name_words
from db import ingest as rows
from db import jobs, terms
from db.connect import Database
from library.deliver import deliver
from media.kinds import sniff
from media.store import Receiving, Store

_CHUNK_BYTES = 1 << 20

CameBy = Literal["web", "api", "inbox", "command"]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a file: its asset, whether these bytes were new, and the path it is known by."""

    asset_id: int
    is_new: bool
    path: str
    sha512: str


class Ingest:
    """The one way into the library, whichever door a file came by. One instance per thread (it holds a bus)."""

    def __init__(self, database: Database, store: Store, bus: Bus) -> None:
        self._database = database
        self._store = store
        self._bus = bus

    def receive(self) -> Receiving:
        """A place to write a file's bytes to as they come; pass it to `finish`."""
        return self._store.receive()

    def finish(self, received: Receiving, path: str, came_by: CameBy, owner_id: int) -> Ingested:
        """Keep a file that was received whole, and enter it.

        Raises RefusedFile when it is empty or not a photo or video (nothing is kept), TemporaryError when the
        disk is full.
        """
        path = clean_path(path)
        sha512 = received.close()
        sniffed = sniff(received.path, path.rsplit("/", 1)[-1])
        location = self._store.keep(received, sha512, sniffed.extension)
        new = rows.NewFile(
            owner_id,
            sniffed.kind,
            sniffed.mime,
            sha512,
            received.bytes,
            path,
            came_by,
            "store",
            location,
        )
        return self._enter(new)

    def copy(self, source: Path, path: str, came_by: CameBy, owner_id: int) -> Ingested:
        """Read a file of this machine into the store; the source is left alone."""
        with self.receive() as received:
            for chunk in _chunks(source):
                received.write(chunk)
            return self.finish(received, path, came_by, owner_id)

    def move(self, source: Path, path: str, came_by: CameBy, owner_id: int) -> Ingested:
        """Like `copy`; the source is removed once its bytes are safe."""
        before = source.lstat()
        done = self.copy(source, path, came_by, owner_id)
        after = source.lstat()
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            source.unlink()
        return done

    def index(self, source: Path, path: str, came_by: CameBy, owner_id: int) -> Ingested:
        """Enter a file where it lies, without copying it; it is never written to."""
        hashed = hashlib.sha512()
        size = 0
        for chunk in _chunks(source):
            hashed.update(chunk)
            size += len(chunk)
        sniffed = sniff(source)
        place = str(source.resolve())
        new = rows.NewFile(
            owner_id,
            sniffed.kind,
            sniffed.mime,
            hashed.digest(),
            size,
            clean_path(path),
            came_by,
            "in_place",
            place,
        )
        return self._enter(new)

    def _enter(self, new: rows.NewFile) -> Ingested:
        created: list[jobs.Waiting] = []
        with self._database.transaction() as connection:
            asset_id, is_new = rows.enter(connection, new)
            if is_new:
                named = [Term(kind="name", words=words) for words in name_words(new.path)]
                terms.replace_terms(connection, asset_id, "ingest", "1", named)
                created = jobs.start_asset(connection, asset_id, Kind(new.kind), "arrivals")
                jobs.notify(connection, "asset", new.owner_id, asset_id)
        deliver(self._database, self._bus, created)
        return Ingested(asset_id, is_new, new.path, new.sha512.hex())


def _chunks(source: Path) -> Iterator[bytes]:
    if source.is_symlink() or not source.is_file():
        raise RefusedFile(f"{source.name} is not a plain file (links, folders and devices are not taken)")
    with source.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            yield chunk
