"""Derived files in S3-compatible storage. A set is named whole by one small object, which is written last:

    derived/ab/<SHA-512 of the original>/set.json                     {"files": {"preview.jpg": {…}, …}, …}
                                         <SHA-256 of the file>.jpg

Whoever reads sees the whole former set or the whole new one. Files are named by what is in them, so what was
brought here once never goes stale.
"""

import hashlib
import json
import mimetypes
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from core.errors import UnreadableMedia
from media.cache import Cache
from media.derived import MOTION, PREVIEW, THUMBNAIL, frame_name, frame_times
from media.s3 import Bucket

SET = "set.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a set: SHA-256 in hex, and size."""

    sha256: str
    bytes: int


class Bringing(Protocol):
    """Bringing objects here, and what is needed for it."""

    bucket: Bucket
    cache: Cache

    def bring_object(self, place: Path, key: str, algorithm: str, digest: str) -> Path: ...


class DerivedObjects:
    """What was derived from the original with the given SHA-512. Looks at the storage when first asked."""

    def __init__(self, files: Bringing, sha512: bytes) -> None:
        self._files = files
        self._name = sha512.hex()
        self._entries: Mapping[str, Entry] | None = None

    @property
    def preview(self) -> Path:
        """The upright picture, 1440 px, JPEG; of a video its poster."""
        return self._bring(PREVIEW)

    @property
    def thumbnail(self) -> Path:
        """The same, 320 px, WebP."""
        return self._bring(THUMBNAIL)

    @property
    def motion(self) -> Path:
        """The film that was inside the photo, MP4."""
        return self._bring(MOTION)

    def frame(self, at_ms: int) -> Path:
        """A video's key frame at a time in milliseconds."""
        return self._bring(frame_name(at_ms))

    def frames(self) -> list[tuple[float, Path]]:
        """A video's key frames with their seconds, in order; empty for a photo."""
        return [(at_s, self._bring(name)) for at_s, name in frame_times(self._set())]

    def file(self, name: str) -> Path:
        """One of `names`."""
        return self._bring(name)

    def names(self) -> set[str]:
        """What is there, by name: of the set, and truly in the bucket."""
        there = {found.key: found.bytes for found in self._files.bucket.list(self._key(""))}
        named = {name: self._key(_object(name, entry)) for name, entry in self._set().items()}
        return {name for name, entry in self._set().items() if there.get(named[name]) == entry.bytes}

    @contextmanager
    def replacing(self) -> Iterator[Path]:
        """A fresh folder to write a new set into; it takes the former one's place when all of it is there."""
        fresh = self._files.cache.fresh_folder()
        try:
            yield fresh
            self._take_over(fresh)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def copy_to(self, sha512: bytes) -> bool:
        """Give the set to another original as well; False when there is none."""
        entries = self._read()
        target = DerivedObjects(self._files, sha512)
        for key in _keys(entries):
            self._files.bucket.copy(self._key(key), target._key(key))
        if entries:
            target._write(entries)
        return bool(entries)

    def remove(self) -> None:
        """Let go of the whole set."""
        bucket = self._files.bucket
        bucket.remove(self._key(SET))
        for found in list(bucket.list(self._key(""))):
            bucket.remove(found.key)
        self._files.cache.drop_all("derived", self._name)
        self._entries = None

    def _bring(self, name: str) -> Path:
        place = self._place("missing", name)
        for _ in range(2):
            entry = self._set().get(name)
            if entry is None:
                break
            key = _object(name, entry)
            place = self._place(entry.sha256, name)
            self._files.bring_object(place, self._key(key), "sha256", entry.sha256)
            if place.exists():
                break
            self._entries = None  # a new set came since we looked
        return place

    def _set(self) -> Mapping[str, Entry]:
        if self._entries is None:
            self._entries = self._read()
        return self._entries

    def _read(self) -> Mapping[str, Entry]:
        reading = self._files.bucket.read(self._key(SET))
        if reading is None:
            return {}
        try:
            read = json.loads(b"".join(reading.pieces()))
            return {name: Entry(str(each["sha256"]), int(each["bytes"])) for name, each in read["files"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableMedia(f"{self._key(SET)} cannot be read; run `preview` again") from error

    def _write(self, entries: Mapping[str, Entry]) -> None:
        named = {"made_at": int(time.time()), "files": {name: asdict(entry) for name, entry in entries.items()}}
        self._files.bucket.put(self._key(SET), json.dumps(named).encode(), "application/json")

    def _take_over(self, fresh: Path) -> None:
        former = self._read_former()
        entries = {}
        for path in sorted(fresh.iterdir()):
            data = path.read_bytes()
            entry = entries[path.name] = Entry(hashlib.sha256(data).hexdigest(), len(data))
            mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            self._files.bucket.put(self._key(_object(path.name, entry)), data, mime)
            self._files.cache.adopt(path, self._place(entry.sha256, path.name))
        self._write(entries)
        self._entries = entries
        for key in _keys(former) - _keys(entries):
            self._files.bucket.remove(self._key(key))

    def _read_former(self) -> Mapping[str, Entry]:
        try:
            return self._read()
        except UnreadableMedia:
            return {}

    def _key(self, name: str) -> str:
        return f"derived/{self._name[:2]}/{self._name}/{name}"

    def _place(self, digest: str, name: str) -> Path:
        return self._files.cache.place("derived", f"{self._name}.{digest[:32]}{Path(name).suffix}")


def _object(name: str, entry: Entry) -> str:
    return f"{entry.sha256}{Path(name).suffix}"


def _keys(entries: Mapping[str, Entry]) -> set[str]:
    return {_object(name, entry) for name, entry in entries.items()}
