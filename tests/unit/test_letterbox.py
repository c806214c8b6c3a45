"""Fitting pictures into squares and boxes back out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.letterbox import Letterbox

SIDES = st.integers(1, 20_000)


@given(SIDES, SIDES, st.integers(32, 1280))
def test_the_picture_lies_within_and_its_corners_come_back(width: int, height: int, size: int) -> None:
    box = Letterbox.fit(width, height, size)
    assert 1 <= box.inner_width <= size
    assert 1 <= box.inner_height <= size
    assert max(box.inner_width, box.inner_height) == size
    assert 0 <= box.left <= box.left + box.inner_width <= size
    assert 0 <= box.top <= box.top + box.inner_height <= size
    laid = [[box.left, box.top, box.left + box.inner_width, box.top + box.inner_height]]
    back = box.restore(np.array(laid, dtype=np.float32))[0]
    np.testing.assert_allclose(back, [0, 0, width, height], rtol=1e-4, atol=1e-3)


def test_a_wide_picture_is_centred() -> None:
    box = Letterbox.fit(1280, 720, 640)
    assert (box.inner_width, box.inner_height, box.left, box.top) == (640, 360, 0, 140)
    np.testing.assert_allclose(box.restore(np.array([[320, 320, 640, 500]], np.float32))[0], [640, 360, 1280, 720])


@pytest.mark.parametrize("sides", [(0, 5, 640), (5, -1, 640), (5, 5, 0)])
def test_sides_must_be_positive(sides: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        Letterbox.fit(*sides)
