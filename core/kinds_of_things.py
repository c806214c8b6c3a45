"""What is a kind of what: whether a label may stand for what was asked for, or is something else beside it.

A dog and a cat are close in meaning, and one is never the other. A label counts for what is asked when it is
the same thing, a kind of it (beagle, dog), or what that is a kind of (puppy, dog).
"""

import re
from collections.abc import Iterable

from core.query import split_words
from core.spelling import plain_word, word_forms

_LANDSCAPE = ("geological formation", "body of water")
"""Kinds whose members lie beside each other: who asks for the ocean is shown a seashore."""
_INDOORS = ("room", "workplace")
"""Kinds that are known by what stands in them: who asks for the kitchen is shown an oven, not a butcher's shop."""
_MADE, _BUILT = "artifact", "structure"
_JOINED = re.compile(r"\s*,\s*")


class Kinds:
    """A tree of things, each with the words that mean it.

    `lines` as in library/kinds_of_things.tsv: number, numbers of what it is a kind of, words, tabs between. Words
    with `=` are labels, which mean this thing even where the word has other senses (a computer's mouse).
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._above: dict[str, tuple[str, ...]] = {}
        self._senses: dict[str, set[str]] = {}
        self._labelled: dict[str, set[str]] = {}
        for line in lines:
            if line.startswith("#") or not line.strip():
                continue
            number, above, words = line.rstrip("\n").split("\t")
            self._above[number] = tuple(filter(None, above.split(",")))
            for word in filter(None, words.split("|")):
                self._senses.setdefault(word.removeprefix("="), set()).add(number)
                if word.startswith("="):
                    self._labelled.setdefault(word[1:], set()).add(number)
        self._landscape = self._all_of(*_LANDSCAPE)
        self._indoors = self._all_of(*_INDOORS)
        self._made, self._built = self._all_of(_MADE), self._all_of(_BUILT)

    def may_stand_for(self, label: str, asked: str) -> bool:
        """Whether a label, or one of several with commas between, may be what is asked for.

        True as well where either is no thing that is known here: then this says nothing about them.
        """
        wanted = self._meant(asked)
        found = [self._of_label(part) for part in _JOINED.split(label)]
        known = [senses for senses in found if senses]
        if not wanted or not known:
            return True
        indoors = not self.is_label(asked)  # a toilet is a thing first, and a room only for want of a label
        return any(self._belong(one, other, indoors) for senses in known for one in senses for other in wanted)

    def is_label(self, text: str) -> bool:
        """Whether it is one of the labels."""
        return " ".join(plain_word(word) for word in split_words(text)) in self._labelled

    def _all_of(self, *names: str) -> frozenset[str]:
        return frozenset().union(*(self._senses.get(name, ()) for name in names))

    def _meant(self, asked: str) -> set[str]:
        """The senses of what is asked for; of several words those of all together, else of the last one."""
        words = [plain_word(word) for word in split_words(asked)]
        if not words:
            return set()
        *before, last = words
        forms = _singular(last)
        together = [self._senses.get(" ".join([*before, form]), set()) for form in forms]
        alone = [self._senses.get(form, set()) for form in forms]
        return set().union(*together) or set().union(*alone)

    def _of_label(self, text: str) -> set[str]:
        plain = " ".join(plain_word(word) for word in split_words(text))
        return self._labelled.get(plain) or self._senses.get(plain) or set()

    def _belong(self, label: str, asked: str, indoors: bool) -> bool:
        above_label, above_asked = self._closure(label), self._closure(asked)
        if label in above_asked or asked in above_label:
            return True
        if indoors and above_asked & self._indoors:
            return bool(above_label & self._made) and not above_label & self._built
        return bool(above_asked & self._landscape) and bool(above_label & self._landscape)

    def _closure(self, number: str) -> set[str]:
        """The thing and all that it is a kind of."""
        found, left = {number}, [number]
        while left:
            for above in self._above[left.pop()]:
                if above not in found:
                    found.add(above)
                    left.append(above)
        return found


def _singular(word: str) -> tuple[str, ...]:
    """The word as it stands, and without what English adds to make it many."""
    forms = [*word_forms(word)]
    if word.endswith("ies") and len(word) > 4:
        forms.append(word[:-3] + "y")
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        forms.append(word[:-1])
    return tuple(dict.fromkeys(forms))
