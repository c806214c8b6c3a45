"""Asking as a client does, and counting what it costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from psycopg import Cursor

from api.main import describe_app


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


def listed_operations() -> list[dict[str, Any]]:
    """Operations that answer `{"items", "next"}`."""
    document = describe_app().openapi()
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
            name = answers.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if {"items", "next"} <= set(document["components"]["schemas"].get(name, {}).get("properties", {})):
                found.append({"path": path, "method": method, **operation})
    return found
