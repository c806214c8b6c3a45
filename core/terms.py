"""Searchable words: what an analysis hands to search, and how file names fall into words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, get_args

from core.media import Box
from core.query import split_words

_LONGEST = 2000  # characters of one stored term; a longer text becomes several

TermKind = Literal["object", "text", "said", "tag", "place", "camera", "name", "comment"]
"""What a term's words are."""
TERM_KINDS: tuple[TermKind, ...] = get_args(TermKind)
LABEL_KINDS: tuple[TermKind, ...] = ("object", "tag", "place", "camera")
"""Kinds whose words are a name as a whole; each is on many assets."""
WORD_KINDS: tuple[TermKind, ...] = tuple(kind for kind in TERM_KINDS if kind not in LABEL_KINDS)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that an asset can be found by, with where (fractions) and when (seconds) in the medium they are.

    `score` is 0..1, None where there is nothing to doubt. `word_at_s` has the start of each word of `words`
    (split at white space); it is given for speech.
    """

    kind: TermKind
    words: str
    score: float | None = None
    box: Box | None = None
    at_s: float | None = None
    end_s: float | None = None
    word_at_s: tuple[float, ...] | None = None


def storable(terms: list[Term]) -> Iterator[Term]:
    """The terms as they can be stored: no signs a database refuses, no empty ones, long ones cut at a space."""
    for term in terms:
        words = term.words.replace("\0", " ").encode("utf-8", "replace").decode("utf-8").split()
        times = term.word_at_s if term.word_at_s is not None and len(term.word_at_s) == len(words) else None
        for start, end in pairwise(_cuts(words)):
            text = " ".join(words[start:end])
            if split_words(text):
                yield replace(term, words=text, word_at_s=times[start:end] if times else None)


def name_words(path: str) -> list[str]:
    """Folder and file names as words, the file's name first; twice where a part is cut within words.

    `2019/LisbonTrip/IMG_1234.jpg` → `["IMG 1234 jpg", "Lisbon Trip", "LisbonTrip", "2019"]`: a person may type
    either, and each with what stands beside it.
    """
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    lines = []
    for part in reversed(parts[-8:]):
        words = split_words(part[:500])
        cut = " ".join(piece for word in words for piece in _pieces(word))
        lines += [line for line in dict.fromkeys((cut, " ".join(words))) if line]
    return lines


def _pieces(word: str) -> list[str]:
    """`LisbonTrip` → Lisbon, Trip; `IMG1234` → IMG, 1234; `HTMLFile` → HTML, File."""
    starts = [0]
    for at in range(1, len(word)):
        before, sign, after = word[at - 1], word[at], word[at + 1 : at + 2]
        number = before.isdigit() != sign.isdigit()
        hump = sign.isupper() and (before.islower() or (before.isupper() and after.islower()))
        if number or hump:
            starts.append(at)
    return [word[start:end] for start, end in pairwise([*starts, len(word)])]


def _cuts(words: list[str]) -> list[int]:
    """Indices where a term begins anew so that none is much longer than _LONGEST characters."""
    cuts, length = [0], 0
    for index, word in enumerate(words):
        if length and length + len(word) > _LONGEST:
            cuts.append(index)
            length = 0
        length += len(word) + 1
    return [*cuts, len(words)]
