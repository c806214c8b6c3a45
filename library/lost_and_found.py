"""What nobody knows in the data folder: told, and moved to `<data>/lost+found` when asked; never removed."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from db import ingest as rows
from db import upkeep
from db.connect import Database
from library.findings import Finding
from media.staging import PREFIX
from media.stock import Stored
from media.store import Store
from media.store_folder import FolderStore

FOLDER = "lost+found"
_LEFT_S = 86_400.0
_SHA512_DIGITS = 128


class LostAndFound:
    """The folder of what was moved aside."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database = database
        self._store = store

    def orphan(self, stored: Stored, finding: Finding) -> Finding:
        """Move a file of the store aside, unless the library has come to know it."""
        if not isinstance(self._store, FolderStore):
            return replace(finding, reason="only files of a folder can be moved aside")
        digits = Path(stored.location).name.partition(".")[0]
        with self._database.transaction() as connection:
            if len(digits) == _SHA512_DIGITS:
                with suppress(ValueError):
                    # Whoever brings these bytes in at this moment does it before or after.
                    rows.lock_bytes(connection, bytes.fromhex(digits))
            if upkeep.is_known(connection, finding.what):
                return replace(finding, settled=True, reason="came into the library meanwhile")
            return self._move(self._store.originals / stored.location, f"originals/{stored.location}", finding)

    def left_over(self, *, move: bool) -> Iterator[Finding]:
        """Files that were half received a day ago, and that nobody goes on with."""
        for path in self._old(self._store.data / "incoming"):
            if path.name.startswith(PREFIX):
                continue  # a decoder's that may be at work; those of the dead go by themselves
            found = Finding("left_over", f"incoming/{path.name}")
            yield self._move(path, found.what, found) if move else found
        partial = {path.name: path for path in self._old(self._store.data / "uploads")}
        with self._database.transaction() as connection:
            wanted = upkeep.known_uploads(connection, [name.partition(".")[0] for name in partial])
        for name, path in partial.items():
            if name.partition(".")[0] not in wanted:
                found = Finding("left_over", f"uploads/{name}")
                yield self._move(path, found.what, found) if move else found
        for path in self._old(self._store.data / "derived", "??/.*-*"):
            found = Finding("left_over", f"derived/{path.parent.name}/{path.name}")
            yield self._move(path, found.what, found) if move else found

    def _old(self, folder: Path, pattern: str = "*") -> list[Path]:
        if not folder.is_dir():
            return []
        return sorted(path for path in folder.glob(pattern) if _age_s(path) > _LEFT_S)

    def _move(self, path: Path, name: str, finding: Finding) -> Finding:
        target = self._store.data / FOLDER / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            while target.exists():
                target = target.with_name(target.name + "~")
            path.rename(target)
        except FileNotFoundError:
            return replace(finding, settled=True, reason="went by itself")
        except OSError as error:
            return replace(finding, reason=f"could not be moved: {error.strerror}")
        return replace(finding, settled=True, reason=f"moved to {FOLDER}/{name}")


def _age_s(path: Path) -> float:
    try:
        state = path.lstat()
    except OSError:
        return 0.0
    return time.time() - max(state.st_mtime, state.st_ctime)
