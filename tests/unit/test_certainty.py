"""Words of certainty: which score of which engine has which, and that none is made up."""

import pytest

from core.certainty import LEAST_RIGHT, Certainty, certainty_of, certainty_of_score, engine_of


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (1.0, "very likely"),
        (0.95, "very likely"),
        (0.94, "likely"),
        (0.75, "likely"),
        (0.4, "unsure"),
        (0, "unlikely"),
    ],
)
def test_the_word_of_a_probability(probability: float, word: str) -> None:
    assert certainty_of(probability) == word


def test_words_are_in_order_from_the_surest() -> None:
    assert list(LEAST_RIGHT) == list(Certainty)
    assert sorted(LEAST_RIGHT.values(), reverse=True) == list(LEAST_RIGHT.values())


@pytest.mark.parametrize(
    ("version", "score", "word"),
    [
        ("2+yolo_onnx-f5fcf896be5c", 0.85, "very likely"),
        ("2+yolo_onnx-f5fcf896be5c", 0.3, "unsure"),
        ("4+rapidocr_text-0123456789ab", 0.93, "unsure"),
        ("1+faster_whisper_speech-d01c3014881c", 0.95, "likely"),
        ("1+faster_whisper_speech-d01c3014881c", 0.6, "unlikely"),
        ("1+efficientnet_lite0-579344248a93", 0.3, "unlikely"),
        ("1+of_ones_own-0123456789ab", 0.99, None),
        ("1+yolo_onnx-f5fcf896be5c", None, None),
        ("1", 0.99, None),
        (None, 0.99, None),
    ],
)
def test_the_word_of_a_score_is_its_engines(version: str | None, score: float | None, word: str | None) -> None:
    assert certainty_of_score(version, score) == word


def test_engines_of_versions_and_spaces() -> None:
    assert engine_of("3+yolo_onnx-f5fcf896be5c") == "yolo_onnx"
    assert engine_of("faces:yunet_sface-8f2383e4dd3c") == "yunet_sface"
    assert engine_of("yunet_sface-8f2383e4dd3c") == "yunet_sface"
    assert engine_of("1") == engine_of(None) == ""
