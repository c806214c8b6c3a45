"""From a small map of chances to the parts of a picture worth a look at full size."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines.text_regions import Region, find_regions, find_spots, sample_of


def spots(*places: tuple[int, int, int, int], height: int = 60, width: int = 80) -> NDArray[np.float32]:
    """A map with chances of .9 in each (left, top, right, bottom)."""
    chances = np.zeros((height, width), dtype=np.float32)
    for left, top, right, bottom in places:
        chances[top:bottom, left:right] = 0.9
    return chances


def regions(
    chances: NDArray[np.float32], score: float, width: int, height: int, side_px: int = 1440
) -> list[Region]:
    shape = (chances.shape[0], chances.shape[1])
    return find_regions(find_spots(chances, score), shape, width, height, side_px)


def test_nothing_seen_is_nothing_to_look_at() -> None:
    assert regions(spots(), 0.2, 1280, 960) == []
    assert regions(spots((0, 0, 80, 60)), 0.95, 1280, 960) == []
    assert regions(np.full((60, 80), 0.4, np.float32), 0.5, 1280, 960) == []


def test_a_spot_becomes_a_part_with_room_about_it() -> None:
    (part,) = regions(spots((40, 30, 50, 31)), 0.2, 1280, 960)
    assert part.left <= 40 * 16 - 32 and part.right >= 50 * 16 + 32
    assert part.top <= 30 * 16 - 32 and part.bottom >= 31 * 16 + 32
    assert part.area < 0.1 * 1280 * 960


def test_near_spots_share_a_part_and_far_ones_do_not() -> None:
    assert len(regions(spots((10, 10, 14, 11), (15, 10, 19, 11)), 0.2, 1280, 960)) == 1
    assert len(regions(spots((5, 5, 9, 6), (70, 50, 74, 51)), 0.2, 1280, 960)) == 2


def test_a_page_is_one_part_and_so_are_very_many_spots() -> None:
    everything = [Region(0, 0, 1280, 960)]
    assert regions(spots((5, 5, 75, 55)), 0.2, 1280, 960) == everything
    scattered = np.zeros((300, 400), dtype=np.float32)
    scattered[::4, ::4] = 0.9
    assert regions(scattered, 0.2, 1280, 960) == everything


def test_a_small_picture_is_looked_at_as_a_whole_or_not_at_all() -> None:
    assert regions(spots((40, 30, 50, 31)), 0.2, 1280, 960, side_px=640) == [Region(0, 0, 1280, 960)]
    assert regions(spots(), 0.2, 1280, 960, side_px=640) == []


def test_a_slope_that_only_touches_the_score_is_no_writing() -> None:
    slope = np.tile(np.linspace(0.2, 0.55, 80, dtype=np.float32), (60, 1))
    assert find_spots(slope, 0.5) == []
    assert len(find_spots(slope, 0.3)) == 1


def test_only_a_spot_thicker_than_a_line_is_thick_and_its_sample_lies_in_it() -> None:
    line, square = find_spots(spots((5, 5, 75, 10), (20, 20, 50, 50)), 0.5)
    assert not line.thick and square.thick
    sample = sample_of(square, (60, 80), 1280, 960)
    assert 20 * 16 - 160 <= sample.left < sample.right <= 50 * 16 + 160
    x, y = (sample.left + sample.right) / 2 / 16, (sample.top + sample.bottom) / 2 / 16
    assert 20 <= x <= 50 and 20 <= y <= 50


@given(
    st.lists(st.tuples(st.integers(0, 79), st.integers(0, 59), st.integers(1, 12), st.integers(1, 6)), max_size=9),
    st.integers(1, 40),
    st.integers(1, 40),
)
def test_parts_lie_within_never_overlap_and_hold_every_spot(
    places: list[tuple[int, int, int, int]], wide: int, high: int
) -> None:
    width, height = 32 * wide, 32 * high
    chances = spots(*((x, y, x + w, y + h) for x, y, w, h in places))
    parts = regions(chances, 0.2, width, height)
    held = np.zeros((height, width), dtype=np.uint8)
    for part in parts:
        assert 0 <= part.left < part.right <= width and 0 <= part.top < part.bottom <= height
        assert (part.right - part.left) % 32 == 0 and (part.bottom - part.top) % 32 == 0
        held[part.top : part.bottom, part.left : part.right] += 1
    assert held.max(initial=0) <= 1
    for y, x in np.argwhere(chances > 0.2):
        assert (
            held[min(height - 1, int((y + 0.5) * height / 60)), min(width - 1, int((x + 0.5) * width / 80))] == 1
        )
