"""The folder of a library's backups: each file once, named by its SHA-512, and snapshots that name them.

    fovea-backup.json                          says that this is one, and its form
    originals/ab/cd/<sha512>.jpg               every file that a snapshot names
    derived/ab/<sha512>/…                      previews, where they are wanted
    snapshots/2026-11-20T12-00-00Z/
        manifest.json                          written last: counts, versions, SHA-512 of the rest
        files.jsonl                            the files, one a line, in the order of their location
        database.dump                          PostgreSQL's custom format
        tokens.jsonl                           API tokens: SHA-256 of their secrets

A snapshot appears under its name when all of it is on the disk.
"""

import fcntl
import hashlib
import heapq
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BackupDamaged, BadRequest, Conflict, InUse, NotFound, TemporaryError
from media.stock import UNFINISHED, Stored, hash_pieces, pieces_of, stored_files, sync_folder

Json = dict[str, Any]
FORM = 1
_MARK = "fovea-backup.json"
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(-\d+)?")
_LOCATION = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{128}\.[0-9A-Za-z]{1,16}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of a snapshot: its SHA-512, size, location in the store, and where it lay if indexed in place."""

    sha512: bytes
    bytes: int
    location: str
    in_place: str | None = None

    def line(self) -> str:
        told: Json = {"sha512": self.sha512.hex(), "bytes": self.bytes, "location": self.location}
        return json.dumps({**told, "in_place": self.in_place} if self.in_place is not None else told) + "\n"


class BackupPlace:
    """A folder of backups. It is only ever added to, but by `prune`."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.originals = top / "originals"
        self.derived = top / "derived"
        self.snapshots = top / "snapshots"

    @classmethod
    def prepare(cls, top: Path) -> "BackupPlace":
        """Make the folder one of backups, 0700. Raises BadRequest when it holds something else already."""
        place = cls(top)
        mark = top / _MARK
        try:
            if not mark.is_file():
                if top.exists() and (
                    not top.is_dir() or any(entry.name != "lost+found" for entry in top.iterdir())
                ):
                    raise BadRequest(f"{top} holds something else; give a backup a folder of its own")
                top.mkdir(mode=0o700, parents=True, exist_ok=True)
                with suppress(OSError):  # of file systems without modes, and folders that are mounted
                    top.chmod(0o700)
                mark.write_text(json.dumps({"form": FORM}) + "\n", encoding="utf-8")
            for folder in (place.originals, place.snapshots):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise TemporaryError(f"{top} cannot be written to: {error.strerror}") from error
        place.check_form()
        return place

    def check_form(self) -> None:
        """Raises NotFound when this is no folder of backups, Conflict when a later Fovea made it."""
        try:
            form = json.loads((self.top / _MARK).read_text(encoding="utf-8"))["form"]
        except FileNotFoundError as error:
            raise NotFound(f"{self.top} is no folder of Fovea's backups: it has no {_MARK}") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BackupDamaged(f"{self.top / _MARK} cannot be read: {error}") from error
        if form != FORM:
            raise Conflict(f"{self.top} was made by a later Fovea (form {form}; this one knows {FORM})")

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """One backup at a time. Whether the one before was cut off. Raises InUse."""
        with (self.top / "running").open("a+b") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise InUse(f"another backup into {self.top} is running") from error
            lock.seek(0)
            cut_off = lock.read() != b""
            lock.write(b"running\n")
            lock.flush()
            yield cut_off
            lock.truncate(0)

    def names(self) -> list[str]:
        """The whole snapshots, oldest first."""
        if not self.snapshots.is_dir():
            return []
        return sorted(each.name for each in self.snapshots.iterdir() if _NAME.fullmatch(each.name))

    def find(self, name: str | None) -> "Snapshot":
        """A snapshot by name, or the newest. Raises NotFound."""
        names = self.names()
        if not names:
            raise NotFound(f"{self.top} has no snapshot that is whole")
        if name is not None and name not in names:
            raise NotFound(f"{self.top} has no snapshot {name}; it has {', '.join(names[-5:])}")
        return Snapshot(self, self.snapshots / (name or names[-1]))

    def files(self) -> Iterator[Stored]:
        """What lies in `originals`, in order."""
        return stored_files(self.originals)

    def clear_unfinished(self) -> None:
        """Remove what a backup that was cut off left behind. Only while alone."""
        for entry in list(self.snapshots.iterdir()):
            if entry.name.startswith("."):
                shutil.rmtree(entry, ignore_errors=True)
        for top in (self.originals, self.derived):
            for folder, _, names in os.walk(top):
                for name in names:
                    if name.startswith(UNFINISHED):
                        (Path(folder) / name).unlink(missing_ok=True)

    def prune(self, keep: int) -> tuple[list[str], int]:
        """Remove all but the newest snapshots, then files that none names; names and bytes. Only while alone."""
        gone = self.names()[:-keep]
        for name in gone:
            # Renamed first: half a snapshot must not look like a whole one.
            hidden = self.snapshots / f".{name}"
            (self.snapshots / name).rename(hidden)
            shutil.rmtree(hidden)
        return gone, self._drop_unnamed() if gone else 0

    def _drop_unnamed(self) -> int:
        """Both sides come in order: memory does not grow with the backup."""
        kept = merged(Snapshot(self, self.snapshots / name).files() for name in self.names())
        wanted, freed_bytes = next(kept, None), 0
        for stored in self.files():
            while wanted is not None and wanted.location < stored.location:
                wanted = next(kept, None)
            if wanted is None or wanted.location != stored.location:
                (self.originals / stored.location).unlink()
                shutil.rmtree(self.derived / stored.location[:2] / Path(stored.location).stem, ignore_errors=True)
                freed_bytes += stored.bytes
        return freed_bytes


def must_lie_apart(top: Path, data: Path, closed: Sequence[Path]) -> None:
    """A backup lies neither in the library nor around it. Raises BadRequest."""
    top = top.resolve()
    for own in (data.resolve(), *(each.resolve() for each in closed)):
        if top.is_relative_to(own):
            raise BadRequest(f"{top} lies in {own}, which is Fovea's own; a backup needs a folder apart from it")
        if own.is_relative_to(top):
            raise BadRequest(f"{own}, which is Fovea's own, lies in {top}; a backup needs a folder apart from it")


class Snapshot:
    """One picture of a library in a folder of backups."""

    def __init__(self, place: BackupPlace, folder: Path) -> None:
        self.place = place
        self.folder = folder
        self.name = folder.name
        self.dump = folder / "database.dump"
        self.list = folder / "files.jsonl"
        self.tokens = folder / "tokens.jsonl"

    def files(self) -> Iterator[Listed]:
        """Its files, in the order of their location. Raises BackupDamaged."""
        try:
            with self.list.open(encoding="utf-8") as lines:
                for line in lines:
                    yield _listed(json.loads(line))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BackupDamaged(f"{self.list} cannot be read: {error}") from error

    def described(self) -> Json:
        """What its manifest says. Raises BackupDamaged, Conflict when a later Fovea made it."""
        path = self.folder / "manifest.json"
        try:
            known: Json = json.loads(path.read_text(encoding="utf-8"))
            wanted = known["sha512"].items(), known["migrations"], known["assets"], known["lacking"].items()
            form, _ = known["form"], (wanted, known["files"]["count"] + known["files"]["bytes"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupDamaged(f"{path} cannot be read: {error}") from error
        if form != FORM:
            raise Conflict(f"{self.folder} was made by a later Fovea (form {form}; this one knows {FORM})")
        return known

    def manifest(self) -> Json:
        """`described`, once the parts were found to have the SHA-512 that it names. Raises BackupDamaged."""
        known = self.described()
        for part in (self.dump, self.list, self.tokens):
            try:
                digest, _size = hash_pieces(pieces_of(part))
            except OSError as error:
                raise BackupDamaged(f"{part} cannot be read: {error.strerror}") from error
            if known["sha512"].get(part.name) != digest.hex():
                raise BackupDamaged(f"{part} is damaged: its SHA-512 is not the one in manifest.json")
        return known


def merged(lists: Iterable[Iterator[Listed]]) -> Iterator[Listed]:
    """Several lists in order as one in order."""
    return heapq.merge(*lists, key=lambda each: each.location)


def write_durably(path: Path, lines: Iterable[str]) -> tuple[str, int]:
    """Write a text file; SHA-512 in hex and bytes of what is on the disk then."""
    hashed, size = hashlib.sha512(), 0
    with path.open("xb") as opened:
        for line in lines:
            raw = line.encode()
            opened.write(raw)
            hashed.update(raw)
            size += len(raw)
        opened.flush()
        os.fsync(opened.fileno())
    return hashed.hexdigest(), size


def publish(unfinished: Path, final: Path) -> None:
    """A snapshot's folder gets its name, durably."""
    sync_folder(unfinished)
    unfinished.rename(final)
    sync_folder(final.parent)


def _listed(told: Json) -> Listed:
    location = told["location"]
    if not _LOCATION.fullmatch(location):
        raise ValueError(f"{location!r} is no place in a store")
    return Listed(bytes.fromhex(told["sha512"]), int(told["bytes"]), location, told.get("in_place"))
