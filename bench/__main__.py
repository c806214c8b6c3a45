"""`make bench`: speed, memory and growth on this machine. `python -m bench NAME [--short]` runs one of them.

Figures are ratios within one run where that is possible; single times on a shared machine say little.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from bench.analyses import bench_analyses
from bench.calibration import bench_calibration
from bench.flat import bench_flat
from bench.growth import bench_growth
from bench.import_photos import bench_import
from bench.memory import bench_memory
from bench.queries import bench_queries
from bench.queue import bench_queue
from bench.rescan import bench_rescan
from bench.small_faces import SIZES_PX, bench_small_faces
from bench.small_objects import bench_small_objects
from bench.upkeep import bench_upkeep

ROOT = Path(__file__).parent.parent
OUT = ROOT / "build" / "bench"


def _benches(short: bool) -> dict[str, Callable[[], dict[str, Any]]]:
    return {
        "import": lambda: bench_import(OUT / "media", 60 if short else 300, 1 if short else 3),
        "analyses": lambda: bench_analyses(20 if short else 60, 1 if short else 3),
        "calibration": lambda: bench_calibration(OUT / "cut"),
        "small_faces": lambda: bench_small_faces(OUT / "small_faces", (32, 48) if short else SIZES_PX),
        "small_objects": lambda: bench_small_objects(OUT / "small_objects", (48, 96) if short else SIZES_PX),
        "memory": lambda: bench_memory(15.0 if short else 60.0),
        "flat": lambda: bench_flat(300 if short else 5000),
        "growth": lambda: bench_growth(OUT, (300, 1000, 3000) if short else (1000, 10_000, 100_000), 10),
        "queries": lambda: bench_queries(OUT, 5000 if short else 100_000, 5 if short else 20),
        "queue": lambda: bench_queue(500 if short else 1500, 1 if short else 3, 4000 if short else 100_000),
        "rescan": lambda: bench_rescan(OUT / "rescan", 1000 if short else 20_000, 3),
        "upkeep": lambda: bench_upkeep(OUT / "upkeep", 50 if short else 500, 4_000_000),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="which; all when none is named")
    parser.add_argument("--short", action="store_true", help="fewer files and one round: a look, not a figure")
    chosen = parser.parse_args()
    benches = _benches(chosen.short)
    unknown = sorted(set(chosen.names) - set(benches))
    if unknown:
        parser.error(f"there is no bench {', '.join(unknown)}; there are {', '.join(benches)}")
    OUT.mkdir(parents=True, exist_ok=True)
    # Both sides start as they do where they are installed: with their bytecode kept from the time before.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for name in chosen.names or benches:
        sys.stderr.write(f"bench {name} …\n")
        figures = {
            "bench": name,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{psutil.cpu_count()} processors, {psutil.virtual_memory().total / 2**30:.0f} GiB",
            "python": platform.python_version(),
            "load_before": psutil.getloadavg()[0],
            **benches[name](),
        }
        (OUT / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
