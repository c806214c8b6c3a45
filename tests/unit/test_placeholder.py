"""ThumbHash against what its author's own JavaScript (npm thumbhash 0.1.1) answers for the same pixels."""

import numpy as np
import pytest

from core.placeholder import thumbhash


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (40, 30, "YPcJLY4GWHZYh5aJeIiIhgYyc5CG"),
        (30, 40, "4RcGJQgARwVZiHmYaIh4SEMgAaJk"),
        (100, 13, "3gcKOYBKVYC0eGd1kDo58Jg="),
        (1, 1, "0AEijwEI9wiIh4hwj3CI+AiIcH/4AAAA"),
        (7, 100, "3ucFKRKGYgiHhXaqeGGAmAc="),
        (100, 100, "H/gBDwJaaXCYSSt1JRMaWFrGBppQZY8E"),
    ],
)
def test_equals_the_reference(width: int, height: int, expected: str) -> None:
    y, x = np.mgrid[0:height, 0:width]
    channels = [(x * 7 + y * 3) % 256, (x * x + y * 5) % 256, (200 - 2 * x + y * y) & 255]
    assert thumbhash(np.stack(channels, axis=2).astype(np.uint8)) == expected


@pytest.mark.parametrize("shape", [(101, 10, 3), (10, 10), (10, 10, 4), (0, 10, 3)])
def test_refuses_what_it_cannot_encode(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a picture of up to 100 px"):
        thumbhash(np.zeros(shape, np.uint8))


def test_one_colour_needs_no_special_case() -> None:
    assert len(thumbhash(np.full((30, 40, 3), 128, np.uint8))) <= 36
