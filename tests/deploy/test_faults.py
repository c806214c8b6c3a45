"""Faults while hundreds of files are being imported: nothing lost, nothing doubled, the same rows as without."""

import os
import time
from collections.abc import Callable, Iterator
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


@pytest.fixture(scope="module")
def files(media_folder: Path) -> list[Path]:
    return make_files(media_folder, FILES)


@pytest.fixture(scope="module")
def expected(deployment: Deployment, files: list[Path], media_folder: Path) -> dict[str, list[Any]]:
    """The rows of an import that nobody disturbs."""
    with deployment.sign_in() as client:
        _empty(deployment, client)
        _import(deployment, client, files, media_folder, _undisturbed)
    rows = rows_of(deployment.database_url())
    assert len(rows["asset"]) == FILES
    assert {row["state"] for row in rows["job"]} <= {"done", "skipped"}
    return rows


def _empty(deployment: Deployment, client: httpx.Client) -> None:
    """Back to an empty library, by the product's own trash."""
    for each in client.get("assets", params={"limit": 0}, timeout=300).json()["items"]:
        client.delete(f"assets/{each['id']}").raise_for_status()

    def is_empty() -> bool:
        """What a worker holds just now is left to the next time."""
        client.delete("trash", timeout=300).raise_for_status()
        return bool(deployment.ask("select count(*)::int as n from asset")[0]["n"] == 0)

    wait_for("an empty library", is_empty, 120)


def _import(
    deployment: Deployment,
    client: httpx.Client,
    files: list[Path],
    root: Path,
    disturb: Callable[[Sending], None],
) -> Sending:
    sending = Sending(client, root)
    sending.begin(files)
    wait_for("the first files", lambda: sending.done() >= FILES // 10, 300)
    disturb(sending)
    sending.wait()
    deployment.wait_until_done(FILES, limit_s=_DONE_LIMIT_S)
    return sending


def _undisturbed(_: Sending) -> None:
    pass


def _same(found: dict[str, list[Any]], expected: dict[str, list[Any]]) -> None:
    for table, rows in expected.items():
        assert len(found[table]) == len(rows), table
        assert found[table] == rows, table


@pytest.fixture
def emptied(deployment: Deployment, expected: dict[str, list[Any]]) -> Iterator[httpx.Client]:
    """A signed-in client, and a library that is empty again. `expected` was made before."""
    with deployment.sign_in() as client:
        _empty(deployment, client)
        yield client


@pytest.mark.parametrize("service", ["rabbitmq", "postgres", "mongodb", "api"])
def test_kill_9_of_a_server(
    service: str,
    deployment: Deployment,
    emptied: httpx.Client,
    files: list[Path],
    media_folder: Path,
    expected: dict[str, list[Any]],
) -> None:
    def disturb(sending: Sending) -> None:
        for part in (3, 6):
            wait_for("more files", lambda part=part: sending.done() >= FILES * part // 10, 600)
            assert deployment.kill(service) >= 1

    sending = _import(deployment, emptied, files, media_folder, disturb)
    assert deployment.restarts(service) >= 1
    print(service, sending.statuses)
    _same(rows_of(deployment.database_url()), expected)


def test_kill_9_of_every_kind_of_worker(
    deployment: Deployment,
    emptied: httpx.Client,
    files: list[Path],
    media_folder: Path,
    expected: dict[str, list[Any]],
) -> None:
    kinds = [f"worker-{name}" for name in WORKERS] + ["reconciler", "inbox"]

    def disturb(_: Sending) -> None:
        for kind in kinds:
            assert deployment.kill(kind) == 1
            time.sleep(3)

    _import(deployment, emptied, files, media_folder, disturb)
    assert all(deployment.restarts(kind) >= 1 for kind in kinds)
    _same(rows_of(deployment.database_url()), expected)


def test_a_purged_queue_is_filled_again_within_a_minute(
    deployment: Deployment,
    emptied: httpx.Client,
    files: list[Path],
    media_folder: Path,
    expected: dict[str, list[Any]],
) -> None:
    deployment.compose("stop", "worker-text")
    sending = Sending(emptied, media_folder)
    sending.begin(files)
    sending.wait()
    queue = "fovea.text.arrivals"
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
    _same(rows_of(deployment.database_url()), expected)


def test_a_worker_whose_network_is_cut_for_two_minutes(
    deployment: Deployment,
    emptied: httpx.Client,
    files: list[Path],
    media_folder: Path,
    expected: dict[str, list[Any]],
) -> None:
    container = deployment.containers("worker-objects")[0]
    networks = list(deployment.inspect(container)["NetworkSettings"]["Networks"])

    def disturb(_: Sending) -> None:
        for network in networks:
            docker("network", "disconnect", network, container)
        time.sleep(_CUT_S)
        for network in networks:
            docker("network", "connect", "--alias", "worker-objects", network, container)

    _import(deployment, emptied, files, media_folder, disturb)
    _same(rows_of(deployment.database_url()), expected)


def test_a_worker_whose_clock_is_an_hour_off(
    deployment: Deployment,
    emptied: httpx.Client,
    files: list[Path],
    media_folder: Path,
    expected: dict[str, list[Any]],
) -> None:
    for offset in ("+1h", "-1h"):
        _empty(deployment, emptied)
        with deployment.with_clock_off(offset, "worker-objects"):
            here = deployment.compose("exec", "-T", "worker-objects", "date", "+%s")
            assert abs(abs(int(here) - time.time()) - 3600) < 60
            _import(deployment, emptied, files, media_folder, _undisturbed)
        _same(rows_of(deployment.database_url()), expected)


def test_a_full_disk_stores_nothing_by_halves(
    deployment: Deployment,
    emptied: httpx.Client,
    files: list[Path],
    media_folder: Path,
    expected: dict[str, list[Any]],
) -> None:
    filler = ["exec", "-T", "api", "python3", "-c"]
    fill = (
        "import os, shutil\n"
        "left = shutil.disk_usage('/data').free - 150_000_000\n"
        "with open('/data/incoming/../filler', 'wb', buffering=0) as f:\n"
        "    while left > 0: left -= f.write(bytes(min(left, 1 << 20)))\n"
    )

    def disturb(sending: Sending) -> None:
        deployment.compose(*filler, fill)
        refused = emptied.post("assets", params={"path": "full.jpg"}, content=b"\xff\xd8\xff" + bytes(5_000_000))
        assert refused.status_code in {503, 507}, refused.text
        assert "space" in refused.json()["detail"]
        wait_for("refusals", lambda: bool({"503", "507"} & set(sending.statuses)), 60)
        stored = deployment.ask("select count(*)::int as n from file")[0]["n"]
        held = deployment.compose(
            *filler, "import pathlib; print(sum(p.is_file() for p in pathlib.Path('/data/originals').rglob('*')))"
        )
        assert int(held) == stored
        deployment.compose(*filler, "import os; os.unlink('/data/filler')")

    sending = _import(deployment, emptied, files, media_folder, disturb)
    print(sending.statuses)
    _same(rows_of(deployment.database_url()), expected)
    left = deployment.compose(*filler, "import os; print(os.listdir('/data/incoming'))")
    assert left.strip() == "[]"
