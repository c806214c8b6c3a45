"""Why an asset matches: which words of which lines, where in the picture, when in the recording."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.certainty import Certainty, certainty_of_score
from core.media import Box

_AROUND = ".,;:!?¡¿\"'“”„«»()[]…"  # signs at a word's ends that are no part of it
# Whose scores were compared with what is right; what is said has one where its language was only guessed.
_DOUBTED = ("object", "tag", "text", "said")
_WORD = re.compile(r"\S+")
_MOST_JOINED = 12  # pieces of a number that are put together

Spelled = Sequence[tuple[str, ...]]
"""The pieces a word falls into, each with the spellings it is found by: as it is, then its stems."""


@dataclass(frozen=True, slots=True)
class Line:
    """A term as it was stored. `complete`: the match lies within it; else it holds a part of a phrase."""

    kind: str
    ordinal: int
    words: str
    score: float | None
    box: Box | None
    at_s: float | None
    end_s: float | None
    word_at_s: Sequence[float] | None
    complete: bool
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """One reason. `at_s` is the second of the matched word itself where that is known, `end_s` its line's end.

    `ranges` are the places of the matched words in `text`: characters (code points) from, to. `asked` is set in
    reasons of kind "meaning": the part of the query that `text` is close to, with `score` as the similarity.
    """

    kind: str
    text: str
    matched: tuple[str, ...] = ()
    score: float | None = None
    certainty: Certainty | None = None
    box: Box | None = None
    at_s: float | None = None
    end_s: float | None = None
    ranges: tuple[tuple[int, int], ...] = ()
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    line: int
    word: int
    spellings: frozenset[str]


def reasons(
    lines: Sequence[Line],
    wanted: Sequence[frozenset[str]],
    spelled: Callable[[str], Spelled],
    *,
    exact: bool,
    joined: Sequence[str] = (),
) -> list[Why]:
    """One reason for each line, or run of lines, in which the wanted pieces follow each other.

    `wanted` has one entry for a word and several for a phrase; `spelled` gives the pieces of a word as written;
    `exact`: the written word itself counts, not its stem; `joined`: what pieces may also hold when they are put
    together (xt3 of X-T3). Reasons in a recording come in the order of time,
    others as given.
    """
    found = []
    for group in _groups(lines):
        pieces = [
            _Piece(at, place, frozenset(spellings[:1] if exact else spellings))
            for at, line in enumerate(group)
            for place, word in enumerate(line.words.split())
            for spellings in spelled(word)
        ]
        runs = _runs(pieces, wanted) or _joined_runs(pieces, joined)
        why = _reason(group, runs) if runs else None
        if why is not None:
            found.append(why)
    if lines and not found:
        found.append(_why(lines[:1], (), None))  # matched in a way we cannot retrace: the line is still the reason
    once = _once(found)
    return sorted(once, key=lambda why: why.at_s if why.kind == "said" and why.at_s is not None else -1.0)


def _once(found: Sequence[Why]) -> list[Why]:
    """Without what says the same again: a file's name is kept cut within words and as it is, which is shown; a
    camera also under other names of its maker, of which the first is shown."""
    kept: dict[tuple[str, object], Why] = {}
    for at, why in enumerate(found):
        same: object = {"name": "".join(why.text.split()), "camera": why.matched}.get(why.kind, at)
        before = kept.get((why.kind, same))
        if before is None or (why.kind == "name" and len(why.text) < len(before.text)):
            kept[why.kind, same] = why
    return list(kept.values())


def _groups(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that hold their match each alone; parts of phrases with those that follow them."""
    groups = [[line] for line in lines if line.complete]
    parts = sorted((line for line in lines if not line.complete), key=lambda line: (line.kind, line.ordinal))
    chain: list[Line] = parts[:1]
    for before, line in pairwise(parts):
        follows = line.kind == before.kind and line.ordinal == before.ordinal + 1
        if follows and (line.kind != "text" or line.at_s == before.at_s):
            chain.append(line)
        else:
            groups.append(chain)
            chain = [line]
    return [*groups, chain] if chain else groups


def _runs(pieces: Sequence[_Piece], wanted: Sequence[frozenset[str]]) -> list[Sequence[_Piece]]:
    return [
        pieces[start : start + len(wanted)]
        for start in range(len(pieces) - len(wanted) + 1)
        if all(piece.spellings & want for piece, want in zip(pieces[start:], wanted, strict=False))
    ]


def _joined_runs(pieces: Sequence[_Piece], joined: Sequence[str]) -> list[Sequence[_Piece]]:
    """The shortest runs of pieces that hold one of the joined words when put together."""
    runs: list[Sequence[_Piece]] = []
    for word in joined:
        for start in range(len(pieces)):
            whole = ""
            for end in range(start, min(start + _MOST_JOINED, len(pieces))):
                whole += min(pieces[end].spellings, default="", key=lambda one: (-len(one), one))
                if word in whole:
                    if word not in whole[len(whole) - _length(pieces[start + 1 : end + 1]) :]:
                        runs.append(pieces[start : end + 1])
                    break
    return runs


def _length(pieces: Sequence[_Piece]) -> int:
    return sum(max((len(one) for one in piece.spellings), default=0) for piece in pieces)


def _reason(group: Sequence[Line], runs: Sequence[Sequence[_Piece]]) -> Why:
    first, last = runs[0][0], runs[0][-1]
    used = group[first.line : last.line + 1]
    places = dict.fromkeys((piece.line, piece.word) for run in runs for piece in run)
    inside = sorted((line - first.line, word) for line, word in places if first.line <= line <= last.line)
    times = group[first.line].word_at_s
    at_s = times[first.word] if times is not None and first.word < len(times) else None
    return _why(used, inside, at_s)


def _why(used: Sequence[Line], places: Sequence[tuple[int, int]], at_s: float | None) -> Why:
    """`places`: which words of which of the lines matched."""
    score = min((line.score for line in used if line.score is not None), default=None)
    words: list[list[tuple[int, int]]] = []
    start = 0
    for line in used:
        words.append([(start + found.start(), start + found.end()) for found in _WORD.finditer(line.words)])
        start += len(line.words) + 1
    text = " ".join(line.words for line in used)
    ranges = tuple(_bare(text, *words[line][word]) for line, word in places)
    return Why(
        kind=used[0].kind,
        text=text,
        matched=tuple(dict.fromkeys(text[begin:end] for begin, end in ranges)),
        score=score,
        certainty=certainty_of_score(used[0].version, score) if used[0].kind in _DOUBTED else None,
        box=_around([line.box for line in used if line.box is not None]),
        at_s=at_s if at_s is not None else used[0].at_s,
        end_s=used[-1].end_s,
        ranges=ranges,
    )


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """The word's range without quotation marks and the like at its ends."""
    word = text[start:end]
    bare = word.strip(_AROUND)
    begin = start + word.index(bare)
    return begin, begin + len(bare)


def _around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.w for box in boxes), max(box.y + box.h for box in boxes)
    return Box(left, top, right - left, bottom - top)
