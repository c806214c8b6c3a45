"""Names as words, and what is stored of a term."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.terms import Term, name_words, storable


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("2019/LisbonTrip/IMG_1234.jpg", ["IMG 1234 jpg", "Lisbon Trip", "LisbonTrip", "2019"]),
        ("IMG20190503_101010.HEIC", ["IMG 20190503 101010 HEIC", "IMG20190503 101010 HEIC"]),
        ("Übung–Ärmel.png", ["Übung Ärmel png"]),
        ("été.à la plage/photo.tar.webp", ["photo tar webp", "été à la plage"]),
        ("../..//./a.jpg", ["a jpg"]),
        ("北京站.jpg", ["北京站 jpg"]),
        ("DSC0001(2).JPG", ["DSC 0001 2 JPG", "DSC0001 2 JPG"]),
        ("Fuji X-T3 test.jpg", ["Fuji X T 3 test jpg", "Fuji X T3 test jpg"]),
        ("___", []),
    ],
)
def test_name_words(path: str, lines: list[str]) -> None:
    assert name_words(path) == lines


def test_long_terms_are_cut_at_a_space_with_their_times() -> None:
    words = [f"word{number:04d}" for number in range(1000)]
    (whole,) = [Term("said", " ".join(words), word_at_s=tuple(map(float, range(1000))))]
    parts = list(storable([whole]))
    assert len(parts) > 1
    assert " ".join(part.words for part in parts).split() == words
    assert [at for part in parts for at in part.word_at_s or ()] == list(map(float, range(1000)))
    assert all(len(part.words) <= 2100 for part in parts)


@given(st.lists(st.text(), max_size=5))
def test_what_is_stored_has_words_and_no_signs_that_postgres_refuses(texts: list[str]) -> None:
    for term in storable([Term("text", text) for text in texts]):
        assert term.words.strip()
        assert "\0" not in term.words
        term.words.encode("utf-8")


def test_times_that_do_not_fit_the_words_are_left_out() -> None:
    (term,) = storable([Term("said", "ask not what", at_s=4.0, word_at_s=(4.0, 4.5))])
    assert term.word_at_s is None
    assert term.at_s == 4.0
