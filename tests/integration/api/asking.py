"""Asking as a client does, and counting what it costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from psycopg import Cursor


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that goes to the database meanwhile, but for the pool's empty one ("do you live?")."""
    seen: list[str] = []
    execute = Cursor.execute

    def counted(self: Any, query: Any, *rest: Any, **more: Any) -> Any:
        if query:
            seen.append(str(query))
        return execute(self, query, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Cursor, "execute", counted)
        yield seen


def walk(client: TestClient, path: str, limit: int, **params: Any) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        asked = {**params, "limit": limit, **({"after": after} if after else {})}
        page = client.get(path, params=asked).raise_for_status().json()
        assert len(page["items"]) <= limit
        found += page["items"]
        after = page["next"]
        if after is None:
            return found
