"""Import against the floor: files per second and processor time per file, in turns within one run."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from bench.photos import make_photos
from bench.processes import Watch, tree
from tests.running import RunningFovea

_MODELS = ("objects", "faces", "text", "embedding", "speech")


def bench_import(folder: Path, count: int = 300, rounds: int = 3) -> dict[str, Any]:
    """Rounds of floor and Fovea in turn on the same photos; medians and the ratio per round."""
    photos = make_photos(folder / f"photos-{count}", count)
    pairs = [(_floor(photos), _fovea(photos)) for _ in range(rounds)]
    floors, foveas = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return {
        "files": count,
        "megabytes_per_file": round(statistics.mean(p.stat().st_size for p in photos) / 1e6, 2),
        "floor_files_per_s": [round(count / each["wall_s"], 2) for each in floors],
        "fovea_files_per_s": [round(count / each["wall_s"], 2) for each in foveas],
        "floor_cpu_ms_per_file": [round(each["cpu_s"] * 1000 / count, 1) for each in floors],
        "fovea_cpu_ms_per_file": [round(each["cpu_s"] * 1000 / count, 1) for each in foveas],
        "rate_of_floor": [round(a["wall_s"] / b["wall_s"], 3) for a, b in pairs],
        "median_rate_of_floor": round(statistics.median(a["wall_s"] / b["wall_s"] for a, b in pairs), 3),
        "median_cpu_of_floor": round(statistics.median(b["cpu_s"] / a["cpu_s"] for a, b in pairs), 3),
    }


def _floor(photos: list[Path]) -> dict[str, float]:
    out = Path(tempfile.mkdtemp(prefix="fovea-floor-"))
    environment = {**os.environ, "VIPS_CONCURRENCY": "1"}
    began = time.monotonic()
    halves = [photos[0::2], photos[1::2]]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.floor", str(out / str(n)), *map(str, half)], env=environment
        )
        for n, half in enumerate(halves)
    ]
    watch = Watch(lambda: [each for process in running for each in tree(process.pid)]).start()
    codes = [process.wait() for process in running]
    wall_s = time.monotonic() - began
    usage = watch.stop()
    shutil.rmtree(out, ignore_errors=True)
    if any(codes):
        raise RuntimeError(f"the floor failed: {codes}")
    return {"wall_s": wall_s, "cpu_s": usage.cpu_s}


def _fovea(photos: list[Path]) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix="fovea-bench-"))
    folder.chmod(0o755)
    fovea = RunningFovea(folder)
    try:
        fovea.start()
        client = fovea.sign_in()
        for name in _MODELS:  # the import alone is compared: models would use the processors, too
            client.post(f"analyses/{name}/pause").raise_for_status()
        client.close()
        assert fovea.process is not None  # noqa: S101 (started above)
        pid = fovea.process.pid
        watch = Watch(lambda: [*tree(pid, fovea.postgres), *_ingesting()]).start()
        cpu_before = sum(sum(p.cpu_times()[:2]) for p in tree(pid, fovea.postgres))
        began = time.monotonic()
        done = fovea.command("ingest", str(photos[0].parent), limit_s=3600)
        if done.returncode:
            raise RuntimeError(done.stderr)
        while _left(fovea) > 0:
            time.sleep(0.05)
        wall_s = time.monotonic() - began
        usage = watch.stop()
        return {"wall_s": wall_s, "cpu_s": usage.cpu_s - cpu_before}
    finally:
        fovea.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _ingesting() -> list[psutil.Process]:
    """The command that feeds the files in; it is a child of this process."""
    return [child for child in psutil.Process().children() if "ingest" in child.cmdline()]


def _left(fovea: RunningFovea) -> int:
    from db.connect import connect  # noqa: PLC0415

    with connect(fovea.database_url()) as connection:
        row = connection.execute(
            "select count(*)::int as n from job where analysis in ('metadata', 'preview') and state <> 'done'"
        ).fetchone()
    return int(row["n"]) if row else 0
