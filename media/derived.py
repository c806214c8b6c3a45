"""Files derived from an original: preview, thumbnail and a video's key frames. In a folder:

    derived/<first two hex digits>/<SHA-512 in hex>/preview.jpg      1440 px, for people and for the engines
                                                    thumbnail.webp   320 px
                                                    frame-<ms>.jpg   a video's key frame and its time
                                                    motion.mp4       the film inside a photo

All of it can be made again from the original. A new set appears file by file, each complete or not at all.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from media.durable import make_durable

PREVIEW = "preview.jpg"
THUMBNAIL = "thumbnail.webp"
MOTION = "motion.mp4"
_FRAME = re.compile(r"frame-(\d{1,12})\.jpg", re.ASCII)


class Derived(Protocol):
    """What was derived from one original. Asked for a file, it brings it to this machine if need be.

    There is no file at the path answered when it was not made. All may raise ServiceAway.
    """

    @property
    def preview(self) -> Path:
        """The upright picture, 1440 px, JPEG; of a video its poster."""

    @property
    def thumbnail(self) -> Path:
        """The same, 320 px, WebP."""

    @property
    def motion(self) -> Path:
        """The film that was inside the photo, MP4."""

    def frame(self, at_ms: int) -> Path:
        """A video's key frame at a time in milliseconds."""

    def frames(self) -> list[tuple[float, Path]]:
        """A video's key frames with their seconds, in order; empty for a photo."""

    def names(self) -> set[str]:
        """What is there, by name, without bringing it."""

    def file(self, name: str) -> Path:
        """One of those."""

    def replacing(self) -> AbstractContextManager[Path]:
        """A fresh folder to write a new set of files into, named as they shall be named.

        When the block ends well they take their places and what is no longer in the set goes; otherwise
        everything stays as it was.
        """

    def copy_to(self, sha512: bytes) -> bool:
        """Give the set to another original as well; False when there is none."""

    def remove(self) -> None:
        """Let go of the whole set."""


class DerivedFolder:
    """Where the files derived from the original with the given SHA-512 lie, whether they are there or not."""

    def __init__(self, data: Path, sha512: bytes) -> None:
        name = sha512.hex()
        self._data = data
        self.path = data / "derived" / name[:2] / name

    @property
    def preview(self) -> Path:
        """The upright picture, 1440 px, JPEG; of a video its poster."""
        return self.path / PREVIEW

    @property
    def thumbnail(self) -> Path:
        """The same, 320 px, WebP."""
        return self.path / THUMBNAIL

    @property
    def motion(self) -> Path:
        """The film that was inside the photo, MP4."""
        return self.path / MOTION

    def frame(self, at_ms: int) -> Path:
        """A video's key frame at a time in milliseconds."""
        return self.path / frame_name(at_ms)

    def frames(self) -> list[tuple[float, Path]]:
        """A video's key frames with their seconds, in order; empty for a photo."""
        return [(at_s, self.path / name) for at_s, name in frame_times(self.names())]

    def file(self, name: str) -> Path:
        """One of `names`."""
        return self.path / name

    def names(self) -> set[str]:
        """What is there, by name."""
        return {path.name for path in self.path.iterdir()} if self.path.is_dir() else set()

    @contextmanager
    def replacing(self) -> Iterator[Path]:
        """A fresh folder to write a new set of files into, named as they shall be named.

        When the block ends well they take their places and what is no longer in the set goes; otherwise
        everything stays as it was.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{self.path.name[:16]}-", dir=self.path.parent))
        try:
            yield fresh
            self._take_over(fresh)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def copy_to(self, sha512: bytes) -> bool:
        """Give the set to another original as well; False when there is none."""
        if not self.preview.is_file():
            return False
        target = DerivedFolder(self._data, sha512)
        target.path.mkdir(parents=True, exist_ok=True)
        for path in self.path.iterdir():
            with suppress(FileExistsError):
                try:
                    os.link(path, target.path / path.name)
                except OSError:
                    shutil.copy2(path, target.path / path.name)
        return True

    def remove(self) -> None:
        """Let go of the whole set."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _take_over(self, fresh: Path) -> None:
        self.path.mkdir(exist_ok=True)
        names = set()
        for path in sorted(fresh.iterdir()):
            make_durable(path)  # the database will say that this is done: no power cut may leave it empty then
            path.replace(self.path / path.name)
            names.add(path.name)
        for path in self.path.iterdir():
            if path.name not in names:
                path.unlink()
        make_durable(self.path)


def frame_name(at_ms: int) -> str:
    """The file name of a key frame."""
    return f"frame-{at_ms}.jpg"


def frame_times(names: Iterable[str]) -> list[tuple[float, str]]:
    """The key frames among these names, with their seconds, in order."""
    found = ((_FRAME.fullmatch(name), name) for name in names)
    return sorted((int(match[1]) / 1000.0, name) for match, name in found if match)


def unfinished(data: Path) -> Iterator[Path]:
    """Folders of sets that are being written, or were when their process was killed."""
    yield from (data / "derived").glob("??/.*-*")
