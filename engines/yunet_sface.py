"""Faces: YuNet finds them with five points, SFace turns each into a vector of 128 values (OpenCV's own readers).

YuNet 2023mar (MIT), SFace 2021dec (Apache-2.0), both from OpenCV Zoo. The int8 variants are slower here.

Each picture is looked at twice, `look_px` and `near_px` along its long side, because YuNet only knows faces of
about 10 to 300 pixels: at 640 px it finds 42 % of faces 38 px wide (of 1440), at 960 px 98 %, but at large sizes
a face that fills the picture is missed (docs/decisions/011-faces-two-looks.md). Where nobody stands upright for
sure it is turned; where something speaks for faces too small for a preview, a larger rendering is looked at in
tiles (docs/decisions/071-small-and-turned-faces.md).
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.findings import FoundFace, Picture, Vector
from core.media import Box
from core.suppression import keep_best
from engines.contract import Options
from engines.face_looks import WEAK, FaceLooks, Rows
from engines.identity import weight_identity
from engines.pixels import check_picture, limit_side
from engines.settings import check_fraction, read_settings

ANALYSIS = "faces"
_NEAR_SHARE = 0.3  # the near look only adds faces this large beside the long side: what the first may miss
_SURE = 0.88  # 99 of 100 upright portraits reach it: with such a face nobody is looked for turned
_TURNS, _TILTS = (90, 180, 270), (45, 135, 225, 315)
_TURNED_PX = 640  # of the look that says which turn is worth a full one
_TURN_HINT = 0.5  # a tilted face is at least this in one of the four turns, nearly always
_HINT_PX = 1440  # a look that shows whether there may be faces too small for the preview


@dataclass(frozen=True, slots=True)
class Settings:
    """`min_score` .7 finds 99.98 % of portraits; `near_px` 0 leaves the second look out, `turned_score` 1 turned
    faces, `small_px` (the longer side of a rendering in which small faces are looked for) 0 those."""

    min_score: float = 0.7
    turned_score: float = 0.85
    max_overlap: float = 0.3
    look_px: int = 960
    near_px: int = 320
    max_faces: int = 500
    small_px: int = 4000
    small_score: float = 0.75
    small_face_px: int = 64

    def __post_init__(self) -> None:
        check_fraction(
            min_score=self.min_score,
            max_overlap=self.max_overlap,
            turned_score=self.turned_score,
            small_score=self.small_score,
        )
        if not 160 <= self.look_px <= 4096 or not 0 <= self.near_px <= 4096 or self.max_faces < 1:
            raise ValueError("look_px must lie in 160..4096, near_px in 0..4096, max_faces be at least 1")
        if not 0 <= self.small_px <= 10_000 or self.small_face_px < 1:
            raise ValueError("small_px must lie in 0..10000, small_face_px be at least 1")


def identity(options: Options) -> str:
    """Engine and weights without opening the networks."""
    read_settings(Settings, "yunet_sface", options.extra)
    return weight_identity("yunet_sface", options.weight("yunet"), options.weight("sface"))


class YunetSface:
    """Finds faces; safe to call from several threads (one at a time: OpenCV's readers keep state)."""

    dimensions = 128

    def __init__(self, detector: Any, recognizer: Any, settings: Settings, identity: str) -> None:
        self._looks, self._recognizer, self._settings = FaceLooks(detector), recognizer, settings
        self.identity = identity
        self._lock = threading.Lock()

    def find(self, picture: Picture) -> list[FoundFace]:
        """Faces in a picture, upright or, where none is for sure, turned; surest first."""
        picture = check_picture(picture)
        with self._lock:
            rows = self._upright(picture)
            if self._settings.turned_score < 1 and not (rows[:, 14] >= _SURE).any():
                rows = np.concatenate([rows, *self._turned(picture, rows)])
            return self._faces(picture, rows[rows[:, 14] >= self._settings.min_score])

    def wanted_px(self, picture: Picture, faces: Sequence[FoundFace]) -> int:
        """The longer side of a rendering in which there may be more faces than `faces` of this preview; 0: none.

        What speaks for it: a small face among them, or a weak sign of one where the preview is looked at in full.
        """
        if not self._settings.small_px:
            return 0
        picture = check_picture(picture)
        small_px = self._settings.small_face_px * max(picture.shape[:2]) / _HINT_PX
        if not any(face.width_px < small_px for face in faces):
            with self._lock:
                signs = self._looks.at(picture, _HINT_PX)
            if not (signs[:, 2] < small_px).any():
                return 0
        return self._settings.small_px

    def find_small(self, rendering: Picture) -> list[FoundFace]:
        """Upright faces in every part of a large picture in its own pixels, up to about 300 of them wide."""
        rendering = check_picture(rendering)
        with self._lock:
            rows = self._looks.in_tiles(rendering)
            return self._faces(rendering, rows[rows[:, 14] >= self._settings.small_score])

    def _upright(self, picture: Picture) -> Rows:
        rows = self._looks.at(picture, self._settings.look_px)
        if not 0 < self._settings.near_px < max(picture.shape[:2]):
            return rows
        return np.concatenate([rows, _large(self._looks.at(picture, self._settings.near_px), picture)])

    def _turned(self, picture: Picture, upright: Rows) -> Iterator[Rows]:
        """Sure faces in other turns: right angles, and slanted ones where something but no sure face was seen."""
        best = float(upright[:, 14].max(initial=0.0))
        small = limit_side(picture, _TURNED_PX)
        for degrees in _TURNS:
            sign = float(self._looks.turned(small, _TURNED_PX, degrees)[:, 14].max(initial=0.0))
            if sign >= _TURN_HINT:
                rows = self._look_turned(picture, degrees)
                sign = float(rows[:, 14].max(initial=sign))
                yield rows
            best = max(best, sign)
        if _TURN_HINT <= best < _SURE:
            for degrees in _TILTS:
                rows = self._looks.turned(picture, _TURNED_PX, degrees)
                yield rows[rows[:, 14] >= self._settings.turned_score]

    def _look_turned(self, picture: Picture, degrees: int) -> Rows:
        rows = self._looks.turned(picture, self._settings.look_px, degrees)
        if 0 < self._settings.near_px < max(picture.shape[:2]):
            near = self._looks.turned(picture, self._settings.near_px, degrees)
            rows = np.concatenate([rows, _large(near, picture)])
        return rows[rows[:, 14] >= self._settings.turned_score]

    def _faces(self, picture: Picture, rows: Rows) -> list[FoundFace]:
        """Of each face the surest row."""
        corners = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], axis=1)
        classes = np.zeros(len(rows), dtype=np.intp)
        kept = keep_best(corners, rows[:, 14], classes, self._settings.max_overlap, self._settings.max_faces)
        return [self._face(picture, self._looks.righted(picture, rows[index])) for index in kept]

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


def _large(rows: Rows, picture: Picture) -> Rows:
    """Those that only a look from afar shows whole."""
    large: Rows = rows[rows[:, 2:4].max(axis=1, initial=0.0) >= _NEAR_SHARE * max(picture.shape[:2])]
    return large


def load(options: Options) -> YunetSface:
    """Settings: min_score, turned_score, max_overlap, look_px, near_px, max_faces,
    small_px, small_score, small_face_px.
    """
    import cv2

    settings = read_settings(Settings, "yunet_sface", options.extra)
    name = identity(options)
    cv2.setNumThreads(options.threads)
    detector = cv2.FaceDetectorYN.create(
        str(options.weight("yunet")), "", (320, 320), min(WEAK, settings.min_score), settings.max_overlap, 5000
    )
    recognizer = cv2.FaceRecognizerSF.create(str(options.weight("sface")), "")
    return YunetSface(detector, recognizer, settings, name)
