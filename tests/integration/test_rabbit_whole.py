"""Fovea with RabbitMQ between ledger and workers: a slot at long work, an import in which the broker is killed."""

import dataclasses
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import workers.run
from bus.messages import Message
from bus.rabbit import RabbitBus
from bus.rabbit_queues import Queues
from db import jobs
from db.connect import Database, connect
from engines.door import EngineDoor
from media.store_folder import FolderStore
from tests.integration.ledger_rows import ANALYSES, add_asset
from tests.media_files import media_files
from tests.rabbit_server import RabbitServer, make_queue
from tests.running import RunningFovea, make_folder, remove_folder, rows_of
from workers.catalogue import AnyAnalysis, choose_analyses
from workers.concurrency import Room
from workers.contract import Tools
from workers.run import Slot

PHOTOS = 30
_SETTLING_S = 4.0  # see test_rabbit.py


@pytest.fixture(scope="module")
def server() -> Iterator[RabbitServer]:
    made = RabbitServer()
    try:
        made.start()
        yield made
    finally:
        made.remove()


def _long_work(seconds: float, working: threading.Event) -> AnyAnalysis:
    """The analysis of previews, with work that takes so long and makes nothing."""

    def analyse(_opened: object, _source: object) -> None:
        working.set()
        time.sleep(seconds)

    return dataclasses.replace(
        choose_analyses(["preview"])["preview"],
        open=lambda _tools, _settings: None,
        analyse=analyse,
        data=lambda _result: {},
        save=lambda *_: None,
    )


def test_a_slot_at_long_work_keeps_its_message_and_one_that_ended_takes_none(
    server: RabbitServer, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers.run, "_BEAT_S", 0.5)
    working, stop = threading.Event(), threading.Event()
    queues = Queues(prefix="slot")
    with database.transaction() as connection:
        jobs.register_analyses(connection, ANALYSES[:2])
        created = add_asset(connection, "asset")[1]
    job = next(each for each in created if each.analysis == "preview")
    tools = Tools(EngineDoor(lambda _: tmp_path, 1), lambda _: tmp_path, tmp_path)
    slot = Slot(
        "slot",
        {"preview": _long_work(9.0, working)},
        tools,
        database,
        FolderStore(tmp_path),
        RabbitBus(f"{server.url}?heartbeat=2", queues),
        Room(["preview"], 1),
    )
    thread = threading.Thread(target=slot.run, args=(stop, lambda: None))
    other = RabbitBus(server.url, queues)
    try:
        other.publish([Message(job.id, "preview", "arrivals")])
        thread.start()
        assert working.wait(30)
        assert other.receive(["preview"], 8) is None, "three heartbeats long nobody else got it"
        stop.set()
        thread.join(60)
        with database.transaction() as connection:
            row = connection.execute("select state, attempts from job where id = %s", [job.id]).fetchone()
        assert row == {"state": "done", "attempts": 1}
        other.publish([Message(job.id, "preview", "bulk")])
        assert other.receive(["preview"], 10) is not None
    finally:
        stop.set()
        thread.join(60)
        other.close()


@pytest.mark.timeout(900)
def test_an_import_in_which_the_broker_is_killed_ends_with_every_file_once(server: RabbitServer) -> None:
    fovea = RunningFovea(make_folder("rabbit"), environment={"FOVEA_BROKER_URL": server.url})
    try:
        fovea.start()
        time.sleep(_SETTLING_S)
        whole = Image.open(media_files().path("bus")).convert("RGB")
        for number in range(PHOTOS):
            cut = whole.crop((number * 5, number * 7, 500 + number * 5, 600 + number * 7))
            cut.save(fovea.inbox / f"IMG_{number:02}.jpg", quality=85)
        shutil.copy(media_files().path("speech-video"), fovea.inbox / "speech.mp4")
        _wait_until_some_are_done(fovea)
        server.kill()
        assert fovea.unfinished() > 0, "it must be killed in the middle"
        time.sleep(3)
        server.start()
        fovea.wait_until_done(PHOTOS + 1, limit_s=600)
        found = rows_of(fovea.database_url())
        assert len(found["asset"]) == len(found["file"]) == len(found["file_path"]) == PHOTOS + 1
        assert {row["state"] for row in found["job"]} <= {"done", "skipped"}, found["job"]
        assert len({(row["sha"], row["analysis"]) for row in found["result"]}) == len(found["result"])
        with connect(fovea.database_url()) as connection:
            row = connection.execute("select count(*)::int as n from delivery").fetchone()
        assert row == {"n": 0}, "RabbitMQ delivered, not PostgreSQL"
        queues = Queues()
        for analysis in ("metadata", "preview", "objects", "speech", "meaning"):
            made: Any = make_queue(server.url, queues, queues.name(analysis, "arrivals"))
            assert made.method.message_count == 0
        assert fovea.stop() == 0
        assert "guest:guest" not in fovea.log.read_text()
    finally:
        if fovea.process is not None:
            fovea.kill_everything()
        remove_folder(fovea.folder)


def _wait_until_some_are_done(fovea: RunningFovea) -> None:
    deadline = time.monotonic() + 200
    asked = "select count(*)::int as n from job where state = 'done'"
    while time.monotonic() < deadline:
        with connect(fovea.database_url()) as connection:
            row = connection.execute(asked).fetchone()
        if row and row["n"] >= PHOTOS:
            return
        time.sleep(0.1)
    raise AssertionError(fovea.log.read_text()[-4000:])
