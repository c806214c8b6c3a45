"""Small things in large photos: a closer look where the preview shows weak signs of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.findings import FoundObject, Picture
from core.media import Box
from engines.object_looks import found_and_signs, look_closer
from fovea.analyse import analyse_once
from tests.small_things import CELLS, large_photo

RENDERING = np.zeros((3000, 4000, 3), np.uint8)


def test_small_things_of_a_large_photo_are_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = tmp_path / "lake.jpg"
    labels = large_photo(photo, 90)
    found = analyse_once("objects", photo)
    assert (found["looked_at_px"], found["complaint"]) == (4000, None)
    hits = _hits(found, labels)
    assert all(each <= 1 for each in hits), "none twice"
    monkeypatch.setenv("FOVEA_OBJECTS__SMALL_PX", "0")
    before = analyse_once("objects", photo)
    assert before["looked_at_px"] is None
    assert sum(_hits(before, labels)) <= 2
    assert sum(hits) >= 5, found["objects"]
    kept = {(each["label"], *each["box"].values()) for each in found["objects"]}
    lost = [each for each in before["objects"] if (each["label"], *each["box"].values()) not in kept]
    assert lost == [], "what the preview shows is kept"


def test_a_photo_without_signs_is_not_looked_at_in_full(tmp_path: Path) -> None:
    large_photo(tmp_path / "lake.jpg", None)
    found = analyse_once("objects", tmp_path / "lake.jpg")
    assert (found["objects"], found["looked_at_px"]) == ((), None)


def _hits(found: dict[str, Any], labels: list[str]) -> list[int]:
    """How often each of the pasted things was found, rightly named, at its place."""
    seen = [
        (each["label"], 4000 * (box["x"] + box["w"] / 2), 3000 * (box["y"] + box["h"] / 2))
        for each in found["objects"]
        for box in [each["box"]]
    ]
    return [
        sum(
            name == label and abs(x - 500 - 1000 * column) < 30 and abs(y - 750 - 1500 * row) < 30
            for name, x, y in seen
        )
        for label, (column, row) in zip(labels, CELLS, strict=True)
    ]


def at(label: str, score: float, x: float, y: float, wide: float, high: float) -> FoundObject:
    """In pixels of RENDERING."""
    return FoundObject(label, score, Box(x / 4000, y / 3000, wide / 4000, high / 3000))


def closer(found: list[FoundObject], things: list[FoundObject]) -> list[FoundObject]:
    """Looks closer about each of `things`; a window shows those that lie in it, cut at its edges."""
    marked = RENDERING.copy()
    marked[:, :, 0] = (np.arange(4000) // 20)[None, :]
    marked[:, :, 1] = (np.arange(3000) // 20)[:, None]

    def detect(part: Picture) -> list[FoundObject]:
        left, top, side = 20 * int(part[0, 0, 0]), 20 * int(part[0, 0, 1]), part.shape[0]
        return [
            FoundObject(
                one.label, one.score, Box.from_pixels(x - left, y - top, x + w - left, y + h - top, side, side)
            )
            for one in things
            for x, y, w, h in [(one.box.x * 4000, one.box.y * 3000, one.box.w * 4000, one.box.h * 3000)]
            if x < left + side and x + w > left and y < top + side and y + h > top
        ]

    return look_closer(detect, marked, found, [one.box for one in things])


def test_what_was_found_before_is_neither_lost_nor_doubled() -> None:
    dog, unsure, bird = (
        at("dog", 0.9, 100, 100, 900, 900),
        at("cat", 0.3, 2000, 2000, 60, 60),
        at("bird", 0.4, 3000, 500, 60, 60),
    )
    inside, surer, less = (
        at("dog", 0.7, 500, 500, 80, 80),
        at("cat", 0.8, 2002, 2000, 60, 58),
        at("bear", 0.35, 3000, 500, 60, 60),
    )
    new = at("person", 0.85, 1500, 2500, 40, 90)
    kept = closer([dog, bird, unsure], [new, surer, inside, less])
    assert [(one.label, one.score) for one in kept] == [
        ("dog", 0.9),
        ("person", 0.85),
        ("cat", 0.8),
        ("bird", 0.4),
    ]


def test_a_thing_in_two_windows_is_one_and_neighbours_are_two() -> None:
    left, right = at("person", 0.8, 1000, 1000, 40, 90), at("person", 0.7, 1060, 1000, 40, 90)
    apart = at("person", 0.6, 1300, 1000, 60, 150)
    assert len(closer([], [left, right, apart])) == 3


def test_at_the_edge_of_the_photo_a_thing_may_be_cut() -> None:
    assert len(closer([], [at("boat", 0.7, 0, 1500, 70, 60), at("boat", 0.7, 3930, 2940, 70, 60)])) == 2


def test_signs_are_small_and_not_sure() -> None:
    things = [at("dog", 0.9, 0, 0, 90, 90), at("cat", 0.1, 0, 0, 900, 90), at("cup", 0.03, 9, 9, 90, 90)]
    found, signs = found_and_signs(things, RENDERING, 0.25)
    assert (found, signs) == ([things[0]], [things[2].box])


@pytest.mark.parametrize("shape", [(1, 5000), (5000, 1), (30, 30)])
def test_odd_shapes(shape: tuple[int, int]) -> None:
    rendering = np.zeros((*shape, 3), np.uint8)
    seen: list[tuple[int, ...]] = []
    look_closer(lambda part: seen.append(part.shape) or [], rendering, [], [Box(0.9, 0.9, 0.1, 0.1)])
    assert all(min(each) > 0 for each in seen)
