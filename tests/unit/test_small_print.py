"""Rows of print seen where no letter can be read any more."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.small_print import CLOSE_PX, WANTED_LINE_PX, WANTED_PITCH_PX, find_rows, wanted_scale

SOME = np.random.default_rng(18)


def printed(pitch_px: float, height: int = 640, width: int = 512) -> NDArray[np.uint8]:
    """White paper with rows of black strokes at random places, as letters are."""
    page = np.full((height, width), 250, np.uint8)
    for top in np.arange(40, height - 40, pitch_px):
        strokes = SOME.random((max(1, round(pitch_px * 0.55)), width - 80)) < 0.5
        row = page[round(top) : round(top) + strokes.shape[0], 40 : width - 40]
        row[strokes] = 20
    return page


@pytest.mark.parametrize("pitch_px", [4.0, 5.3, 7.0, 9.0])
@pytest.mark.parametrize("quarters", [0, 1])
def test_the_distance_of_rows_is_measured(pitch_px: float, quarters: int) -> None:
    rows = find_rows(np.ascontiguousarray(np.rot90(printed(pitch_px), quarters)), CLOSE_PX)
    assert rows.share > 0.4
    assert rows.pitch_px == pytest.approx(pitch_px, rel=0.15)


def test_what_can_be_read_is_not_small() -> None:
    assert find_rows(printed(14.0), CLOSE_PX).share < 0.04
    assert wanted_scale(printed(14.0), [15.0] * 40) == 1.0


@pytest.mark.parametrize(
    "picture",
    [
        np.full((600, 800), 255, np.uint8),
        np.tile(np.arange(256, dtype=np.uint8), (600, 3)),
        SOME.integers(0, 256, (600, 800), dtype=np.uint8),
        np.full((30, 2000), 7, np.uint8),
        np.zeros((1, 1), np.uint8),
    ],
    ids=["paper", "sky", "gravel", "strip", "pixel"],
)
def test_there_are_no_rows_where_nothing_is_printed(picture: NDArray[np.uint8]) -> None:
    assert find_rows(picture, CLOSE_PX).share == 0.0
    assert wanted_scale(picture, []) == 1.0


def test_small_print_is_wanted_larger() -> None:
    assert wanted_scale(printed(5.0), []) == pytest.approx(WANTED_PITCH_PX / 5.0, rel=0.15)


def test_some_small_lines_are_enough_and_one_is_not() -> None:
    paper = np.full((600, 800), 255, np.uint8)
    assert wanted_scale(paper, [30.0, 8.0, 25.0]) == 1.0
    assert wanted_scale(paper, [30.0] * 20 + [8.0] * 5) == pytest.approx(WANTED_LINE_PX / 8.0)
