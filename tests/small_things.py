"""A photo of 12 MP with small things in it that its preview does not show."""

from pathlib import Path

import numpy as np
from PIL import Image

from engines.contract import ObjectDetector
from tests.engine_door import door, picture
from tests.media_files import media_files

CELLS = [(column, row) for row in range(2) for column in range(4)]
_THINGS = (
    ("bus", None, "person"),
    ("pictures", "chelsea.png", "cat"),
    ("mix-more", "motorcycle_left.png", "motorcycle"),
    ("jpeg-town", None, "cup"),
)


def large_photo(place: Path, size_px: int | None) -> list[str]:
    """Writes one of 4000 × 3000 pixels; eight things in the middles of a grid of 4 × 2, their labels.

    `size_px` is the square root of a thing's area; None: nothing is pasted.
    """
    with Image.open(media_files().path("mix-more") / "water.jpg") as opened:
        scene = opened.convert("RGB").resize((4000, 3000))
    cut_outs = [_cut_out(*each) for each in _THINGS]
    labels = []
    for at, (column, row) in enumerate(CELLS if size_px else []):
        label, cut, area = cut_outs[at % len(cut_outs)]
        scale = (size_px or 0) / area**0.5
        small = cut.resize((round(cut.width * scale), round(cut.height * scale)), Image.Resampling.LANCZOS)
        scene.paste(small, (500 + 1000 * column - small.width // 2, 750 + 1500 * row - small.height // 2))
        labels.append(label)
    scene.save(place, quality=93)
    return labels


def photo_of_small_people(place: Path) -> None:
    """One with eight small things, and two people whose faces are small in its preview."""
    large_photo(place, 90)
    with Image.open(place) as scene, Image.open(media_files().path("zidane")) as people:
        scene.paste(people.convert("RGB").resize((800, 450)), (1600, 1200))
        scene.save(place, quality=93)


def _cut_out(name: str, file: str | None, label: str) -> tuple[str, Image.Image, float]:
    """The surest thing of that name with some of what is about it, and its area in pixels."""
    seen = picture(name, file)
    height, width = seen.shape[:2]
    detector = door().get("yolo_onnx", ObjectDetector)
    box = next(thing.box for thing in detector.detect(seen) if thing.label == label)
    margin = 0.15 * max(box.w * width, box.h * height)
    left, top = max(0, int(box.x * width - margin)), max(0, int(box.y * height - margin))
    right, bottom = int((box.x + box.w) * width + margin), int((box.y + box.h) * height + margin)
    cut = np.ascontiguousarray(seen[top:bottom, left:right, ::-1])
    return label, Image.fromarray(cut), box.w * width * box.h * height
