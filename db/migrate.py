"""Bringing the schema forward: each file of migrations/ once, in the order of its number."""

import hashlib
import re
from pathlib import Path

from core.errors import Conflict
from db.connect import Connection

_LOCK = 0x666F766561  # "fovea": two processes starting together migrate one after the other
_MIGRATIONS = Path(__file__).parent / "migrations"
_TABLE = re.compile(r"^create (?:unlogged )?table (?:if not exists )?(\w+)", re.MULTILINE)


def migrate(connection: Connection, folder: Path = _MIGRATIONS) -> list[str]:
    """Apply what is missing, in one transaction; answers the names applied.

    Raises Conflict when an applied file was changed afterwards (the schema would no longer be what it says), or
    when a newer program has changed the schema already: this one would not understand it.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(
            "create table if not exists migration"
            " (name text primary key, sha256 text not null, applied_at timestamptz not null default now())"
        )
        rows = connection.execute("select name, sha256 from migration").fetchall()
        known = {row["name"]: row["sha256"] for row in rows}
        paths = sorted(folder.glob("*.sql"))
        _must_know({path.name for path in paths}, set(known))
        applied = []
        for path in paths:
            sql = path.read_text(encoding="utf-8")
            digest = hashlib.sha256(sql.encode()).hexdigest()
            if path.name not in known:
                connection.execute(sql)
                connection.execute("insert into migration (name, sha256) values (%s, %s)", (path.name, digest))
                applied.append(path.name)
            elif known[path.name] != digest:
                raise Conflict(f"migration {path.name} was changed after it had been applied to this library")
        return applied


def migration_names(folder: Path = _MIGRATIONS) -> list[str]:
    """The migrations that this program knows, oldest first."""
    return sorted(path.name for path in folder.glob("*.sql"))


def table_names(folder: Path = _MIGRATIONS) -> set[str]:
    """Every table that a migration has ever made: what may lie in a database that is Fovea's alone."""
    texts = (path.read_text(encoding="utf-8") for path in folder.glob("*.sql"))
    return {"migration"}.union(*(_TABLE.findall(text) for text in texts))


def _must_know(here: set[str], applied: set[str]) -> None:
    unknown = sorted(applied - here)
    if unknown:
        raise Conflict(
            f"a newer Fovea has changed this library ({unknown[-1]} is not known here); run that version or a "
            "later one, or restore a backup made before the update"
        )
