"""Reading order of lines."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.media import Box
from core.reading_order import Turn, page_order, reading_order, turn_of_page, upright


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


@pytest.mark.parametrize("turn", list(Turn))
def test_a_turned_page_is_read_from_its_own_top(turn: Turn) -> None:
    """Two columns of three lines, turned with the page."""
    page = [Box(0.1 + 0.45 * column, 0.1 + 0.1 * row, 0.35, 0.04) for column in range(2) for row in range(3)]
    turned = page
    for _ in range((4 - turn) % 4):  # each `upright` by a quarter undoes one turn
        turned = [upright(box, Turn.DOWN) for box in turned]
    order = page_order(turned, 0.7 if turn in (Turn.RIGHT, Turn.LEFT) else 1 / 0.7, turn)
    assert order == list(range(6))


def test_most_of_the_writing_says_how_the_page_is_turned() -> None:
    assert turn_of_page([(Turn.UP, 40), (Turn.RIGHT, 12), (Turn.UP, 3)]) is Turn.UP
    assert turn_of_page([]) is Turn.RIGHT
    assert turn_of_page([(Turn.LEFT, 5), (Turn.RIGHT, 5)]) is Turn.RIGHT


@given(
    first=st.integers(4, 16),
    count=st.integers(1, 6),
    reach=st.floats(0.06, 0.14),
    shift=st.floats(0.0, 0.01),
)
def test_a_box_that_stands_into_both_columns_is_read_after_them(
    first: int, count: int, reach: float, shift: float
) -> None:
    """Two columns of 26 lines whose text runs around a box in the middle of the page."""

    def column(x: float, side: int) -> list[Box]:
        lines = []
        for row in range(26):
            beside = first <= row < first + count
            cut = reach + 0.02 if beside else 0.0
            lines.append(Box(x + cut * side, 0.05 + 0.033 * row + shift * side, 0.38 - cut, 0.022))
        return lines

    box = [Box(0.5 - reach, 0.053 + 0.033 * (first + row), 2 * reach, 0.022) for row in range(count)]
    assert_read_as_written([*column(0.1, 0), *column(0.52, 1), *box])


def test_a_title_and_a_box_on_one_page() -> None:
    def column(x: float, side: int) -> list[Box]:
        cuts = [0.1 if 8 <= row < 12 else 0.0 for row in range(24)]
        return [Box(x + cut * side, 0.12 + 0.03 * row, 0.38 - cut, 0.02) for row, cut in enumerate(cuts)]

    title = [Box(0.1, 0.02, 0.8, 0.05)]
    box = [Box(0.41, 0.12 + 0.03 * row, 0.18, 0.02) for row in range(8, 12)]
    assert_read_as_written([*title, *column(0.1, 0), *column(0.52, 1), *box])
