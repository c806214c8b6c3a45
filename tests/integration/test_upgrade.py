"""A library made by an earlier version: brought forward, with nothing lost; a step that fails changes nothing.

tests/data/library-6ce2281.dump was made by that commit's own code, and the JSON beside it holds what that code
answered (tests/make_old_library.py makes both).
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from core.errors import Conflict
from db.connect import Connection, Database, connect
from db.dump import drop_schema_objects, foreign_tables, restore_dump
from db.migrate import migrate, migration_names
from db.tokens_postgres import PostgresTokens
from library import accounts, browse, saved, search, trash

DATA = Path(__file__).parent.parent / "data"
OLD = DATA / "library-6ce2281.dump"
ANSWERED: dict[str, Any] = json.loads(OLD.with_suffix(".json").read_text(encoding="utf-8"))
WORLD = (-180.0, -85.0, 180.0, 85.0)
MIGRATIONS = Path(migrate.__code__.co_filename).parent / "migrations"


@pytest.fixture
def old_url(postgres_url: str) -> Iterator[str]:
    """URL of a database as the old version left it."""
    name = f"old_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    url = postgres_url.replace("/fovea?", f"/{name}?")
    restore_dump(url, OLD)
    yield url
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


def assert_kept(old: Any, new: Any, where: str) -> None:
    """What the old program answered is in the new answer; that may say more."""
    if isinstance(old, dict):
        for key, value in old.items():
            assert key in new, f"{where}.{key}"
            assert_kept(value, new[key], f"{where}.{key}")
    elif isinstance(old, list):
        assert len(old) == len(new), where
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            assert_kept(one, other, f"{where}[{number}]")
    else:
        assert old == new, where


def answers(connection: Connection) -> dict[str, Any]:
    found = browse.list_assets(connection, 1, limit=0)
    asked: dict[str, Any] = {
        "list": found,
        "show": [browse.show_asset(connection, 1, each["id"]) for each in found["items"]],
        "map": browse.map_clusters(connection, 1, WORLD, 3),
        "trash": trash.list_trash(connection, 1, limit=0),
        "saved": saved.list_searches(connection, 1),
        "paths": [row["path"] for row in connection.execute("select path from file_path order by path")],
    }
    asked["search"] = {
        query: search.search(connection, 1, query, limit=0)["items"] for query in ANSWERED["search"]
    }
    written: dict[str, Any] = json.loads(json.dumps(asked, default=str))
    return written


def test_every_question_is_answered_as_before(old_url: str) -> None:
    with connect(old_url) as connection:
        applied = migrate(connection)
    assert applied, "the old library is older than this code"
    assert applied == [name for name in migration_names() if name > "0020"]
    with Database(old_url) as database:
        with database.transaction() as connection:
            now = answers(connection)
        for question in ("list", "show", "map", "trash", "saved", "paths"):
            assert_kept(ANSWERED[question], now[question], question)
        for query, hits in ANSWERED["search"].items():
            assert [hit["asset"]["id"] for hit in now["search"][query]] == [hit["asset"]["id"] for hit in hits], (
                query
            )
        caller = accounts.caller_of(database, PostgresTokens(database), ANSWERED["token"], "api")
        assert caller.account.login == "anna"
        assert accounts.sign_in(database, "ben", "another long password")[0].role == "viewer"


def test_the_old_library_holds_something_of_everything() -> None:
    """So that the test above means something."""
    assert len(ANSWERED["show"]) >= 6
    assert {file["role"] for shown in ANSWERED["show"] for file in shown["files"]} >= {
        "original",
        "variant",
        "sidecar",
    }
    for found in ("objects", "faces", "text", "tags", "speech", "position", "comment", "rating", "taken_at"):
        assert any(shown[found] for shown in ANSWERED["show"]), found
    states = {each["state"] for shown in ANSWERED["show"] for each in shown["analyses"].values()}
    assert "done" in states
    assert ANSWERED["trash"]["items"] and ANSWERED["saved"]["items"] and ANSWERED["map"]["clusters"]
    assert all(ANSWERED["search"][query] for query in ("bus", "kind:video", "holiday", "has:position"))
    assert OLD.stat().st_size < 300_000


def schema_and_rows(url: str) -> tuple[list[Any], dict[str, int]]:
    """Columns, indexes and functions, and how many rows each table has."""
    with connect(url) as connection:
        columns = connection.execute(
            "select table_name, column_name, data_type from information_schema.columns"
            " where table_schema = 'public' order by 1, 2"
        ).fetchall()
        indexes = connection.execute(
            "select indexdef from pg_indexes where schemaname = 'public' order by 1"
        ).fetchall()
        functions = connection.execute(
            "select proname, md5(prosrc) as body from pg_proc"
            " where pronamespace = 'public'::regnamespace order by 1, 2"
        ).fetchall()
        tables = [row["table_name"] for row in columns]
        counts = {
            table: connection.execute(f'select count(*) as n from "{table}"').fetchone()["n"]  # type: ignore[index]  # noqa: S608
            for table in sorted(set(tables))
        }
    return [*columns, *indexes, *functions], counts


def test_a_step_that_fails_half_way_leaves_the_old_library_whole(old_url: str, tmp_path: Path) -> None:
    before = schema_and_rows(old_url)
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "9998_fine.sql").write_text("create table fine (n int); alter table asset drop column comment;")
    (folder / "9999_breaks.sql").write_text(
        "alter table asset add column half int; delete from job; select 1 / 0;"
    )
    with pytest.raises(psycopg.errors.DivisionByZero), connect(old_url) as connection:
        migrate(connection, folder)
    assert schema_and_rows(old_url) == before
    with connect(old_url) as connection:
        assert migrate(connection)[-1] == migration_names()[-1], "and the right ones can still be applied"


def test_an_older_program_refuses_a_newer_library(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "9999_later.sql").write_text("create table later (n int)")
    with connect(database_url) as connection:
        assert migrate(connection, folder) == ["9999_later.sql"]
    with pytest.raises(Conflict, match=r"newer Fovea .*9999_later\.sql"), connect(database_url) as connection:
        migrate(connection)
    done = subprocess.run(
        [sys.executable, "-m", "fovea.main", "status"],
        env={**os.environ, "FOVEA_DATABASE_URL": database_url, "FOVEA_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "a newer Fovea has changed this library" in done.stderr and "Traceback" not in done.stderr


def test_what_migrations_made_is_known_and_can_be_taken_down_and_made_again(database_url: str) -> None:
    """A restore does both: tables of others beside ours must be seen, and extensions must stay."""
    with connect(database_url) as connection:
        assert foreign_tables(connection) == []
        connection.execute("create table of_another_program (n int)")
        assert foreign_tables(connection) == ["of_another_program"]
        connection.execute("drop table of_another_program")
        drop_schema_objects(connection)
        left = connection.execute(
            "select relname from pg_class"
            " where relnamespace = 'public'::regnamespace and relkind in ('r', 'S', 'v')"
        ).fetchall()
        assert left == []
        extensions = {row["extname"] for row in connection.execute("select extname from pg_extension")}
        assert extensions >= {"vector", "unaccent", "fuzzystrmatch", "pg_trgm"}
    with connect(database_url) as connection:
        assert migrate(connection) == migration_names()
