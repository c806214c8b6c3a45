"""Walking through folders of this machine: plain files only, links never followed, what cannot be read is told."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import BadRequest
from core.litter import is_litter, is_litter_folder
from core.sidecars import may_be_sidecar


@dataclass(frozen=True, slots=True)
class Look:
    """A file as the file system describes it: size in bytes, last change in ns, inode (as PostgreSQL's bigint)."""

    bytes: int
    mtime_ns: int
    inode: int


@dataclass(slots=True)
class Walk:
    """A walk below `top`. `closed` are folders that are not entered: Fovea's own data.

    `unreadable` fills with folders whose content could not be seen: what lies there is not known to be gone.
    """

    top: Path
    closed: Sequence[Path] = ()
    unreadable: list[Path] = field(default_factory=list)

    def files(self) -> Iterator[tuple[Path, Look]]:
        """Each plain file with how it looks; in each folder photos before sidecars, which belong to them.

        Hidden ones, and what systems leave everywhere (core/litter.py), are left out.
        """
        try:
            alone = not self.top.is_dir()
        except OSError:
            self.unreadable.append(self.top)
            return
        if alone:
            found = _look(self.top)
            if found is not None:
                yield self.top, found
            return
        waiting = [self.top]
        while waiting:
            folder = waiting.pop()
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
                names = [entry.name for entry in entries if not entry.name.startswith(".")]
                folders = [e.name for e in entries if e.name in names and e.is_dir(follow_symlinks=False)]
                litter = {name for name in folders if is_litter_folder(name)}
                names = [n for n in names if n not in litter and (n in folders or not is_litter(n))]
                folders = [name for name in folders if name not in litter]
            except OSError:
                self.unreadable.append(folder)
                continue
            inside = set(folders)
            for name in sorted((n for n in names if n not in inside), key=lambda n: (may_be_sidecar(n), n)):
                found = _look(folder / name)
                if found is not None:
                    yield folder / name, found
            waiting += [folder / name for name in reversed(folders) if folder / name not in self.closed]


def spelled(path: Path) -> str:
    """A path as text that can be printed and stored; bytes that are no UTF-8 as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def must_not_be_own(data: Path, path: Path) -> None:
    """Fovea's data folder is no place to take files from. Raises BadRequest."""
    path = path.resolve()
    if path == data or path.is_relative_to(data):
        raise BadRequest(f"{path} belongs to Fovea's own data folder ({data}); it is not taken in")


def _look(path: Path) -> Look | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    inode = found.st_ino - (1 << 64) if found.st_ino >= 1 << 63 else found.st_ino
    return Look(found.st_size, found.st_mtime_ns, inode)
