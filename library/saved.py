"""Saved searches: a name for a query and an order."""

from typing import Any

from core.cursor import page_of
from core.errors import BadRequest, NotFound
from core.query import parse
from db import saved
from db.connect import Connection
from db.search import Sort
from library.search import SORTS
from library.view import instant

Json = dict[str, Any]
MOST_SAVED = 500
_LONGEST_NAME = 100


def list_searches(connection: Connection, owner_id: int, *, limit: int = 0, after: str | None = None) -> Json:
    """`{"items": [{"id", "name", "query", "sort", "created_at"}], "next"}`, by name. `limit` 0 means all."""
    rows = saved.saved_searches(connection, owner_id)
    rows, end = page_of(rows, lambda row: f"{row['name'].casefold()} {row['id']:020}", limit=limit, after=after)
    return {"items": [_item(row) for row in rows], "next": end}


def save_search(connection: Connection, owner_id: int, name: str, query: str, sort: Sort = "match") -> Json:
    """Keep a search under a name; one of the same name is replaced. Raises BadRequest."""
    name = " ".join(name.split())
    if not 0 < len(name) <= _LONGEST_NAME:
        raise BadRequest(f"a saved search needs a name of 1 to {_LONGEST_NAME} characters")
    if sort not in SORTS:
        raise BadRequest(f"sort {sort!r} is none of {', '.join(SORTS)}")
    parse(query)
    if saved.count_saved(connection, owner_id, name) >= MOST_SAVED:
        raise BadRequest(f"{MOST_SAVED} searches are saved already; let go of one first")
    return _item(saved.save_search(connection, owner_id, name, query.strip(), sort))


def forget_search(connection: Connection, owner_id: int, search_id: int) -> None:
    """Let go of a saved search. Raises NotFound."""
    if not saved.forget_search(connection, owner_id, search_id):
        raise NotFound(f"there is no saved search {search_id}")


def _item(row: saved.Row) -> Json:
    return {**row, "created_at": instant(row["created_at"])}
