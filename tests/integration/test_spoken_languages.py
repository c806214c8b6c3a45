"""The language of speech is decided for each stretch, and one that is only guessed says so (report 56)."""

from pathlib import Path

import pytest

from core.findings import Transcript
from core.languages import SURE
from engines.contract import SpeechTranscriber
from tests.engine_door import door

SPOKEN = Path(__file__).parent.parent / "data" / "reports" / "56-second-language"


def heard(name: str, language: str | None = None) -> Transcript:
    return door().get("faster_whisper_speech", SpeechTranscriber, {}).transcribe(SPOKEN / name, language)


@pytest.mark.parametrize(
    ("name", "languages", "words"),
    [
        ("en_de.mp4", ["en", "de"], ["apostle of the middle classes", "Leichenhalle"]),
        ("fr_es.ogg", ["fr", "es"], ["eaux et forêts", "arenas"]),
        ("it_ja_de.ogg", ["it", "ja", "de"], ["radio", "客観的", "Leichenhalle"]),
    ],
)
def test_each_sentence_is_written_in_its_own_language(name: str, languages: list[str], words: list[str]) -> None:
    told = heard(name)
    assert list(dict.fromkeys(segment.language for segment in told.segments)) == languages
    assert told.language in languages
    for language, word in zip(languages, words, strict=True):
        theirs = [segment for segment in told.segments if segment.language == language]
        assert word in " ".join(segment.text for segment in theirs)
        assert all(segment.language_probability >= SURE for segment in theirs)
    times = [(segment.start_s, segment.end_s) for segment in told.segments]
    assert times == sorted(times)


def test_what_is_no_language_is_not_stated_as_one() -> None:
    told = heard("es_reversed.ogg")
    assert all(segment.language_probability < SURE for segment in told.segments)
    assert told.language_probability < SURE


def test_a_language_that_a_person_chose_holds_for_all() -> None:
    told = heard("en_de.mp4", "en")
    assert {(segment.language, segment.language_probability) for segment in told.segments} == {("en", 1.0)}
