"""Real things of 24 to 96 pixels in 12 MP photos: which are found, before and with a closer look; the cost.

Things that the detector is sure of are cut out of the tests' photos, shrunk and pasted into large photos without
any. Their size is the square root of their box's area. `preview` is what the preview alone shows (small_px 0),
`closer` the analysis as it is; both run as in a worker. `false` counts what is no pasted thing, by place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.large_photos import PLACES, Group, as_source, cpu_s, grid_place, large, paths, read
from core.findings import FoundObject, Picture
from engines.contract import ObjectDetector
from engines.pixels import resize
from media.child import ChildPool
from tests.engine_door import door
from tests.media_files import media_files
from workers.objects import Detector, Settings, analyse

SIZES_PX = (24, 32, 48, 64, 96)
_THINGS: Group = {
    "bus": ("",),
    "zidane": ("",),
    "heic-iphone": ("",),
    "jpeg-south-offset": ("",),
    "jpeg-town": ("",),
    "pictures": ("astronaut.png", "chelsea.png", "coffee.png"),
    "presidents": ("biden.jpg", "obama.jpg"),
    "formats-heif": ("cat.hif",),
    "mix-more": ("motorcycle_left.png", "car.png", "sample1.jpg", "sample3.jpg"),
    "mix-opencv": ("messi5.jpg",),
}
_SURE, _WHOLE_PX, _MARGIN = 0.8, 96, 0.15  # the margin: of the longer side, cut out with it
_NO_CUT_OUTS = ("dining table", "tie")  # what stands on the one, or wears the other, would come along
_PASTED = 12


@dataclass(frozen=True, slots=True)
class _CutOut:
    """`x`, `y`: the thing's centre in pixels of the cut-out; `size_px` its size there."""

    label: str
    picture: Picture
    x: float
    y: float
    size_px: float


@dataclass(frozen=True, slots=True)
class _Pasted:
    label: str
    x: float
    y: float
    size_px: int

    def is_at(self, thing: FoundObject, scene: Picture) -> bool:
        across = (thing.box.x + thing.box.w / 2) * scene.shape[1] - self.x
        down = (thing.box.y + thing.box.h / 2) * scene.shape[0] - self.y
        return max(abs(across), abs(down)) < 0.6 * self.size_px


def bench_small_objects(folder: Path, sizes: tuple[int, ...] = SIZES_PX) -> dict[str, Any]:
    """Shares found by size in the photo's own pixels, false ones a photo, processor ms a photo."""
    media_files().fetch(sorted({*PLACES, *_THINGS}))
    folder.mkdir(parents=True, exist_ok=True)
    pool, engine = ChildPool(1), door().get("yolo_onnx", ObjectDetector)
    detectors = {
        "preview": Detector(engine, pool, small_px=0),
        "closer": Detector(engine, pool, Settings().small_px),
    }
    cut_outs = list(_cut_outs(engine))
    empty = [large(path) for path in paths(PLACES)]
    random = np.random.default_rng(1)
    found: dict[str, Any] = {"photos": len(empty), "things_each": _PASTED, "cut_outs": len(cut_outs), "rows": []}
    for size_px in (None, *sizes):
        figures: dict[str, list[float]] = {}
        for photo in empty:
            scene, pasted = (photo, []) if size_px is None else _paste(photo, cut_outs, size_px, random)
            source = as_source(scene, folder, pool)
            for name, detector in detectors.items():
                before = cpu_s()
                things = analyse(detector, source).objects
                figures.setdefault(f"{name}_cpu_ms", []).append(1000 * (cpu_s() - before))
                for figure, value in _judged(things, pasted, scene):
                    figures.setdefault(f"{name}_{figure}", []).append(value)
        means = {name: round(float(np.mean(each)), 3) for name, each in figures.items()}
        found["rows"].append({"size_px": size_px, **means})
    pool.rest()
    return found


def _judged(things: tuple[FoundObject, ...], pasted: list[_Pasted], scene: Picture) -> Iterator[tuple[str, float]]:
    hits = [any(one.label == at.label and at.is_at(one, scene) for one in things) for at in pasted]
    yield "found", sum(hits) / max(1, len(pasted))
    yield "false", sum(not any(at.is_at(one, scene) for at in pasted) for one in things)
    wrong = [one for one in things if any(at.is_at(one, scene) and one.label != at.label for at in pasted)]
    yield "other_name", len(wrong)


def _paste(
    photo: Picture, cut_outs: list[_CutOut], size_px: int, random: np.random.Generator
) -> tuple[Picture, list[_Pasted]]:
    scene, pasted = photo.copy(), []
    for cell in range(_PASTED):
        chosen = cut_outs[int(random.integers(len(cut_outs)))]
        scale = size_px / chosen.size_px
        high, wide = (max(1, round(side * scale)) for side in chosen.picture.shape[:2])
        left, top = grid_place(cell, scene, wide, high, random)
        scene[top : top + high, left : left + wide] = resize(chosen.picture, wide, high)
        pasted.append(_Pasted(chosen.label, left + chosen.x * scale, top + chosen.y * scale, size_px))
    return scene, pasted


def _cut_outs(detector: ObjectDetector) -> Iterator[_CutOut]:
    for path in paths(_THINGS):
        picture = read(path)
        height, width = picture.shape[:2]
        for thing in detector.detect(picture):
            wide, high = thing.box.w * width, thing.box.h * height
            if thing.score < _SURE or max(wide, high) < _WHOLE_PX or thing.label in _NO_CUT_OUTS:
                continue
            margin = _MARGIN * max(wide, high)
            left, top = (max(0, int(place - margin)) for place in (thing.box.x * width, thing.box.y * height))
            right, bottom = int(thing.box.x * width + wide + margin), int(thing.box.y * height + high + margin)
            cut = np.ascontiguousarray(picture[top:bottom, left:right])
            x, y = thing.box.x * width + wide / 2 - left, thing.box.y * height + high / 2 - top
            yield _CutOut(thing.label, cut, x, y, (wide * high) ** 0.5)
