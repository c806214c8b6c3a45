"""Assets put straight into a real database, for tests of what reads them."""

from datetime import datetime
from hashlib import sha512
from typing import Any

from core.terms import Term
from db.connect import Connection
from db.terms import replace_terms

OWNER = 1


def new_owner(connection: Connection, login: str) -> int:
    row = connection.execute(
        "insert into account (login, role) values (%s, 'editor') returning id", (login,)
    ).fetchone()
    assert row is not None
    return int(row["id"])


def new_asset(connection: Connection, *terms: Term, owner_id: int = OWNER, **facts: Any) -> int:
    """An asset with these columns; without further ones it is a photo taken in May 2022."""
    count = connection.execute("select count(*) as n from asset").fetchone()
    assert count is not None
    columns = {
        "owner_id": owner_id,
        "kind": "photo",
        "sha512": sha512(f"{owner_id} {count['n']}".encode()).digest(),
        "mime": "image/jpeg",
        "name": f"picture{count['n']}.jpg",
        "path": f"picture{count['n']}.jpg",
        "bytes": 1000,
        "taken_local": datetime(2022, 5, 3, 12, count["n"] % 60),
        **facts,
    }
    names = ", ".join(columns)
    row = connection.execute(
        f"insert into asset ({names}) values ({', '.join(['%s'] * len(columns))}) returning id",  # type: ignore[arg-type]  # noqa: S608
        list(columns.values()),
    ).fetchone()
    assert row is not None
    replace_terms(connection, row["id"], "test", "1", terms)
    return int(row["id"])
