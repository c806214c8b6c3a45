"""Uploads that can be resumed, and what counts against an account's quota. Each function is one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.rows import class_row

from db.connect import Connection
from db.queries import load_queries

State = Literal["receiving", "done", "refused"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in. `bytes` as announced; `sha512` (64 bytes) if it was; `reason` of a refusal."""

    id: str
    owner_id: int
    account_id: int
    path: str
    sha512: bytes | None
    bytes: int
    metadata: str
    came_by: Literal["web", "api"]
    source: str
    state: State
    asset_id: int | None
    is_new: bool | None
    reason: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Used:
    """Bytes an account brought, bytes it has announced and not finished, and in how many uploads."""

    kept: int
    coming: int
    uploads: int


def used(connection: Connection, account_id: int, *, lock: bool = False) -> Used:
    """What counts against the quota; with `lock` nobody else counts for this account until the commit."""
    if lock:
        connection.execute(load_queries("uploads")["lock_account"], {"account_id": account_id})
    with connection.cursor(row_factory=class_row(Used)) as cursor:
        row = cursor.execute(load_queries("uploads")["used"], {"account_id": account_id}).fetchone()
    assert row is not None  # noqa: S101 - an aggregate without grouping always answers one row
    return row


def add(connection: Connection, values: dict[str, Any]) -> Upload:
    """Announce a file: id, owner_id, account_id, path, bytes, sha512, metadata, came_by, keep_s."""
    row = _asked(connection, "add", values)
    return row[0]


def find(connection: Connection, account_id: int, upload_id: str) -> Upload | None:
    """The account's upload, unless it has expired."""
    found = _asked(connection, "find", {"id": upload_id, "account_id": account_id})
    return found[0] if found else None


def listed(
    connection: Connection, account_id: int, most: int | None, after: tuple[str, str] | None
) -> list[Upload]:
    """The account's uploads, newest first, after (created_at as ISO 8601, id)."""
    values: dict[str, Any] = {"account_id": account_id, "most": most}
    values |= {"after_at": after[0] if after else None, "after_id": after[1] if after else None}
    return _asked(connection, "listed", values)


def receiving(connection: Connection) -> list[Upload]:
    """Every upload of everybody that has not entered the library yet, the oldest first."""
    return _asked(connection, "receiving", {})


def prolong(connection: Connection, upload_id: str, keep_s: float) -> datetime | None:
    """Keep it for `keep_s` from now; until when."""
    row = connection.execute(load_queries("uploads")["prolong"], {"id": upload_id, "keep_s": keep_s}).fetchone()
    return None if row is None else row["expires_at"]


def finish(connection: Connection, upload_id: str, asset_id: int, is_new: bool) -> None:
    """It has entered the library."""
    values = {"id": upload_id, "asset_id": asset_id, "is_new": is_new}
    connection.execute(load_queries("uploads")["finish"], values)


def refuse(connection: Connection, upload_id: str, reason: str) -> None:
    """It was not taken."""
    connection.execute(load_queries("uploads")["refuse"], {"id": upload_id, "reason": reason})


def set_brought_by(connection: Connection, owner_id: int, sha512: bytes, account_id: int) -> None:
    """Count a new file against the quota of who brought it."""
    values = {"owner_id": owner_id, "sha512": sha512, "account_id": account_id}
    connection.execute(load_queries("uploads")["brought_by"], values)


def remove(connection: Connection, upload_id: str) -> None:
    """Forget an upload."""
    connection.execute(load_queries("uploads")["remove"], {"id": upload_id})


def remove_expired(connection: Connection) -> int:
    """Forget uploads that nobody went on with; how many."""
    return len(connection.execute(load_queries("uploads")["remove_expired"]).fetchall())


def known(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Which of these ids are uploads that still want their partial file."""
    rows = connection.execute(load_queries("uploads")["known"], {"ids": list(ids)}).fetchall()
    return {row["id"] for row in rows}


def _asked(connection: Connection, name: str, values: dict[str, Any]) -> list[Upload]:
    with connection.cursor(row_factory=class_row(Upload)) as cursor:
        return cursor.execute(load_queries("uploads")[name], values).fetchall()
