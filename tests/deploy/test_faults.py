"""Faults while hundreds of files are being imported: nothing lost, nothing doubled, the same rows as without."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pika
import pytest

from tests.deploy.deployment import WORKERS, Deployment, docker, wait_for
from tests.deploy.files import make_files
from tests.deploy.sending import Sending
from tests.running import rows_of

FILES = int(os.environ.get("FOVEA_TEST_FILES", "300"))
_CUT_S = 120.0
_DONE_LIMIT_S = 1200.0
_FILL = """
import shutil
left = shutil.disk_usage("/data").free - 150_000_000
with open("/data/filler", "wb", buffering=0) as filler:
    while left > 0:
        left -= filler.write(bytes(min(left, 1 << 20)))
"""


@dataclass
class Trial:
    """Imports of the same files into an empty library, each disturbed in another way."""

    deployment: Deployment
    client: httpx.Client
    root: Path
    files: list[Path]
    expected: dict[str, list[Any]]

    def empty(self) -> None:
        """Back to an empty library, by the product's own trash."""
        for each in self.client.get("assets", params={"limit": 0}, timeout=300).json()["items"]:
            self.client.delete(f"assets/{each['id']}").raise_for_status()

        def is_empty() -> bool:
            """What a worker holds just now is left to the next time."""
            self.client.delete("trash", timeout=300).raise_for_status()
            return bool(self.deployment.ask("select count(*)::int as n from asset")[0]["n"] == 0)

        wait_for("an empty library", is_empty, 120)

    def run(self, disturb: Callable[[Sending], None]) -> Sending:
        """Send all files, call `disturb` while they come, and wait until everything is done."""
        sending = Sending(self.client, self.root)
        sending.begin(self.files)
        wait_for("the first files", lambda: sending.done() >= FILES // 10, 300)
        disturb(sending)
        sending.wait()
        self.deployment.wait_until_done(FILES, limit_s=_DONE_LIMIT_S)
        print(sending.statuses)
        return sending

    def must_be_as_undisturbed(self) -> None:
        """Row for row: every file once, every analysis ended, the same results."""
        found = rows_of(self.deployment.database_url())
        for table, rows in self.expected.items():
            assert len(found[table]) == len(rows), table
            assert found[table] == rows, table

    def inside(self, script: str) -> str:
        """What a Python script prints inside the api's container."""
        return self.deployment.compose("exec", "-T", "api", "python3", "-c", script).strip()


@pytest.fixture(scope="module")
def undisturbed(deployment: Deployment, media_folder: Path) -> Trial:
    """An import that nobody disturbs, and the rows it leaves."""
    files = make_files(media_folder, FILES)
    with deployment.sign_in() as client:
        trial = Trial(deployment, client, media_folder, files, {})
        trial.empty()
        trial.run(lambda _: None)
    trial.expected = rows_of(deployment.database_url())
    assert len(trial.expected["asset"]) == FILES
    assert {row["state"] for row in trial.expected["job"]} <= {"done", "skipped"}
    return trial


@pytest.fixture
def trial(deployment: Deployment, undisturbed: Trial) -> Iterator[Trial]:
    """A library that is empty again, and a client that is signed in."""
    with deployment.sign_in() as client:
        made = Trial(deployment, client, undisturbed.root, undisturbed.files, undisturbed.expected)
        made.empty()
        yield made


@pytest.mark.parametrize("service", ["rabbitmq", "postgres", "mongodb", "api"])
def test_kill_9_of_a_server(service: str, trial: Trial) -> None:
    def disturb(sending: Sending) -> None:
        for part in (3, 6):
            wait_for("more files", lambda part=part: sending.done() >= FILES * part // 10, 600)
            assert trial.deployment.kill(service) >= 1

    trial.run(disturb)
    assert trial.deployment.restarts(service) >= 1
    trial.must_be_as_undisturbed()


def test_kill_9_of_every_kind_of_worker(trial: Trial) -> None:
    kinds = [f"worker-{name}" for name in WORKERS] + ["reconciler", "inbox"]

    def disturb(_: Sending) -> None:
        for kind in kinds:
            assert trial.deployment.kill(kind) == 1
            time.sleep(3)

    trial.run(disturb)
    assert all(trial.deployment.restarts(kind) >= 1 for kind in kinds)
    trial.must_be_as_undisturbed()


def test_a_purged_queue_is_filled_again_within_a_minute(trial: Trial) -> None:
    deployment, queue = trial.deployment, "fovea.text.arrivals"
    deployment.compose("stop", "worker-text")
    sending = Sending(trial.client, trial.root)
    sending.begin(trial.files)
    sending.wait()
    with pika.BlockingConnection(pika.URLParameters(deployment.broker_url())) as connection:
        channel = connection.channel()

        def depth() -> int:
            return int(channel.queue_declare(queue, passive=True).method.message_count)

        def waiting() -> int:
            asked = "select count(*)::int as n from job where analysis = 'text' and state = 'waiting'"
            return int(deployment.ask(asked)[0]["n"])

        wait_for("jobs of text", lambda: waiting() >= FILES - 3 and depth() >= FILES - 3, 900)
        channel.queue_purge(queue)
        assert depth() == 0
        purged = time.monotonic()
        wait_for("the queue's repair", lambda: depth() >= FILES - 3, 90, every_s=0.2)
        took_s = time.monotonic() - purged
    print(f"repaired after {took_s:.0f} s")
    assert took_s < 60
    deployment.up("--no-recreate")
    deployment.wait_until_done(FILES, limit_s=_DONE_LIMIT_S)
    trial.must_be_as_undisturbed()


def test_a_worker_whose_network_is_cut_for_two_minutes(trial: Trial) -> None:
    container = trial.deployment.containers("worker-objects")[0]
    networks = list(trial.deployment.inspect(container)["NetworkSettings"]["Networks"])

    def disturb(_: Sending) -> None:
        for network in networks:
            docker("network", "disconnect", network, container)
        time.sleep(_CUT_S)
        for network in networks:
            docker("network", "connect", "--alias", "worker-objects", network, container)

    trial.run(disturb)
    trial.must_be_as_undisturbed()


@pytest.mark.parametrize("offset", ["+1h", "-1h"])
def test_a_worker_whose_clock_is_an_hour_off(offset: str, trial: Trial) -> None:
    with trial.deployment.with_clock_off(offset, "worker-objects"):
        here = trial.deployment.compose("exec", "-T", "worker-objects", "date", "+%s")
        assert abs(abs(int(here) - time.time()) - 3600) < 60
        trial.run(lambda _: None)
    trial.must_be_as_undisturbed()


def test_a_full_disk_stores_nothing_by_halves(trial: Trial) -> None:
    listing = "import os; print(sorted(os.listdir('/data/incoming')))"
    before = trial.inside(listing)  # what a killed api was receiving is cleared after a day

    def disturb(sending: Sending) -> None:
        trial.inside(_FILL)
        picture = b"\xff\xd8\xff" + bytes(5_000_000)
        refused = trial.client.post("assets", params={"path": "full.jpg"}, content=picture)
        assert refused.status_code in {503, 507}, refused.text
        assert "space" in refused.json()["detail"]
        wait_for("refusals", lambda: bool({"503", "507"} & set(sending.statuses)), 60)
        stored = trial.deployment.ask("select count(*)::int as n from file")[0]["n"]
        held = "import pathlib; print(sum(p.is_file() for p in pathlib.Path('/data/originals').rglob('*')))"
        assert int(trial.inside(held)) == stored
        trial.inside("import os; os.unlink('/data/filler')")

    trial.run(disturb)
    trial.must_be_as_undisturbed()
    assert trial.inside(listing) == before
