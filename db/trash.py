"""The trash: assets that are hidden until they are restored or removed for good."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from db.connect import Connection
from db.queries import load_queries

Row = dict[str, Any]
_END, _LAST_ID = "infinity", 2**63 - 1


def put(connection: Connection, owner_id: int, asset_id: int) -> bool:
    """Into the trash; False when there is no such asset."""
    values = {"owner_id": owner_id, "asset_id": asset_id}
    return connection.execute(load_queries("trash")["put"], values).fetchone() is not None


def restore(connection: Connection, owner_id: int, asset_id: int) -> bool:
    """Out of the trash; False when it does not lie in it."""
    values = {"owner_id": owner_id, "asset_id": asset_id}
    return connection.execute(load_queries("trash")["restore"], values).fetchone() is not None


def trashed(
    connection: Connection, owner_id: int, most: int | None, before: tuple[datetime, int] | None
) -> list[Row]:
    """Rows of what lies in the trash, the latest first; `before` is where the page before ended."""
    before_at, before_id = before or (_END, _LAST_ID)
    values = {"owner_id": owner_id, "most": most, "before_at": before_at, "before_id": before_id}
    return connection.execute(load_queries("trash")["trashed"], values).fetchall()


def trashed_by_path(connection: Connection, owner_id: int, path: str) -> list[int]:
    """Assets in the trash that came under this path."""
    values = {"owner_id": owner_id, "path": path}
    return [row["id"] for row in connection.execute(load_queries("trash")["trashed_by_path"], values)]


def doomed(connection: Connection, owner_id: int, age_s: float, most: int) -> list[int]:
    """Assets that lay in the trash for so long and that nobody works on, locked until the transaction ends."""
    values = {"owner_id": owner_id, "age_s": age_s, "most": most}
    return [row["id"] for row in connection.execute(load_queries("trash")["doomed"], values)]


def left(connection: Connection, owner_id: int, age_s: float) -> int:
    """How many of that age there are."""
    values = {"owner_id": owner_id, "age_s": age_s}
    row = connection.execute(load_queries("trash")["left"], values).fetchone()
    return int(row["left"]) if row else 0


def files_of(connection: Connection, asset_ids: Sequence[int]) -> list[Row]:
    """id, sha512, bytes, kept, location, role of every file of these assets."""
    return connection.execute(load_queries("trash")["files_of"], {"asset_ids": list(asset_ids)}).fetchall()


def remove(connection: Connection, asset_ids: Sequence[int], file_ids: Sequence[int], reason: str) -> None:
    """Remove assets with all that hangs on them; files in place are noted as not wanted, with the reason."""
    sql = load_queries("trash")
    connection.execute(sql["expel"], {"file_ids": list(file_ids), "reason": reason})
    connection.execute(sql["remove"], {"asset_ids": list(asset_ids)})


def is_kept(connection: Connection, sha512: bytes) -> bool:
    """Whether any owner has a file of these bytes in the store."""
    row = connection.execute(load_queries("trash")["is_kept"], {"sha512": sha512}).fetchone()
    return bool(row and row["kept"])
