"""What the watched folder waits for. Each function is one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from db.connect import Connection
from db.queries import load_queries

Row = dict[str, Any]


def set_waiting(connection: Connection, owner_id: int, rows: Sequence[tuple[str, int, datetime, str]]) -> None:
    """Path, bytes, since, reason of all that waits now; what is not among it is forgotten."""
    values = {
        "owner_id": owner_id,
        "paths": [path for path, _, _, _ in rows],
        "bytes": [size for _, size, _, _ in rows],
        "since": [since for _, _, since, _ in rows],
        "reasons": [reason for _, _, _, reason in rows],
    }
    connection.execute(load_queries("inbox")["set_waiting"], values)


def waiting(connection: Connection, owner_id: int) -> list[Row]:
    """Rows of path, bytes, since, reason; what waits longest first."""
    return connection.execute(load_queries("inbox")["waiting"], {"owner_id": owner_id}).fetchall()
