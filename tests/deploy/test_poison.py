"""A file that kills what works on it is set aside after three tries; everything behind it goes on."""

import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from PIL import Image

from tests.deploy.deployment import Deployment, wait_for
from tests.deploy.files import make_files

_BEHIND = 12
_SIDE_PX = 9_000  # slow enough to decode that its decoder can be killed each time


def _make_poison(path: Path) -> Path:
    """A picture of 81 megapixels, which keeps its decoder busy for a second or more."""
    chance = np.random.default_rng(5)
    tile = chance.integers(0, 256, (300, 300, 3), dtype=np.uint8)
    Image.fromarray(np.tile(tile, (_SIDE_PX // 300, _SIDE_PX // 300, 1))).save(path, compress_level=1)
    return path


def _job(deployment: Deployment, asset_id: int, analysis: str) -> dict[str, Any]:
    asked = "select state, error, attempts, crashes from job where asset_id = %s and analysis = %s"
    rows = deployment.ask(asked, asset_id, analysis)
    return rows[0] if rows else {"state": "none", "error": None, "attempts": 0, "crashes": 0}


def _processes(deployment: Deployment, service: str, running: str) -> list[psutil.Process]:
    """Processes of a service's containers whose command line names `running`."""
    found = []
    for container in deployment.containers(service):
        pid = deployment.inspect(container)["State"]["Pid"]
        if pid:
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            found += [each for each in family if running in " ".join(each.cmdline())]
    return found


def _kill_while_it_works(deployment: Deployment, asset_id: int, running: str, limit_s: float = 300) -> int:
    """kill -9 whatever works on the asset's preview, again and again until the file is set aside; how often."""
    kills = 0
    deadline = time.monotonic() + limit_s
    while (job := _job(deployment, asset_id, "preview"))["state"] != "failed":
        assert time.monotonic() < deadline, job
        assert job["state"] != "done", "it was too quick to be killed"
        if job["state"] == "running":
            time.sleep(0.1)  # it has begun to decode
            for each in _processes(deployment, "worker-preview", running):
                try:
                    each.kill()
                    kills += 1
                except psutil.NoSuchProcess:
                    continue
            wait_for(
                "the death to be noticed", lambda: _job(deployment, asset_id, "preview")["state"] != "running", 90
            )
        time.sleep(0.02)
    return kills


def _send(client: httpx.Client, path: Path) -> int:
    answer = client.post("assets", params={"path": path.name}, content=path.read_bytes())
    return int(answer.raise_for_status().json()["asset"]["id"])


def _poisoned(
    deployment: Deployment, client: httpx.Client, folder: Path, running: str
) -> tuple[int, dict[str, Any], int]:
    for each in client.get("assets", params={"limit": 0}).json()["items"]:
        client.delete(f"assets/{each['id']}").raise_for_status()
    client.delete("trash").raise_for_status()
    poison = _send(client, _make_poison(folder / f"poison {running}.png"))
    behind = [_send(client, path) for path in make_files(folder, _BEHIND)]
    kills = _kill_while_it_works(deployment, poison, running)
    for asset_id in behind:
        wait_for("those behind it", lambda: _job(deployment, asset_id, "preview")["state"] == "done", 120)  # noqa: B023
    return poison, _job(deployment, poison, "preview"), kills


def _requeued(deployment: Deployment, client: httpx.Client, poison: int) -> None:
    client.post("analyses/preview/requeue", json={"which": "failed"}).raise_for_status()
    wait_for(
        "the file, now that nothing kills it", lambda: _job(deployment, poison, "preview")["state"] == "done", 120
    )
    deployment.wait_until_done(_BEHIND + 1, limit_s=300)
    assert deployment.ask("select count(*)::int as n from job where state = 'failed'")[0]["n"] == 0


def test_a_file_that_kills_its_decoder_is_set_aside_and_may_be_tried_again(
    deployment: Deployment, client: httpx.Client, tmp_path: Path
) -> None:
    poison, job, kills = _poisoned(deployment, client, tmp_path, "media.child_main")
    assert job["attempts"] == 3
    assert kills >= 3
    assert "decoding process" in job["error"]
    assert "(tried 3 times)" in job["error"]
    failures = client.get("analyses/preview/failures").raise_for_status().json()["items"]
    assert [(each["count"], each["reason"]) for each in failures] == [(1, job["error"])]
    _requeued(deployment, client, poison)


def test_a_file_that_kills_its_worker_is_set_aside_and_may_be_tried_again(
    deployment: Deployment, client: httpx.Client, tmp_path: Path
) -> None:
    poison, job, kills = _poisoned(deployment, client, tmp_path, "service worker preview")
    assert job["crashes"] == 3
    assert kills >= 3
    assert job["error"] == "set aside: its worker died 3 times while working on this file"
    _requeued(deployment, client, poison)
