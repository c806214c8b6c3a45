"""What it means that two faces or two pictures are alike, in a library of so many."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from core.certainty import Certainty, certainty_of

Likeness = Literal["nearly the same", "alike", "somewhat alike"]
CHANCE = 0.05
"""Faces that are one person's less often than this are no answer: nineteen of twenty would be strangers'."""
_OFFSET, _SLOPE = -14.5, 46.7  # log likelihood ratio of a cosine, SFace 2021dec; see same_person_probability


def same_person_probability(cosine: float, faces: int) -> float:
    """Probability 0..1 that a face belongs to the person asked for, among `faces` others of the library.

    Odds = e^(46.7·cos − 14.5) / (faces − 1): the likelihood ratio of the two SFace vectors, and before anything
    is known that one other face of the library is this person's. The ratio is a logistic fitted at natural odds to
    430 faces of 267 persons of Labeled Faces in the Wild, checked on 290 others and on Olivetti's. It depends on
    how many photos there are of somebody whom nobody named yet: it is a lower bound where there are many, so it
    is said in words, never as a per cent.
    """
    ratio = _SLOPE * max(-1.0, min(1.0, cosine)) + _OFFSET
    return 1.0 / (1.0 + math.exp(min(700.0, math.log(max(1, faces - 1)) - ratio)))


def face_certainty(cosine: float, faces: int) -> Certainty | None:
    """The word for two faces of SFace that are this alike; None for what chance alone brings about."""
    probability = same_person_probability(cosine, faces)
    return certainty_of(probability) if probability >= CHANCE else None


@dataclass(frozen=True, slots=True)
class _Unrelated:
    """Cosines of pictures that have nothing to do with each other, and from where two are nearly the same."""

    mean: float
    deviation: float
    alike: float
    nearly_same: float


_PICTURES: Mapping[str, _Unrelated] = {
    # 3,486 pairs of 84 photos; near duplicates: precision .89 at .58 on 1,430 pictures
    "efficientnet_lite0": _Unrelated(0.21, 0.09, alike=0.58, nearly_same=0.75)
}
FACES_MEASURED = "yunet_sface"
PICTURES_MEASURED = frozenset(_PICTURES)
"""Engines whose cosines were measured; of others nothing is said and nothing left out."""


def picture_likeness(cosine: float, pictures: int, engine: str) -> Likeness | None:
    """The words for two pictures of one of PICTURES_MEASURED; None for what chance alone brings about.

    Chance begins where one of so many unrelated pictures would be as much alike.
    """
    known = _PICTURES[engine]
    if cosine < known.mean + _reach(pictures) * known.deviation:
        return None
    if cosine >= known.nearly_same:
        return "nearly the same"
    return "alike" if cosine >= known.alike else "somewhat alike"


def _reach(pictures: int) -> float:
    """How many standard deviations from the mean the likest of so many unrelated ones lies."""
    return NormalDist().inv_cdf(1.0 - 1.0 / max(20, pictures))
