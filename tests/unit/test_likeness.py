"""The probability that two faces are one person's."""

from hypothesis import given
from hypothesis import strategies as st

from core.likeness import same_person_probability


def test_the_measured_points() -> None:
    assert abs(same_person_probability(9.1 / 30.3) - 0.5) < 1e-9
    assert 0.98 < same_person_probability(0.45) < 1.0
    assert same_person_probability(0.1) < 0.01


@given(st.floats(-2, 2), st.floats(-2, 2))
def test_more_alike_is_never_less_probable(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= same_person_probability(low) <= same_person_probability(high) <= 1.0
