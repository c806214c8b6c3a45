"""The store in S3-compatible storage: originals below `originals/`, derived files below `derived/` of a bucket.

What arrives is received on this machine's disk and put into the bucket before anybody says that it is stored; the
local copy then becomes part of a cache of bounded size, into which whatever is needed later is brought again.
"""

import errno
import hashlib
import logging
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import IO

from core.errors import NoRoom, TemporaryError, UnreadableMedia
from media.cache import Cache
from media.derived_s3 import SET, DerivedObjects
from media.s3 import PART_BYTES, AlreadyThere, Bucket, Reading
from media.s3_client import Address
from media.stock import Stored, hash_pieces
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

_ORIGINALS = "originals/"
_DERIVED = "derived/"
_INTERRUPTED_S = 86400.0  # nobody uploads one file for longer
_ABORT_EVERY_S = 3600.0
_TRIES = 3


class S3Files:
    """Files brought here from a bucket. With `held` they stay until their descriptors in it are closed."""

    def __init__(self, bucket: Bucket, cache: Cache, held: dict[Path, int] | None = None) -> None:
        self.bucket = bucket
        self.cache = cache
        self._held = held

    def bring(self, place: Path) -> Path:
        """The file that belongs to a place; there is none at the path answered when it was not kept."""
        if not place.is_relative_to(self.cache.folder):
            return place  # indexed in place
        sha512, _, extension = place.name.partition(".")
        key = _ORIGINALS + original_location(bytes.fromhex(sha512), extension)
        return self.bring_object(place, key, "sha512", sha512)

    def path(self, kept: str, location: str) -> Path:
        """A file of table `file`, like `bring`."""
        return self.bring(self.place(kept, location))

    def place(self, kept: str, location: str) -> Path:
        """Where a file of table `file` lies once it was brought here."""
        if kept == "in_place":
            return from_location(location)
        return self.cache.place("originals", location.rpartition("/")[2])

    def derived(self, sha512: bytes) -> DerivedObjects:
        """What was derived from the original with this SHA-512."""
        return DerivedObjects(self, sha512)

    def bring_object(self, place: Path, key: str, algorithm: str, digest: str) -> Path:
        """An object of the bucket, compared with its hash while it comes."""

        def write(opened: IO[bytes]) -> bool:
            return self._download(key, opened, algorithm, digest)

        for _ in range(_TRIES):
            if self._take(place) or not self.cache.fill(place, write):
                return place
        raise TemporaryError(f"the cache {self.cache.folder} is too small for what is in use; make it larger")

    def _take(self, place: Path) -> bool:
        """Whether the file is here; from now on it stays for a while."""
        if self._held is not None and place in self._held:
            return True
        handle = self.cache.open(place)
        if handle is None:
            return False
        if self._held is None:
            os.close(handle)
        else:
            self._held[place] = handle
        return True

    def _download(self, key: str, opened: IO[bytes], algorithm: str, digest: str) -> bool:
        for _ in range(2):  # the second time it was perhaps the way, not what is kept
            reading = self.bucket.read(key)
            if reading is None:
                return False
            try:
                self.cache.make_room_for(reading.bytes)
                if _copy(reading, opened, algorithm) == digest:
                    return True
            finally:
                reading.close()
        raise UnreadableMedia(f"{key} is damaged where it is kept: bring it back from a backup")


class S3Store(S3Files):
    """Originals and derived files in a bucket; `<data>/cache` and what is on its way in are on this machine."""

    def __init__(self, data: Path, address: Address, cache_bytes: int) -> None:
        super().__init__(Bucket(address), Cache(data / "cache", cache_bytes))
        self.data = data
        self.incoming = data / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True)
        self._abort_at = 0.0

    def receive(self) -> Receiving:
        """Start taking a file in. Raises TemporaryError when the disk is nearly full."""
        return receive_into(self.incoming)

    def keep(self, received: Receiving, sha512: bytes, extension: str) -> str:
        """Put a closed file into the bucket, never over a good one; its location.

        Raises ServiceAway, NoRoom, TemporaryError; then the database is not told of it.
        """
        location = original_location(sha512, extension)
        key = _ORIGINALS + location
        found = self.bucket.head(key)
        if found is None or found.bytes != received.bytes or self.digest(location) != sha512:
            if found is not None:
                log.warning("%s is damaged; the file that came takes its place", key)
                received.repaired = True
                self.cache.drop(self.place("store", location))
            with received.path.open("rb") as opened, suppress(AlreadyThere):
                self.bucket.put_file(key, opened, received.bytes, sha512, only_new=found is None)
            found = self.bucket.head(key)
            if received.bytes > PART_BYTES:
                self._abort_interrupted()
        if found is None or found.bytes != received.bytes:
            raise TemporaryError(f"the storage did not keep {key} whole; send the file again")
        self.cache.adopt(received.path, self.place("store", location))
        return location

    def has(self, location: str) -> bool:
        """Whether the original is kept."""
        return self.bucket.head(_ORIGINALS + location) is not None

    def digest(self, location: str) -> bytes | None:
        """SHA-512 of an original as it lies in the bucket, read whole; None when there is none."""
        try:
            return hash_pieces(self.read(location))[0]
        except FileNotFoundError:
            return None

    def remove(self, location: str) -> None:
        """Let go of an original that nobody has any more, also of the copy here."""
        self.bucket.remove(_ORIGINALS + location)
        self.cache.drop(self.place("store", location))

    @contextmanager
    def hold(self) -> Iterator[Files]:
        """Files that stay on this machine as long as the block lasts."""
        held: dict[Path, int] = {}
        try:
            yield S3Files(self.bucket, self.cache, held)
        finally:
            for handle in held.values():
                os.close(handle)

    def hold_for(self, lease: Lease) -> AbstractContextManager[Files]:  # noqa: ARG002
        """Whoever has the keys has every file."""
        return self.hold()

    def originals_after(self, location: str = "") -> Iterator[Stored]:
        """Every original whose location comes after this one, in the order of their bytes. Raises ServiceAway."""
        for found in self.bucket.list(_ORIGINALS, _ORIGINALS + location if location else ""):
            yield Stored(found.key.removeprefix(_ORIGINALS), found.bytes, found.changed_at)

    def read(self, location: str) -> Iterator[bytes]:
        """An original's bytes as they lie in the bucket. Raises FileNotFoundError, ServiceAway."""
        return self._pieces(location, 0, None)

    def read_part(self, location: str, start: int, end: int) -> Iterator[bytes]:
        """An original's bytes from `start` up to `end`. Raises FileNotFoundError, ServiceAway."""
        return self._pieces(location, start, end)

    def _pieces(self, location: str, start: int, end: int | None) -> Iterator[bytes]:
        reading = self.bucket.read(_ORIGINALS + location, start, end)
        if reading is None:
            raise FileNotFoundError(errno.ENOENT, "it is not in the bucket", location)
        with closing(reading):
            yield from reading.pieces()

    def is_here(self, place: Path) -> bool:
        """Whether the file is in the cache."""
        return self._take(place)

    def derived_hashes(self) -> Iterator[bytes]:
        """The SHA-512 of every original that something derived is kept of, in order. Raises ServiceAway."""
        for found in self.bucket.list(_DERIVED):
            if found.key.endswith(f"/{SET}"):
                yield bytes.fromhex(found.key.split("/")[2])

    def answers(self) -> bool:
        """Whether the bucket is there and takes our keys."""
        return self.bucket.answers()

    def clear_incoming(self, age_s: float = 0.0) -> int:
        """Here and in the bucket."""
        removed = remove_left_over(self.incoming.iterdir(), age_s)
        return removed + self.cache.clear_unfinished(age_s) + self._abort_interrupted()

    def _abort_interrupted(self) -> int:
        """Let go of the parts of uploads that were cut off, by whomever; now and then is enough."""
        if time.monotonic() < self._abort_at:
            return 0
        self._abort_at = time.monotonic() + _ABORT_EVERY_S
        try:
            return self.bucket.abort_uploads(time.time() - _INTERRUPTED_S)
        except TemporaryError as away:
            log.warning("uploads that were cut off are still there: %s", away)
            return 0


def _copy(reading: Reading, opened: IO[bytes], algorithm: str) -> str:
    """Write an object to the beginning of an empty file; its hash in hex. Raises NoRoom, ServiceAway."""
    hashed = hashlib.new(algorithm)
    opened.seek(0)
    opened.truncate(0)
    for piece in reading.pieces():
        hashed.update(piece)
        try:
            opened.write(piece)
        except OSError as error:
            raise NoRoom(f"could not bring a file here: {error.strerror}; free some space") from error
    return hashed.hexdigest()
