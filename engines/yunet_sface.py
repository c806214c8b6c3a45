"""Faces: YuNet finds them with five points, SFace turns each into a vector of 128 values (OpenCV's own readers).

YuNet 2023mar (MIT), SFace 2021dec (Apache-2.0), both from OpenCV Zoo. The int8 variants are slower here.

Each picture is looked at twice, `look_px` and `near_px` along its long side, because YuNet only knows faces of
about 10 to 300 pixels: at 640 px it finds 42 % of faces 38 px wide (of 1440), at 960 px 98 %, but at large sizes
a face that fills the picture is missed (docs/decisions/011-faces-two-looks.md).
"""

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.findings import FoundFace, Picture, Vector
from core.media import Box
from core.suppression import keep_best
from engines.contract import Options
from engines.identity import weight_identity
from engines.pixels import check_picture, limit_side
from engines.settings import check_fraction, read_settings

ANALYSIS = "faces"
_SMALLEST_PX = 32  # YuNet's coarsest grid: a thinner picture is widened with black
_NEAR_SHARE = 0.3  # the near look only adds faces this large beside the long side: what the first may miss


@dataclass(frozen=True, slots=True)
class Settings:
    """`min_score` .7 finds 99.98 % of portraits; `near_px` 0 leaves the second look out."""

    min_score: float = 0.7
    max_overlap: float = 0.3
    look_px: int = 960
    near_px: int = 320
    max_faces: int = 500

    def __post_init__(self) -> None:
        check_fraction(min_score=self.min_score, max_overlap=self.max_overlap)
        if not 160 <= self.look_px <= 4096 or not 0 <= self.near_px <= 4096 or self.max_faces < 1:
            raise ValueError("look_px must lie in 160..4096, near_px in 0..4096, max_faces be at least 1")


def identity(options: Options) -> str:
    """Engine and weights without opening the networks."""
    read_settings(Settings, "yunet_sface", options.extra)
    return weight_identity("yunet_sface", options.weight("yunet"), options.weight("sface"))


class YunetSface:
    """Finds faces; safe to call from several threads (one at a time: OpenCV's readers keep state)."""

    dimensions = 128

    def __init__(self, detector: Any, recognizer: Any, settings: Settings, identity: str) -> None:
        self._detector, self._recognizer, self._settings = detector, recognizer, settings
        self.identity = identity
        self._lock = threading.Lock()

    def find(self, picture: Picture) -> list[FoundFace]:
        """Faces in an upright picture, surest first."""
        picture = check_picture(picture)
        with self._lock:
            rows = self._look(picture, self._settings.look_px)
            near = self._settings.near_px
            if 0 < near < max(picture.shape[:2]):
                large = self._look(picture, near)
                large = large[large[:, 2:4].max(axis=1) >= _NEAR_SHARE * max(picture.shape[:2])]
                rows = np.concatenate([rows, large])
            return [self._face(picture, rows[index]) for index in self._distinct(rows)]

    def _distinct(self, rows: NDArray[np.float32]) -> list[int]:
        corners = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], axis=1)
        classes = np.zeros(len(rows), dtype=np.intp)
        return keep_best(corners, rows[:, 14], classes, self._settings.max_overlap, self._settings.max_faces)

    def _look(self, picture: Picture, side_px: int) -> NDArray[np.float32]:
        """Rows of 15: left, top, width, height, five points, score; in pixels of `picture`."""
        import cv2

        small = limit_side(picture, side_px)
        height, width = small.shape[:2]
        below, beside = max(0, _SMALLEST_PX - height), max(0, _SMALLEST_PX - width)
        if below or beside:
            small = np.asarray(cv2.copyMakeBorder(small, 0, below, 0, beside, cv2.BORDER_CONSTANT), np.uint8)
        self._detector.setInputSize((small.shape[1], small.shape[0]))
        rows = self._detector.detect(small)[1]
        if rows is None:
            return np.empty((0, 15), dtype=np.float32)
        rows = np.asarray(rows, dtype=np.float32).copy()
        rows[:, 0:14:2] *= picture.shape[1] / width
        rows[:, 1:14:2] *= picture.shape[0] / height
        return rows[np.isfinite(rows).all(axis=1) & (rows[:, 2] > 0) & (rows[:, 3] > 0)]

    def _face(self, picture: Picture, row: NDArray[np.float32]) -> FoundFace:
        height, width = picture.shape[:2]
        left, top, wide, high = (float(value) for value in row[:4])
        # YuNet's points: right eye, left eye, nose, right and left mouth corner, all as the person sees them.
        points = tuple((float(row[4 + 2 * i]) / width, float(row[5 + 2 * i]) / height) for i in range(5))
        box = Box.from_pixels(left, top, left + wide, top + high, width, height)
        return FoundFace(box, min(float(row[14]), 1.0), points, self._vector(picture, row), wide)

    def _vector(self, picture: Picture, row: NDArray[np.float32]) -> Vector:
        aligned = self._recognizer.alignCrop(picture, row)
        vector = np.asarray(self._recognizer.feature(aligned), dtype=np.float32).reshape(-1)
        length = float(np.linalg.norm(vector))
        return vector / length if length > 0 else vector.copy()


def load(options: Options) -> YunetSface:
    """Settings: min_score, max_overlap, look_px, near_px, max_faces."""
    import cv2

    settings = read_settings(Settings, "yunet_sface", options.extra)
    name = identity(options)
    cv2.setNumThreads(options.threads)
    detector = cv2.FaceDetectorYN.create(
        str(options.weight("yunet")), "", (320, 320), settings.min_score, settings.max_overlap, 5000
    )
    recognizer = cv2.FaceRecognizerSF.create(str(options.weight("sface")), "")
    return YunetSface(detector, recognizer, settings, name)
