"""All analyses of a mix of pictures against the same engines run one after the other over the same previews.

Floor: each bare engine in a process of its own, with the better of one and two threads, decoding for itself and
storing nothing; the text engine reads all in full. Fovea: a real `fovea up` with metadata and previews done,
whose four analyses of pictures are resumed together; the clock runs from before that to the last job's end in the
database. Models are loaded and warm on both sides; turns are floor, Fovea, floor, Fovea, …
`meaning`, which looks at what the four found, has no counterpart in the floor and stays paused.
"""

import difflib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.mix import mixed
from bench.processes import cpu_seconds, tree
from core.media import Kind
from db.connect import connect
from media.derived import DerivedFolder
from tests.running import RunningFovea

ANALYSES = ("objects", "faces", "text", "embedding")
_THREADS = (1, 2)
_LIMIT_S = 1200.0
Words = dict[str, list[str]]


def bench_analyses(count: int, rounds: int) -> dict[str, Any]:
    """Rounds of floor and Fovea in turn on the same `count` pictures; ratios, and the words of both."""
    folder = Path(tempfile.mkdtemp(prefix="fovea-analyses-"))
    folder.chmod(0o755)
    fovea = RunningFovea(folder, environment={"FOVEA_ENGINE_IDLE_S": "3600"})
    try:
        fovea.start()
        previews = _ready(fovea, mixed(count, folder / "cut"), folder / "pictures")
        pairs = [(_floor(previews), _fovea(fovea)) for _ in range(rounds)]
        return _figures(pairs, count, _kept(pairs[-1][0]["words"], _words(fovea)))
    finally:
        fovea.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _figures(pairs: list[tuple[dict[str, Any], dict[str, float]]], count: int, kept: Any) -> dict[str, Any]:
    ratios = [round(floor["wall_s"] / fovea["wall_s"], 3) for floor, fovea in pairs]
    return {
        "pictures": count,
        "floor_pictures_per_s": [round(count / floor["wall_s"], 2) for floor, _ in pairs],
        "fovea_pictures_per_s": [round(count / fovea["wall_s"], 2) for _, fovea in pairs],
        "floor_cpu_ms_per_picture": [round(floor["cpu_s"] * 1000 / count, 1) for floor, _ in pairs],
        "fovea_cpu_ms_per_picture": [round(fovea["cpu_s"] * 1000 / count, 1) for _, fovea in pairs],
        "fovea_processors_busy": [round(fovea["cpu_s"] / fovea["wall_s"], 2) for _, fovea in pairs],
        "floor_by_engine": [floor["engines"] for floor, _ in pairs],
        "rate_of_floor": ratios,
        "median_rate_of_floor": statistics.median(ratios),
        "median_cpu_of_floor": round(statistics.median(b["cpu_s"] / a["cpu_s"] for a, b in pairs), 3),
        **kept,
    }


def _floor(previews: list[Path]) -> dict[str, Any]:
    engines: dict[str, Any] = {}
    words: Words = {}
    for analysis in ANALYSES:
        tried = {threads: _bare(analysis, threads, previews) for threads in _THREADS}
        words = tried[1].get("words", words)
        best = min(tried, key=lambda threads: float(tried[threads]["wall_s"]))
        engines[analysis] = {
            "threads": best,
            "cpu_s": round(tried[best]["cpu_s"], 2),
            **{f"wall_{threads}_s": round(one["wall_s"], 2) for threads, one in tried.items()},
        }
    return {
        "wall_s": sum(one[f"wall_{one['threads']}_s"] for one in engines.values()),
        "cpu_s": sum(one["cpu_s"] for one in engines.values()),
        "engines": engines,
        "words": words,
    }


def _bare(analysis: str, threads: int, previews: list[Path]) -> Any:
    command = [sys.executable, "-m", "bench.bare", analysis, str(threads), *map(str, previews)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
    return json.loads(done.stdout)


def _ready(fovea: RunningFovea, pictures: list[Path], folder: Path) -> list[Path]:
    """Take the pictures in and let everything run once, which loads and warms the models; their previews."""
    folder.mkdir()
    for number, path in enumerate(pictures):
        shutil.copy(path, folder / f"{number:03}{path.suffix}")
    with closing(fovea.sign_in()) as client:
        client.post("analyses/meaning/pause").raise_for_status()
    done = fovea.command("ingest", str(folder), limit_s=_LIMIT_S)
    if done.returncode:
        raise RuntimeError(done.stderr)
    _wait(fovea, ("metadata", "preview", *ANALYSES), len(pictures))
    with connect(fovea.database_url()) as connection:
        rows = connection.execute("select sha512 from asset where kind = %s order by id", (Kind.PHOTO,)).fetchall()
    return [DerivedFolder(fovea.data, row["sha512"]).preview for row in rows]


def _fovea(fovea: RunningFovea) -> dict[str, float]:
    """All four once more, from paused to the last one's end."""
    assert fovea.process is not None  # noqa: S101 (the caller started it)
    pid = fovea.process.pid
    with closing(fovea.sign_in()) as client:
        for analysis in ANALYSES:
            client.post(f"analyses/{analysis}/pause").raise_for_status()
        for analysis in ANALYSES:
            client.post(f"analyses/{analysis}/requeue", json={"which": "all"}).raise_for_status()
        cpu_before = cpu_seconds(tree(pid, fovea.postgres))
        began = time.time()
        for analysis in ANALYSES:
            client.post(f"analyses/{analysis}/resume").raise_for_status()
    ended = _wait(fovea, ANALYSES)
    cpu_s = cpu_seconds(tree(pid, fovea.postgres)) - cpu_before
    return {"wall_s": ended - began, "cpu_s": cpu_s}


def _wait(fovea: RunningFovea, analyses: tuple[str, ...], assets: int = 1) -> float:
    """Until these analyses are done with every asset; when the last job ended. Raises if one failed."""
    deadline = time.monotonic() + _LIMIT_S
    with connect(fovea.database_url()) as connection:
        while True:
            rows = connection.execute(
                "select state, count(*)::int as n, extract(epoch from max(changed_at))::float8 as ended"
                " from job where analysis = any(%s) group by state",
                (list(analyses),),
            ).fetchall()
            connection.commit()
            states = {row["state"]: row["n"] for row in rows}
            if states.get("done", 0) >= assets * len(analyses) and set(states) == {"done"}:
                return float(rows[0]["ended"])
            if states.get("failed") or time.monotonic() > deadline:
                raise RuntimeError(f"not all done: {states}\n{fovea.log.read_text()[-2000:]}")
            time.sleep(0.2)


def _words(fovea: RunningFovea) -> Words:
    """What Fovea stored as written, per preview's folder."""
    with connect(fovea.database_url()) as connection:
        rows = connection.execute(
            "select encode(a.sha512, 'hex') as name, r.data from result r join asset a on a.id = r.asset_id"
            " where r.analysis = 'text'"
        ).fetchall()
    return {row["name"]: [w for line in row["data"]["text"] for w in line["text"].split()] for row in rows}


def _kept(bare: Words, fovea: Words) -> dict[str, Any]:
    """Which part of the bare loop's words Fovea has: the same, and alike (two letters or more, likeness .7)."""
    exact = alike = total = total_alike = 0
    for name, words in bare.items():
        both = Counter(words) & Counter(fovea.get(name, []))
        exact, total = exact + both.total(), total + len(words)
        wanted, have = _plain(words), _plain(fovea.get(name, []))
        total_alike += len(wanted)
        for word in wanted:
            near = difflib.get_close_matches(word, have, 1, 0.7)
            if near:
                have.remove(near[0])
                alike += 1
    return {
        "pictures_with_words": sum(bool(words) for words in bare.values()),
        "words_of_bare": total,
        "words_kept": round(exact / max(1, total), 4),
        "words_alike": round(alike / max(1, total_alike), 4),
    }


def _plain(words: list[str]) -> list[str]:
    plain = (re.sub(r"[\W_]", "", word).lower() for word in words)
    return [word for word in plain if len(word) >= 2]
