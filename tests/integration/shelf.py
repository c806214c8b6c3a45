"""A real store and a real PostgreSQL with the jobs of a small set of analyses, to take files into."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bus.postgres import PostgresBus
from db import jobs
from db.connect import Database
from library.ingest import Ingest
from library.looks import Rescanned, Wish
from library.rescan import InPlace
from media.store_folder import FolderStore
from tests.integration.ledger_rows import ANALYSES


@dataclass(frozen=True)
class Shelf:
    """An installation without workers."""

    database: Database
    store: FolderStore
    url: str
    opened: list[PostgresBus] = field(default_factory=list)

    def bus(self) -> PostgresBus:
        self.opened.append(PostgresBus(self.url))
        return self.opened[-1]

    def ingest(self) -> Ingest:
        return Ingest(self.database, self.store, self.bus())

    def in_place(self, *closed: Path) -> InPlace:
        return InPlace(self.database, self.store, self.ingest(), 1, closed)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        with self.database.transaction() as connection:
            return connection.execute(sql, values).fetchall()

    def value(self, sql: str, *values: Any) -> Any:
        (row,) = self.rows(sql, *values)
        (value,) = row.values()
        return value

    def count(self, table: str) -> int:
        return int(self.value(f"select count(*)::int from {table}"))  # noqa: S608

    def finish_jobs(self) -> None:
        """As if the workers had ended all that is to be done."""
        with self.database.transaction() as connection:
            for _ in range(4):
                connection.execute("update job set state = 'done', version = '1' where state = 'waiting'")
                for row in connection.execute("select id from asset").fetchall():
                    jobs.follow_ups(connection, row["id"], "arrivals")


@contextmanager
def open_shelf(database: Database, url: str, folder: Path) -> Iterator[Shelf]:
    with database.transaction() as connection:
        jobs.register_analyses(connection, ANALYSES)
    made = Shelf(database, FolderStore(folder), url)
    yield made
    for bus in made.opened:
        bus.close()


def taken_in(shelf: Shelf, folder: Path) -> Rescanned:
    """`fovea ingest --in-place FOLDER`."""
    folders = shelf.in_place()
    root, under = folders.add(folder)
    return folders.look(root, under, Wish(by_person=True))


def looked_again(shelf: Shelf) -> dict[str, int]:
    """`fovea rescan`: what is not zero of the first root's counts."""
    folders = shelf.in_place()
    counts = folders.look(folders.roots()[0]).counts
    return {status: count for status, count in counts.items() if count}
