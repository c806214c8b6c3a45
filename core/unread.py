"""Whether a line was read at all, or is in a script that the reader does not know and gives other letters for.

A reader of Latin, Chinese and Japanese shown Hebrew or Thai answers with what looks alike: few signs for the
length, unsure ones, several scripts in one word. Fitted on 155 lines in ten such scripts against 455 in known
ones, most of them blurred; measured in docs/decisions/073-not-read-not-understood.md.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

# Of a logistic: what speaks for a script that is not known.
_BASE, _MEAN, _FILL, _MIXED, _LENGTH, _LOW, _HUMPS = 11.57, -8.48, -1.62, 3.66, -3.01, 2.18, 1.86
_FILLED = 2.0  # signs for each height of a line that is read in full
_LONG = 10  # signs; more say nothing more
_LOW_CHANCE = 0.6
_DOUBTED = 1.4  # such a logit, 80 %, is too much for a line by itself
_CONTEXT = 2.5  # added where all about it is not read, taken away where all is
_STRANGE = 1.0  # where so much speaks against the script, a single sign is none
_SURE = 0.97  # a reading this sure stands among others that are not: a brand, a number
_ALONE = 0.9
_SWITCHES = 4  # between letters and digits in a line; a number plate has two
_LINE = 1.5  # an outline less long than that, by its height, may be anything
_LONG_LINE = 3.0  # one that is this long is writing, though nothing else is
_LEAST_OUTLINE = 0.6  # how sure the outline of writing that is not read must be
_LEAST_SHARE = 0.3  # of the lines in a picture; less are smudges among what is read
_WIDE = ("CJK", "HIRAGANA", "KATAKANA")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in an outline: its signs' chances (0..1), how sure the outline is, how long by its height.

    `accepted`: the reader itself would give it out.
    """

    text: str
    score: float
    chances: tuple[float, ...]
    outline_score: float
    length: float
    accepted: bool


def unread(readings: Sequence[Reading]) -> tuple[list[bool], list[bool]]:
    """For each reading of a picture: whether to give it out, and whether it is writing that was not read."""
    doubts = [doubt(each) for each in readings]
    lines = [index for index, each in enumerate(readings) if each.length >= _LINE]
    lost = [
        index
        for index in lines
        if not readings[index].accepted or (readings[index].score < _ALONE and doubts[index] > 0)
    ]
    share = len(lost) / len(lines) if lines else 0.0
    context = _CONTEXT * (2 * share - 1) if len(lines) > 2 else 0.0
    good = [
        each.accepted and not _is_doubted(each, logit, context)
        for each, logit in zip(readings, doubts, strict=True)
    ]
    seen = [index for index in lines if not good[index] and readings[index].outline_score >= _LEAST_OUTLINE]
    enough = len(seen) >= _LEAST_SHARE * max(1, len(lines))
    shown = enough and (len(seen) > 1 or any(readings[index].length >= _LONG_LINE for index in seen))
    return good, [shown and index in seen for index in range(len(readings))]


def _is_doubted(reading: Reading, logit: float, context: float) -> bool:
    if context <= 0:  # by itself: what is sure or a single sign is judged by the reader
        return reading.score < _ALONE and len(reading.text) > 1 and logit + context / 2 > _DOUBTED
    if len(reading.text) == 1:
        return context > _STRANGE
    return reading.score < _SURE and logit + context > _DOUBTED


def doubt(reading: Reading) -> float:
    """Log odds that a line is in a script which the reader does not know; those of both kinds taken as equal."""
    signs = [sign for sign in reading.text if not sign.isspace()]
    if not signs or not reading.chances:
        return _BASE
    fill = sum(2 if _script(sign) == "wide" else 1 for sign in signs) / max(1.0, reading.length)
    scripts = {_script(sign) for sign in signs} - {""}
    pairs = list(pairwise(reading.text))
    humps = any(a.islower() and b.isupper() for a, b in pairs)
    humps |= sum(a.isalnum() and b.isalnum() and a.isdigit() != b.isdigit() for a, b in pairs) >= _SWITCHES
    return (
        _BASE
        + _MEAN * fmean(reading.chances)
        + _FILL * min(fill, _FILLED)
        + _MIXED * (len(scripts) > 1)
        + _LENGTH * min(len(signs), _LONG) / _LONG
        + _LOW * sum(chance < _LOW_CHANCE for chance in reading.chances) / len(reading.chances)
        + _HUMPS * humps
    )


def _script(sign: str) -> str:
    """Latin, Greek, "wide" (Chinese and Japanese) or another; "" for what belongs to every script."""
    if not sign.isalpha():
        return ""
    first = unicodedata.name(sign, "?").split()[0].split("-")[0]
    return "wide" if first in _WIDE else first
