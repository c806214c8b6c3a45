"""Word forms and typing errors."""

from hypothesis import given
from hypothesis import strategies as st

from core.spelling import corrections, plain_word, typing_errors, word_forms

letters = st.text("abcdefg", min_size=1, max_size=9)


def test_forms_that_the_stemmer_misses() -> None:
    assert "bus" in word_forms("Buses")
    assert "buses" in word_forms("bus")
    assert "person" in word_forms("people")
    assert "lens" in word_forms("lenses")
    assert word_forms("yes") == ("yes", "yeses")


def test_corrections_are_near_and_numbers_are_left_alone() -> None:
    known = ["emisiones", "emociones", "bicycle", "bus", "1235", "traffic"]
    assert corrections("emisones", known) == ("emisiones",)
    assert corrections("bycicle", known) == ("bicycle",)
    assert corrections("1234", known) == ()
    assert corrections("bsu", known) == ()  # three letters have too many neighbours
    assert corrections("zebra", known) == ()


def test_plain_words() -> None:
    assert plain_word("EMISIÓN") == "emision"


@given(letters, letters)
def test_typing_errors_agree_with_the_definition(a: str, b: str) -> None:
    """Against the textbook recurrence of optimal string alignment, written down plainly."""

    def errors(i: int, j: int, seen: dict[tuple[int, int], int]) -> int:
        if (i, j) not in seen:
            if min(i, j) == 0:
                seen[i, j] = max(i, j)
            else:
                ways = [
                    errors(i - 1, j, seen) + 1,
                    errors(i, j - 1, seen) + 1,
                    errors(i - 1, j - 1, seen) + (a[i - 1] != b[j - 1]),
                ]
                if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                    ways.append(errors(i - 2, j - 2, seen) + 1)
                seen[i, j] = min(ways)
        return seen[i, j]

    assert typing_errors(a, b, 3) == min(3, errors(len(a), len(b), {}))
