"""What verify, backup and restore ask the database. Long lists come page by page, in the order of a key."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.connect import Connection
from db.queries import load_queries

Row = dict[str, Any]
Ask = Callable[[str, Row], list[Row]]
"""Asks a named query of this subject with its values."""

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Totals:
    """Files of the store and in place, their bytes, bytes of the database, assets."""

    stored: int
    in_place: int
    stored_bytes: int
    in_place_bytes: int
    database_bytes: int
    assets: int


def asking(connection: Connection) -> Ask:
    """Ask within one transaction."""
    return lambda name, values: connection.execute(load_queries("upkeep")[name], values).fetchall()


def totals(connection: Connection, since: datetime | None = None) -> Totals:
    """How much there is."""
    (row,) = asking(connection)("totals", {"since": since})
    return Totals(**row)


def stored(ask: Ask, *, after: bytes = b"", since: datetime | None = None) -> Iterator[Row]:
    """sha512, location, bytes of every file that should lie in the store, in the order of the SHA-512."""
    return _pages(ask, "kept_page", "sha512", after, {"since": since, "kept": ["store"]})


def backed_up(ask: Ask, *, in_place: bool) -> Iterator[Row]:
    """sha512, kept, location, bytes of every file that a backup wants, in the order of the SHA-512."""
    kept = ["store", "in_place"] if in_place else ["store"]
    return _pages(ask, "kept_page", "sha512", b"", {"since": None, "kept": kept})


def in_place(ask: Ask, since: datetime | None = None) -> Iterator[Row]:
    """id, sha512, location, bytes, missing, mtime_ns, seen_bytes of every file indexed in place."""
    return _pages(ask, "in_place_page", "id", 0, {"since": since})


def previewed(ask: Ask, since: datetime | None = None) -> Iterator[Row]:
    """id, sha512, path, frames_ms of every asset whose preview was made."""
    return _pages(ask, "previewed_page", "id", 0, {"since": since})


def _pages(ask: Ask, name: str, key: str, after: Any, values: Row) -> Iterator[Row]:
    while True:
        page = ask(name, {**values, "after": after, "most": _PAGE})
        if not page:
            return
        yield from page
        after = bytes(page[-1][key]) if key == "sha512" else page[-1][key]


def is_wanted(connection: Connection, sha512: bytes, location: str, kept: str = "store") -> bool:
    """Whether the library still has a file of these bytes at this place."""
    (row,) = asking(connection)("is_wanted", {"sha512": sha512, "kept": kept, "location": location})
    return bool(row["wanted"])


def is_known(connection: Connection, location: str, sha512: bytes | None = None) -> bool:
    """Whether the library knows a place in the store (for these bytes, when they are given)."""
    (row,) = asking(connection)("is_known_location", {"location": location, "sha512": sha512})
    return bool(row["known"])


def preview_again(connection: Connection, asset_ids: Sequence[int]) -> int:
    """Have previews made again; how many."""
    return len(asking(connection)("preview_again", {"asset_ids": list(asset_ids)}))


def known_uploads(connection: Connection, names: Sequence[str]) -> set[str]:
    """Which of these partial files an upload still wants."""
    return {row["id"] for row in asking(connection)("known_uploads", {"ids": list(names)})}


def is_empty(connection: Connection) -> bool:
    """Whether nothing has come into the library and nobody has claimed it."""
    (row,) = asking(connection)("is_empty", {})
    return bool(row["empty"])


def backup_deed(connection: Connection, title: str) -> str | None:
    """The state of the deed that made a backup, as the database has it; None when it knows of none."""
    rows = asking(connection)("backup_deed", {"title": title})
    return str(rows[0]["state"]) if rows else None


def others_connected(connection: Connection) -> int:
    """Sessions of our role in this database beside this one."""
    (row,) = asking(connection)("others_connected", {})
    return int(row["others"])


def settle_restored(connection: Connection) -> None:
    """What was going on when the backup was made begins anew, and unfinished uploads are forgotten."""
    for name in ("free_all", "forget_unfinished_uploads"):
        connection.execute(load_queries("upkeep")[name])


def export_snapshot(connection: Connection) -> str:
    """Keep this transaction's view of the database as it is now, and name it for others. Call it first."""
    connection.execute("set transaction isolation level repeatable read, read only")
    connection.execute("set local idle_in_transaction_session_timeout = 0")
    row = connection.execute("select pg_export_snapshot() as name").fetchone()
    assert row is not None  # noqa: S101 (a function answers one row)
    return str(row["name"])


def versions(connection: Connection) -> tuple[list[str], str]:
    """The migrations that were applied, oldest first, and the server's version."""
    rows = connection.execute("select name from migration order by name").fetchall()
    row = connection.execute("select current_setting('server_version') as version").fetchone()
    return [each["name"] for each in rows], str((row or {})["version"])


def end_deeds(connection: Connection, title: str) -> None:
    """Deeds that were going on have failed, but the backup's own, which ends as done."""
    connection.execute(load_queries("upkeep")["end_deeds"], {"title": title})


def bring_into_store(connection: Connection, sha512: bytes, location: str) -> None:
    """A file that was indexed in place lies in the store from now on."""
    connection.execute(load_queries("upkeep")["bring_into_store"], {"sha512": sha512, "location": location})
