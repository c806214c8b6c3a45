"""Saved searches of an owner."""

from typing import Any

from db.connect import Connection
from db.queries import load_queries

Row = dict[str, Any]


def saved_searches(connection: Connection, owner_id: int) -> list[Row]:
    """Rows of id, name, query, sort, created_at, by name."""
    return connection.execute(load_queries("saved")["saved_searches"], {"owner_id": owner_id}).fetchall()


def save_search(connection: Connection, owner_id: int, name: str, query: str, sort: str) -> Row:
    """Keep a search; one of the same name is replaced."""
    given = {"owner_id": owner_id, "name": name, "query": query, "sort": sort}
    row = connection.execute(load_queries("saved")["save_search"], given).fetchone()
    assert row is not None  # noqa: S101 (an upsert answers its row)
    return row


def forget_search(connection: Connection, owner_id: int, search_id: int) -> bool:
    """False when the owner has no such search."""
    given = {"owner_id": owner_id, "id": search_id}
    return connection.execute(load_queries("saved")["forget_search"], given).fetchone() is not None


def count_saved(connection: Connection, owner_id: int, name: str) -> int:
    """How many searches are saved under other names."""
    row = connection.execute(load_queries("saved")["count_saved"], {"owner_id": owner_id, "name": name}).fetchone()
    return int(row["saved"]) if row else 0
