"""Non-maximum suppression."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.suppression import keep_best, overlaps


def kept(boxes: Sequence[Sequence[float]], scores: list[float], classes: list[int], limit: int = 100) -> list[int]:
    return keep_best(
        np.array(boxes, np.float32), np.array(scores, np.float32), np.array(classes, np.intp), 0.5, limit
    )


def test_the_best_of_one_class_stays_and_another_class_beside_it() -> None:
    boxes = [[0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 10], [50, 50, 60, 60]]
    assert kept(boxes, [0.6, 0.9, 0.8, 0.3], [0, 0, 1, 0]) == [1, 2, 3]


def test_a_dropped_box_suppresses_nothing() -> None:
    """Each overlaps its neighbour only: the middle one goes, both ends stay."""
    boxes = [[0, 0, 10, 10], [3, 0, 13, 10], [6, 0, 16, 10]]
    assert kept(boxes, [0.9, 0.8, 0.7], [0, 0, 0]) == [0, 2]


def test_at_most_limit_are_kept_and_nothing_gives_nothing() -> None:
    boxes = [[float(20 * i), 0.0, float(20 * i + 10), 10.0] for i in range(30)]
    assert kept(boxes, [1.0] * 30, [0] * 30, limit=7) == list(range(7))
    assert keep_best(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.intp), 0.5, 5) == []


def test_overlap_of_a_quarter_shift_and_of_empty_boxes() -> None:
    others = np.array([[5, 0, 15, 10], [0, 0, 10, 10], [20, 20, 30, 30], [0, 0, 0, 0]], np.float32)
    np.testing.assert_allclose(overlaps(np.array([0, 0, 10, 10], np.float32), others), [1 / 3, 1, 0, 0], atol=1e-6)
    assert overlaps(np.zeros(4, np.float32), np.zeros((1, 4), np.float32))[0] == 0


CORNER = st.floats(0, 100, allow_nan=False, width=32)


@given(
    st.lists(st.tuples(CORNER, CORNER, CORNER, CORNER, st.floats(0, 1, width=32), st.integers(0, 2)), max_size=40)
)
def test_no_two_kept_boxes_of_a_class_overlap_too_much(
    raw: list[tuple[float, float, float, float, float, int]],
) -> None:
    boxes = np.array([[x, y, x + w, y + h] for x, y, w, h, *_ in raw], np.float32).reshape(-1, 4)
    scores = np.array([score for *_, score, _ in raw], np.float32)
    classes = np.array([number for *_, number in raw], np.intp)
    chosen = keep_best(boxes, scores, classes, 0.5, 100)
    assert [float(scores[i]) for i in chosen] == sorted((float(scores[i]) for i in chosen), reverse=True)
    for place, index in enumerate(chosen):
        later = [i for i in chosen[place + 1 :] if classes[i] == classes[index]]
        assert not later or float(overlaps(boxes[index], boxes[later]).max()) <= 0.5
