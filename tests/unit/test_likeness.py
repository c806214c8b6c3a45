"""What it means that two faces or pictures are alike, in a library of so many."""

from hypothesis import given
from hypothesis import strategies as st

from core.certainty import Certainty
from core.likeness import face_certainty, picture_likeness, same_person_probability


def test_the_same_likeness_says_less_in_a_larger_library() -> None:
    """Among 1,448 persons one stranger in so many comes as close as .42: nothing to call likely."""
    assert same_person_probability(0.42, 5) > 0.95
    assert same_person_probability(0.42, 2766) < 0.1
    assert face_certainty(0.65, 2766) is Certainty.VERY_LIKELY
    assert face_certainty(0.45, 2766) in (Certainty.UNSURE, Certainty.UNLIKELY)


def test_what_chance_brings_about_is_no_answer() -> None:
    assert face_certainty(0.2, 10) is None
    assert face_certainty(0.35, 5000) is None
    assert picture_likeness(0.3, 1000, "efficientnet_lite0") is None
    assert picture_likeness(0.52, 100, "efficientnet_lite0") == "somewhat alike"
    assert picture_likeness(0.52, 100_000, "efficientnet_lite0") is None
    assert picture_likeness(0.6, 1000, "efficientnet_lite0") == "alike"
    assert picture_likeness(0.99, 50_000, "efficientnet_lite0") == "nearly the same"


@given(st.floats(-2, 2), st.floats(-2, 2), st.integers(0, 10**9))
def test_more_alike_is_never_less_probable(one: float, other: float, faces: int) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= same_person_probability(low, faces) <= same_person_probability(high, faces) <= 1.0


@given(st.floats(-1, 1), st.integers(0, 10**7), st.integers(0, 10**7))
def test_more_faces_never_make_it_more_probable(cosine: float, one: int, other: int) -> None:
    few, many = sorted((one, other))
    assert same_person_probability(cosine, many) <= same_person_probability(cosine, few)
