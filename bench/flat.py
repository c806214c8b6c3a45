"""Memory while many pictures are taken in and analysed: is there more of it at the end than at the beginning?

The pictures are small variants of real photos (320 px, each cut and lit otherwise, so that each is a file and a
content of its own; one in eight has writing), and all analyses of pictures run but `meaning`: 5,000 of full size
would take two processors more than half an hour, and what could grow counts pictures, not pixels. They come in
batches, as memory while files wait would measure the queue. Everything of `fovea up` is counted, PostgreSQL
included; as its buffers fill by and by, the processes of Fovea itself stand apart, too.
"""

import shutil
import statistics
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from bench.processes import pss_mb, tree
from tests.media_files import media_files
from tests.running import RunningFovea

_SIDE_PX = 320
_BATCHES = 20
_LEAST_BATCH = 100
_BATCH_LIMIT_S = 600.0


def bench_flat(count: int) -> dict[str, Any]:
    """PSS in MB after each twentieth of `count` pictures; how much more the last third has than the first."""
    folder = Path(tempfile.mkdtemp(prefix="fovea-flat-"))
    folder.chmod(0o755)
    fovea = RunningFovea(folder)
    began = time.monotonic()
    try:
        fovea.start()
        with closing(fovea.sign_in()) as client:
            client.post("analyses/meaning/pause").raise_for_status()
        size = max(_LEAST_BATCH, count // _BATCHES)
        samples = [_batch(fovea, folder / "next", range(first, first + size)) for first in range(0, count, size)]
        minutes = round((time.monotonic() - began) / 60, 1)
        return {"pictures": count, "minutes": minutes, **_growth(samples, size)}
    finally:
        fovea.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _growth(samples: list[dict[str, float]], size: int) -> dict[str, Any]:
    third = max(1, len(samples) // 3)
    figures: dict[str, Any] = {}
    for name in ("all_mb", "fovea_mb"):
        values = [sample[name] for sample in samples]
        first, last = statistics.median(values[:third]), statistics.median(values[-third:])
        apart = (len(samples) - third) * size / 1000
        figures |= {
            name: values,
            f"{name}_first_third": first,
            f"{name}_last_third": last,
            f"{name}_per_1000_pictures": round((last - first) / apart, 2) if apart else None,
        }
    return figures


def _batch(fovea: RunningFovea, folder: Path, numbers: range) -> dict[str, float]:
    """More pictures, until nothing is left to do; memory towards the end, the largest of five looks."""
    _make(folder, numbers)
    done = fovea.command("ingest", str(folder), limit_s=_BATCH_LIMIT_S)
    if done.returncode:
        raise RuntimeError(done.stderr)
    shutil.rmtree(folder)
    looks = []
    deadline = time.monotonic() + _BATCH_LIMIT_S
    while _left(fovea):
        if time.monotonic() > deadline:
            raise RuntimeError(f"not done in time\n{fovea.log.read_text()[-2000:]}")
        looks.append(_look(fovea))
        time.sleep(1.0)
    return max(looks[-5:] or [_look(fovea)], key=lambda look: look["all_mb"])


def _look(fovea: RunningFovea) -> dict[str, float]:
    assert fovea.process is not None  # noqa: S101 (called while it runs)
    database: list[psutil.Process] = []
    server = fovea.postgres()
    if server is not None:
        database = tree(server.pid)
    known = {each.pid for each in database}
    ours = [each for each in tree(fovea.process.pid) if each.pid not in known]
    fovea_mb = pss_mb(ours)
    return {"all_mb": round(fovea_mb + pss_mb(database), 1), "fovea_mb": fovea_mb}


def _left(fovea: RunningFovea) -> int:
    from db.connect import connect  # noqa: PLC0415

    with connect(fovea.database_url()) as connection:
        row = connection.execute(
            "select count(*)::int as n from job where state in ('waiting', 'running') and analysis <> 'meaning'"
        ).fetchone()
    return int(row["n"]) if row else 0


def _make(folder: Path, numbers: range) -> None:
    """Pictures out of real ones: another part of one of them, lit otherwise, with grain of its own."""
    store = media_files()
    names = ("zidane", "jpeg-east", "jpeg-south", "zidane", "jpeg-east", "jpeg-south", "jpeg-east", "jpeg-town")
    whole = [Image.open(store.path(name)).convert("RGB") for name in names]
    folder.mkdir(parents=True)
    for number in numbers:
        chance = np.random.default_rng(number)
        photo = whole[number % len(whole)]
        share = chance.uniform(0.6, 0.95)
        wide, high = round(photo.width * share), round(photo.height * share)
        left, top = chance.integers(0, photo.width - wide), chance.integers(0, photo.height - high)
        part = photo.crop((left, top, left + wide, top + high))
        part.thumbnail((_SIDE_PX, _SIDE_PX))
        grain = chance.normal(chance.uniform(-20, 20), 4, (part.height, part.width, 1))
        pixels = np.clip(np.asarray(part) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"IMG_{number:05}.jpg", quality=85)
