"""Names of strangers' files."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.paths import clean_line, clean_path


@given(st.text(max_size=600))
def test_a_clean_path_can_be_stored_and_shown(raw: str) -> None:
    clean = clean_path(raw)
    parts = clean.split("/")
    assert clean
    assert not clean.startswith("/")
    assert not {"", ".", ".."} & set(parts)
    assert all(len(part) <= 255 for part in parts)
    assert all(unicodedata.category(c)[0] not in "C" or c == "\u200d" for c in clean)
    clean.encode("utf-8")


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing_more(raw: str) -> None:
    assert clean_path(clean_path(raw)) == clean_path(raw)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("2019/Lisbon/IMG_1.jpg", "2019/Lisbon/IMG_1.jpg"),
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\Photos\\a.jpg", "C:/Photos/a.jpg"),
        ("a\0b\n.jpg", "ab.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("", "unnamed"),
        ("a/\x01\x02\x7f.jpg", "a/unnamed.jpg"),
        (".hidden.jpg", ".hidden.jpg"),
        ("..", "unnamed"),
        ("Ame\u0301lie.jpg", "Amélie.jpg"),
        ("x" * 300 + ".jpeg", "x" * 250 + ".jpeg"),
    ],
)
def test_examples(raw: str, clean: str) -> None:
    assert clean_path(raw) == clean


def test_a_line_of_a_log_stays_one_line_and_cannot_steer_a_terminal() -> None:
    assert clean_line("a\nb\x1b[2J\u202ec\udcff") == "ab[2Jc"
