"""The deployed shape: how much more a second container of one analysis brings, in rounds of one deployment.

    eval "$(tests/deploy/engine.sh)" && tests/deploy/images.sh && python -m bench.workers [FILES [ROUNDS]]

Not among those of `make bench`, as it needs a Docker Engine.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.deploy.deployment import Deployment, several
from tests.deploy.files import make_files
from tests.deploy.running import deployed
from tests.deploy.sending import Sending

_ANALYSES = ("objects", "preview")


def bench_workers(folder: Path, count: int, rounds: int, scales: tuple[int, ...]) -> dict[str, Any]:
    """Files a second of one analysis done anew by so many containers, each with one thread; rounds in turns."""
    found: dict[str, dict[int, list[float]]] = {name: {scale: [] for scale in scales} for name in _ANALYSES}
    with deployed({"FOVEA_TEST_THREADS": "1"}) as deployment, deployment.sign_in() as client:
        sending = Sending(client, folder)
        sending.begin(make_files(folder, count))
        sending.wait()
        deployment.wait_until_done(count, limit_s=1800)
        for _ in range(rounds):
            for scale in scales:
                for name in _ANALYSES:
                    deployment.up("--no-recreate", *several([f"worker-{name}"], scale))
                    found[name][scale].append(round(count / _done_anew_s(deployment, client, name), 2))
                    deployment.up("--no-recreate", *several([f"worker-{name}"], 1))
    return {
        "files": count,
        "files_per_s": found,
        "times_of_one": {name: _gain(each) for name, each in found.items()},
    }


def _gain(rates: dict[int, list[float]]) -> dict[int, float]:
    """So many containers → how many times the rate of one, by the medians."""
    medians = {scale: statistics.median(each) for scale, each in rates.items()}
    return {scale: round(each / medians[min(medians)], 2) for scale, each in medians.items()}


def _done_anew_s(deployment: Deployment, client: httpx.Client, analysis: str) -> float:
    client.post(f"analyses/{analysis}/pause").raise_for_status()
    client.post(f"analyses/{analysis}/requeue", json={"which": "all"}).raise_for_status()
    began = time.monotonic()
    client.post(f"analyses/{analysis}/resume").raise_for_status()
    asked = "select count(*)::int as n from job where analysis = %s and state in ('waiting', 'running')"
    while deployment.ask(asked, analysis)[0]["n"]:
        time.sleep(0.2)
    return time.monotonic() - began


def main() -> int:
    count, rounds = [int(each) for each in sys.argv[1:]] + [100, 3][len(sys.argv) - 1 :]
    with tempfile.TemporaryDirectory(prefix="fovea-bench-") as folder:
        print(json.dumps(bench_workers(Path(folder), count, rounds, (1, 2, 4)), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
