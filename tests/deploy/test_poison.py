"""A file that kills what works on it is set aside after three tries; everything behind it goes on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from PIL import Image

from db.connect import Connection, connect
from tests.deploy.deployment import Deployment, wait_for
from tests.deploy.files import make_files

_BEHIND = 12
_SIDE_PX = 18_000  # slow enough to decode that its decoder can be killed each time


def _make_poison(path: Path) -> Path:
    """A picture of 324 megapixels, which keeps its decoder busy for seconds."""
    chance = np.random.default_rng(len(path.name))
    tile = chance.integers(0, 256, (300, 300, 3), dtype=np.uint8)
    Image.fromarray(np.tile(tile, (_SIDE_PX // 300, _SIDE_PX // 300, 1))).save(path, compress_level=1)
    return path


class _Killer:
    """kill -9 of processes of the container `worker-preview` whose command line names `running`."""

    def __init__(self, deployment: Deployment, connection: Connection, running: str) -> None:
        self._deployment = deployment
        self._connection = connection
        self._running = running
        self._name = deployment.containers("worker-preview")[0]  # the same after each restart
        self._init: psutil.Process | None = None
        self.kills = 0

    def job(self, asset_id: int) -> dict[str, Any]:
        asked = "select state, error, attempts, crashes from job where asset_id = %s and analysis = 'preview'"
        row = self._connection.execute(asked, (asset_id,)).fetchone()
        return row or {"state": "none"}

    def until_set_aside(self, asset_id: int, limit_s: float = 300) -> dict[str, Any]:
        """Whatever works on the file's preview dies, again and again; the job as it is set aside."""
        deadline = time.monotonic() + limit_s
        while (job := self.job(asset_id))["state"] != "failed":
            assert time.monotonic() < deadline, job
            assert job["state"] != "done", "it was too quick to be killed"
            self._container()
            if job["state"] == "running":
                self._kill()
                wait_for("its death", lambda: self.job(asset_id)["state"] != "running", 90, every_s=0.05)
            time.sleep(0.02)
        return job

    def _container(self) -> psutil.Process:
        """The container's first process, looked for once: asking the engine takes as long as half a decoding."""
        while self._init is None or not self._init.is_running():
            with suppress(psutil.NoSuchProcess):
                pid = self._deployment.inspect(self._name)["State"]["Pid"]
                self._init = psutil.Process(pid) if pid else None
        return self._init

    def _kill(self) -> None:
        with suppress(psutil.NoSuchProcess):
            for each in self._container().children(recursive=True):
                if self._running in " ".join(each.cmdline()):
                    each.kill()
                    self.kills += 1


@contextmanager
def _poisoned(
    deployment: Deployment, client: httpx.Client, folder: Path, running: str
) -> Iterator[tuple[_Killer, dict[str, Any]]]:
    """The poison is set aside, and all behind it got their previews; afterwards it is tried again, and well."""
    for each in client.get("assets", params={"limit": 0}).json()["items"]:
        client.delete(f"assets/{each['id']}").raise_for_status()
    client.delete("trash").raise_for_status()
    client.post("analyses/preview/pause").raise_for_status()
    poison = _send(client, _make_poison(folder / f"poison {running}.png"))
    behind = [_send(client, path) for path in make_files(folder, _BEHIND)]
    with connect(deployment.database_url(), autocommit=True) as connection:
        killer = _Killer(deployment, connection, running)
        client.post("analyses/preview/resume").raise_for_status()
        job = killer.until_set_aside(poison)
        wait_for("those behind it", lambda: {killer.job(each)["state"] for each in behind} == {"done"}, 120)
        yield killer, job
        client.post("analyses/preview/requeue", json={"which": "failed"}).raise_for_status()
        wait_for("the file itself", lambda: killer.job(poison)["state"] == "done", 120)
    deployment.wait_until_done(_BEHIND + 1, limit_s=300)
    assert deployment.ask("select count(*)::int as n from job where state = 'failed'")[0]["n"] == 0


def _send(client: httpx.Client, path: Path) -> int:
    answer = client.post("assets", params={"path": path.name}, content=path.read_bytes())
    return int(answer.raise_for_status().json()["asset"]["id"])


def test_a_file_that_kills_its_decoder_is_set_aside_and_may_be_tried_again(
    deployment: Deployment, client: httpx.Client, tmp_path: Path
) -> None:
    with _poisoned(deployment, client, tmp_path, "media.child_main") as (killer, job):
        assert job["attempts"] == 3
        assert killer.kills >= 3
        assert "the decoding process was killed" in job["error"]
        assert "(tried 3 times)" in job["error"]
        failures = client.get("analyses/preview/failures").raise_for_status().json()["items"]
        assert [(each["count"], each["reason"]) for each in failures] == [(1, job["error"])]


def test_a_file_that_kills_its_worker_is_set_aside_and_may_be_tried_again(
    deployment: Deployment, client: httpx.Client, tmp_path: Path
) -> None:
    with _poisoned(deployment, client, tmp_path, "service worker preview") as (killer, job):
        assert job["crashes"] == 3
        assert killer.kills >= 3
        assert job["error"] == "set aside: its worker died 3 times while working on this file"
