"""Whether a database has the migrations of this code, without changing anything."""

from db.connect import Connection
from db.migrate import migration_names


def compare_migrations(connection: Connection) -> tuple[list[str], list[str]]:
    """Names of the migrations that only this code has, and of those that only the database has, in order."""
    applied: set[str] = set()
    row = connection.execute("select to_regclass('migration') is not null as there").fetchone()
    if row and row["there"]:
        applied = {each["name"] for each in connection.execute("select name from migration").fetchall()}
    here = set(migration_names())
    return sorted(here - applied), sorted(applied - here)
