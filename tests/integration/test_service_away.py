"""A job that finds a service away: it waits, and no try is counted, however often."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ServiceAway
from db import jobs
from db.connect import Database
from engines.door import EngineDoor
from library.deliver import reconcile
from tests.integration.ledger_rows import ANALYSES, add_asset
from tests.integration.shelf import Shelf, open_shelf
from tests.media_files import media_files
from workers.catalogue import choose_analyses
from workers.concurrency import Room
from workers.contract import Source, Tools
from workers.run import Slot

TIMES = 6  # more than a job has tries


def test_a_try_that_was_put_off_does_not_count(database: Database) -> None:
    with database.transaction() as connection:
        jobs.register_analyses(connection, ANALYSES)
        _, created = add_asset(connection, "one")
        job = created[0].id
    for _ in range(TIMES):
        with database.transaction() as connection:
            claimed = jobs.claim(connection, job, "w", 60)
            assert claimed is not None and claimed.attempts == 1
            assert not jobs.put_off(connection, job, "somebody else", 0.0, "x")
            assert jobs.put_off(connection, job, "w", 0.0, "the storage is away")
        with database.transaction() as connection:
            row = connection.execute("select state, error, delivered_at from job where id = %s", [job]).fetchone()
            assert row == {"state": "waiting", "error": "the storage is away", "delivered_at": None}
    with database.transaction() as connection:
        assert jobs.claim(connection, job, "w", 60)
        assert jobs.put_off(connection, job, "w", 60.0, "the storage is away")
        assert jobs.claim(connection, job, "w", 60) is None


def test_a_worker_puts_off_what_it_cannot_do_now(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.run._AWAY_PAUSE_S", 0.1)
    with open_shelf(database, database_url, tmp_path) as shelf:
        shelf.ingest().copy(media_files().path("bus"), "bus.jpg", "command", 1)
        left = [TIMES]
        metadata = choose_analyses(["metadata"])["metadata"]

        def analyse(engine: object, source: Source) -> object:
            left[0] -= 1
            if left[0] >= 0:
                raise ServiceAway("the storage is away")
            return metadata.analyse(engine, source)

        tools = Tools(EngineDoor(lambda _: tmp_path, 1), lambda _: tmp_path, tmp_path)
        analyses = {"metadata": replace(metadata, analyse=analyse)}
        slot = Slot("slot", analyses, tools, database, shelf.store, shelf.bus(), Room(["metadata"], 1))
        stop = threading.Event()
        thread = threading.Thread(target=slot.run, args=(stop, lambda: None))
        thread.start()
        try:
            assert _ended(shelf) == {"state": "done", "attempts": 1, "crashes": 0}
        finally:
            stop.set()
            thread.join(30)
            slot._opened["metadata"].exiftool.close()
        assert left == [-1]


def _ended(shelf: Shelf) -> dict[str, object]:
    bus, deadline = shelf.bus(), time.monotonic() + 60
    while time.monotonic() < deadline:
        reconcile(shelf.database, bus)
        (row,) = shelf.rows("select state, attempts, crashes from job where analysis = 'metadata'")
        if row["state"] not in ("waiting", "running"):
            return row
        time.sleep(0.05)
    raise AssertionError(row)
