"""Keeping one of several boxes that a detector drew around the same thing."""

import numpy as np
from numpy.typing import NDArray

Corners = NDArray[np.float32]
"""N × 4: left, top, right, bottom, in any one unit."""


def overlaps(box: Corners, others: Corners) -> NDArray[np.float32]:
    """Intersection over union of one box (4) with each of `others` (N × 4), N values 0..1."""
    width = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    height = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    inner = np.clip(width, 0, None) * np.clip(height, 0, None)
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    union = (box[2] - box[0]) * (box[3] - box[1]) + areas - inner
    return np.asarray(np.divide(inner, union, out=np.zeros_like(inner), where=union > 0), dtype=np.float32)


def keep_best(
    corners: Corners,
    scores: NDArray[np.float32],
    classes: NDArray[np.intp],
    max_overlap: float,
    limit: int,
) -> list[int]:
    """Greedy non-maximum suppression within each class: indices to keep, best score first.

    A box is dropped when a better one of the same class overlaps it by more than `max_overlap`. At most
    `limit` are kept, so that a picture that is all noise cannot cost more than limit × N comparisons.
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while order.size and len(kept) < limit:
        best, rest = int(order[0]), order[1:]
        kept.append(best)
        same = (classes[rest] == classes[best]) & (overlaps(corners[best], corners[rest]) > max_overlap)
        order = rest[~same]
    return kept
