"""What was taken out of the inbox, kept aside for a while before it is removed for good.

`inbox/taken/<time it was taken>/<its path>`. Bounded by time and size, and emptied early when the disk fills. Only
folders that are named as a time are ever emptied: whatever else somebody puts there is taken in like all else.
"""

import errno
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from media.writers import being_written

log = logging.getLogger(__name__)

TAKEN = "taken"
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")
_STAMP_FORM = "%Y-%m-%dT%H-%M-%SZ"
_TIDY_EVERY_S = 60.0
_CHANGED_AFTER_S = 2.0
_SCARCE_BYTES = 1_000_000_000
_SCARCE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Aside:
    """How long files are kept (seconds; 0: removed at once) and how many bytes of them at most."""

    keep_s: float = 86400.0
    most_bytes: int = 50_000_000_000


def is_stamp(name: str) -> bool:
    """Whether a folder of `taken` is one of those that are emptied."""
    return _STAMP.fullmatch(name) is not None


class Taken:
    """The folder `taken` of an inbox."""

    def __init__(self, inbox: Path, wish: Aside) -> None:
        self._inbox = inbox
        self._folder = inbox / TAKEN
        self._wish = wish
        self._tidy_at = 0.0

    def put(self, source: Path, relative: Path) -> None:
        """Let go of a file whose bytes are stored: aside, or for good where nothing is kept. Raises OSError."""
        if self._wish.keep_s <= 0 or self._is_scarce():
            source.unlink()
            return
        place = self._folder / datetime.now(UTC).strftime(_STAMP_FORM) / relative
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            source.rename(_free(place))
        except OSError as error:
            if error.errno != errno.EXDEV:  # from another disk: a copy of it would be one more copy, no safety
                raise
            source.unlink()

    def tidy(self) -> None:
        """Remove what was kept long enough, or is too much. Now and then, and at once when the disk fills."""
        scarce = self._is_scarce()
        if not scarce and time.monotonic() < self._tidy_at:
            return
        self._tidy_at = time.monotonic() + _TIDY_EVERY_S
        kept = sorted(self._stamps())
        sizes = {folder: sum(_size(path) for path in _files(folder)) for _, folder in kept}
        total = sum(sizes.values())
        for at, folder in kept:
            old = time.time() - at > self._wish.keep_s
            if old or total > self._wish.most_bytes or self._is_scarce():
                total -= sizes[folder]
                self._empty(folder, at)

    def _empty(self, folder: Path, at: float) -> None:
        for path in list(_files(folder)):
            with suppress(OSError):
                state = path.lstat()
                if being_written(path):
                    continue
                if max(state.st_mtime, state.st_ctime) > at + _CHANGED_AFTER_S:
                    self._give_back(path, path.relative_to(folder))
                else:
                    path.unlink()
        for below, _, _ in os.walk(folder, topdown=False):
            with suppress(OSError):
                Path(below).rmdir()

    def _give_back(self, path: Path, relative: Path) -> None:
        """It was written to after it was taken: it is looked at once more."""
        place = _free(self._inbox / relative)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.rename(place)
        log.warning("inbox: a file was written to after it was taken, and is looked at again")

    def _stamps(self) -> Iterator[tuple[float, Path]]:
        with suppress(OSError), os.scandir(self._folder) as listing:
            for entry in listing:
                if is_stamp(entry.name) and entry.is_dir(follow_symlinks=False):
                    with suppress(ValueError):
                        at = datetime.strptime(entry.name, _STAMP_FORM).replace(tzinfo=UTC)
                        yield at.timestamp(), Path(entry.path)

    def _is_scarce(self) -> bool:
        disk = shutil.disk_usage(self._inbox)
        return disk.free < max(_SCARCE_BYTES, disk.total * _SCARCE_SHARE)


def _free(place: Path) -> Path:
    """A name beside others that nobody has."""
    number, wanted = 1, place
    while os.path.lexists(place):
        number += 1
        place = wanted.with_name(f"{number} {wanted.name}"[:200])
    return place


def _files(folder: Path) -> Iterator[Path]:
    for below, _, names in os.walk(folder):
        yield from (Path(below) / name for name in names)


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0
