"""The watched folder: what is put there moves into the library; what is refused moves aside with its reason.

Looked at by listing rather than by notifications, which network folders and bind mounts do not send. A file is
taken when it has come whole (library/arriving.py), and kept aside for a day after that (library/taken.py).
"""

import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from core.errors import (
    FoveaError,
    LeftAside,
    NotRemoved,
    PermanentError,
    SidecarAlone,
    StillWritten,
    TemporaryError,
)
from core.litter import is_litter, is_litter_folder
from core.paths import clean_line, clean_path
from core.sidecars import may_be_sidecar
from db.deeds import Refusal
from library.arriving import Arriving, Look, Patience, look_at
from library.deeds import plain_reason
from library.ingest import Ingest
from library.taken import TAKEN, Aside, Taken, is_stamp
from library.walk import spelled
from library.whence import inbox

log = logging.getLogger(__name__)

REFUSED = "refused"
_QUIET_S = 1.0
_WAITS_FOR_PHOTO_S = 60.0  # how long a sidecar waits for its photo
# Marks of copies under way.
_UNFINISHED: tuple[str, ...] = (
    ".part",
    ".partial",
    ".crdownload",
    ".opdownload",
    ".download",
    ".filepart",
    ".aria2",
)
_UNFINISHED += (".!ut", ".incomplete", ".tmp", ".temp", "~")
_MAY_NOT_READ = "the file may not be read; give the user Fovea runs as permission to"
_TOLD_MOST = 200
_NAMED_SO = "its name is that of a copy that has not ended"
_FOR_PHOTO = "it waits for the photo that it belongs to"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that is not taken yet: its path below the inbox, size in bytes, since when, and why."""

    path: str
    bytes: int
    since: datetime
    reason: str


class Inbox:
    """One watched folder. Call `sweep` again and again.

    `tell` hears what it waits for, whenever that changes; `refused` each file that went aside, and why.
    """

    def __init__(
        self,
        folder: Path,
        ingest: Ingest,
        owner: Callable[[], int],
        *,
        aside: Aside | None = None,
        patience: Patience | None = None,
        tell: Callable[[list[Waiting]], None] = lambda _: None,
        refused: Callable[[Refusal], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self._ingest = ingest
        self._owner = owner
        self._arriving = Arriving(patience)
        self._tell = tell
        self._tell_refused = refused
        self._told: list[Waiting] | None = None
        self._waiting: dict[Path, Waiting] = {}
        self._stays: dict[Path, tuple[Look, str]] = {}
        self._alone_since: dict[Path, float] = {}
        self._litter: dict[Path, Look] = {}
        self._batch = ""
        folder.mkdir(parents=True, exist_ok=True)
        self._taken = Taken(folder, aside or Aside())

    def sweep(self, stopped: Callable[[], bool] = lambda: False) -> int:
        """Take what has arrived whole; how many files left the folder."""
        self._taken.tidy()
        taken = 0
        here: dict[Path, Waiting] = {}
        if not any(path not in self._stays for path in self._waiting):
            self._batch = secrets.token_hex(8)  # what comes after the folder was empty is another import
        for path, look in self._files():
            if stopped():
                return taken
            if self._litter.get(path) == look:
                continue
            reason = self._why_not(path, look)
            if reason is None:
                reason = self._take(path, look)
            if reason is None:
                taken += 1
            else:
                before = self._waiting.get(path)
                since = before.since if before else datetime.now(UTC)
                here[path] = Waiting(self._relative(path), look.size, since, reason)
        self._ingest.flush()
        self._waiting = here
        self._arriving.keep_only(here)
        self._stays = {path: each for path, each in self._stays.items() if path in here}
        self._alone_since = {path: since for path, since in self._alone_since.items() if path in here}
        self._report()
        if taken:
            self._remove_empty_folders()
        return taken

    def _why_not(self, path: Path, look: Look) -> str | None:
        if path.name.lower().endswith(_UNFINISHED):
            return _NAMED_SO
        stays = self._stays.get(path)
        if stays is not None and stays[0] == look:
            return stays[1]
        try:
            return self._arriving.why_not(path, look)
        except PermissionError:
            return None  # what is to be done about it is said when it is taken
        except OSError as trouble:
            return clean_line(f"it cannot be looked at: {trouble.strerror or type(trouble).__name__}")

    def _report(self) -> None:
        told = sorted(self._waiting.values(), key=lambda each: each.path)[:_TOLD_MOST]
        if told != self._told:
            self._tell(told)
            self._told = told

    def _relative(self, path: Path) -> str:
        return clean_path(os.fsencode(path.relative_to(self.folder)).decode("utf-8", "replace"))

    def _files(self) -> Iterator[tuple[Path, Look]]:
        for folder, names, files in os.walk(self.folder):
            if Path(folder) == self.folder and REFUSED in names:
                names.remove(REFUSED)
            if Path(folder) == self.folder / TAKEN:
                names[:] = [name for name in names if not is_stamp(name)]
            names[:] = sorted(name for name in names if not name.startswith(".") and not is_litter_folder(name))
            # a link to a folder is listed among the folders, but is nothing we walk into
            links = [name for name in names if (Path(folder) / name).is_symlink()]
            # a sidecar belongs to a photo, so that comes first
            for name in sorted(files, key=lambda name: (may_be_sidecar(name), name)) + links:
                path = Path(folder) / name
                if is_litter(name):
                    continue
                with suppress(FileNotFoundError):
                    yield path, look_at(path)

    def _take(self, path: Path, look: Look) -> str | None:
        """Take a file in; why it stays, None when it left."""
        relative = os.fsencode(path.relative_to(self.folder)).decode("utf-8", "replace")

        def let_go(source: Path) -> None:
            self._taken.put(source, source.relative_to(self.folder))

        try:
            whence = inbox(clean_path(relative), self._batch)
            done = self._ingest.move(path, relative, "inbox", self._owner(), whence, let_go)
        except LeftAside:
            self._litter[path] = look
            return None
        except FileNotFoundError:
            return None  # taken away again by whoever put it there
        except (FoveaError, psycopg.OperationalError, OSError) as trouble:
            return self._stays_for(path, look, trouble)
        except Exception as fault:
            # One file must not keep all others out, whatever it makes of the code that reads it.
            log.exception("inbox: %s could not be taken", clean_path(relative))
            return self._set_aside(path, look, f"an error within Fovea: {type(fault).__name__}: {fault}")
        log.info("inbox: %s %s", done.path, "stored" if done.is_new else "was already there")
        return None

    def _stays_for(self, path: Path, look: Look, trouble: Exception) -> str | None:
        """Why a file stays; None when it was refused and went aside. Raises what is no fault of the file."""
        if isinstance(trouble, SidecarAlone) and self._may_wait(path):
            return _FOR_PHOTO
        if isinstance(trouble, PermanentError | PermissionError):
            return self._set_aside(path, look, _MAY_NOT_READ if isinstance(trouble, OSError) else str(trouble))
        if not isinstance(trouble, TemporaryError | OSError):
            raise trouble
        reason = clean_line(str(trouble))
        if isinstance(trouble, NotRemoved):
            self._stays[path] = look, reason  # not to be read again and again
        if not isinstance(trouble, StillWritten):
            log.warning("inbox: %s: %s", self._relative(path), reason)
        return reason

    def _set_aside(self, path: Path, look: Look, reason: str) -> str | None:
        reason = clean_line(reason)
        if self._refuse(path, reason):
            return None
        self._stays[path] = look, reason
        return reason

    def _may_wait(self, path: Path) -> bool:
        """Whether a sidecar's photo may still be on its way."""
        now = time.monotonic()
        return now - self._alone_since.setdefault(path, now) < _WAITS_FOR_PHOTO_S

    def _refuse(self, path: Path, reason: str) -> bool:
        """Move a file aside with its reason; whether that could be done."""
        place = self.folder / REFUSED / path.relative_to(self.folder)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            number = 1
            # neither a file of that name nor somebody's own text that is called like its reason
            while os.path.lexists(place) or os.path.lexists(_reason_beside(place)):
                number += 1
                place = place.with_name(f"{_cut(path.stem)} ({number}){_cut(path.suffix, 40)}")
            path.rename(place)
            _reason_beside(place).write_text(f"{reason}\n", encoding="utf-8")
        except OSError as error:
            why = error.strerror or type(error).__name__
            log.warning("inbox: refused (%s), but could not be moved aside: %s", reason, why)
            return False
        log.warning("inbox: refused: %s", reason)
        self._tell_refused(Refusal(self._relative(path), spelled(place), plain_reason(reason, path.name)))
        return True

    def _remove_empty_folders(self) -> None:
        for folder, names, _ in os.walk(self.folder, topdown=False):
            here = Path(folder)
            if here == self.folder or any(here.is_relative_to(self.folder / own) for own in (REFUSED, TAKEN)):
                continue
            # A folder made just now may be about to be filled.
            with suppress(OSError):
                if not names and time.time() - here.stat().st_mtime > _QUIET_S:
                    here.rmdir()


def _reason_beside(place: Path) -> Path:
    return place.with_name(f"{_cut(place.name)}.reason.txt")


def _cut(name: str, most_bytes: int = 200) -> str:
    """The beginning of a name, so short that a disk takes it with something added."""
    return os.fsdecode(os.fsencode(name)[:most_bytes])
