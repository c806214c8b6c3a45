"""Reading order of lines."""

import random

from hypothesis import given
from hypothesis import strategies as st

from core.media import Box
from core.reading_order import reading_order


def shuffled(boxes: list[Box]) -> tuple[list[Box], list[int]]:
    places = list(range(len(boxes)))
    random.Random(5).shuffle(places)
    return [boxes[place] for place in places], places


def assert_read_as_written(boxes: list[Box]) -> None:
    mixed, places = shuffled(boxes)
    assert [places[index] for index in reading_order(mixed)] == list(range(len(boxes)))


def test_a_heading_over_two_columns_and_a_footer() -> None:
    heading = [Box(0.1, 0.02, 0.8, 0.05)]
    left = [Box(0.1, 0.12 + 0.05 * row, 0.35, 0.03) for row in range(10)]
    right = [Box(0.55, 0.13 + 0.05 * row, 0.35, 0.03) for row in range(10)]
    footer = [Box(0.3, 0.9, 0.4, 0.03)]
    assert_read_as_written([*heading, *left, *right, *footer])


def test_prices_of_a_receipt_stay_with_their_goods() -> None:
    rows = [(Box(0.1, 0.1 * row, 0.5, 0.04), Box(0.8, 0.1 * row + 0.005, 0.09, 0.035)) for row in range(8)]
    assert_read_as_written([box for row in rows for box in row])


def test_words_of_one_slightly_tilted_row_go_left_to_right() -> None:
    assert_read_as_written([Box(0.1 + 0.2 * i, 0.5 - 0.004 * i, 0.18, 0.05) for i in range(4)])


BOXES = st.builds(Box, *[st.floats(0, 1, allow_nan=False)] * 4)


@given(st.lists(BOXES, max_size=60))
def test_every_line_is_read_once(boxes: list[Box]) -> None:
    assert sorted(reading_order(boxes)) == list(range(len(boxes)))


def test_a_thousand_lines_are_no_trouble() -> None:
    assert_read_as_written([Box(0.1, row / 1000, 0.8, 0.0005) for row in range(1000)])


def test_a_heading_within_columns_cuts_them_where_it_stands() -> None:
    """Two columns of forty lines at the same heights, no wider gap anywhere; one heading reaches over both."""
    above = [Box(0.1 + 0.45 * side, 0.02 * row, 0.35, 0.015) for side in (0, 1) for row in range(20)]
    heading = [Box(0.2, 0.4, 0.6, 0.015)]
    below = [Box(0.1 + 0.45 * side, 0.42 + 0.02 * row, 0.35, 0.015) for side in (0, 1) for row in range(20)]
    assert_read_as_written([*above, *heading, *below])
