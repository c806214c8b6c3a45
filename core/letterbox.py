"""Fitting a picture of any shape into the fixed rectangle a network wants, and back again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Letterbox:
    """A picture scaled by one factor and laid into a larger rectangle; everything in pixels.

    The picture becomes `inner_width` × `inner_height` and its top left corner lies at (`left`, `top`).
    """

    width: int
    height: int
    inner_width: int
    inner_height: int
    left: int
    top: int

    @classmethod
    def fit(cls, width: int, height: int, size: int) -> "Letterbox":
        """Fit a picture of `width` × `height` into a square of `size`, centred, its shape kept.

        A side never becomes less than one pixel, so that a strip of 1 × 5000 keeps its length.
        """
        if width < 1 or height < 1 or size < 1:
            raise ValueError(f"a letterbox needs positive sides, not {width} × {height} into {size}")
        scale = size / max(width, height)
        inner_width = min(size, max(1, round(width * scale)))
        inner_height = min(size, max(1, round(height * scale)))
        return cls(width, height, inner_width, inner_height, (size - inner_width) // 2, (size - inner_height) // 2)

    def restore(self, corners: NDArray[np.float32]) -> NDArray[np.float32]:
        """Corners in the large square, N × 4 (left, top, right, bottom), as pixels of the picture."""
        across, down = self.width / self.inner_width, self.height / self.inner_height
        offset = np.array([self.left, self.top, self.left, self.top], dtype=np.float32)
        return (corners - offset) * np.array([across, down, across, down], dtype=np.float32)
