"""Outlines of the same writing, found at several sizes: which of them hold a word, and which a piece of one.

A detector sees letters up to some 150 pixels as a line; of larger ones it outlines strokes and single letters,
while a smaller copy of the picture shows the whole word (docs/decisions/087-words-large-and-in-the-street.md).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Quad = NDArray[np.float32]
"""Four corners in pixels, clockwise from top left."""

_SAME = 0.8  # intersection over union of two outlines of one line
_WITHIN = 0.5  # so much of a piece lies in the outline of its word
_MORE = 1.25  # times a word's signs; what overlaps of its pieces says a letter twice
_TALL = 0.5  # of a word's height; what is less tall is small print between large letters


def size(quad: Quad) -> tuple[float, float]:
    """Width and height of an outline in pixels."""
    wide = max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[2] - quad[3]))
    high = max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2]))
    return float(wide), float(high)


def stands(quad: Quad) -> bool:
    """Whether a line runs from top to bottom rather than across."""
    wide, high = size(quad)
    return high >= 1.5 * wide


def share_within(piece: Quad, whole: Quad) -> float:
    """Which part of a piece's area lies within another outline."""
    import cv2

    area = cv2.contourArea(piece)
    return float(cv2.intersectConvexConvex(piece, whole)[0]) / area if area > 0 else 0.0


def same_line(one: Quad, other: Quad) -> bool:
    """Whether two outlines are of one line: a reading of the one holds for the other."""
    import cv2

    common = float(cv2.intersectConvexConvex(one, other)[0])
    return common > 0 and common >= _SAME * (cv2.contourArea(one) + cv2.contourArea(other) - common)


def pieces_of(word: Quad, signs: int, lines: Sequence[tuple[Quad, int]]) -> list[int] | None:
    """Which lines are pieces of a word that was read surely in its whole, of so many signs.

    Of each line its outline and the signs that were read in it (0: none). None where the pieces say more than the
    word, that is where it is no word, but several lines that ran together.
    """
    inside = [index for index, (quad, _) in enumerate(lines) if share_within(quad, word) >= _WITHIN]
    tall = [index for index in inside if _reach_across(lines[index][0], word) >= _TALL]
    said, told = 0.0, list[Quad]()
    for index in sorted(tall, key=lambda one: -lines[one][1]):
        quad, read = lines[index]
        said += read * (1 - min(1.0, sum(share_within(quad, other) for other in told)))
        told += [quad] if read else []
    if said > _MORE * signs:
        return None
    return [index for index in inside if index in tall or not lines[index][1]]


def _reach_across(piece: Quad, word: Quad) -> float:
    """How far a piece reaches across the direction of a word, as a part of the word's height."""
    across = word[1] - word[0] if stands(word) else word[3] - word[0]
    length = float(np.linalg.norm(across))
    places = piece @ (across / max(length, 1e-6))
    return float(places.max() - places.min()) / max(length, 1e-6)
