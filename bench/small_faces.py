"""Real faces of 24 to 96 pixels in 12 MP photos: which are found, before and with a closer look, and at what cost.

Faces out of the tests' photos are shrunk and pasted into large photos in which nobody is. `preview` is what the
preview alone shows (small_px 0), `closer` the analysis as it is; both run as in a worker. `alarms` counts faces in
the same photos with nothing pasted. Processor time is this process's and its decoding child's.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.large_photos import PLACES, Group, as_source, cpu_s, grid_place, large, paths, read
from core.findings import Picture
from engines.contract import FaceFinder
from engines.pixels import resize
from media.child import ChildPool
from tests.engine_door import door
from tests.media_files import media_files
from workers.faces import Finder, analyse

SIZES_PX = (24, 32, 48, 64, 96)
_EMPTY: Group = {**PLACES, "formats-heif": ("cat.hif", *PLACES["formats-heif"])}
_FACES: Group = {
    "presidents": ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg"),
    "mix-more": tuple(f"sample{number}.jpg" for number in range(1, 7)),
    "pictures": ("astronaut.png",),
}
_MARGIN = 0.35  # of a face's width, cut out with it: hair and chin
_PASTED = 12


def bench_small_faces(folder: Path, sizes: tuple[int, ...] = SIZES_PX) -> dict[str, Any]:
    """Shares found by width in the photo's own pixels, faces where there are none, processor ms a photo."""
    media_files().fetch(sorted({*_EMPTY, *_FACES}))
    folder.mkdir(parents=True, exist_ok=True)
    with_pool = _Looks(folder)
    faces = list(_cut_faces())
    empty = [large(path) for path in paths(_EMPTY)]
    random = np.random.default_rng(1)
    found: dict[str, Any] = {"photos": len(empty), "faces_each": _PASTED, "rows": []}
    for width_px in (None, *sizes):
        shares: dict[str, list[float]] = {}
        for photo in empty:
            scene, places = (photo, []) if width_px is None else _paste(photo, faces, width_px, random)
            for name, centres, cpu_ms in with_pool.at(scene):
                hits = sum(any(_near(place, one, width_px or 0) for one in centres) for place in places)
                shares.setdefault(f"{name}_found", []).append(hits / _PASTED if places else len(centres))
                shares.setdefault(f"{name}_cpu_ms", []).append(cpu_ms)
        means = {name: round(float(np.mean(each)), 3) for name, each in shares.items()}
        found["rows"].append({"width_px": width_px, **means})
    return found


class _Looks:
    """The analysis twice, as a worker runs it: on the preview alone, and as it is."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._pool = folder, ChildPool(1)
        alone = {"small_px": 0, "turned_score": 1}
        self._finders = {
            "preview": Finder(door().get("yunet_sface", FaceFinder, alone), self._pool),
            "closer": Finder(door().get("yunet_sface", FaceFinder), self._pool),
        }

    def at(self, scene: Picture) -> Iterator[tuple[str, list[tuple[float, float]], float]]:
        """Name, centres in pixels of the scene, processor ms."""
        height, width = scene.shape[:2]
        source = as_source(scene, self._folder, self._pool)
        for name, finder in self._finders.items():
            before = cpu_s()
            faces = analyse(finder, source).faces
            cpu_ms = 1000 * (cpu_s() - before)
            yield (
                name,
                [((f.box.x + f.box.w / 2) * width, (f.box.y + f.box.h / 2) * height) for f in faces],
                cpu_ms,
            )


def _near(place: tuple[float, float], found: tuple[float, float], width_px: int) -> bool:
    return max(abs(place[0] - found[0]), abs(place[1] - found[1])) < 0.6 * width_px


def _paste(
    photo: Picture, faces: list[tuple[Picture, float]], width_px: int, random: np.random.Generator
) -> tuple[Picture, list[tuple[float, float]]]:
    """The photo with faces in a loose grid of 4 × 3, and their centres."""
    scene, places = photo.copy(), []
    for cell in range(_PASTED):
        face, face_px = faces[int(random.integers(len(faces)))]
        scale = width_px / face_px
        small = resize(face, max(1, round(face.shape[1] * scale)), max(1, round(face.shape[0] * scale)))
        high, wide = small.shape[:2]
        left, top = grid_place(cell, scene, wide, high, random)
        scene[top : top + high, left : left + wide] = small
        places.append((left + wide / 2, top + high / 2))
    return scene, places


def _cut_faces() -> Iterator[tuple[Picture, float]]:
    """Faces at least 96 pixels wide with some hair about them, and how wide each is."""
    finder = door().get("yunet_sface", FaceFinder)
    for path in paths(_FACES):
        picture = read(path)
        height, width = picture.shape[:2]
        for face in finder.find(picture):
            if face.width_px < 96 or face.score < 0.88:
                continue
            margin = _MARGIN * face.width_px
            top, bottom = face.box.y * height - margin, (face.box.y + face.box.h) * height + margin
            left, right = face.box.x * width - margin, (face.box.x + face.box.w) * width + margin
            cut = picture[max(0, int(top)) : int(bottom), max(0, int(left)) : int(right)]
            yield np.ascontiguousarray(cut), face.width_px
