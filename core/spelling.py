"""Forgiving how a word is written: English word forms that stemming misses, and typing errors."""

import re
import unicodedata
from collections.abc import Iterable

_IRREGULAR = (
    ("person", "people", "persons"),
    ("man", "men"),
    ("woman", "women"),
    ("child", "children"),
    ("mouse", "mice"),
    ("goose", "geese"),
    ("foot", "feet"),
    ("tooth", "teeth"),
    ("ox", "oxen"),
    ("knife", "knives"),
    ("wife", "wives"),
    ("life", "lives"),
    ("wolf", "wolves"),
    ("leaf", "leaves"),
    ("loaf", "loaves"),
    ("shelf", "shelves"),
    ("scarf", "scarves"),
    ("calf", "calves"),
)
_FORMS = {word: tuple(group) for group in _IRREGULAR for word in group}
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_SPELLED_SHORT = re.compile("(?<=[aou])e")  # Mueller for Müller, whose bare spelling is Muller
_LEAST_SPELLED_OUT = 5  # letters; "does" is no "dös"
_HISSING = ("s", "x", "z", "ch", "sh")
_LONGEST = 40  # letters; beyond that nothing is a word


def plain_word(word: str) -> str:
    """Lower case, without accents: near enough to the database's plain_text() to look for similar words."""
    parts = unicodedata.normalize("NFKD", word.lower())
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if not unicodedata.combining(sign)))


def word_forms(word: str) -> tuple[str, ...]:
    """The word, lower case, and the forms of it that the English stemmer does not bring together.

    The stemmer takes "buses" for "buse" and "lens" for "len", and knows nothing of "people" and "person". Umlauts
    are also looked for spelled out, and what is spelled out also with umlauts: Müller, Mueller.
    """
    plain = word.lower()
    forms = [plain, *_FORMS.get(plain, ())]
    if plain.endswith(_HISSING):
        forms.append(plain + "es")
    if plain.endswith("es") and plain[:-2].endswith(_HISSING) and len(plain) > 4:
        forms.append(plain[:-2])
    forms.append(unicodedata.normalize("NFC", plain).translate(_SPELLED_OUT))
    if len(plain) >= _LEAST_SPELLED_OUT:
        forms.append(_SPELLED_SHORT.sub("", plain))
    return tuple(dict.fromkeys(forms))


def allowed_errors(word: str) -> int:
    """How many typing errors are forgiven: none in three letters, one in up to six, two beyond.

    Numbers are never corrected: 1234 is not a misspelled 1235.
    """
    if len(word) <= 3 or len(word) > _LONGEST or word.isdigit():
        return 0
    return 1 if len(word) <= 6 else 2


def typing_errors(a: str, b: str, limit: int = 3) -> int:
    """Letters to leave out, add, replace or swap with their neighbour to get from `a` to `b`; `limit` at most.

    Optimal string alignment (restricted Damerau-Levenshtein) distance.
    """
    if abs(len(a) - len(b)) >= limit:
        return limit
    older: list[int] = []
    before = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        row = [i]
        for j, right in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) >= limit:
            return limit
        older, before = before, row
    return min(before[-1], limit)


def corrections(word: str, known: Iterable[str], most: int = 5) -> tuple[str, ...]:
    """Those of the known words that may be meant by a misspelled one, nearest first.

    A first letter is seldom mistyped, so words that share it come before others.
    """
    errors = allowed_errors(word)
    ranked = sorted(
        (typing_errors(word, other, errors + 1), other[:1] != word[:1], abs(len(word) - len(other)), other)
        for other in set(known)
        if other != word
    )
    near = [entry for entry in ranked if entry[0] <= errors]
    return tuple(other for distance, _, _, other in near if distance == near[0][0])[:most]
