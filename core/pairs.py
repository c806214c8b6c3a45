"""Which of many vectors are alike."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.findings import Vector

_ROWS = 512  # of the table of all pairs that is looked at at once


def alike_pairs(vectors: Sequence[Vector], least: float) -> list[tuple[int, int, float]]:
    """Pairs of unit vectors whose cosine is at least `least`: (index, later index, cosine), most alike first.

    Pairs only: putting pairs of pairs together into groups (the transitive closure) joins what is not alike.
    """
    if len(vectors) < 2:
        return []
    return sorted(_pairs(np.stack(vectors), least), key=lambda pair: (-pair[2], pair[0], pair[1]))


def _pairs(stacked: np.ndarray, least: float) -> Iterator[tuple[int, int, float]]:
    for start in range(0, len(stacked), _ROWS):
        cosines = stacked[start : start + _ROWS] @ stacked.T
        for row, column in zip(*np.nonzero(cosines >= least), strict=True):
            if column > start + row:
                yield int(start + row), int(column), float(cosines[row, column])
