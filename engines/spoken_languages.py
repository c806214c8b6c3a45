"""Who speaks one language and then another: a stretch of voices is cut where the language changes.

Whisper takes the language of the first words for all that follow and translates the rest into it, badly. So each
turn (voices between two short pauses) is asked for its language alone, which costs about a tenth of writing it
down, and what is surely another language is written down by itself. Measured in
docs/decisions/073-not-read-not-understood.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from engines.sound import RATE_HZ, Samples
from engines.voices import Chunk, Stretch

Detect = Callable[[Samples], tuple[str, float]]
"""The likeliest language of some voices, and how likely it is."""

_SURE = 0.9  # a turn counts as another language from here
_LEAST_S = 2.0  # shorter turns are asked together with what follows; what remains is of its neighbours' language
_HEARD_S = 10.0  # so much of a turn is listened to


@dataclass(frozen=True, slots=True)
class _Turn:
    chunk: Chunk
    language: str | None  # None: not sure enough to differ from its neighbours


def by_language(stretch: Stretch, detect: Detect) -> list[Stretch]:
    """The stretch, cut where another language begins; as it was where one language is spoken."""
    turns = _long_enough(stretch.turns)
    if len(turns) < 2:
        return [stretch]
    heard = [_Turn(turn, _language(stretch.samples[turn["start"] : turn["end"]], detect)) for turn in turns]
    cuts = _cuts(heard)
    if not cuts:
        return [stretch]
    return [
        part for start, end in pairwise([0, *cuts, len(stretch.samples)]) if (part := _part(stretch, start, end))
    ]


def _long_enough(turns: Sequence[Chunk]) -> list[Chunk]:
    joined: list[Chunk] = []
    for turn in turns:
        if joined and min(_length_s(joined[-1]), _length_s(turn)) < _LEAST_S:
            joined[-1] = {"start": joined[-1]["start"], "end": turn["end"]}
        else:
            joined.append(turn)
    return joined


def _length_s(turn: Chunk) -> float:
    return (turn["end"] - turn["start"]) / RATE_HZ


def _language(samples: Samples, detect: Detect) -> str | None:
    spare = max(0, len(samples) - int(_HEARD_S * RATE_HZ)) // 2
    language, probability = detect(samples[spare : len(samples) - spare])
    return language if probability >= _SURE else None


def _cuts(heard: Sequence[_Turn]) -> list[int]:
    """Sample numbers in the pauses before which one language is spoken, and after which another."""
    sure = [turn for turn in heard if turn.language is not None]
    return [
        (_before(heard, after)["end"] + after.chunk["start"]) // 2
        for before, after in pairwise(sure)
        if before.language != after.language
    ]


def _before(heard: Sequence[_Turn], turn: _Turn) -> Chunk:
    """What is unsure in between goes with what was before."""
    return heard[heard.index(turn) - 1].chunk


def _part(stretch: Stretch, start: int, end: int) -> Stretch | None:
    chunks = [
        {"start": max(chunk["start"], start), "end": min(chunk["end"], end)}
        for chunk in stretch.chunks
        if chunk["end"] > start and chunk["start"] < end
    ]
    turns = [turn for turn in stretch.turns if turn["end"] > start and turn["start"] < end]
    return replace(stretch, chunks=chunks, turns=turns) if chunks else None
