"""YuNet's looks at a picture: at one size, turned, and in tiles of a large one.

YuNet knows upright faces of about 10 to 300 pixels, tilted by up to 30°; upside down it often takes the chin for
the forehead. Rows are 15 numbers: left, top, width, height, five points, score; in pixels of the picture given, as
it lies.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.findings import Picture
from engines.pixels import limit_side

Rows = NDArray[np.float32]
NO_ROWS: Rows = np.empty((0, 15), dtype=np.float32)
WEAK = 0.3
"""From this score on a row is given: a hint that somebody may be there, no face yet."""
_SMALLEST_PX = 32  # YuNet's coarsest grid: a thinner picture is widened with black
_ROOM, _PART_PX, _SURER = 0.5, 160, 0.02  # about one face, to see which way up it is
_TILE_PX, _SHARED_PX = 1280, 160  # tiles share so much that a face up to that size lies whole in one of them


class FaceLooks:
    """Looks through one reader, which keeps state: one at a time."""

    def __init__(self, detector: Any) -> None:
        self._detector = detector

    def at(self, picture: Picture, side_px: int) -> Rows:
        """The whole picture with its long side at most `side_px`."""
        small = limit_side(picture, side_px)
        return _scaled(self._look(small), picture.shape[1] / small.shape[1], picture.shape[0] / small.shape[0])

    def turned(self, picture: Picture, side_px: int, degrees: int) -> Rows:
        """As `at`, the picture turned clockwise by `degrees` before; points and boxes as it lies.

        A box is as large as the upright one, about the same centre.
        """
        import cv2

        small = limit_side(picture, side_px)
        height, width = small.shape[:2]
        turn, size = _turn(width, height, degrees)
        rows = self._look(np.asarray(cv2.warpAffine(small, turn, size), dtype=np.uint8))
        back = cv2.invertAffineTransform(turn)
        points = rows[:, 4:14].reshape(-1, 5, 2) @ back[:, :2].T + back[:, 2]
        centres = (rows[:, :2] + rows[:, 2:4] / 2) @ back[:, :2].T + back[:, 2]
        sides = rows[:, 3:1:-1] if degrees % 180 == 90 else rows[:, 2:4]
        rows = np.concatenate([centres - sides / 2, sides, points.reshape(-1, 10), rows[:, 14:]], axis=1)
        return _scaled(rows.astype(np.float32), picture.shape[1] / width, picture.shape[0] / height)

    def righted(self, picture: Picture, row: Rows) -> Rows:
        """The same face as it is surest, upright or upside down: YuNet may take a chin for a forehead."""
        left, top = (max(0, int(value)) for value in row[:2] - _ROOM * row[2:4].max())
        right, bottom = (int(value) for value in row[:2] + row[2:4] + _ROOM * row[2:4].max())
        part = np.ascontiguousarray(limit_side(picture[top:bottom, left:right], _PART_PX))
        if not part.size:
            return row
        upright, turned = self.at(part, _PART_PX), self.turned(part, _PART_PX, 180)
        if turned[:, 14].max(initial=0.0) <= max(row[14], upright[:, 14].max(initial=0.0) + _SURER):
            return row
        across, down = (min(right, picture.shape[1]) - left, min(bottom, picture.shape[0]) - top)
        best: Rows = _scaled(turned[[turned[:, 14].argmax()]], across / part.shape[1], down / part.shape[0])[0]
        best[0:14:2] += left
        best[1:14:2] += top
        best[2:4] -= (left, top)
        best[14] = row[14]
        return best

    def in_tiles(self, picture: Picture) -> Rows:
        """Every part of a large picture in its own pixels; a face in two tiles is in two rows."""
        found = [NO_ROWS]
        for left, top in _tiles(picture.shape[1], picture.shape[0]):
            rows = self._look(np.ascontiguousarray(picture[top : top + _TILE_PX, left : left + _TILE_PX]))
            rows[:, 0:14:2][:, [0, 2, 3, 4, 5, 6]] += left
            rows[:, 1:14:2][:, [0, 2, 3, 4, 5, 6]] += top
            found.append(rows)
        return np.concatenate(found)

    def _look(self, picture: Picture) -> Rows:
        import cv2

        height, width = picture.shape[:2]
        below, beside = max(0, _SMALLEST_PX - height), max(0, _SMALLEST_PX - width)
        if below or beside:
            widened = cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_CONSTANT)
            picture = np.asarray(widened, np.uint8)
        self._detector.setInputSize((picture.shape[1], picture.shape[0]))
        rows = self._detector.detect(picture)[1]
        if rows is None:
            return NO_ROWS.copy()
        rows = np.asarray(rows, dtype=np.float32).copy()
        return rows[np.isfinite(rows).all(axis=1) & (rows[:, 2] > 0) & (rows[:, 3] > 0)]


def _scaled(rows: Rows, across: float, down: float) -> Rows:
    rows[:, 0:14:2] *= across
    rows[:, 1:14:2] *= down
    return rows


def _turn(width: int, height: int, degrees: int) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """The affine map that turns a picture clockwise, and the size (width, height) of what holds all of it."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    wide = round(abs(width * cos) + abs(height * sin))
    high = round(abs(width * sin) + abs(height * cos))
    turn = np.array([[cos, -sin], [sin, cos]])
    shift = np.array([wide / 2, high / 2]) - turn @ np.array([width / 2, height / 2])
    return np.column_stack([turn, shift]), (max(1, wide), max(1, high))


def _tiles(width: int, height: int) -> Iterator[tuple[int, int]]:
    """Left and top of each tile."""
    for top in _starts(height):
        for left in _starts(width):
            yield left, top


def _starts(length: int) -> list[int]:
    """Where tiles begin so that they cover a side, evenly shared."""
    if length <= _TILE_PX:
        return [0]
    count = math.ceil((length - _SHARED_PX) / (_TILE_PX - _SHARED_PX))
    return [round(place * (length - _TILE_PX) / (count - 1)) for place in range(count)]
