"""The files of a backup on their way into the store, and out of it again when something is wrong."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BackupDamaged, NoRoom
from library.backup_place import Listed, Snapshot
from library.streams import spread
from media.stock import hash_pieces, pieces_of
from media.store import Store, from_location
from media.store_folder import FolderStore

_TELL_MOST = 10
_THREADS = 2
_OTHER_BYTES = "its SHA-512 is another one"


@dataclass(frozen=True, slots=True)
class RestoreWish:
    """`incomplete`: also a snapshot that lacks files. `begin` and `step` as in a backup."""

    incomplete: bool = False
    threads: int = 0
    begin: Callable[[int, int], None] = lambda _files, _bytes: None
    step: Callable[[int, int, str], None] = lambda _files, _bytes, _name: None


def begun(store: Store, snapshot: Snapshot) -> Path:
    """The list of files that a restore has copied: there from its beginning to its end, whatever cuts it off."""
    return store.data / f"restoring-{snapshot.name}.list"


class Copies:
    """Files on their way into the store, and out of it again when something is wrong."""

    def __init__(self, store: Store, snapshot: Snapshot, wish: RestoreWish) -> None:
        self._store = store
        self._snapshot = snapshot
        self._wish = wish
        self._new = begun(store, snapshot)

    def bring(self, manifest: dict[str, Any]) -> None:
        """Raises BackupDamaged with all that is wrong with the files, once each was looked at."""
        self._wish.begin(manifest["files"]["count"], manifest["files"]["bytes"])
        self._must_fit()
        bad: list[str] = []
        with self._new.open("a", encoding="ascii") as new:
            for listed, why, is_new in spread(self._bring_one, self._wanted(), self._wish.threads or _THREADS):
                if is_new:
                    new.write(listed.location + "\n")
                if why:
                    bad.append(f"{listed.location}: {why}")
                self._wish.step(1, listed.bytes, listed.location)
        _must_be_none(bad)

    def _must_fit(self) -> None:
        if not isinstance(self._store, FolderStore):
            return  # what another kind of store has room for, it says itself
        needed = sum(listed.bytes for listed in self._wanted() if not self._store.has(listed.location))
        free = shutil.disk_usage(self._store.data).free
        if needed > free:
            raise NoRoom(f"{self._store.data} has {free:,} bytes free; {needed:,} are needed. Nothing was changed")

    def _wanted(self) -> Iterator[Listed]:
        """What lay in place elsewhere and still lies there stays where it is."""
        for listed in self._snapshot.files():
            if listed.in_place is None or not lies_there(listed):
                yield listed

    def _bring_one(self, listed: Listed) -> tuple[Listed, str, bool]:
        source = self._snapshot.place.originals / listed.location
        # Of a restore before that was cut off, or of a library whose database was lost.
        lies = self._store.digest(listed.location)
        if lies == listed.sha512:
            return listed, "", False
        try:
            with self._store.receive() as received:
                for piece in pieces_of(source):
                    received.write(piece)
                if received.bytes != listed.bytes or received.close() != listed.sha512:
                    return listed, _OTHER_BYTES, False
                self._store.keep(received, listed.sha512, listed.location.rpartition(".")[2])
        except OSError as error:
            return listed, error.strerror or str(error), False
        return listed, "", lies is None

    def take_back(self) -> None:
        """Remove what was copied; what lay in the store before stays."""
        with suppress(FileNotFoundError), self._new.open(encoding="ascii") as new:
            for line in new:
                self._store.remove(line.rstrip("\n"))
        self._new.unlink(missing_ok=True)


def look_through(snapshot: Snapshot, wish: RestoreWish) -> None:
    """Read every file of a snapshot. Raises BackupDamaged with all that is wrong."""

    def look(listed: Listed) -> tuple[Listed, str]:
        return listed, _is_damaged(snapshot, listed)

    bad: list[str] = []
    for listed, why in spread(look, snapshot.files(), wish.threads or _THREADS):
        if why:
            bad.append(f"{listed.location}: {why}")
        wish.step(1, listed.bytes, listed.location)
    _must_be_none(bad)


def _is_damaged(snapshot: Snapshot, listed: Listed) -> str:
    try:
        digest, _ = hash_pieces(pieces_of(snapshot.place.originals / listed.location))
    except OSError as error:
        return error.strerror or str(error)
    return "" if digest == listed.sha512 else _OTHER_BYTES


def _must_be_none(bad: list[str]) -> None:
    if bad:
        more = f"\n… and {len(bad) - _TELL_MOST} more" if len(bad) > _TELL_MOST else ""
        raise BackupDamaged(f"{len(bad)} files of the backup are damaged:\n" + "\n".join(bad[:_TELL_MOST]) + more)


def lies_there(listed: Listed) -> bool:
    """Whether a file that was indexed in place is still where it was, as large as it was."""
    try:
        return from_location(listed.in_place or "").stat().st_size == listed.bytes
    except OSError:
        return False
