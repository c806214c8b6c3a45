"""A slot at work: what its lines of the log bear, and how it is seen that it lives or hangs."""

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bus.messages import Message
from bus.postgres import PostgresBus
from core.media import Kind
from db import jobs
from db.connect import Database
from engines.door import EngineDoor
from library import occasions
from library.deliver import deliver
from media.store_folder import FolderStore
from tests.integration.ledger_rows import ANALYSES, add_asset
from tests.running_services import wait_until
from workers.concurrency import Room, Team
from workers.contract import Analysis, AnalysisSettings, Source, Tools
from workers.run import Slot

log = logging.getLogger("tests.slots")


def _look(_: None, source: Source) -> dict[str, Any]:
    log.warning("looking at %s", source.name)  # in the slot's other thread
    if source.name == "b.jpg":
        raise RuntimeError("unforeseen")
    return {}


LOOKING: Analysis[None, dict[str, Any]] = Analysis(
    name="preview",
    version=1,
    kinds=frozenset(Kind),
    settings=AnalysisSettings,
    open=lambda _tools, _settings: None,
    analyse=_look,
    data=lambda result: result,
    save=lambda *_: None,
)


@pytest.fixture
def ledger(database: Database) -> Database:
    with database.transaction() as connection:
        jobs.register_analyses(connection, ANALYSES)
    return database


def _slot(database: Database, folder: Path, bus: PostgresBus, name: str = "preview@here/0") -> Slot:
    tools = Tools(EngineDoor(lambda _: folder, 1), lambda _: folder, folder)
    room = Room(["preview"], 1)
    return Slot(name, {"preview": LOOKING}, tools, database, FolderStore(folder), bus, room)


def test_lines_of_the_log_bear_their_job(
    ledger: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    occasions.name_in_logs()
    with ledger.transaction() as connection:
        asset_id, created = add_asset(connection, "one")  # its path ends in b.jpg
    preview = next(job for job in created if job.analysis == "preview")
    bus = PostgresBus(ledger.url)
    deliver(ledger, bus, [preview])
    stop = threading.Event()
    with caplog.at_level(logging.WARNING):
        working = threading.Thread(target=_slot(ledger, tmp_path, bus).run, args=(stop, lambda: None))
        working.start()
        wait_until(lambda: any("failed" in record.message for record in caplog.records), "it failed", 30)
        stop.set()
        working.join()
        log.warning("afterwards")
    bus.close()
    named = {"job": preview.id, "asset": asset_id, "analysis": "preview", "worker": "preview@here/0"}
    about = {record.message: record.__dict__["occasion"] for record in caplog.records}
    assert about["looking at b.jpg"] == named
    assert about["preview of b.jpg failed"] == named
    assert about["afterwards"] == {}


class _Hanging(PostgresBus):
    """A queue that never answers, as behind a network that lost its way."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.let_go = threading.Event()

    def receive(self, analyses: Sequence[str], wait_s: float) -> Message | None:  # noqa: ARG002
        self.let_go.wait()
        return None


def test_a_slot_that_hangs_is_seen_and_one_that_waits_for_work_is_not(ledger: Database, tmp_path: Path) -> None:
    hanging, waiting = _Hanging(ledger.url), PostgresBus(ledger.url)
    buses = [hanging, waiting]

    def make_slot(number: int) -> Slot:
        return _slot(ledger, tmp_path, buses[number], f"w/{number}")

    team = Team(Room(["preview"], 2), make_slot, lambda: None)
    team.fit()
    assert team.stuck(2.5) == []
    time.sleep(4.0)
    assert team.stuck(2.5) == ["w/0"]
    hanging.let_go.set()
    wait_until(lambda: team.stuck(2.5) == [], "it turns again", 20)
    team.stop(10.0)
    for bus in buses:
        bus.close()
