"""Whether a database has every migration of this code, without changing anything."""

from pathlib import Path

from db.connect import Connection


def missing_migrations(connection: Connection) -> list[str]:
    """Names of the migrations that this code has and the database has not, in order."""
    known: set[str] = set()
    row = connection.execute("select to_regclass('migration') is not null as there").fetchone()
    if row and row["there"]:
        known = {each["name"] for each in connection.execute("select name from migration").fetchall()}
    names = sorted(path.name for path in (Path(__file__).parent / "migrations").glob("*.sql"))
    return [name for name in names if name not in known]
