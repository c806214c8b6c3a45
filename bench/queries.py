"""How long questions to a library of 100,000 assets take at the API, its start, and scrolling it in a browser."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from bench.asking import asking
from bench.made_library import made_library
from bench.scrolling import scroll
from tests.running import RunningFovea

_WORLD = "/map?west=-180&south=-85&east=180&north=85&zoom="
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "library, a page": ("/assets?limit=100",),
    "library, all of a day": ("/assets?limit=500&day=2019-05-03",),
    "library, days": ("/assets/timeline",),
    "map of everything": (f"{_WORLD}2", f"{_WORLD}4"),
    "map of a region": ("/map?west=-10&south=36&east=4&north=44&zoom=7",),
    "common thing": ("/search?q=object:person&limit=60",),
    "common word": ("/search?q=person&limit=60", "/search?q=airport&limit=60"),
    "rare word": ("/search?q=breakfast&limit=60", "/search?q=object:toothbrush&limit=60"),
    "mistyped word": ("/search?q=bycicle&limit=60", "/search?q=elefant&limit=60"),
    "two words": ("/search?q=person%20dog&limit=60", "/search?q=car%20lisbon&limit=60"),
    "five words": ("/search?q=person%20dog%20car%20lisbon%20airport&limit=60",),
    "commonest word written": ("/search?q=text:summer&limit=60",),
    "part of a word": ("/search?q=text:fast&limit=60", "/search?q=ummer&limit=60", "/search?q=text:an&limit=60"),
    "number as typed": (
        "/search?q=030%201234567&limit=60",
        "/search?q=IMG_0012&limit=60",
        "/search?q=4567&limit=60",
    ),
    "phrase": ("/search?q=%22traffic%20light%22&limit=60", "/search?q=text:%22summer%20garden%22&limit=60"),
    "said": ("/search?q=said:airport&limit=60", "/search?q=said:%22airport%20hotel%22&limit=60"),
    "by meaning": ("/search?q=puppy&limit=60", "/search?q=dog%20on%20the%20beach&limit=60"),
    "without": ("/search?q=person%20-car&limit=60", "/search?q=-person&limit=60"),
    "kind": ("/search?q=kind:video&limit=60", "/search?q=kind:photo&limit=60"),
    "has, no": ("/search?q=has:text&limit=60", "/search?q=no:objects%20has:position&limit=60"),
    "taken": ("/search?q=taken:2019&limit=60", "/search?q=taken:2015..2018-03%20kind:video&limit=60"),
    "near": ("/search?q=near:%2238.72,-9.14,5%22&limit=60",),
    "within": ("/search?q=within:-10,36,4,44&limit=60",),
    "country, place": ("/search?q=country:spain&limit=60", "/search?q=place:lisbon&limit=60"),
    "camera, lens": ("/search?q=camera:iphone&limit=60", "/search?q=lens:50mm&limit=60"),
    "format, rating, duration": (
        "/search?q=format:heic&limit=60",
        "/search?q=rating:%3E=4&limit=60",
        "/search?q=duration:%3E60&limit=60",
    ),
    "everything": ("/search?q=&limit=60",),
    "newest of a common thing": ("/search?q=object:person&limit=60&sort=newest",),
    "facets of a common thing": ("/search/facets?q=object:person",),
    "facets of a rare thing": ("/search/facets?q=object:toothbrush",),
    "facets of everything": ("/search/facets?q=",),
    "suggestions": tuple(
        f"/search/suggest?q={typed}" for typed in ("p", "pe", "summ", "object:b", "place:li", "xy")
    ),
    "suggested values": tuple(
        f"/search/suggest?q={field}:" for field in ("kind", "has", "taken", "country", "lens")
    ),
    "saved searches": ("/searches",),
    "status": ("/status",),
    "activity": ("/analyses",),
}
"""Kind of question → addresses below /api/v1 of that kind."""
TARGETS_MS: Mapping[str, float] = {"library, a page": 50.0, "map of everything": 150.0}
TARGET_MS = 100.0
START_TARGET_S = 5.0


def bench_queries(place: Path, assets: int, rounds: int) -> dict[str, Any]:
    """Kind of question → what it costs (bench/asking.py) and its target; seconds to start; tasks of scrolling.

    `place`: where the made-up library is kept. `over`: what exceeds its target.
    """
    figures: dict[str, Any] = {"assets": assets}
    with made_library(place, assets) as library:
        figures["library_made_in_s"] = round(library.made_in_s, 1)
        figures["load_of_machine"] = psutil.getloadavg()[0]
        with asking(library.url) as client:
            figures["questions"] = {
                kind: {**client.measure(addresses, rounds), "target_ms": TARGETS_MS.get(kind, TARGET_MS)}
                for kind, addresses in QUESTIONS.items()
            }
    fovea = RunningFovea(library.folder)
    figures["start_s"] = []
    for last in (False, False, True):
        began = time.monotonic()
        fovea.start()
        try:
            figures["start_s"].append(round(time.monotonic() - began, 2))
            if last:
                figures["scrolling"] = scroll(fovea)
        finally:
            fovea.stop()
    figures["over"] = _over(figures)
    return figures


def _over(figures: Mapping[str, Any]) -> list[str]:
    """What exceeds its target, in words."""
    over = [
        f"{kind}: p95 {each['p95_ms']} ms of {each['target_ms']:.0f}"
        for kind, each in figures["questions"].items()
        if each["p95_ms"] > each["target_ms"]
    ]
    if max(figures["start_s"]) > START_TARGET_S:
        over.append(f"start: {max(figures['start_s'])} s of {START_TARGET_S:.0f}")
    if long := figures["scrolling"]["long_tasks_ms"]:
        most_ms = figures["scrolling"]["most_task_cpu_ms"]
        over.append(
            f"scrolling: {len(long)} tasks over 50 ms, up to {max(long):.0f}; of processor time {most_ms} at most"
        )
    return over
