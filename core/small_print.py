"""Whether a picture carries print too small to be read in it: rows of fine strokes at an even distance.

A reader of text says nothing about print it cannot make out; the rows remain to be seen long after the letters
are gone. Measured in docs/decisions/018-pages-and-large-scans.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TILE_PX = 64
_GROUND_PX = 17  # shades wider than this are paper, shadow or sky, not strokes
_LEAST_CONTRAST = 60.0  # variance of grey values, 0..255
_LEAST_ROWS = 0.15  # part of a tile's variance that lies in its rows; grass and gravel have 0.02
_LEAST_PEAK = 0.35  # part of the rows' variance at one distance
_LONGEST_PX, _SHORTEST_PX = 16, 3  # distances looked for

# Print whose rows are closer than this is not read in full any more, at the wanted distance it is.
CLOSE_PX = 10.5
WANTED_PITCH_PX = 13.0
_SHARE = 0.04  # of 63 photos none had more than 0.023, of 9 sheets of small print none less than 0.08
# The same of single lines, by the height of their boxes.
SMALL_LINE_PX = 12.0
WANTED_LINE_PX = 20.0
_FEW_LINES = 5

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Rows:
    """`share` of the picture (0..1) carries rows closer than asked for; `pitch_px` is the distance from row to row
    among the closest tenth of them, 0 when there are none."""

    share: float
    pitch_px: float


def wanted_scale(grey: Grey, line_heights_px: Sequence[float]) -> float:
    """How many times larger a picture (height × width, grey) is to be looked at so that its small writing is read;
    1 when there is none. `line_heights_px` are those of the lines that were read in it as it is."""
    scale = 1.0
    rows = find_rows(grey, CLOSE_PX)
    if rows.share >= _SHARE:
        scale = WANTED_PITCH_PX / rows.pitch_px
    small = [height for height in line_heights_px if height < SMALL_LINE_PX]
    if len(small) >= _FEW_LINES:
        scale = max(scale, WANTED_LINE_PX / max(1.0, float(np.percentile(small, 10))))
    return scale


def find_rows(grey: Grey, closer_than_px: float) -> Rows:
    """Rows of print closer than `closer_than_px` (to 16), lying or standing, in a picture (height × width, grey).

    Each tile of 64 px is reduced to the means of its rows and of its columns, as in projection profiles of page
    segmentation (Nagy and Seth 1984); print gives one strong peak in the spectrum of the profile.
    """
    high, wide = (side // TILE_PX for side in grey.shape)
    if high == 0 or wide == 0:
        return Rows(0.0, 0.0)
    strokes = _without_ground(grey[: high * TILE_PX, : wide * TILE_PX].astype(np.float32))
    tiles = strokes.reshape(high, TILE_PX, wide, TILE_PX).transpose(0, 2, 1, 3).reshape(-1, TILE_PX, TILE_PX)
    lying, standing = tiles.mean(axis=2), tiles.mean(axis=1)
    turned = standing.var(axis=1) > lying.var(axis=1)
    profiles = np.where(turned[:, None], standing, lying)
    contrast = tiles.var(axis=(1, 2))
    power = np.abs(np.fft.rfft(profiles * np.hanning(TILE_PX), axis=1)) ** 2
    first, last = TILE_PX // _LONGEST_PX, TILE_PX // _SHORTEST_PX
    band = power[:, first : last + 1]
    pitch_px = TILE_PX / (first + band.argmax(axis=1))
    even = band.max(axis=1) > _LEAST_PEAK * np.maximum(power[:, 1:].sum(axis=1), 1e-6)
    printed = even & (contrast > _LEAST_CONTRAST) & (profiles.var(axis=1) > _LEAST_ROWS * contrast)
    small = printed & (pitch_px < closer_than_px)
    if not small.any():
        return Rows(0.0, 0.0)
    return Rows(float(small.mean()), float(np.percentile(pitch_px[small], 10)))


def _without_ground(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each value less the mean of the square about it."""
    half = _GROUND_PX // 2
    padded = np.pad(values, ((half + 1, half), (half + 1, half)), mode="edge")
    sums = padded.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    size = _GROUND_PX
    total = sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    return np.asarray(values - total / size**2, dtype=np.float32)
