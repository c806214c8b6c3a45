"""Staging: the folder of one decoding program. The file at hand is put into it, so that it can open no other.

    input/    what the program reads: a second name of the original, else a copy
    output/   what it writes

A program that serves many files is started with rights to these two folders only, whatever comes later.
"""

import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ChildFailed
from media.limits import MIB
from media.sandbox import Access, give_to_nobody

PREFIX = "decoding-"
INCOMING = "incoming"
"""Below the data folder: for what is on its way; what was forgotten there is removed after a day."""
# Larger files than this are not copied: a program of its own, with rights to the one file, costs less.
MAX_COPIED_BYTES = 64 * MIB
# Names that mean nothing to any program: no spaces, no leading dash, none of Perl's or ffmpeg's own characters.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}", re.ASCII)
_PLAIN_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}", re.ASCII)


class Staging:
    """Folders for one program. `beside` is a folder on the file system of the originals: those below its parent
    get a second name there, which costs nothing; without it every file is copied."""

    def __init__(self, beside: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_writable(beside)))
        self._linked = beside.parent if beside is not None else None
        self.input, self.output = self.folder / "input", self.folder / "output"
        for each in (self.input, self.output):
            each.mkdir()
        give_to_nobody(self.output)
        self._finish = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    @property
    def access(self) -> Access:
        """The rights of the program."""
        return Access(read=(self.input,), write=(self.output,))

    def close(self) -> None:
        """Remove the folders. May be called twice."""
        self._finish()

    @contextmanager
    def staged(self, path: Path) -> Iterator[Path | None]:
        """The file under a plain name in `input`, as long as the block lasts; None when it is too large to copy.

        Raises FileNotFoundError when there is no such file, or the folder itself was removed; OSError.
        """
        place = self.input / plain_name(path.name)
        if not self._link(path, place) and not _copy(path, place):
            yield None
            return
        try:
            yield place
        finally:
            place.unlink(missing_ok=True)

    def take(self, name: str, target: Path) -> None:
        """Move a file that the program wrote to `target`. Raises ChildFailed when it is not an ordinary file."""
        written = self.output / name
        if written.is_symlink() or not written.is_file() or written.stat().st_nlink != 1:
            raise ChildFailed(f"the decoding process wrote no {name}")
        if written.stat().st_uid != os.geteuid():
            os.chown(written, os.geteuid(), os.getegid())
        shutil.move(written, target)

    def clear(self) -> None:
        """Remove what the program left in `output`."""
        for path in self.output.iterdir() if self.output.is_dir() else ():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def _link(self, path: Path, place: Path) -> bool:
        """Give the original a second name, if it is the store's: files that lie elsewhere are not touched."""
        if self._linked is None or not path.is_relative_to(self._linked) or path.is_symlink():
            return False
        try:
            os.link(path, place)
        except FileNotFoundError:
            raise
        except OSError:
            return False  # another file system, or one without links
        return True


def plain_name(name: str) -> str:
    """The name itself where it is harmless, else `original` with its ending."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    suffix = Path(name).suffix
    return "original" + (suffix if _PLAIN_SUFFIX.fullmatch(suffix) else "")


def _copy(path: Path, place: Path) -> bool:
    if path.stat().st_size > MAX_COPIED_BYTES:
        return False
    shutil.copyfile(path, place)
    return True


def _writable(folder: Path | None) -> Path | None:
    """The folder where one can be made in it, else None: the one for temporary files."""
    return folder if folder is not None and os.access(folder, os.W_OK | os.X_OK) else None
