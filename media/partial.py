"""Files that come in pieces: how much of one is there, its length says, whatever died meanwhile.

They lie below `<data>/uploads`, apart from `<data>/incoming`, which each start of the platform clears.
"""

import fcntl
import os
import re
import shutil
import time
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from core.errors import InUse, NoRoom, NotFound, RefusedFile
from media.durable import make_durable
from media.running_hash import RunningHash
from media.store import Receiving

KEEP_FREE_BYTES = 200_000_000  # the database must still be able to write
_SYNC_EVERY_BYTES = 256 << 20  # so that the last sync of a large file does not take minutes
_HASHES_MOST = 256
_ID = re.compile(r"[0-9a-f]{32}")


class PartialFiles:
    """The folder of partial files. Safe between threads; one sender at a time holds a file, in any process."""

    def __init__(self, data: Path, *, keep_free_bytes: int = KEEP_FREE_BYTES) -> None:
        self.folder = data / "uploads"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._keep_free_bytes = keep_free_bytes
        self._hashes: OrderedDict[str, RunningHash] = OrderedDict()

    def create(self, name: str) -> None:
        """An empty file; `name` is 32 hexadecimal digits. Raises NoRoom."""
        try:
            handle = os.open(self._path(name), os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            os.fsync(handle)
            os.close(handle)
            make_durable(self.folder)
        except OSError as error:
            raise _no_room(error) from error

    def free_bytes(self) -> int:
        """Room for files on their way in; what the database needs is not in it."""
        return max(0, shutil.disk_usage(self.folder).free - self._keep_free_bytes)

    def offset(self, name: str) -> int:
        """How much is there for certain: it is on the disk when this returns. Raises NotFound."""
        try:
            handle = os.open(self._path(name), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise _gone() from error
        try:
            checked_from = _checked_from(self._path(name))
            if checked_from is not None:
                return checked_from
            os.fsync(handle)
            return os.fstat(handle).st_size
        finally:
            os.close(handle)

    def length(self, name: str) -> int:
        """Bytes it takes on the disk; 0 when it is gone."""
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            return 0

    def open(self, name: str, whole_bytes: int) -> "PartialFile":
        """Hold a file to write to it or to finish it. Raises InUse while another sender does, NotFound."""
        running = self._hashes.setdefault(name, RunningHash())
        self._hashes.move_to_end(name)
        while len(self._hashes) > _HASHES_MOST:
            self._hashes.popitem(last=False)
        held = PartialFile(self._path(name), whole_bytes, self._keep_free_bytes, running)
        self.unwant(name)  # whoever wanted it meant the one before
        return held

    def want(self, name: str) -> None:
        """Ask whoever holds the file, in whichever process, to give way if nothing comes any more."""
        with suppress(OSError):  # a full disk or a file that is gone: then nobody is asked
            _wanted(self._path(name)).touch()

    def is_wanted(self, name: str) -> bool:
        """Whether somebody asked."""
        return _wanted(self._path(name)).exists()

    def unwant(self, name: str) -> None:
        """Nobody asks any more; or the holder answers that it is still at it."""
        _wanted(self._path(name)).unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Forget a file and what stands beside it."""
        self._hashes.pop(name, None)
        path = self._path(name)
        for each in (path, _whole(path), _mark(path), _mark(path).with_suffix(".new"), _wanted(path)):
            each.unlink(missing_ok=True)

    def names(self, age_s: float = 0.0) -> list[str]:
        """Every file that is there and was not written to for `age_s` seconds."""
        before = time.time() - age_s
        found: dict[str, float] = {}
        for entry in os.scandir(self.folder):
            if _ID.fullmatch(entry.name[:32]):
                with suppress(FileNotFoundError):
                    found[entry.name[:32]] = max(found.get(entry.name[:32], 0.0), entry.stat().st_mtime)
        return sorted(name for name, changed in found.items() if changed <= before)

    def _path(self, name: str) -> Path:
        if not _ID.fullmatch(name):
            raise _gone()
        return self.folder / name


class PartialFile:
    """A partial file, held. `offset` is how much of it is there."""

    def __init__(self, path: Path, whole_bytes: int, keep_free_bytes: int, running: RunningHash) -> None:
        self._path, self._keep_free_bytes = path, keep_free_bytes
        try:
            # Once it is whole nobody writes; its bytes may already be the store's, where they are read-only.
            whole = path.stat().st_size >= whole_bytes and not _mark(path).exists()
            self._handle = os.open(path, (os.O_RDONLY if whole else os.O_RDWR) | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise _gone() from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._handle)
            raise InUse("another request is sending this file just now") from error
        self._not_synced = 0
        self._begun: tuple[int, Any] | None = None
        self._hash = running
        self._take_back_unchecked()
        self.offset = os.lseek(self._handle, 0, os.SEEK_END)
        if running.offset > self.offset:
            self._hash.begin_anew()

    def write(self, chunk: bytes | bytearray) -> None:
        """Add bytes at the end. Raises NoRoom when the disk is full; then none of them was added."""
        if shutil.disk_usage(self._path.parent).free - len(chunk) < self._keep_free_bytes:
            raise NoRoom("the disk is full; free some space and go on: nothing that came is lost")
        view = memoryview(chunk)
        try:
            while view:
                view = view[os.write(self._handle, view) :]
        except OSError as error:
            self._cut(self.offset)
            raise _no_room(error) from error
        if self._hash.offset == self.offset:
            self._hash.sha512.update(chunk)
            self._hash.offset += len(chunk)
        self.offset += len(chunk)
        self._not_synced += len(chunk)
        if self._not_synced >= _SYNC_EVERY_BYTES:
            self.sync()

    def sync(self) -> None:
        """Make what came durable. Raises NoRoom."""
        try:
            os.fsync(self._handle)
        except OSError as error:
            raise _no_room(error) from error
        self._not_synced = 0

    def begin_checked(self) -> None:
        """What comes from here on counts only after `accept`: not even after a power cut before that."""
        self._begun = (self.offset, self._hash.sha512.copy())
        mark = _mark(self._path)
        unfinished = mark.with_suffix(".new")
        try:
            with unfinished.open("w") as opened:
                opened.write(str(self.offset))
                opened.flush()
                os.fsync(opened.fileno())
            unfinished.rename(mark)
            make_durable(mark.parent)
        except OSError as error:
            raise _no_room(error) from error

    def accept(self) -> None:
        """The piece is what its sender said."""
        self.sync()
        self._begun = None
        _mark(self._path).unlink(missing_ok=True)

    def reject(self) -> None:
        """The piece is to be forgotten; everything before it stays."""
        if self._begun is None:
            return
        offset, sha512 = self._begun
        self._begun = None
        self._cut(offset)
        if self._hash.offset >= offset:
            self._hash.offset, self._hash.sha512 = offset, sha512
        self.offset = offset
        _mark(self._path).unlink(missing_ok=True)

    def digest(self) -> bytes:
        """SHA-512 of the whole file; quick when it came through this process, one reading of it otherwise."""
        return self._hash.catch_up(self._path)

    def as_received(self, digest: bytes) -> "Whole":
        """The file as an ingest takes it. The partial file itself stays until it is removed."""
        return Whole(self._path, self.offset, digest)

    def close(self) -> None:
        """Let the next sender in."""
        with suppress(OSError):
            os.close(self._handle)

    def _take_back_unchecked(self) -> None:
        checked_from = _checked_from(self._path)
        if checked_from is not None:
            self._cut(checked_from)
            _mark(self._path).unlink(missing_ok=True)

    def _cut(self, offset: int) -> None:
        os.ftruncate(self._handle, offset)
        os.lseek(self._handle, offset, os.SEEK_SET)

    def __enter__(self) -> "PartialFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Whole(Receiving):
    """A partial file that is whole. The store gets a second name of it: a death in between loses nothing."""

    def __init__(self, path: Path, size: int, digest: bytes) -> None:
        self.path = _whole(path)
        self.bytes = size
        self.repaired = False
        self._digest = digest
        self.path.unlink(missing_ok=True)
        try:
            self.path.hardlink_to(path)
        except OSError:  # a file system without hard links
            path.rename(self.path)

    def write(self, chunk: bytes | memoryview) -> None:  # noqa: ARG002 - as Receiving has it
        raise RefusedFile("a file that is whole takes no more bytes")

    def close(self) -> bytes:
        if self.bytes == 0:
            raise RefusedFile("the file is empty")
        return self._digest

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)


def _whole(path: Path) -> Path:
    return path.with_name(f"{path.name}.whole")


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.checked-from")


def _wanted(path: Path) -> Path:
    return path.with_name(f"{path.name}.wanted")


def _checked_from(path: Path) -> int | None:
    """Where a piece began that was never accepted; its bytes do not count."""
    try:
        return int(_mark(path).read_text())
    except FileNotFoundError:
        return None


def _gone() -> NotFound:
    return NotFound("there is no such upload: it has ended, has expired, or is another account's")


def _no_room(error: OSError) -> NoRoom:
    why = f"could not store the file: {error.strerror}"
    return NoRoom(f"{why}; free some space and go on: nothing that came is lost")
