"""How writing that was not read and languages that are only guessed are told."""

from typing import Any

import pytest

from core.languages import is_unsure
from core.unread import Reading, unread
from fovea.browse import _said, _written
from library.view import _line, _speech

BOX = {"x": 0.1, "y": 0.1, "w": 0.5, "h": 0.1}


def reading(text: str, score: float, *, length: float = 6.0, outline: float = 0.8) -> Reading:
    return Reading(text, score, (score,) * max(1, len(text)), outline, length, bool(text) and score >= 0.6)


def segment(language: str | None, probability: float, text: str) -> dict[str, Any]:
    known = {"language": language, "language_probability": probability}
    return {"start_s": 0.0, "end_s": 1.0, "text": text, "words": [], **known}


def test_writing_that_was_not_read_has_no_words_and_no_certainty() -> None:
    version = "4+rapidocr_text-f5fcf896be5c"
    line = _line({"text": "", "score": 0.9, "box": BOX, "at_s": None, "read": False}, version)
    assert (line["text"], line["read"], line["certainty"]) == ("", False, None)
    older = _line({"text": "EXIT", "score": 0.99, "box": BOX, "at_s": None}, version)
    assert (older["read"], older["certainty"]) == (True, "likely")
    assert _written([older, line, line]) == "EXIT · (2 lines of writing, not read)"


def test_a_guessed_language_is_said_at_the_whole_and_at_each_stretch() -> None:
    segments = [segment("en", 0.99, "Hello."), segment("cy", 0.6, "Hwyl."), segment(None, 0.3, "Aa.")]
    speech = _speech({"language": "en", "language_probability": 0.99, "segments": segments}, None, None)
    assert speech is not None
    assert not speech["language_unsure"]
    assert [each["language_unsure"] for each in speech["segments"]] == [False, True, True]
    assert _said(speech["segments"]) == "(en) Hello. (cy, unsure) Hwyl. (language unknown, unsure) Aa."
    chosen = _speech({"language": "cy", "language_probability": 0.6, "segments": segments[1:2]}, "cy", None)
    assert chosen is not None
    assert not chosen["language_unsure"]
    assert _said(chosen["segments"]) == "Hwyl."
    assert is_unsure(None) and is_unsure(0.89) and not is_unsure(0.9)


@pytest.mark.parametrize("text", ["Exit", "Bäckerei Müller", "12,99 €", "東京駅 出口", "B-AB 1234", "7"])
def test_what_is_read_surely_is_given_out(text: str) -> None:
    assert unread([reading(text, 0.97, length=max(1.0, len(text) / 2))]) == ([True], [False])


def test_a_page_in_an_unknown_script_takes_what_looks_read_along() -> None:
    lost = [reading("レクID ワIル7'ロ", 0.67), reading("n  D", 0.61), reading("", 0.0), reading("4GICL", 0.93)]
    good, seen = unread([*lost, reading("Bangkok Railway Station", 0.995, length=11.0)])
    assert good[:3] == [False, False, False]
    assert good[4]
    assert seen[:3] == [True, True, True]


def test_one_smudge_among_read_lines_is_not_shown() -> None:
    lines = [reading("Hello world again", 0.99) for _ in range(9)]
    assert unread([*lines, reading("", 0.2)]) == ([True] * 9 + [False], [False] * 10)
