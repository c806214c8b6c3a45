"""Where a file lay before it came: what lies in one folder belongs together, equal names elsewhere do not."""

from dataclasses import dataclass
from pathlib import Path

from media.store import to_location

IN_PLACE = "in place"


@dataclass(frozen=True, slots=True)
class Whence:
    """`folder` and `batch` as in table `file_place`; `disk` is the folder itself, where it can be looked into."""

    folder: str
    batch: str = ""
    disk: Path | None = None


def local(source: Path, batch: str = "") -> Whence:
    """A file of this machine. `batch`: the import that it comes with."""
    folder = source.absolute().parent
    return Whence(f"local:{to_location(folder)}", batch, folder)


def in_place(source: Path) -> Whence:
    """A file that stays where it lies."""
    return Whence(f"local:{to_location(source.absolute().parent)}", IN_PLACE)


def inbox(relative: str, batch: str) -> Whence:
    """A file of the watched folder; `relative` is its path below that."""
    return Whence(f"inbox:{relative.rpartition('/')[0]}", batch)


def sent(source: str, path: str) -> Whence | None:
    """A file that was sent. `source` is what its sender calls the place it comes from; None: it said nothing."""
    return Whence(f"sent:{source}:{path.rpartition('/')[0]}", source) if source else None
