"""Bringing the schema forward: each file of migrations/ once, in the order of its number."""

import hashlib
from pathlib import Path

from core.errors import Conflict
from db.connect import Connection

_LOCK = 0x666F766561  # "fovea": two processes starting together migrate one after the other


def migrate(connection: Connection) -> list[str]:
    """Apply what is missing, in one transaction; answers the names applied.

    Raises Conflict when an applied file was changed afterwards: the schema would no longer be what it says.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(
            "create table if not exists migration"
            " (name text primary key, sha256 text not null, applied_at timestamptz not null default now())"
        )
        rows = connection.execute("select name, sha256 from migration").fetchall()
        known = {row["name"]: row["sha256"] for row in rows}
        applied = []
        for path in sorted((Path(__file__).parent / "migrations").glob("*.sql")):
            sql = path.read_text(encoding="utf-8")
            digest = hashlib.sha256(sql.encode()).hexdigest()
            if path.name not in known:
                connection.execute(sql)
                connection.execute("insert into migration (name, sha256) values (%s, %s)", (path.name, digest))
                applied.append(path.name)
            elif known[path.name] != digest:
                raise Conflict(f"migration {path.name} was changed after it had been applied to this library")
        return applied
