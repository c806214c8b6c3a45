"""Backing a library up while it is in use: a consistent picture of the database, and every file that it names.

Originals never change and bear their SHA-512 as their name, so what a backup has once it need not read again.
Most files are copied first, from the library as it is at each moment. Only then one view of the database is held,
for as long as the few files that came meanwhile and the dump take. A file that is removed for good just then makes
us look again; one that is gone without anybody having removed it is told, and the rest backed up all the same.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.errors import NoRoom, NotFound, TemporaryError
from db import upkeep
from db.connect import Connection, Database
from db.dump import dump_database
from db.tokens import TokenStore
from library.backup_place import FORM, BackupPlace, Listed, publish, write_durably
from library.backup_previews import copy_previews
from library.deeds import Deed, doing
from library.streams import in_step, spread
from media.stock import Stored, WrongBytes, hash_pieces, pieces_of, sync_folder, write_checked
from media.store import Store, from_location, original_location

Row = dict[str, Any]
_TRIES = 5
_EXTENSION = re.compile(r"[0-9a-z]{1,16}")


@dataclass(frozen=True, slots=True)
class BackupWish:
    """What is wanted beside the database and the store's originals, and how many snapshots stay (None: all).

    `in_place`: files that were indexed where they lie, too. `certificate`: the TLS key and certificate, too.
    """

    in_place: bool = False
    previews: bool = False
    certificate: bool = False
    keep: int | None = None
    threads: int = 0
    begin: Callable[[int, int], None] = lambda _files, _bytes: None
    step: Callable[[int, int, str], None] = lambda _files, _bytes, _name: None


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A snapshot that was made. `lacking`: files that could not be backed up, location → reason."""

    name: str
    folder: Path
    files: int
    bytes: int
    copied_files: int
    copied_bytes: int
    dump_bytes: int
    lacking: dict[str, str]
    removed: list[str] = field(default_factory=list)
    freed_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Copied:
    """A file that is in the backup now, or why it is not."""

    listed: Listed
    is_new: bool = False
    lacks: str = ""


class _Vanished(TemporaryError):
    """A file was removed for good after the view of the database was taken."""


def back_up(
    database: Database, store: Store, tokens: TokenStore, owner_id: int, top: Path, wish: BackupWish
) -> BackedUp:
    """A new snapshot below `top`, as a deed on the page of activities.

    Raises NoRoom, InUse (another one runs), BadRequest, Cancelled when somebody ends it on that page. Then there
    is no new snapshot; files that were copied already stay for the next one.
    """
    place = BackupPlace.prepare(top)
    with place.alone() as cut_off:
        if cut_off:
            place.clear_unfinished()
        made = _Backup(database, store, tokens, owner_id, place, wish).run()
        if wish.keep is None:
            return made
        removed, freed_bytes = place.prune(wish.keep)
    return replace(made, removed=removed, freed_bytes=freed_bytes)


class _Backup:
    def __init__(
        self,
        database: Database,
        store: Store,
        tokens: TokenStore,
        owner_id: int,
        place: BackupPlace,
        wish: BackupWish,
    ) -> None:
        self._database = database
        self._store = store
        self._tokens = tokens
        self._owner_id = owner_id
        self._place = place
        self._wish = wish
        self._threads = wish.threads or min(4, os.cpu_count() or 1)
        self._copied_files = self._copied_bytes = 0
        self._lacking: dict[str, str] = {}
        self._folders: set[Path] = set()

    def run(self) -> BackedUp:
        self._must_fit()
        name = self._new_name()
        unfinished = self._place.snapshots / f".{name}"
        with self._database.transaction() as connection:
            totals = upkeep.totals(connection)
        files = totals.stored + (totals.in_place if self._wish.in_place else 0)
        self._wish.begin(files, totals.stored_bytes + (totals.in_place_bytes if self._wish.in_place else 0))
        with doing(self._database, self._owner_id, "backup", name, total=files) as deed:
            try:
                self._copy_most(deed)
                made = self._snapshot(name, unfinished, deed)
            except BaseException:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
            deed.advance(
                0, message=f"{made.files} files, {made.copied_files} of them new; {len(made.lacking)} lack"
            )
        return made

    def _new_name(self) -> str:
        while (self._place.snapshots / (name := f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}")).exists():
            time.sleep(0.1)
        return name

    def _must_fit(self) -> None:
        """Raises NoRoom before anything is written."""
        needed = sum(listed.bytes for stored, listed in self._beside(self._ask) if stored is None)
        with self._database.transaction() as connection:
            needed += (
                upkeep.totals(connection).database_bytes // 2
            )  # a dump is smaller: compressed, without indexes
        free = shutil.disk_usage(self._place.top).free
        if needed > free:
            raise NoRoom(f"{self._place.top} has {free:,} bytes free; about {needed:,} are needed")

    def _copy_most(self, deed: Deed) -> None:
        for copied in spread(self._copy, self._beside(self._ask), self._threads):
            self._count(copied)
            deed.advance(message=copied.listed.location)
            self._wish.step(1, copied.listed.bytes, copied.listed.location)

    def _snapshot(self, name: str, unfinished: Path, deed: Deed) -> BackedUp:
        for attempt in range(_TRIES):
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(mode=0o700)
            try:
                with self._database.transaction() as connection:
                    made = self._picture(connection, name, unfinished, deed)
                break
            except _Vanished:
                if attempt == _TRIES - 1:
                    raise
        for folder in sorted(self._folders, key=lambda each: len(each.parts), reverse=True):
            sync_folder(folder)
        sync_folder(self._place.top)
        publish(unfinished, made.folder)
        return made

    def _picture(self, connection: Connection, name: str, folder: Path, deed: Deed) -> BackedUp:
        began_at = datetime.now(UTC)
        # before the view of the database, so that it has the account of each
        digests = {"tokens.jsonl": write_durably(folder / "tokens.jsonl", self._token_lines())[0]}
        exported = upkeep.export_snapshot(connection)
        counted = {"count": 0, "bytes": 0}
        digests |= {"files.jsonl": write_durably(folder / "files.jsonl", self._lines(connection, counted))[0]}
        deed.advance(0, message="the database")
        dump = folder / "database.dump"
        dump_database(self._database.url, exported, dump)
        digest, dump_bytes = hash_pieces(pieces_of(dump))
        digests["database.dump"] = digest.hex()
        if self._wish.previews:
            copy_previews(self._store, upkeep.previewed(upkeep.asking(connection)), self._place.derived)
        if self._wish.certificate and (self._store.data / "tls").is_dir():
            shutil.copytree(self._store.data / "tls", folder / "tls")
        migrations, server = upkeep.versions(connection)
        manifest = {
            "form": FORM,
            "name": name,
            "made_at": began_at.isoformat(),
            "fovea": version("fovea"),
            "postgresql": server,
            "migrations": migrations,
            "assets": upkeep.totals(connection).assets,
            "files": counted,
            "dump_bytes": dump_bytes,
            "with": {
                "in_place": self._wish.in_place,
                "previews": self._wish.previews,
                "certificate": self._wish.certificate,
            },
            "lacking": self._lacking,
            "sha512": digests,
        }
        write_durably(folder / "manifest.json", [json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"])
        final = folder.with_name(name)
        copied = (self._copied_files, self._copied_bytes)
        return BackedUp(name, final, counted["count"], counted["bytes"], *copied, dump_bytes, dict(self._lacking))

    def _lines(self, connection: Connection, counted: dict[str, int]) -> Iterator[str]:
        """The list of files, each of which is in the backup when its line is written."""
        self._lacking = {}
        for copied in spread(self._copy, self._beside(upkeep.asking(connection)), self._threads):
            self._count(copied)
            listed = copied.listed
            if not copied.lacks:
                counted["count"] += 1
                counted["bytes"] += listed.bytes
                yield listed.line()
            elif self._is_wanted(listed):
                self._lacking[listed.in_place or listed.location] = copied.lacks
            else:
                raise _Vanished("files are being removed for good again and again; try again later")

    def _token_lines(self) -> Iterator[str]:
        for token in self._tokens.for_backup():
            expires_at = None if token.expires_at is None else token.expires_at.isoformat()
            told = {"account_id": token.account_id, "sha256": token.token_hash.hex(), "name": token.name}
            yield json.dumps({**told, "scopes": list(token.scopes), "expires_at": expires_at}) + "\n"

    def _beside(self, ask: upkeep.Ask) -> Iterator[tuple[Stored | None, Listed]]:
        """Every file that is wanted, with what the backup has in its place."""
        wanted = (_listed(row) for row in upkeep.backed_up(ask, in_place=self._wish.in_place))
        for stored, listed in in_step(
            self._place.files(), wanted, lambda each: each.location.encode(), lambda each: each.location.encode()
        ):
            if listed is not None:
                yield stored, listed

    def _copy(self, pair: tuple[Stored | None, Listed]) -> _Copied:
        """Bring a file into the backup unless it is there."""
        stored, listed = pair
        if stored is not None and stored.bytes == listed.bytes:
            return _Copied(listed)  # it was checked when it came, and nothing writes to it since
        target = self._place.originals / listed.location
        try:
            write_checked(self._pieces(listed), target, listed.sha512)
        except (FileNotFoundError, NotFound):
            return _Copied(listed, lacks="it is not there")
        except WrongBytes:
            return _Copied(listed, lacks="it is damaged" + (", or was changed there" if listed.in_place else ""))
        except OSError as error:
            return _Copied(listed, lacks=f"it cannot be read: {error.strerror}")
        return _Copied(listed, is_new=True)

    def _count(self, copied: _Copied) -> None:
        if copied.is_new:
            folder = (self._place.originals / copied.listed.location).parent
            self._folders.update((folder, folder.parent, folder.parent.parent))
            self._copied_files += 1
            self._copied_bytes += copied.listed.bytes

    def _pieces(self, listed: Listed) -> Iterator[bytes | memoryview]:
        if listed.in_place is not None:
            return pieces_of(from_location(listed.in_place))
        return self._store.read(listed.location)

    def _is_wanted(self, listed: Listed) -> bool:
        kept, location = (
            ("in_place", listed.in_place) if listed.in_place is not None else ("store", listed.location)
        )
        with self._database.transaction() as connection:
            return upkeep.is_wanted(connection, listed.sha512, location, kept)

    def _ask(self, name: str, values: Row) -> list[Row]:
        with self._database.transaction() as connection:
            return upkeep.asking(connection)(name, values)


def _listed(row: Row) -> Listed:
    sha512 = bytes(row["sha512"])
    if row["kept"] == "store":
        return Listed(sha512, row["bytes"], row["location"])
    ending = row["location"].rpartition(".")[2].lower()
    extension = ending if _EXTENSION.fullmatch(ending) else "bin"
    return Listed(sha512, row["bytes"], original_location(sha512, extension), row["location"])
