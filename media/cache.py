"""A folder of files that lie elsewhere too: each whole or not at all; what was used longest ago goes first.

Threads and processes share it without talking to each other. Whoever uses a file holds a shared lock on it, which
ends with its process; only what can be locked alone and was not asked for lately is removed. So a file never goes
away under a program that opens it by its path.
"""

import fcntl
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from core.errors import NoRoom

log = logging.getLogger(__name__)

_STAYS_S = 90.0  # after it was last asked for
_TOUCH_AFTER_S = 20.0
_FORGOTTEN_S = 86400.0  # an unfinished file that nobody works on
_LOOK_AFTER = 0.02  # of the most bytes: so much is added before the folder is looked through again
_DOWN_TO = 0.9
_KEEP_FREE_BYTES = 200_000_000


class Cache:
    """Files below `folder`, of about `most_bytes` altogether; what is in use stays even beyond that."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._unfinished = folder / "unfinished"
        self._unfinished.mkdir(parents=True, exist_ok=True)
        self._added_bytes = most_bytes  # unknown at first: look

    def place(self, group: str, name: str) -> Path:
        """Where a file lies, or would."""
        return self.folder / group / name[:2] / name

    def open(self, place: Path) -> int | None:
        """A descriptor that keeps a file from being removed until it is closed; None when it is not here."""
        try:
            handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        fcntl.flock(handle, fcntl.LOCK_SH)
        if not _is_at(handle, place):  # it was removed just before we had it
            os.close(handle)
            return None
        state = os.fstat(handle)
        if time.time() - state.st_atime > _TOUCH_AFTER_S:
            with suppress(OSError):
                os.utime(handle, ns=(time.time_ns(), state.st_mtime_ns))
        return handle

    def fill(self, place: Path, write: Callable[[IO[bytes]], bool]) -> bool:
        """Have a file written unless it is here; who else wants it waits. False when `write` had nothing."""
        while not place.exists():
            with self._writing(place) as opened:
                if opened is None or place.exists():
                    continue
                opened.truncate(0)
                if not write(opened):
                    return False
                opened.flush()
                place.parent.mkdir(parents=True, exist_ok=True)
                os.utime(opened.fileno())
                self._unfinished_path(place).rename(place)
                os.fchmod(opened.fileno(), 0o444)
        return True

    def adopt(self, source: Path, place: Path) -> None:
        """A file that was written here already becomes one of the cache's."""
        handle = self.open(place)
        if handle is not None:
            os.close(handle)
            return
        self._count(source.stat().st_size)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.utime(source)
        source.chmod(0o444)
        try:
            source.rename(place)
        except OSError:  # another file system
            self.fill(place, lambda opened: _copy(source, opened))

    def drop(self, place: Path) -> None:
        """Remove a file, also from under whoever uses it: it is gone for good."""
        place.unlink(missing_ok=True)

    def drop_all(self, group: str, beginning: str) -> None:
        """Remove the files of a group whose names begin so."""
        for place in self.place(group, beginning).parent.glob(f"{beginning}*"):
            self.drop(place)

    def make_room_for(self, coming_bytes: int) -> None:
        """Remove what was used longest ago, when there is too much or the disk is full. Raises NoRoom."""
        self._count(coming_bytes)
        lacking = coming_bytes + _KEEP_FREE_BYTES - shutil.disk_usage(self.folder).free
        if lacking > 0:
            now_bytes = sum(size for _, size, _ in self._files())
            self._shrink(now_bytes - lacking, now_bytes - lacking)
            if coming_bytes + _KEEP_FREE_BYTES > shutil.disk_usage(self.folder).free:
                raise NoRoom(f"the disk of {self.folder} is full; free some space")

    def clear_unfinished(self, age_s: float = 0.0) -> int:
        """Remove what killed processes left half written; how many."""
        removed = 0
        for path in self._unfinished.iterdir():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime < age_s:
                    continue
                shutil.rmtree(path) if path.is_dir() else self._remove_unused(path, 0.0)
                removed += not path.exists()
        return removed

    def fresh_folder(self) -> Path:
        """An empty folder on the cache's file system; remove it."""
        made = self._unfinished / f"set-{os.getpid()}-{time.time_ns():x}"
        made.mkdir()
        return made

    def _count(self, coming_bytes: int) -> None:
        self._added_bytes += coming_bytes
        if self._added_bytes > self._most_bytes * _LOOK_AFTER:
            self._added_bytes = coming_bytes
            self._shrink(self._most_bytes - coming_bytes, self._most_bytes * _DOWN_TO - coming_bytes)

    @contextmanager
    def _writing(self, place: Path) -> Iterator[IO[bytes] | None]:
        """The unfinished file of a place, held alone; None when another has finished it meanwhile."""
        path = self._unfinished_path(place)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        with os.fdopen(handle, "r+b") as opened:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not _is_at(handle, path):
                yield None
                return
            try:
                yield opened
            finally:
                if _is_at(handle, path):
                    path.unlink(missing_ok=True)

    def _unfinished_path(self, place: Path) -> Path:
        return self._unfinished / place.name

    def _shrink(self, above_bytes: float, down_to_bytes: float) -> None:
        """One process does it at a time; the others go on."""
        with (self.folder / "shrinking").open("w") as alone:
            try:
                fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self.clear_unfinished(_FORGOTTEN_S)
            files = sorted(self._files())
            total = sum(size for _, size, _ in files)
            if total <= above_bytes:
                return
            for _, size, path in files:
                if total <= down_to_bytes:
                    return
                if self._remove_unused(path, _STAYS_S):
                    total -= size
            log.warning("the cache %s holds %d MB that are all in use", self.folder, total // 1_000_000)

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """Time of last use, size and path of each."""
        for group in (entry for entry in os.scandir(self.folder) if entry.is_dir() and entry.name != "unfinished"):
            for part in os.scandir(group):
                for entry in os.scandir(part):
                    with suppress(FileNotFoundError):
                        state = entry.stat(follow_symlinks=False)
                        yield state.st_atime, state.st_size, Path(entry.path)

    def _remove_unused(self, path: Path, stays_s: float) -> bool:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - os.fstat(handle).st_atime >= stays_s and _is_at(handle, path):
                path.unlink()
                return True
        except BlockingIOError:
            pass
        finally:
            os.close(handle)
        return False


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _copy(source: Path, target: IO[bytes]) -> bool:
    with source.open("rb") as opened:
        shutil.copyfileobj(opened, target, 1 << 20)
    return True
