"""The store of originals: files named by their SHA-512, written once, read-only for ever.

Hash names make the same bytes one file, keep strangers' names off the disk and let `verify` check a file alone.
The path a file came by is kept in the database.
"""

import hashlib
import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from core.errors import RefusedFile, TemporaryError

_KEEP_FREE_BYTES = 200_000_000  # the database must still be able to write
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


class Receiving:
    """A file on its way in: bytes are hashed while they are written. Leaves nothing behind unless kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hash = hashlib.sha512()
        self.bytes = 0
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


class Store:
    """Originals below `<data>/originals`, what arrives below `<data>/incoming`."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.originals = data / "originals"
        self.incoming = data / "incoming"
        for folder in (self.originals, self.incoming):
            folder.mkdir(parents=True, exist_ok=True)
        self._durable: set[Path] = set()  # folders that are known to survive a power cut

    def receive(self) -> Receiving:
        """Start taking a file in. Raises TemporaryError when the disk is nearly full."""
        if shutil.disk_usage(self.incoming).free < _KEEP_FREE_BYTES:
            raise TemporaryError(f"the disk of {self.incoming} is full; free some space")
        return Receiving(self.incoming)

    def keep(self, received: Receiving, sha512: bytes, extension: str) -> str:
        """Move a closed file to its place, durably and read-only; its location below `originals`."""
        location = self.location(sha512, extension)
        place = self.originals / location
        if place.exists():
            return location
        place.parent.mkdir(parents=True, exist_ok=True)
        received.path.chmod(0o444)
        received.path.rename(place)
        self._sync_above(place)
        return location

    def _sync_above(self, place: Path) -> None:
        """Make a new file's name durable, and those of the folders above it unless they are already."""
        folder = place.parent
        _sync_folder(folder)
        while folder != self.originals and folder not in self._durable:
            _sync_folder(folder.parent)
            self._durable.add(folder)
            folder = folder.parent

    def location(self, sha512: bytes, extension: str) -> str:
        """Where a file with this hash is kept, below `originals`; the extension without its dot."""
        name = sha512.hex()
        return f"{name[:2]}/{name[2:4]}/{name}.{extension}"

    def path(self, kept: str, location: str) -> Path:
        """Where a file of table `file` lies."""
        return from_location(location) if kept == "in_place" else self.originals / location

    def remove(self, location: str) -> None:
        """Let go of an original that nobody has any more."""
        (self.originals / location).unlink(missing_ok=True)

    def clear_incoming(self) -> int:
        """Remove what a killed process left half received; how many. Only when nobody receives."""
        left_over = list(self.incoming.iterdir())
        for path in left_over:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        return len(left_over)


def to_location(path: Path) -> str:
    """A path of this machine as text that a database takes: bytes that are no UTF-8 and backslashes as \\xNN."""
    raw = os.fsencode(path).replace(b"\\", rb"\x5c")
    return raw.decode("utf-8", "backslashreplace")


def from_location(location: str) -> Path:
    """The path that `to_location` wrote down."""
    return Path(os.fsdecode(_ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), location.encode())))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
