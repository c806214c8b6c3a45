"""What of an asset is compared by meaning: its labels, where it is, stretches of what is written and said."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from core.media import Box

BRIEF_WORDS = 3
"""Writing of so few words is compared as labels are."""
BRIEF_FLOOR = 0.55
"""Cosine (MiniLM) from which a label and a query count as close; see docs/decisions/044-meaning.md."""
LONG_FLOOR = 0.38
"""The same for stretches of four words and more, of which unrelated ones hardly come beyond .3."""
_STRETCH_WORDS = 40
_MOST_PASSAGES = 600
_LEAST_OBJECT_SCORE = 0.4
_LEAST_TAG_SCORE = 0.3
_LONGEST = 1000  # characters


@dataclass(frozen=True, slots=True)
class Found:
    """A term of an asset, as stored."""

    kind: str
    words: str
    score: float | None = None
    box: Box | None = None
    at_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that stands for something in an asset. `source`: kind of its terms, "scene" for several labels."""

    source: str
    words: str
    box: Box | None = None
    at_s: float | None = None
    end_s: float | None = None

    @property
    def brief(self) -> bool:
        """Whether it is a label or as short as one."""
        return self.source not in ("text", "said", "comment") or len(self.words.split()) <= BRIEF_WORDS

    @property
    def floor(self) -> float:
        return BRIEF_FLOOR if self.brief else LONG_FLOOR


def passages_of(terms: Sequence[Found]) -> list[Passage]:
    """The passages of an asset whose terms are given in reading order; each text once, at its surest place."""
    found = [*_labels(terms), *_place(terms)]
    for kind in ("text", "said", "comment"):
        found += _stretches([term for term in terms if term.kind == kind])
    best: dict[str, Passage] = {}
    for passage in found:
        best.setdefault(passage.words, passage)
    return list(best.values())[:_MOST_PASSAGES]


def _labels(terms: Sequence[Found]) -> Iterator[Passage]:
    least = {"object": _LEAST_OBJECT_SCORE, "tag": _LEAST_TAG_SCORE}
    sure = [term for term in terms if term.kind in least and (term.score or 1.0) >= least[term.kind]]
    sure.sort(key=lambda term: -(1.0 if term.score is None else term.score))
    names = dict.fromkeys(term.words for term in sure)
    for name in names:
        first = next(term for term in sure if term.words == name)
        yield Passage(first.kind, name, first.box, first.at_s)
    if len(names) > 1:
        yield Passage("scene", ", ".join(sorted(names)[:8]))


def _place(terms: Sequence[Found]) -> Iterator[Passage]:
    names = dict.fromkeys(term.words for term in terms if term.kind == "place")
    if names:
        yield Passage("place", ", ".join(names))


def _stretches(terms: Sequence[Found]) -> Iterator[Passage]:
    """Lines that follow each other, put together to stretches of about _STRETCH_WORDS words."""
    # Writing in one frame of a video does not go on in the next one; speech does.
    for _, group in groupby(terms, key=lambda term: term.at_s if term.kind == "text" else None):
        together: list[Found] = []
        count = 0
        for term in group:
            words = len(term.words.split())
            if together and count + words > _STRETCH_WORDS:
                yield from _stretch(together)
                together, count = [], 0
            together.append(term)
            count += words
        yield from _stretch(together)


def _stretch(together: Sequence[Found]) -> Iterator[Passage]:
    words = " ".join(" ".join(term.words.split()) for term in together)[:_LONGEST]
    # Numbers and single letters mean nothing: something like a word must be among them.
    if not any(sum(sign.isalpha() for sign in word) >= 3 for word in words.split()):
        return
    boxes = [term.box for term in together if term.box is not None]
    yield Passage(together[0].kind, words, around(boxes), together[0].at_s, together[-1].end_s)


def around(boxes: Iterable[Box]) -> Box | None:
    """The smallest box around all; None without any."""
    given = list(boxes)
    if not given:
        return None
    left, top = min(box.x for box in given), min(box.y for box in given)
    right, bottom = max(box.x + box.w for box in given), max(box.y + box.h for box in given)
    return Box(left, top, right - left, bottom - top)
