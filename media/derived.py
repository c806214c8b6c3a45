"""Files derived from an original: preview, thumbnail and a video's key frames, below `<data>/derived`.

    derived/<first two hex digits>/<SHA-512 in hex>/preview.jpg      1440 px, for people and for the engines
                                                    thumbnail.webp   320 px
                                                    frame-<ms>.jpg   a video's key frame and its time

All of it can be made again from the original. A new set appears file by file, each complete or not at all.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FRAME = re.compile(r"frame-(\d{1,12})\.jpg", re.ASCII)


class DerivedFolder:
    """Where the files derived from the original with the given SHA-512 lie, whether they are there or not."""

    def __init__(self, data: Path, sha512: bytes) -> None:
        name = sha512.hex()
        self.path = data / "derived" / name[:2] / name

    @property
    def preview(self) -> Path:
        """The upright picture, 1440 px, JPEG; of a video its poster."""
        return self.path / "preview.jpg"

    @property
    def thumbnail(self) -> Path:
        """The same, 320 px, WebP."""
        return self.path / "thumbnail.webp"

    def frame(self, at_ms: int) -> Path:
        """A video's key frame at a time in milliseconds."""
        return self.path / frame_name(at_ms)

    def frames(self) -> list[tuple[float, Path]]:
        """A video's key frames with their seconds, in order; empty for a photo."""
        if not self.path.is_dir():
            return []
        found = ((_FRAME.fullmatch(path.name), path) for path in self.path.iterdir())
        return sorted((int(match[1]) / 1000.0, path) for match, path in found if match)

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

    def _take_over(self, fresh: Path) -> None:
        self.path.mkdir(exist_ok=True)
        names = set()
        for path in sorted(fresh.iterdir()):
            _make_durable(path)
            path.replace(self.path / path.name)
            names.add(path.name)
        for path in self.path.iterdir():
            if path.name not in names:
                path.unlink()
        _make_durable(self.path)


def frame_name(at_ms: int) -> str:
    """The file name of a key frame."""
    return f"frame-{at_ms}.jpg"


def clear_unfinished(data: Path) -> int:
    """Remove what killed processes left half written; how many sets. Only while no worker runs."""
    left_over = list((data / "derived").glob("??/.*-*"))
    for folder in left_over:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left_over)


def _make_durable(path: Path) -> None:
    # The database will say that this is done: a power cut after that must not leave an empty file.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
