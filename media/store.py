"""The store: originals named by their SHA-512, written once and read-only for ever, and what derives from them.

Hash names make the same bytes one file, keep strangers' names off the disk and let `verify` check a file alone.
The path a file came by is kept in the database. Two adapters stand behind `Store`: a folder on disk
(store_folder.py) and S3-compatible storage (store_s3.py).
"""

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

from core.errors import RefusedFile, TemporaryError
from media.derived import Derived
from media.stock import Stored

_KEEP_FREE_BYTES = 200_000_000  # the database must still be able to write
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


class Receiving:
    """A file on its way in: bytes are hashed while they are written. Leaves nothing behind unless kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hash = hashlib.sha512()
        self.bytes = 0
        self.repaired = False
        """Set by `Store.keep`: what lay in its place was damaged."""
        handle, name = tempfile.mkstemp(prefix="incoming-", dir=folder)
        self.path = Path(name)
        self._file: IO[bytes] = os.fdopen(handle, "wb", buffering=1 << 17)

    def write(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes. Raises TemporaryError when the disk is full."""
        try:
            self._file.write(chunk)
        except OSError as error:
            raise TemporaryError(f"could not store the file: {error.strerror}; free some space") from error
        self._hash.update(chunk)
        self.bytes += len(chunk)

    def close(self) -> bytes:
        """All bytes came: make them durable; the SHA-512. Raises RefusedFile when there were none."""
        if self.bytes == 0:
            raise RefusedFile("the file is empty")
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise TemporaryError(f"could not store the file: {error.strerror}; free some space") from error
        return self._hash.digest()

    def discard(self) -> None:
        """Forget the file, if it was not kept."""
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> "Receiving":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


class Files(Protocol):
    """Reading what the store keeps: as files of this machine, brought here first where they lie elsewhere.

    A file is certain to stay for a minute after it was asked for, or until the end of the `hold` it was asked in.
    """

    def bring(self, place: Path) -> Path:
        """The file that belongs to a `place`. There is none at the path answered when it was not kept.

        Raises ServiceAway, TemporaryError when there is no room for it, UnreadableMedia when it is damaged.
        """

    def path(self, kept: str, location: str) -> Path:
        """A file of table `file`, like `bring`."""

    def derived(self, sha512: bytes) -> Derived:
        """What was derived from the original with this SHA-512."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The job that files are wanted for, and the key that proves that it is held."""

    job_id: int
    key: str


class JobFiles(Protocol):
    """Where workers get their files from: the store itself, or a service that gives them one job's."""

    def place(self, kept: str, location: str) -> Path:
        """Where a file of table `file` lies, as `Files.bring` takes it. Looks at nothing."""

    def hold_for(self, lease: Lease) -> AbstractContextManager[Files]:
        """The job's files, which stay as long as the block lasts, for programs that open them by their path."""


class Store(Files, JobFiles, Protocol):
    """Where originals and derived files are kept. Safe between threads and processes.

    `data` is the data folder; files on their way in lie in a folder below it.
    """

    data: Path

    def receive(self) -> Receiving:
        """Start taking a file in. Raises TemporaryError when the disk is nearly full."""

    def keep(self, received: Receiving, sha512: bytes, extension: str) -> str:
        """Make a closed file an original, durably and for ever; its location.

        The same bytes again change nothing, but what lies there damaged is replaced. Raises ServiceAway,
        TemporaryError; then nothing was kept.
        """

    def has(self, location: str) -> bool:
        """Whether the original is kept. Raises ServiceAway."""

    def digest(self, location: str) -> bytes | None:
        """SHA-512 of an original where it is kept, read anew; None when there is none. Raises ServiceAway."""

    def remove(self, location: str) -> None:
        """Let go of an original that nobody has any more. Raises ServiceAway."""

    def hold(self) -> AbstractContextManager[Files]:
        """Files that stay as long as the block lasts, for programs that open them by their path."""

    def originals_after(self, location: str = "") -> Iterator[Stored]:
        """Every original whose location comes after this one, in the order of their bytes. Raises ServiceAway."""

    def read(self, location: str) -> Iterator[bytes | memoryview]:
        """An original's bytes where it is kept, not those of a copy; a piece is good until the next is asked for.

        Raises OSError, FileNotFoundError when it is not kept, ServiceAway.
        """

    def is_here(self, place: Path) -> bool:
        """Whether the file of a place need not be brought first."""

    def read_part(self, location: str, start: int, end: int) -> Iterator[bytes]:
        """An original's bytes from `start` up to `end`, where it is kept. They are not compared with its hash.

        Raises OSError, FileNotFoundError when it is not kept, ServiceAway.
        """

    def derived_hashes(self) -> Iterator[bytes]:
        """The SHA-512 of every original that something derived is kept of, in order. Raises ServiceAway."""

    def answers(self) -> bool:
        """Whether files can be read and kept now."""

    def clear_incoming(self, age_s: float = 0.0) -> int:
        """Remove what killed processes left half done and nobody touched for `age_s`; how many files.

        Without an age only when nobody receives or works.
        """


def remove_left_over(paths: Iterable[Path], age_s: float) -> int:
    """Remove files and folders that nobody touched for `age_s`; how many."""
    removed = 0
    for path in paths:
        with suppress(FileNotFoundError):  # its process was quicker
            if age_s and time.time() - path.stat().st_mtime < age_s:
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            removed += 1
    return removed


def receive_into(folder: Path) -> Receiving:
    """Start taking a file in. Raises TemporaryError when the disk is nearly full."""
    if shutil.disk_usage(folder).free < _KEEP_FREE_BYTES:
        raise TemporaryError(f"the disk of {folder} is full; free some space")
    return Receiving(folder)


def original_location(sha512: bytes, extension: str) -> str:
    """Where the original with this hash is kept; the extension without its dot."""
    name = sha512.hex()
    return f"{name[:2]}/{name[2:4]}/{name}.{extension}"


def to_location(path: Path) -> str:
    """A path of this machine as text that a database takes: bytes that are no UTF-8 and backslashes as \\xNN."""
    raw = os.fsencode(path).replace(b"\\", rb"\x5c")
    return raw.decode("utf-8", "backslashreplace")


def from_location(location: str) -> Path:
    """The path that `to_location` wrote down."""
    return Path(os.fsdecode(_ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), location.encode())))
