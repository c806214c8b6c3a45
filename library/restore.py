"""Restoring a library from a backup: into an empty one, all of it or nothing.

The files come first, each compared with its SHA-512 while it is copied; whatever is wrong then ends the deed, and
what it copied is removed again. The database comes in one transaction. What is left to do afterwards (settle what
was going on, tokens, previews) can be done again: a restore that was cut off there goes on when it is begun again.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import BackupDamaged, Conflict, FoveaError
from db import upkeep
from db.connect import Connection, Database, connect
from db.dump import check_dump, drop_schema_objects, foreign_tables, restore_dump
from db.migrate import migrate, migration_names
from db.tokens import NewToken, TokenStore
from library.backup_place import Snapshot
from library.backup_previews import bring_previews
from library.restore_files import Copies, RestoreWish, begun, lies_there, look_through
from library.verify_previews import what_lacks
from media.store import Store

log = logging.getLogger(__name__)

Json = dict[str, Any]
OpenTokens = Callable[[Database], TokenStore]
_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. `lacking` as in the backup; `previews` are to be made; `migrated`: newer than the backup."""

    name: str
    assets: int
    files: int
    bytes: int
    tokens: int
    previews: int
    lacking: dict[str, str]
    migrated: list[str]


def check(snapshot: Snapshot, wish: RestoreWish) -> Json:
    """Read all of a snapshot as a restore would, writing nothing; its manifest. Raises BackupDamaged, Conflict."""
    manifest = _readable(snapshot)
    wish.begin(manifest["files"]["count"], manifest["files"]["bytes"])
    look_through(snapshot, wish)
    return manifest


def restore(url: str, store: Store, tokens: OpenTokens, snapshot: Snapshot, wish: RestoreWish) -> Restored:
    """Make the empty library what it was. `tokens` opens the token store over a database.

    Raises Conflict when the library is not empty, somebody uses it, or a later Fovea made the backup;
    BackupDamaged, NoRoom and whatever the store raises. Then the library is as empty as before.
    """
    manifest = _readable(snapshot)
    if manifest["lacking"] and not wish.incomplete:
        raise BackupDamaged(
            f"{len(manifest['lacking'])} files could not be backed up when {snapshot.name} was made, such as "
            f"{next(iter(manifest['lacking']))}; --incomplete restores what there is"
        )
    with connect(url) as connection:
        migrate(connection)
        connection.commit()
        in_already = _must_be_empty(connection, snapshot, was_begun=begun(store, snapshot).exists())
    if not in_already:
        copied = Copies(store, snapshot, wish)
        try:
            copied.bring(manifest)
            _bring_database(url, snapshot)
        except BaseException:
            copied.take_back()
            raise
    return _settle(url, store, tokens, snapshot, manifest)


def _readable(snapshot: Snapshot) -> Json:
    manifest = snapshot.manifest()
    unknown = sorted(set(manifest["migrations"]) - set(migration_names()))
    if unknown:
        raise Conflict(
            f"{snapshot.name} was made by a newer Fovea ({manifest.get('fovea')}; {unknown[-1]} is not known "
            "here); restore it with that version or a later one"
        )
    check_dump(snapshot.dump)
    return manifest


def _must_be_empty(connection: Connection, snapshot: Snapshot, *, was_begun: bool) -> bool:
    """Whether the snapshot's rows are here already, of a restore that was cut off after that."""
    if others := upkeep.others_connected(connection):
        raise Conflict(
            f"{others} other connections use this database; stop Fovea (`fovea up`, the api and the workers) first"
        )
    if not upkeep.is_empty(connection):
        if was_begun and upkeep.backup_deed(connection, snapshot.name) not in (None, "done"):
            log.info("the rows of %s are here already; going on with what is left to do", snapshot.name)
            return True
        raise Conflict(
            "this library is not empty; a backup is restored into an empty one (another FOVEA_DATA, or an empty "
            "database). Nothing was changed"
        )
    if foreign := foreign_tables(connection):
        raise Conflict(
            f"the database has tables that are not Fovea's ({', '.join(foreign[:5])}); restore into one of its own"
        )
    return False


def _bring_database(url: str, snapshot: Snapshot) -> None:
    with connect(url) as connection:
        drop_schema_objects(connection)
    try:
        restore_dump(url, snapshot.dump)
    except FoveaError:
        with connect(url) as connection:
            migrate(connection)  # empty again, as it was
        raise


def _settle(url: str, store: Store, tokens: OpenTokens, snapshot: Snapshot, manifest: Json) -> Restored:
    """What can be done again and again. The deed of the backup says that it is not done yet, until it is."""
    with connect(url) as connection:
        migrated = migrate(connection)
    with Database(url) as database:
        with database.transaction() as connection:
            upkeep.settle_restored(connection)
            for listed in snapshot.files():
                if listed.in_place is not None and store.has(listed.location) and not lies_there(listed):
                    upkeep.bring_into_store(connection, listed.sha512, listed.location)
        brought = _bring_tokens(tokens(database), snapshot.tokens)
        previews = _bring_previews(database, store, snapshot)
        with database.transaction() as connection:
            upkeep.end_deeds(connection, snapshot.name)
            totals = upkeep.totals(connection)
        with database.statements() as connection:
            connection.execute("analyze")  # a dump has no statistics, and without them searches are planned badly
    begun(store, snapshot).unlink(missing_ok=True)
    files = manifest["files"]
    lacking = manifest["lacking"]
    return Restored(
        snapshot.name, totals.assets, files["count"], files["bytes"], brought, previews, lacking, migrated
    )


def _bring_tokens(store: TokenStore, source: Path) -> int:
    """Only API tokens come back: whoever was signed in signs in again. Raises BackupDamaged."""
    try:
        kept = [_token(json.loads(line)) for line in source.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupDamaged(f"{source} cannot be read: {error}") from error
    store.remove_all()
    for token in kept:
        store.add(token)
    return len(kept)


def _token(told: Json) -> NewToken:
    expires_at = None if told["expires_at"] is None else datetime.fromisoformat(told["expires_at"])
    sha256, scopes = bytes.fromhex(told["sha256"]), tuple(told["scopes"])
    return NewToken("api", told["account_id"], sha256, told["name"], scopes, expires_at)


def _bring_previews(database: Database, store: Store, snapshot: Snapshot) -> int:
    """Previews out of the backup, if it has them; the others are queued to be made. How many."""

    def ask(name: str, values: Json) -> list[Json]:
        with database.transaction() as connection:
            return upkeep.asking(connection)(name, values)

    queued = 0
    lacking: list[int] = []
    for row in upkeep.previewed(ask):
        if what_lacks(store, row):
            bring_previews(store, bytes(row["sha512"]), snapshot.place.derived)
            if what_lacks(store, row):
                lacking.append(row["id"])
        if len(lacking) >= _TOGETHER:
            queued += _queue(database, lacking)
    return queued + _queue(database, lacking)


def _queue(database: Database, asset_ids: list[int]) -> int:
    with database.transaction() as connection:
        count = upkeep.preview_again(connection, asset_ids)
    asset_ids.clear()
    return count
