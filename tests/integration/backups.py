"""Backups in tests: a small library in a real store and database, and empty ones beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from db.connect import Database, connect
from db.tokens_postgres import PostgresTokens
from library.backup import BackedUp, BackupWish, back_up
from library.ingest import Ingest
from media.store_folder import FolderStore
from tests.integration.api.stocked import jpeg
from tests.integration.shelf import Shelf, open_shelf

RESTORED_EMPTY = (
    "select (select count(*) from asset) + (select count(*) from account where login is not null) as n"
)


@contextmanager
def small_library(database: Database, url: str, folder: Path) -> Iterator[Shelf]:
    """Five photos in a store."""
    with open_shelf(database, url, folder / "data") as made:
        door = made.ingest()
        for number in range(5):
            bring_in(made, folder, number, door)
        yield made


def bring_in(shelf: Shelf, folder: Path, number: int, door: Ingest | None = None) -> None:
    source = folder / f"IMG_{number}.jpg"
    source.write_bytes(jpeg(number))
    (door or shelf.ingest()).copy(source, f"album/IMG_{number}.jpg", "command", 1)


def backed_up(shelf: Shelf, top: Path, wish: BackupWish | None = None) -> BackedUp:
    return back_up(shelf.database, shelf.store, PostgresTokens(shelf.database), 1, top, wish or BackupWish())


@contextmanager
def another_library(postgres_url: str, data: Path) -> Iterator[tuple[str, FolderStore]]:
    """An empty database and an empty data folder."""
    name = f"other_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    yield postgres_url.replace("/fovea?", f"/{name}?"), FolderStore(data)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


def all_rows(url: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, but what a restore settles anew."""
    left_out = {"migration", "deed", "job", "job_count", "token", "delivery", "upload"}
    with connect(url) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1"
        ).fetchall()
        names = [row["relname"] for row in tables if row["relname"] not in left_out]
        return {
            name: sorted(connection.execute(f'select * from "{name}"').fetchall(), key=repr)  # type: ignore[arg-type]  # noqa: S608
            for name in names
        }


def originals(store: Any) -> dict[str, bytes]:
    top = store.data / "originals"
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}
