"""Where in a picture there may be writing, from a quick look: parts worth a look at full size.

A detector's map of a small picture says little about words, but enough about where none are. Measured in
docs/decisions/016-text-quick-look.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP_PX = 32  # sides of what the detection sees are multiples of it
_LEAST_MARGIN_PX = 32
_MOST_REGIONS = 4  # more of them, and what surrounds each weighs more than what is saved
_MOST_SPOTS = 400
_EDGE = 0.2  # how far a spot reaches that somewhere is likely enough; flat skies are this likely all over
_WHOLE = 0.6  # parts that cover more of the picture than this are not worth cutting out
_SMALL_SPOT = 0.001  # of the picture; larger spots of writing are nearly all sure (half of them to over .9) …
_SURE_SHARE = 0.3  # … while those of gradients only touch the score somewhere
_THICK = (
    1 / 3
)  # of the short side; a spot thicker than this is no line, but a page run together, or a flat background
_SAMPLE_PX = 320
_CUT_FROM_PX = 700  # a smaller picture is looked at in full size as a whole or not at all: little is to be saved


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a picture in pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)

    def meets(self, other: "Region") -> bool:
        """Whether the two overlap."""
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)

    def joined(self, other: "Region") -> "Region":
        """The smallest region that holds both."""
        return Region(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class Spot:
    """A connected part of a detector's map in which writing is likely: its bounding box and some pixel within."""

    left: int
    top: int
    wide: int
    high: int
    inside: tuple[int, int]  # x, y: the middle one of its pixels
    thick: bool


def find_spots(chances: NDArray[np.float32], score: float) -> list[Spot]:
    """Spots of a map that reach `score` somewhere, with all around them that is likely at all."""
    import cv2

    spots = (chances >= min(score, _EDGE)).astype(np.uint8)
    count, numbers, boxes, _ = cv2.connectedComponentsWithStats(spots, connectivity=8)
    order = np.asarray(numbers, dtype=np.intp).ravel()
    sure = np.bincount(order, weights=chances.ravel() >= score, minlength=count)
    found = []
    for number in range(1, count):
        left, top, wide, high, size = (int(value) for value in boxes[number])
        gradient = size > _SMALL_SPOT * chances.size and sure[number] < _SURE_SHARE * size
        if sure[number] == 0 or gradient:
            continue
        thick = min(wide, high) >= _THICK * min(chances.shape)
        rows, columns = np.nonzero(numbers[top : top + high, left : left + wide] == number)
        middle = len(rows) // 2
        inside = (left + int(columns[middle]), top + int(rows[middle]))
        found.append(Spot(left, top, wide, high, inside, thick))
    return found


def find_regions(
    spots: Sequence[Spot], shape: tuple[int, int], width: int, height: int, side_px: int
) -> list[Region]:
    """Parts of a picture of `width` × `height` pixels that hold the spots; none: no writing.

    `shape` is that of the map in which they were found (rows, columns), of the same picture at any smaller size,
    `side_px` the long side the picture had before it was enlarged. One region covers everything when the picture
    is small, or the parts would be many or cover most of it. No two overlap; all sides, the picture's too, are
    multiples of 32.
    """
    if len(spots) > _MOST_SPOTS or (spots and side_px < _CUT_FROM_PX):
        return [Region(0, 0, width, height)]
    across, down = width / shape[1], height / shape[0]
    regions = _merged([_around(spot, across, down, width, height) for spot in spots], width, height)
    covered = sum(region.area for region in regions)
    many = len(regions) > _MOST_REGIONS
    return [Region(0, 0, width, height)] if many or covered > _WHOLE * width * height else regions


def sample_of(spot: Spot, shape: tuple[int, int], width: int, height: int) -> Region:
    """A square of a picture of `width` × `height` pixels about the middle of a thick spot."""
    x, y = spot.inside[0] * width // shape[1], spot.inside[1] * height // shape[0]
    half = _SAMPLE_PX // 2
    return _stepped(Region(x - half, y - half, x + half, y + half), width, height)


def _around(spot: Spot, across: float, down: float, width: int, height: int) -> Region:
    """A spot of the map with room about it: a line may be longer than what the quick look saw of it."""
    tall = min(spot.wide * across, spot.high * down)  # the height of a line that lies or stands
    margin = _LEAST_MARGIN_PX + 1.5 * tall
    return _stepped(
        Region(
            int(spot.left * across - margin),
            int(spot.top * down - margin),
            int((spot.left + spot.wide) * across + margin),
            int((spot.top + spot.high) * down + margin),
        ),
        width,
        height,
    )


def _stepped(region: Region, width: int, height: int) -> Region:
    """The region cut to the picture, its sides grown to multiples of 32 within it."""
    left, right = _grown(max(0, region.left), min(width, region.right), width)
    top, bottom = _grown(max(0, region.top), min(height, region.bottom), height)
    return Region(left, top, right, bottom)


def _grown(start: int, end: int, limit: int) -> tuple[int, int]:
    size = -(-(end - start) // STEP_PX) * STEP_PX
    start = max(0, min(start, limit - size))
    return start, start + size


def _merged(regions: list[Region], width: int, height: int) -> list[Region]:
    """Overlapping regions joined until none do."""
    apart: list[Region] = []
    for region in sorted(regions, key=lambda one: (one.top, one.left)):
        grown = region
        while meeting := [other for other in apart if other.meets(grown)]:
            apart = [other for other in apart if other not in meeting]
            for other in meeting:
                grown = _stepped(grown.joined(other), width, height)
        apart.append(grown)
    return apart
