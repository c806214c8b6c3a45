"""Finding the part of a sound in which something sounds."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.loudness import sounding_part

RATE_HZ = 16_000


def sound(*parts: tuple[float, float]) -> NDArray[np.float32]:
    """Noise of the given lengths (s) and loudnesses, one after the other."""
    noise = np.random.default_rng(1)
    return np.concatenate([noise.normal(0, loud, round(long_s * RATE_HZ)) for long_s, loud in parts]).astype(
        np.float32
    )


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (((0.6, 0.001), (0.4, 0.2)), (0.6, 1.0)),  # a pause before the word
        (((0.3, 0.2), (0.7, 0.001)), (0.0, 0.3)),  # and after it
        (((0.1, 0.2), (0.5, 0.001), (0.4, 0.2)), (0.6, 1.0)),  # the end of the word before
        (((0.3, 0.2), (0.12, 0.001), (0.3, 0.2)), (0.0, 0.72)),  # closed lips within a word
        (((0.1, 0.001), (0.4, 0.2)), (0.0, 0.5)),  # a soft beginning
        (((0.5, 0.1), (0.5, 0.2)), (0.0, 1.0)),  # noise over everything
        (((1.0, 0.0),), (0.0, 1.0)),
    ],
)
def test_the_word_without_its_pauses(
    parts: tuple[tuple[float, float], ...], expected: tuple[float, float]
) -> None:
    assert sounding_part(sound(*parts), RATE_HZ) == pytest.approx(expected, abs=0.021)


def test_next_to_nothing_is_no_trouble() -> None:
    assert sounding_part(np.zeros(0, np.float32), RATE_HZ) == (0.0, 0.0)
    assert sounding_part(np.ones(100, np.float32), RATE_HZ) == (0.0, 100 / RATE_HZ)
