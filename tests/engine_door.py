"""The engines with their real weights, loaded once per test process; pictures as the engines see them."""

import os
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from core.findings import Picture
from engines.door import EngineDoor
from media.weights import WeightStore, default_folder, load_manifest
from tests.media_files import media_files


@lru_cache(maxsize=1)
def door() -> EngineDoor:
    """The door to real engines with the verified weights of this machine."""
    return EngineDoor(WeightStore(default_folder(os.environ), load_manifest()).path, threads=2)


def picture(name: str, file: str | None = None) -> Picture:
    """A test picture: blue-green-red, as OpenCV decodes it."""
    path: Path = media_files().path(name)
    decoded = cv2.imread(str(path / file if file else path), cv2.IMREAD_COLOR)
    assert decoded is not None, path
    return np.asarray(decoded, dtype=np.uint8)


def odd_pictures() -> list[Picture]:
    """Pictures that break careless code: tiny, black, white, noise, grey, and thin as 1:50 and 1:5000."""
    noise = np.random.default_rng(7)
    shapes = [(1, 1), (2, 3), (31, 31), (20, 1000), (1000, 20), (1, 5000), (5000, 1)]
    found: list[Picture] = [np.zeros((480, 640, 3), np.uint8), np.full((480, 640), 200, np.uint8)]
    for height, width in shapes:
        found += [np.full((height, width, 3), value, np.uint8) for value in (0, 255)]
        found.append(noise.integers(0, 255, (height, width, 3), dtype=np.uint8))
    return found
