"""Verify and backup beside the machine's own `sha512sum` and `cp`, over the same files in one run."""

import os
import resource
import shutil
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bus.postgres import PostgresBus
from db.connect import Database, connect
from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from library.ingest import Ingest
from media.store_folder import FolderStore

_JPEG_HEAD = bytes.fromhex("ffd8ffe000104a46494600010100000100010000")


@dataclass(frozen=True, slots=True)
class Took:
    """Wall and processor seconds, of all its processes."""

    wall_s: float
    cpu_s: float


def bench_upkeep(out: Path, files: int, size: int) -> dict[str, Any]:
    """`files` originals of `size` bytes; rates in MB a second, and ratios of processor time."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    out.chmod(0o755)
    _make_library(out, files, size)
    originals, total_mb = out / "data" / "originals", files * size / 1e6
    fovea = [sys.executable, "-m", "fovea.main"]
    environment = {**os.environ, "FOVEA_DATA": str(out / "data"), "FOVEA_INBOX": str(out / "inbox")}
    sums = f"find {originals} -type f -print0 | xargs -0 -n 20 -P {os.cpu_count()} sha512sum > /dev/null"
    done = {
        "sha512sum": _timed(["sh", "-c", sums], environment),
        "verify": _timed([*fovea, "verify"], environment),
        "verify --quick": _timed([*fovea, "verify", "--quick"], environment),
        "cp": _timed(["sh", "-c", f"cp -r {originals} {out / 'copy'} && sync -f {out / 'copy'}"], environment),
        "backup": _timed([*fovea, "backup", str(out / "backup")], environment),
        "backup again": _timed([*fovea, "backup", str(out / "backup")], environment),
        "restore --check": _timed([*fovea, "restore", str(out / "backup"), "--check"], environment),
    }
    environment["FOVEA_DATA"] = str(out / "again")
    done["restore"] = _timed([*fovea, "restore", str(out / "backup")], environment)
    shutil.rmtree(out)
    told = {name: _figures(took, total_mb) for name, took in done.items()}
    return {"files": files, "bytes": files * size, "rates": told}


def _make_library(out: Path, files: int, size: int) -> None:
    server = EmbeddedPostgres(out / "data")
    url = server.start()
    chance = np.random.default_rng(1)
    try:
        with connect(url) as connection:
            migrate(connection)
        with Database(url) as database, closing(PostgresBus(url)) as bus:
            door = Ingest(database, FolderStore(out / "data"), bus, hold_s=5.0)
            for number in range(files):
                with door.receive() as received:
                    received.write(_JPEG_HEAD + chance.bytes(size - len(_JPEG_HEAD)))
                    door.finish(received, f"{number}.jpg", "command", 1)
            door.flush()
    finally:
        server.release()


def _timed(command: list[str], environment: dict[str, str]) -> Took:
    def used() -> float:
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        return spent.ru_utime + spent.ru_stime

    before, began = used(), time.monotonic()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return Took(time.monotonic() - began, used() - before)


def _figures(took: Took, total_mb: float) -> dict[str, float]:
    return {
        "mb_per_s": round(total_mb / took.wall_s),
        "cpu_ms_per_mb": round(1000 * took.cpu_s / total_mb, 2),
        "wall_s": round(took.wall_s, 2),
        "cpu_s": round(took.cpu_s, 2),
    }
