"""Cursors come back as they went out, and nothing else comes through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cursor import decode_cursor, encode_cursor
from core.errors import BadRequest


@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=100),
    st.integers(-(2**62), 2**62),
)
def test_a_cursor_comes_back_as_it_went_out(text: str, number: int) -> None:
    assert decode_cursor(encode_cursor([text, number]), str, int) == [text, number]


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        decode_cursor(text, str, int)


@pytest.mark.parametrize(
    "parts", [[], ["a"], [1, "a"], ["a", 1, 2], ["a", True], ["a", None], ["a", 2**63], ["\0", 1]]
)
def test_a_cursor_of_another_list_is_refused(parts: list[str | int | None]) -> None:
    with pytest.raises(BadRequest):
        decode_cursor(encode_cursor(parts), str, int)
