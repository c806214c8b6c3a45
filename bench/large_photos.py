"""Photos of 12 MP with nobody and no known thing in them, to paste small ones into; and what a look costs."""

import time
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import psutil
from PIL import Image, ImageOps

from core.findings import Picture
from core.media import Kind
from engines.pixels import resize
from media.child import ChildPool
from media.derived import PREVIEW, THUMBNAIL, DerivedFolder
from media.rendering import render_picture
from tests.media_files import media_files
from workers.contract import Source

Group = dict[str, tuple[str, ...]]
"""Names of test media and files of each; "" where the name is one file."""

PLACES: Group = {"formats-heif": ("guitar_cw90.hif", "xiaomi.heic", "arrow.heic"), "jpeg-east": ("",)}
_LONG_PX = 4000


def large(path: Path) -> Picture:
    """Blue-green-red, upright, 4,000 pixels long."""
    picture = read(path)
    scale = _LONG_PX / max(picture.shape[:2])
    return resize(picture, round(picture.shape[1] * scale), round(picture.shape[0] * scale))


def read(path: Path) -> Picture:
    """Blue-green-red, upright."""
    pillow_heif.register_heif_opener()
    with Image.open(path) as opened:
        return np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))[:, :, ::-1].copy()


def paths(group: Group) -> list[Path]:
    """Where the files of a group lie, once they were fetched."""
    store = media_files()
    places = ((store.path(name), file) for name, files in group.items() for file in files)
    return [place / file if file else place for place, file in places]


def grid_place(cell: int, scene: Picture, wide: int, high: int, random: np.random.Generator) -> tuple[int, int]:
    """Left and top of what is `wide` × `high` pixels in a cell of a loose grid of 4 × 3."""
    left = int((cell % 4 + random.uniform(0.1, 0.7)) * scene.shape[1] / 4)
    top = int((cell // 4 + random.uniform(0.1, 0.7)) * scene.shape[0] / 3)
    return min(left, scene.shape[1] - wide), min(top, scene.shape[0] - high)


def as_source(scene: Picture, folder: Path, pool: ChildPool) -> Source:
    """What a worker gets: the scene as a JPEG, with its preview."""
    height, width = scene.shape[:2]
    path = folder / "scene.jpg"
    cv2.imwrite(str(path), scene, [cv2.IMWRITE_JPEG_QUALITY, 92])
    derived = DerivedFolder(folder, bytes(64))
    with derived.replacing() as made:
        render_picture(pool, path, "image/jpeg", made / PREVIEW, made / THUMBNAIL)
    return Source(1, 1, Kind.PHOTO, "image/jpeg", path.name, path, None, derived, width=width, height=height)


def cpu_s() -> float:
    """Processor seconds of this process and its children."""
    used = time.process_time()
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.Error:
            continue
        used += times.user + times.system
    return used
