"""Taking a file into the library: stored once, joined to what it belongs to, its first jobs delivered."""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bus.messages import Bus
from core.companions import Hints, Role
from core.errors import LeftAside, NotRemoved, RefusedFile, ServiceAway, StillWritten, TemporaryError
from core.litter import is_litter
from core.media import Kind
from core.paths import clean_path
from core.sidecars import ENDINGS, may_be_sidecar
from db import ingest as rows
from db.connect import Database
from db.in_place import Seen
from library import joining, revisions, sidecars
from library.deliver import Outbox
from library.whence import Whence, in_place, local
from media.content import content_key, read_hints, same_content, turned_content
from media.kinds import sniff
from media.sniffed import SniffedKind
from media.stock import hash_pieces
from media.store import Receiving, Store, original_location, to_location
from media.wholeness import look_whole
from media.writers import being_written

log = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 18
_WHOLE_BYTES = 256 << 20  # pictures in place up to this size are hashed apart from their metadata, too

CameBy = Literal["web", "api", "inbox", "command"]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a file: its asset and role there, whether its bytes were new, and its path.

    `restored`: it took its asset out of the trash.
    """

    asset_id: int
    is_new: bool
    path: str
    sha512: str
    role: Role = "original"
    restored: bool = False


class Ingest:
    """The one way into the library, whichever door a file came by. One instance per thread (it holds a bus).

    hold_s: first jobs may wait this long to be delivered together; call `flush` after the last file.
    """

    def __init__(self, database: Database, store: Store, bus: Bus, hold_s: float = 0.0) -> None:
        self._database = database
        self._store = store
        self.bus = bus
        self._outbox = Outbox(database, bus, hold_s)

    def flush(self) -> None:
        """Deliver the jobs that were held."""
        self._outbox.flush()

    def receive(self) -> Receiving:
        """A place to write a file's bytes to as they come; pass it to `finish`."""
        return self._store.receive()

    def finish(
        self, received: Receiving, path: str, came_by: CameBy, owner_id: int, whence: Whence | None = None
    ) -> Ingested:
        """Keep a file that was received whole, and enter it. `whence`: where it lay before.

        Raises RefusedFile when it is empty or not a photo or video (nothing is kept; SidecarAlone for a sidecar
        without its photo), TemporaryError when the disk is full.
        """
        return self.enter(self._keep(received, path, came_by, owner_id, whence))

    def _keep(
        self, received: Receiving, path: str, came_by: CameBy, owner_id: int, whence: Whence | None
    ) -> joining.Arrival:
        path = clean_path(path)
        sha512 = received.close()
        kind = _recognise(received.path, path)
        location = original_location(sha512, kind.extension)
        new = rows.NewFile(
            owner_id, kind.kind, kind.mime, sha512, received.bytes, path, came_by, "store", location
        )
        new, disk = _laid(new, whence), whence.disk if whence is not None else None
        self._must_have_photo(new, received.path, disk)
        new, hints = self._described(new, received.path)
        self._store.keep(received, sha512, kind.extension)
        place = self._store.path("store", location)
        return joining.Arrival(new, place, hints, disk=disk, repaired=received.repaired)

    def copy(
        self, source: Path, path: str, came_by: CameBy, owner_id: int, whence: Whence | None = None
    ) -> Ingested:
        """Read a file of this machine into the store; the source is left alone."""
        with self.receive() as received:
            for chunk in _chunks(source):
                received.write(chunk)
            return self.finish(received, path, came_by, owner_id, whence or local(source))

    def move(
        self,
        source: Path,
        path: str,
        came_by: CameBy,
        owner_id: int,
        whence: Whence | None = None,
        let_go: Callable[[Path], None] = Path.unlink,
    ) -> Ingested:
        """Like `copy`; then `let_go` removes the source: once what was stored was read back, and only while the
        source is what was read. Raises StillWritten and NotRemoved; then it stays where it is, stored or not.
        """
        _must_be_plain(source)
        before = _identity(source)
        if being_written(source):
            raise StillWritten(f"{source.name}: somebody has it open for writing; it stays where it is")
        with self.receive() as received:
            for chunk in _chunks(source):
                received.write(chunk)
            arrival = self._keep(received, path, came_by, owner_id, whence or local(source))
            done = self.enter(arrival)
        sha512 = arrival.new.sha512
        if self._store.digest(arrival.new.location) != sha512:
            raise NotRemoved(f"{source.name}: what was stored of it reads back as other bytes; it stays")
        if hash_pieces(_chunks(source))[0] != sha512 or being_written(source) or _identity(source) != before:
            raise StillWritten(f"{source.name} changed while it was read; it stays, and is read again")
        try:
            let_go(source)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise NotRemoved(f"{source.name} is stored, but cannot be removed here: {why}") from error
        return done

    def index(self, source: Path, path: str, came_by: CameBy, owner_id: int) -> Ingested:
        """Enter a file where it lies, without copying it; it is never written to."""
        return self.enter(self.look_at(source, path, came_by, owner_id, hash_in_place(source)))

    def look_at(
        self,
        source: Path,
        path: str,
        came_by: CameBy,
        owner_id: int,
        hashed: "Hashed",
        *,
        seen: Seen | None = None,
        restores: bool = True,
    ) -> joining.Arrival:
        """A file in place as an arrival, to be entered. Raises RefusedFile."""
        path = clean_path(path)
        kind = _recognise(source, path)
        location = to_location(source.resolve())
        new = rows.NewFile(
            owner_id, kind.kind, kind.mime, hashed.sha512, hashed.bytes, path, came_by, "in_place", location
        )
        new = _laid(new, in_place(source))
        self._must_have_photo(new, source, None)
        new, hints = self._described(new, source)
        repaired = self._mend(source, new, kind.extension)
        return joining.Arrival(new, source, hints, restores, seen, repaired=repaired)

    def _mend(self, source: Path, new: rows.NewFile, extension: str) -> bool:
        """A file in place has the bytes of one in the store: whether that one was damaged, and is whole again."""
        with self._database.statements() as connection:
            known = rows.file_by_hash(connection, new.owner_id, new.sha512)
        if known is None or known["kept"] != "store":
            return False
        if self._store.digest(original_location(new.sha512, extension)) == new.sha512:
            return False
        with self.receive() as received:
            for chunk in _chunks(source):
                received.write(chunk)
            if received.close() != new.sha512:
                return False  # it changed just now, and is looked at again
            self._store.keep(received, new.sha512, extension)
        return True

    def enter(self, arrival: joining.Arrival) -> Ingested:
        """Enter a file whose bytes are safe; its jobs are delivered, or held for a moment."""
        entered = self._decide(arrival)
        self._outbox.add(entered.begun)
        self.drop_derived(entered.freed)
        return ingested(entered, arrival)

    def revise(self, arrival: joining.Arrival, file_id: int) -> Ingested | None:
        """A file in place has other bytes than before; None when it must be entered as one of its own."""
        with self._database.transaction() as connection:
            revised = revisions.revise(connection, self._store, arrival, file_id)
        if revised is None:
            return None
        self._outbox.add(revised.begun)
        self.drop_derived(revised.freed)
        return ingested(revised, arrival)

    def drop_derived(self, freed: list[bytes]) -> None:
        """Remove previews of bytes that are no asset's main file any more."""
        for sha512 in freed:
            try:
                with self._database.transaction() as connection:
                    if rows.others_with_bytes(connection, sha512)[1] == 0:
                        self._store.derived(sha512).remove()
            except ServiceAway as away:  # the file is entered all the same
                log.warning("previews of %s stay: %s", sha512.hex(), away)

    def _decide(self, arrival: joining.Arrival) -> joining.Entered:
        compared: dict[int, bool] = {}
        while True:
            try:
                with self._database.transaction() as connection, connection.pipeline():
                    if arrival.new.mime in ENDINGS:
                        return sidecars.enter(connection, arrival)
                    return joining.enter(connection, self._store, arrival, compared)
            except joining.NotCompared as undecided:
                for each in undecided.candidates:
                    other = self._store.path(each["kept"], each["location"])
                    compared[each["id"]] = same_content(arrival.place, other, arrival.new.mime)

    def _must_have_photo(self, new: rows.NewFile, source: Path, disk: Path | None) -> None:
        if new.mime in ENDINGS:
            with self._database.transaction() as connection:
                sidecars.find_photo(connection, new, source, disk)

    def _described(self, new: rows.NewFile, source: Path) -> tuple[rows.NewFile, Hints]:
        """The file with what it is recognised by; where that is dear, only if its bytes are not known anyway."""
        dear = new.kind is Kind.VIDEO or new.kept == "in_place"
        if new.mime in ENDINGS:
            return new, joining.NO_HINTS
        new = replace(new, damaged=look_whole(source, new.mime).damage)
        if dear and self._is_known(new.owner_id, new.sha512):
            return new, joining.NO_HINTS
        hints = read_hints(source, new.mime)
        changeable = new.kept == "in_place" and new.kind is Kind.PHOTO and new.bytes <= _WHOLE_BYTES
        whole = turned_content(source, new.mime) if changeable else None
        key = content_key(source, new.mime)
        return replace(new, content=key, content_whole=whole, pair_id=hints.pair_id), hints

    def _is_known(self, owner_id: int, sha512: bytes) -> bool:
        with self._database.statements() as connection:
            return rows.file_by_hash(connection, owner_id, sha512) is not None


def _recognise(source: Path, path: str) -> SniffedKind:
    name = path.rsplit("/", 1)[-1]
    if is_litter(name):
        raise LeftAside(f"{name} is a file that systems and programs leave beside photos")
    mime = sidecars.recognise(source, name) if may_be_sidecar(name) else None
    return sniff(source, name) if mime is None else SniffedKind(Kind.PHOTO, mime, ENDINGS[mime])


def _laid(new: rows.NewFile, whence: Whence | None) -> rows.NewFile:
    return new if whence is None else replace(new, folder=whence.folder, batch=whence.batch)


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file in place as it was read: SHA-512 and size in bytes."""

    sha512: bytes
    bytes: int


def hash_in_place(source: Path) -> Hashed:
    """Hash a file where it lies. Raises TemporaryError when it changes meanwhile, RefusedFile for a device."""
    before = source.lstat()
    hashed, size = hashlib.sha512(), 0
    for chunk in _chunks(source):
        hashed.update(chunk)
        size += len(chunk)
    after = source.lstat()
    if size != after.st_size or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise TemporaryError(f"{source.name} is being written to; it is taken when it stays as it is")
    return Hashed(hashed.digest(), size)


def ingested(entered: joining.Entered, arrival: joining.Arrival) -> Ingested:
    """The outcome as it is told outside."""
    new = arrival.new
    return Ingested(entered.asset_id, entered.is_new, new.path, new.sha512.hex(), entered.role, entered.restored)


def _must_be_plain(source: Path) -> None:
    if source.is_symlink() or not source.is_file():
        raise RefusedFile(f"{source.name} is not a plain file (links, folders and devices are not taken)")


def _identity(source: Path) -> tuple[int, int, int]:
    state = source.lstat()
    return state.st_size, state.st_mtime_ns, state.st_ino


def _chunks(source: Path) -> Iterator[memoryview]:
    """A file's bytes, in a buffer that is written over with the next ones: fresh memory for each
    piece costs a fifth of the whole copying."""
    _must_be_plain(source)
    # what was a plain file a moment ago may be a link or a pipe by now
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    chunk = memoryview(bytearray(_CHUNK_BYTES))
    with os.fdopen(descriptor, "rb", buffering=0) as opened:
        while count := opened.readinto(chunk):
            yield chunk[:count]
