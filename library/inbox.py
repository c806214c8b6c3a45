"""The watched folder: what is put there moves into the library; what is refused moves aside with its reason.

Looked at by listing rather than by notifications, which network folders and bind mounts do not send. A file is
taken when two looks saw the same size and time, so a copy still under way is left alone.
"""

import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from core.errors import FoveaError, LeftAside, PermanentError, SidecarAlone, TemporaryError
from core.litter import is_litter, is_litter_folder
from core.paths import clean_line, clean_path
from core.sidecars import may_be_sidecar
from library.ingest import Ingest
from library.whence import inbox

log = logging.getLogger(__name__)

REFUSED = "refused"
_QUIET_S = 1.0
_WAITS_FOR_PHOTO_S = 60.0  # how long a sidecar waits for its photo
# Marks of copies under way.
_UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".filepart", "~")
_MAY_NOT_READ = "the file may not be read; give the user Fovea runs as permission to"


@dataclass(frozen=True, slots=True)
class Look:
    """A file as seen: size in bytes and time of last change in ns."""

    size: int
    changed_ns: int


class Inbox:
    """One watched folder. Call `sweep` again and again."""

    def __init__(self, folder: Path, ingest: Ingest, owner: Callable[[], int]) -> None:
        self.folder = folder
        self._ingest = ingest
        self._owner = owner
        self._seen: dict[Path, Look] = {}
        self._alone_since: dict[Path, float] = {}
        self._aside: dict[Path, Look] = {}
        self._batch = ""
        folder.mkdir(parents=True, exist_ok=True)

    def sweep(self, stopped: Callable[[], bool] = lambda: False) -> int:
        """Take what has arrived whole; how many files left the folder."""
        taken = 0
        looks: dict[Path, Look] = {}
        if not self._seen:  # what comes after the folder was empty is another import
            self._batch = secrets.token_hex(8)
        for path, look in self._files():
            if stopped():
                break
            if self._aside.get(path) == look:
                continue
            if self._seen.get(path) != look or time.time_ns() - look.changed_ns < _QUIET_S * 1e9:
                looks[path] = look
                continue
            if self._take(path, look):
                taken += 1
            else:
                looks[path] = look
        self._ingest.flush()
        self._seen = looks
        self._alone_since = {path: since for path, since in self._alone_since.items() if path in looks}
        if taken:
            self._remove_empty_folders()
        return taken

    def _files(self) -> Iterator[tuple[Path, Look]]:
        for folder, names, files in os.walk(self.folder):
            if Path(folder) == self.folder and REFUSED in names:
                names.remove(REFUSED)
            names[:] = sorted(name for name in names if not name.startswith(".") and not is_litter_folder(name))
            # a link to a folder is listed among the folders, but is nothing we walk into
            links = [name for name in names if (Path(folder) / name).is_symlink()]
            # a sidecar belongs to a photo, so that comes first
            for name in sorted(files, key=lambda name: (may_be_sidecar(name), name)) + links:
                path = Path(folder) / name
                low = name.lower()
                if is_litter(name) or low.endswith(_UNFINISHED):
                    continue
                with suppress(FileNotFoundError):
                    state = path.lstat()
                    yield path, Look(state.st_size, state.st_mtime_ns)

    def _take(self, path: Path, look: Look) -> bool:
        relative = os.fsencode(path.relative_to(self.folder)).decode("utf-8", "replace")
        try:
            whence = inbox(clean_path(relative), self._batch)
            done = self._ingest.move(path, relative, "inbox", self._owner(), whence)
        except LeftAside:
            self._aside[path] = look
            return False
        except (PermanentError, PermissionError) as refusal:
            if isinstance(refusal, SidecarAlone) and self._may_wait(path):
                return False
            reason = _MAY_NOT_READ if isinstance(refusal, PermissionError) else str(refusal)
        except FileNotFoundError:
            return False  # taken away again by whoever put it there
        except (TemporaryError, OSError) as trouble:
            log.warning("inbox: %s stays for now: %s", clean_path(relative), clean_line(str(trouble)))
            return False
        except (FoveaError, psycopg.OperationalError):
            raise  # about the library, not about this file
        except Exception as fault:
            # One file must not keep all others out, whatever it makes of the code that reads it.
            log.exception("inbox: %s could not be taken", clean_path(relative))
            reason = f"an error within Fovea: {type(fault).__name__}: {fault}"
        else:
            log.info("inbox: %s %s", done.path, "stored" if done.is_new else "was already there")
            return True
        self._refuse(path, reason)
        return True

    def _may_wait(self, path: Path) -> bool:
        """Whether a sidecar's photo may still be on its way."""
        now = time.monotonic()
        return now - self._alone_since.setdefault(path, now) < _WAITS_FOR_PHOTO_S

    def _refuse(self, path: Path, reason: str) -> None:
        place = self.folder / REFUSED / path.relative_to(self.folder)
        reason = clean_line(reason)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            number = 1
            while os.path.lexists(place):
                number += 1
                place = place.with_name(f"{_cut(path.stem)} ({number}){_cut(path.suffix, 40)}")
            path.rename(place)
            place.with_name(f"{_cut(place.name)}.reason.txt").write_text(f"{reason}\n", encoding="utf-8")
        except OSError as error:
            why = error.strerror or type(error).__name__
            log.warning("inbox: refused (%s), but could not be moved aside: %s", reason, why)
        else:
            log.warning("inbox: refused: %s", reason)

    def _remove_empty_folders(self) -> None:
        for folder, names, _ in os.walk(self.folder, topdown=False):
            here = Path(folder)
            if here == self.folder or here.is_relative_to(self.folder / REFUSED):
                continue
            # A folder made just now may be about to be filled.
            with suppress(OSError):
                if not names and time.time() - here.stat().st_mtime > _QUIET_S:
                    here.rmdir()


def _cut(name: str, most_bytes: int = 200) -> str:
    """The beginning of a name, so short that a disk takes it with something added."""
    return os.fsdecode(os.fsencode(name)[:most_bytes])
