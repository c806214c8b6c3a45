"""How many files at once, changed while a worker works."""

import os
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from db.connect import connect
from tests.running import RunningFovea, make_folder, remove_folder
from workers.concurrency import Room, Team


class Counting:
    """Stands where a slot stands: notes how many run, until told to stop."""

    def __init__(self, number: int, running: set[int]) -> None:
        self.name = f"slot {number}"
        self._number, self._running = number, running

    def run(self, stop: threading.Event, _idle: object) -> None:
        self._running.add(self._number)
        stop.wait()
        self._running.discard(self._number)


def test_each_analysis_has_its_own_places() -> None:
    room = Room(["objects", "text"], 1)
    assert sorted(room.free()) == ["objects", "text"] and room.most() == 1
    assert room.take("text") and not room.take("text")
    assert room.free() == ["objects"]
    assert room.set_limits({"text": 3}) and not room.set_limits({"text": 3})
    assert room.most() == 3
    assert room.take("text") and room.take("text") and not room.take("text")
    assert room.set_limits({"text": 1}), "what runs ends first; nothing begins meanwhile"
    room.leave("text")
    assert not room.take("text")
    room.leave("text")
    room.leave("text")
    assert room.take("text")
    assert room.set_limits({"objects": 2}) and room.set_limits({}) and room.most() == 1


def test_a_team_grows_and_shrinks() -> None:
    room, running = Room(["preview"], 2), set[int]()
    team = Team(room, lambda number: Counting(number, running), lambda: None)  # type: ignore[arg-type,return-value]
    for wanted in (None, 5, 1, 3):
        room.set_limits({"preview": wanted} if wanted else {})
        deadline = time.monotonic() + 60
        while True:
            team.fit()
            if running == set(range(wanted or 2)):
                break
            assert time.monotonic() < deadline, (wanted, running)
            time.sleep(0.01)
    team.stop(60.0)
    assert not running and len(team) == 0


@pytest.fixture
def fovea() -> Iterator[RunningFovea]:
    running = RunningFovea(make_folder("concurrency"))
    running.start()
    yield running
    if running.process is not None:
        running.stop()
    remove_folder(running.folder)


def _run_at_once(fovea: RunningFovea, photos: int, seed: int) -> dict[str, int]:
    """Import new photos; how many files each analysis worked on at one moment, at most."""
    noise = np.random.default_rng(seed)
    for number in range(photos):
        pixels = noise.integers(0, 255, (1200, 1600, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(fovea.inbox / f"{seed}-{number}.jpg", quality=90)
    most: dict[str, int] = {}
    asked = "select analysis, count(*)::int as n from job where state = 'running' group by 1"
    deadline = time.monotonic() + 400
    with connect(fovea.database_url(), autocommit=True) as connection:
        while time.monotonic() < deadline:
            for row in connection.execute(asked).fetchall():
                most[row["analysis"]] = max(most.get(row["analysis"], 0), row["n"])
            left = connection.execute(
                "select count(*)::int as assets, (select count(*)::int from job where"
                " analysis in ('metadata', 'preview') and state in ('waiting', 'running')) as jobs"
                " from asset where name like %s",
                (f"{seed}-%",),
            ).fetchone()
            assert left is not None
            if left["assets"] == photos and left["jobs"] == 0:
                return most
            time.sleep(0.003)
    raise AssertionError(f"not done: {most}")


def _wait_until_obeyed(fovea: RunningFovea, *limits: str) -> None:
    """The worker says in the log what holds from now on."""
    deadline = time.monotonic() + 60
    while True:
        said = [line for line in fovea.log.read_text().splitlines() if "files at once: " in line]
        if said and all(limit in said[-1] for limit in limits):
            return
        assert time.monotonic() < deadline, said
        time.sleep(0.1)


def test_running_workers_obey_within_seconds(fovea: RunningFovea) -> None:
    client = fovea.sign_in()
    pid = {child.pid for child in fovea.children()}
    usual = os.cpu_count() or 1
    assert _run_at_once(fovea, 8, 1)["preview"] <= usual, "as the process was started"
    more = usual + 3
    assert client.post("analyses/preview/concurrency", json={"slots": more}).status_code == 204
    assert client.post("analyses/metadata/concurrency", json={"slots": 1}).status_code == 204
    _wait_until_obeyed(fovea, "metadata 1", f"preview {more}")
    most = _run_at_once(fovea, 20 + more, 2)
    assert usual < most["preview"] <= more and most["metadata"] == 1, most
    assert client.post("analyses/preview/concurrency", json={"slots": 1}).status_code == 204
    _wait_until_obeyed(fovea, "metadata 1", "preview 1")
    assert _run_at_once(fovea, 8, 3)["preview"] == 1
    assert pid == {child.pid for child in fovea.children()}, "nothing was restarted for it"
    client.close()
