"""The store as a folder: originals below `<data>/originals`, derived files below `<data>/derived`."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from media.derived import DerivedFolder, unfinished
from media.durable import make_durable
from media.stock import Stored, hash_on_disk, pieces_of, stored_files
from media.store import (
    Files,
    Lease,
    Receiving,
    from_location,
    original_location,
    receive_into,
    remove_left_over,
)

log = logging.getLogger(__name__)

_READ_BYTES = 1 << 20


class FolderStore:
    """Files are used where they lie. What arrives lies below `<data>/incoming`, on the same file system."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.originals = data / "originals"
        self.incoming = data / "incoming"
        for folder in (self.originals, self.incoming):
            folder.mkdir(parents=True, exist_ok=True)
        self._durable: set[Path] = set()  # folders that are known to survive a power cut

    def receive(self) -> Receiving:
        """Start taking a file in. Raises TemporaryError when the disk is nearly full."""
        return receive_into(self.incoming)

    def keep(self, received: Receiving, sha512: bytes, extension: str) -> str:
        """Move a closed file to its place, durably and read-only; its location below `originals`."""
        location = original_location(sha512, extension)
        place = self.originals / location
        found = self.digest(location)
        if found == sha512:
            return location
        if found is not None:
            log.warning("%s is damaged; the file that came takes its place", location)
            received.repaired = True
        place.parent.mkdir(parents=True, exist_ok=True)
        received.path.chmod(0o444)
        received.path.rename(place)
        self._sync_above(place)
        return location

    def _sync_above(self, place: Path) -> None:
        """Make a new file's name durable, and those of the folders above it unless they are already."""
        folder = place.parent
        make_durable(folder)
        while folder != self.originals and folder not in self._durable:
            make_durable(folder.parent)
            self._durable.add(folder)
            folder = folder.parent

    def place(self, kept: str, location: str) -> Path:
        """Where a file of table `file` lies."""
        return from_location(location) if kept == "in_place" else self.originals / location

    def bring(self, place: Path) -> Path:
        """It is here."""
        return place

    def path(self, kept: str, location: str) -> Path:
        """Where a file of table `file` lies."""
        return self.place(kept, location)

    def derived(self, sha512: bytes) -> DerivedFolder:
        """What was derived from the original with this SHA-512."""
        return DerivedFolder(self.data, sha512)

    def has(self, location: str) -> bool:
        """Whether the original is kept."""
        return (self.originals / location).exists()

    def digest(self, location: str) -> bytes | None:
        """SHA-512 of an original as it lies on the disk now; None when it is not there, empty when unreadable."""
        try:
            return hash_on_disk(self.originals / location)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("%s cannot be read: %s", location, error.strerror)
            return b""

    def remove(self, location: str) -> None:
        """Let go of an original that nobody has any more."""
        (self.originals / location).unlink(missing_ok=True)

    def hold(self) -> AbstractContextManager[Files]:
        """Nothing takes files away here."""
        return nullcontext(self)

    def hold_for(self, lease: Lease) -> AbstractContextManager[Files]:  # noqa: ARG002
        """Whoever has the store has every file."""
        return self.hold()

    def originals_after(self, location: str = "") -> Iterator[Stored]:
        """Every original whose location comes after this one. Raises OSError when a folder cannot be listed."""
        yield from stored_files(self.originals, location)

    def read(self, location: str) -> Iterator[memoryview]:
        """An original's bytes, in a buffer that is written over with the next ones. Raises OSError."""
        return pieces_of(self.originals / location)

    def is_here(self, place: Path) -> bool:  # noqa: ARG002
        """It is."""
        return True

    def read_part(self, location: str, start: int, end: int) -> Iterator[bytes]:
        """An original's bytes from `start` up to `end`. Raises OSError."""
        with (self.originals / location).open("rb", buffering=0) as opened:
            opened.seek(start)
            while start < end and (piece := opened.read(min(_READ_BYTES, end - start))):
                start += len(piece)
                yield piece

    def derived_hashes(self) -> Iterator[bytes]:
        """The SHA-512 of every original that something derived is kept of, in order."""
        top = self.data / "derived"
        for folder in sorted(top.iterdir()) if top.is_dir() else ():
            yield from (bytes.fromhex(path.name) for path in sorted(folder.iterdir()) if len(path.name) == 128)

    def answers(self) -> bool:
        """Whether the folder is there."""
        return self.originals.is_dir()

    def clear_incoming(self, age_s: float = 0.0) -> int:
        return remove_left_over(self.incoming.iterdir(), age_s) + remove_left_over(unfinished(self.data), age_s)
