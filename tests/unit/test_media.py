"""Boxes."""

from hypothesis import given
from hypothesis import strategies as st

from core.media import Box

pixels = st.floats(min_value=-500, max_value=2500, allow_nan=False)


@given(pixels, pixels, pixels, pixels)
def test_a_box_from_any_corners_lies_within_the_picture(a: float, b: float, c: float, d: float) -> None:
    box = Box.from_pixels(a, b, c, d, 1000, 2000)
    assert 0 <= box.x <= 1
    assert 0 <= box.y <= 1
    assert -1e-9 <= box.w <= 1
    assert box.x + box.w <= 1 + 1e-9
    assert box.y + box.h <= 1 + 1e-9


@given(pixels, pixels, pixels, pixels)
def test_overlap_is_symmetric_and_full_with_itself(a: float, b: float, c: float, d: float) -> None:
    one, other = Box.from_pixels(a, b, c, d, 1000, 1000), Box.from_pixels(100, 100, 600, 700, 1000, 1000)
    assert abs(one.iou(other) - other.iou(one)) < 1e-9
    assert 0 <= one.iou(other) <= 1 + 1e-9
    assert abs(other.iou(other) - 1) < 1e-9
