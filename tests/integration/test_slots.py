"""A slot at work: what its lines of the log bear, and how it is seen that it lives or hangs."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bus.messages import Bus, Message
from bus.postgres import PostgresBus
from bus.rabbit import RabbitBus
from core.media import Kind
from db import jobs
from db.connect import Database
from engines.door import EngineDoor
from library import occasions
from library.deliver import deliver, reconcile
from media.store_folder import FolderStore
from tests.integration.ledger_rows import ANALYSES, add_asset
from tests.running_services import wait_until
from workers.concurrency import Room, Team, slot_names
from workers.contract import Analysis, AnalysisSettings, Source, Tools
from workers.run import HUNG_EXIT_CODE, Slot

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


@pytest.mark.parametrize("shape", ["embedded", "deployed"])
def test_only_the_file_that_hangs_is_to_blame(
    ledger: Database, tmp_path: Path, shape: str, request: pytest.FixtureRequest
) -> None:
    """One of two slots hangs three times; what the other works on loses no try, counts no death, and is done."""
    broker_url = request.getfixturevalue("broker_url") if shape == "deployed" else ""
    bus: Bus = RabbitBus(broker_url) if broker_url else PostgresBus(ledger.url)
    with ledger.transaction() as connection:
        _, created = add_asset(connection, "one")
    deliver(ledger, bus, created)
    name, ends = "hanging", list[int]()
    while not _all_ended(ledger, bus):
        assert len(ends) < 8
        command = [sys.executable, "-m", "tests.hanging_worker", name, ledger.url, broker_url, str(tmp_path)]
        ends.append(_end_of(command, lambda: _all_ended(ledger, bus)))
        # as `fovea up` does it when a child has died
        with ledger.transaction() as connection:
            jobs.recover(connection, workers=slot_names(name))
    bus.close()
    assert ends.count(HUNG_EXIT_CODE) == 3
    hung, innocent = _state(ledger, "preview"), _state(ledger, "metadata")
    assert (hung["state"], hung["crashes"]) == ("failed", 0)
    assert "longer than its limit of 2 s (tried 3 times)" in hung["error"]
    assert (innocent["state"], innocent["attempts"], innocent["crashes"]) == ("done", 1, 0)


def _end_of(command: list[str], enough: Callable[[], bool]) -> int:
    """Run a worker until it ends itself, or until it is enough; its exit code."""
    worker = subprocess.Popen(command)
    try:
        wait_until(lambda: worker.poll() is not None or enough(), "it has ended", 60)
    finally:
        worker.kill()
        worker.wait()
    return worker.returncode


def _all_ended(database: Database, bus: Bus) -> bool:
    reconcile(database, bus)
    return {_state(database, name)["state"] for name in ("preview", "metadata")} <= {"done", "failed"}


def _state(database: Database, analysis: str) -> dict[str, Any]:
    with database.transaction() as connection:
        rows = connection.execute("select * from job where analysis = %s", [analysis]).fetchall()
    return dict(rows[0])
