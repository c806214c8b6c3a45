"""Where in a picture there may be writing, from a quick look: parts worth a look at full size.

A detector's map of a small picture says little about words, but enough about where none are. Measured in
docs/decisions/016-text-quick-look.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP_PX = 32  # sides of what the detection sees are multiples of it
_LEAST_MARGIN_PX = 32
_MOST_REGIONS = 12
_MOST_SPOTS = 400
_EDGE = 0.2  # how far a spot reaches that somewhere is likely enough; flat skies are this likely all over
_WHOLE = 0.6  # parts that cover more of the picture than this are not worth cutting out


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


def find_regions(chances: NDArray[np.float32], score: float, width: int, height: int) -> list[Region]:
    """Parts of a picture of `width` × `height` pixels in which writing is as likely as `score`; none: no writing.

    `chances` is the detector's map of the same picture at any smaller size. One region covers everything when the
    parts would be many or cover most of it. No two overlap; all sides, the picture's too, are multiples of 32.
    """
    import cv2

    spots = (chances >= min(score, _EDGE)).astype(np.uint8)
    count, numbers, boxes, _ = cv2.connectedComponentsWithStats(spots, connectivity=8)
    peaks = np.zeros(count, dtype=np.float32)
    np.maximum.at(peaks, np.asarray(numbers, dtype=np.intp).ravel(), chances.ravel())
    likely = [box for box, peak in zip(boxes[1:], peaks[1:], strict=True) if peak >= score]
    across, down = width / chances.shape[1], height / chances.shape[0]
    regions = _merged([_around(box, across, down, width, height) for box in likely[:_MOST_SPOTS]], width, height)
    covered = sum(region.area for region in regions)
    many = len(likely) > _MOST_SPOTS or len(regions) > _MOST_REGIONS
    return [Region(0, 0, width, height)] if many or covered > _WHOLE * width * height else regions


def _around(box: NDArray[np.int32], across: float, down: float, width: int, height: int) -> Region:
    """A spot of the map with room about it: a line may be longer than what the quick look saw of it."""
    left, top, wide, high = (int(value) for value in box[:4])
    tall = min(wide * across, high * down)  # the height of a line that lies or stands
    margin = _LEAST_MARGIN_PX + 1.5 * tall
    return _stepped(
        Region(
            int(left * across - margin),
            int(top * down - margin),
            int((left + wide) * across + margin),
            int((top + high) * down + margin),
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
