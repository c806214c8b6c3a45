"""The fixed mix of pictures for `bench analyses`: sixty real ones, one in three with something written in it.

With writing: twelve photos (signs, books, packets, a circuit board, a puzzle, containers, a number plate),
three maps and diagrams, a sample sheet and four pages. Without: people, animals, buildings, landscapes and
things, 12 MP of phones and smaller ones, and nine from closer, cut out of the large ones. What is looked at are
Fovea's previews of them, at most 1440 px. Most of the engines' settings were decided on other pictures
(decisions 016 and 019). Two were chosen after these had shown what was lost: small pictures are read whole, and
so are those with more than four parts.
"""

from collections.abc import Mapping
from pathlib import Path

import pillow_heif
from PIL import Image

from tests.media_files import media_files

_WITH = {
    "bus": ("",),
    "jpeg-town": ("",),
    "mix-opencv": (
        "left.jpg",
        "box.png",
        "box_in_scene.png",
        "board.jpg",
        "sudoku.png",
        "messi5.jpg",
        "mcc_ccm_test.jpg",
        "imageTextN.png",
    ),
    "mix-more": (
        "containers.jpg",
        "timeline.jpg",
        "city.jpg",
        "baiona_color.jpg",
        "car.png",
        "typewriter.png",
        "invoice.png",
    ),
    "pictures": ("india_map.gif", "sample.tif"),
    "page": ("page.png",),
}
_WITHOUT = {
    "zidane": ("",),
    "jpeg-east": ("",),
    "jpeg-south": ("",),
    "heic-iphone": ("",),
    "formats-heif": ("cat.hif", "guitar_cw90.hif", "xiaomi.heic"),
    "presidents": ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg"),
    "pictures": ("astronaut.png", "rocket.jpg", "21.tiff", "MG_7805.webp"),
    "mix-more": (
        "motorcycle_left.png",
        "bricks.jpg",
        "water.jpg",
        "sample1.jpg",
        "sample2.jpg",
        "sample3.jpg",
        "sample4.jpg",
        "sample5.jpg",
        "sample6.jpg",
    ),
    "mix-opencv": (
        "castle.jpg",
        "leuvenA.jpg",
        "ela_original.jpg",
        "aloeL.jpg",
        "rubberwhale1.png",
        "building.jpg",
        "home.jpg",
    ),
}
_CLOSER = {
    "heic-iphone": ("",),
    "jpeg-east": ("",),
    "formats-heif": ("cat.hif", "guitar_cw90.hif"),
}
_CLOSER_ONCE = {"formats-heif": ("xiaomi.heic",)}
_MIDDLE, _CORNER = (0.25, 0.25, 0.75, 0.75), (0.0, 0.5, 0.5, 1.0)


def mixed(count: int, folder: Path) -> list[Path]:
    """The first `count` of the mix, one with writing after every two without. What is missing is brought; what is
    cut out of large photos is written to `folder`."""
    media_files().fetch(sorted({*_WITH, *_WITHOUT}))
    closer = [_cut(path, _MIDDLE, folder) for path in (*_paths(_CLOSER), *_paths(_CLOSER_ONCE))]
    closer += [_cut(path, _CORNER, folder) for path in _paths(_CLOSER)]
    written, plain = _paths(_WITH), _paths(_WITHOUT) + closer
    mix = [path for number, each in enumerate(written) for path in (*plain[2 * number : 2 * number + 2], each)]
    return mix[:count]


def _paths(group: Mapping[str, tuple[str, ...]]) -> list[Path]:
    store = media_files()
    return [
        store.path(name) / file if file else store.path(name) for name, files in group.items() for file in files
    ]


def _cut(path: Path, part: tuple[float, float, float, float], folder: Path) -> Path:
    """A part of a photo (left, top, right, bottom as fractions) as a JPEG of its own."""
    pillow_heif.register_heif_opener()
    with Image.open(path) as whole:
        left, top, right, bottom = part
        wide, high = whole.size
        cut = whole.convert("RGB").crop((left * wide, top * high, right * wide, bottom * high))
    out = folder / f"{path.stem}-{'middle' if part == _MIDDLE else 'corner'}.jpg"
    folder.mkdir(parents=True, exist_ok=True)
    cut.save(out, quality=92)
    return out
