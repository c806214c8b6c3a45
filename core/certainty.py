"""Words for how sure an answer is, and from which score of which engine each of them was measured to hold.

An engine's score is no probability: a text line of .93 was right seven times in ten, an object of .85 more than
nineteen times in twenty. So no score is shown as a per cent but as a word for a share of right answers, which
`python -m bench calibration` checks on material that nothing was fitted to (docs/decisions/070-certainty.md).
"""

from collections.abc import Mapping
from enum import StrEnum


class Certainty(StrEnum):
    """At least this share of such answers is right: .95, .75, .40; `unlikely` promises nothing."""

    VERY_LIKELY = "very likely"
    LIKELY = "likely"
    UNSURE = "unsure"
    UNLIKELY = "unlikely"


LEAST_RIGHT: Mapping[Certainty, float] = {
    Certainty.VERY_LIKELY: 0.95,
    Certainty.LIKELY: 0.75,
    Certainty.UNSURE: 0.4,
    Certainty.UNLIKELY: 0.0,
}
"""The share of right answers that each word stands for, surest first."""

Steps = tuple[tuple[float, Certainty], ...]
"""Scores and the word that holds from there on, highest score first."""

_BY_ENGINE: Mapping[str, Steps] = {
    # the things in 60 photos, looked at one by one; others measured .975 right at .85
    "yolo_onnx": ((0.8, Certainty.VERY_LIKELY), (0.5, Certainty.LIKELY), (0.0, Certainty.UNSURE)),
    # tags of photos of all kinds; a thousand classes name few of the things that people photograph
    "efficientnet_lite0": ((0.8, Certainty.UNSURE), (0.0, Certainty.UNLIKELY)),
    # whole lines without one wrong letter, pages and signs
    "rapidocr_text": ((0.98, Certainty.LIKELY), (0.8, Certainty.UNSURE), (0.0, Certainty.UNLIKELY)),
    # the language of short clips in eleven languages
    "faster_whisper_speech": ((0.9, Certainty.LIKELY), (0.8, Certainty.UNSURE), (0.0, Certainty.UNLIKELY)),
}


def certainty_of(probability: float) -> Certainty:
    """The word for a probability that holds."""
    return next(word for word, least in LEAST_RIGHT.items() if probability >= least or word is Certainty.UNLIKELY)


def certainty_of_score(version: str | None, score: float | None) -> Certainty | None:
    """The word for a score out of a result of this version ("2+yolo_onnx-f5fcf896be5c").

    None where that engine's scores were never compared with what is right.
    """
    steps = _BY_ENGINE.get(engine_of(version))
    if steps is None or score is None:
        return None
    return next((word for least, word in steps if score >= least), Certainty.UNLIKELY)


def engine_of(version: str | None) -> str:
    """The engine's name in a result's version or a vector space's name; empty when there is none."""
    return (version or "").rpartition("+")[2].rpartition(":")[2].rpartition("-")[0]
