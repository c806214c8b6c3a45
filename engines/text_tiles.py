"""Looking at a picture larger than a preview: the detection sees it in tiles and its maps are joined, so memory is
bounded, and the outline of a line that lies across tiles is still one."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.findings import Picture

PREVIEW_PX = 1440
_LARGEST_PX = 2016  # looked at as one
_MARGIN_PX = 64  # seen by both neighbours: what a network says near an edge is worth less
_STEP_PX = 32

Map = NDArray[np.float32]


def look_side(look_px: int, side_px: int) -> float:
    """Side of a quick look at a picture of `side_px`: `look_px` for a preview, beyond that in proportion."""
    return look_px * max(1.0, side_px / PREVIEW_PX)


def joined_map(look: Callable[[Picture], Map], picture: Picture) -> Map:
    """The map (1 × 1 × height × width) that `look` gives of a picture whose sides are multiples of 32."""
    height, width = picture.shape[:2]
    if max(height, width) <= _LARGEST_PX:
        return look(picture)
    joined = np.zeros((1, 1, height, width), dtype=np.float32)
    for top, bottom in _spans(height):
        for left, right in _spans(width):
            up, down = max(0, top - _MARGIN_PX), min(height, bottom + _MARGIN_PX)
            west, east = max(0, left - _MARGIN_PX), min(width, right + _MARGIN_PX)
            seen = look(np.ascontiguousarray(picture[up:down, west:east]))[0, 0]
            joined[0, 0, top:bottom, left:right] = seen[top - up : bottom - up, left - west : right - west]
    return joined


def _spans(length: int) -> list[tuple[int, int]]:
    """Stretches of like length, at most a preview's, each beginning at a multiple of 32."""
    count = -(-length // PREVIEW_PX)
    step = -(-length // count // _STEP_PX) * _STEP_PX
    return [(start, min(length, start + step)) for start in range(0, length, step)]
