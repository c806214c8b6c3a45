"""Names and numbers as people type them, and parts of words: what else a part of a query may stand for.

The library keeps what punctuation or spaces cut as one word as well (joined_words() of the database): X-T3 as xt3,
"030 123 45-67" as 0301234567. Here a query's own pieces are joined in the same way, however they were typed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from core.query import WORD_FIELDS, Clause, Query
from core.spelling import plain_word
from core.terms import WORD_KINDS

_SHORTEST_NUMBER = 3  # digits of a part that is looked for within numbers
_SHORTEST_WORD = 4  # letters of a part looked for within words; 3 where a field says so or nobody has the word
_LONGEST_BESIDE = 3  # letters of a word that may belong to the number beside it: "B AB 1234"
_LEAST_DIALLED = 6  # digits of a telephone number without what may be dialled before it
_COUNTRY_DIGITS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a clause may mean beyond its words.

    `joined`: words that stand for it as a whole; `parts`: what a word may contain for it. `eager`: parts count
    although the library has the word itself.
    """

    joined: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    eager: bool = True


def word_parts(query: Query) -> dict[int, Parts]:
    """Index of a clause of words → what it may mean beyond them; nothing for words in quotes and left out ones."""
    runs = {index: run for run in _number_runs(query) for index in run}
    found = {}
    for index, clause in enumerate(query.clauses):
        if not clause.is_searched or index in query.idle:
            continue
        run = [query.clauses[each] for each in runs.get(index, ())]
        parts = _parts(clause, run)
        if parts.joined or parts.parts:
            found[index] = parts
    return found


def _parts(clause: Clause, run: list[Clause]) -> Parts:
    kinds = WORD_FIELDS[clause.field] if clause.field else WORD_KINDS
    if not set(kinds) & set(WORD_KINDS):
        return Parts()
    joined = list(_numbers("".join(each.raw for each in run), [each.words[0] for each in run])) if run else []
    quoted = '"' in clause.raw
    if len(clause.words) > 1 and (not quoted or _has_digit("".join(clause.words))):
        joined += _numbers(clause.raw, clause.words)
    if clause.negated or (quoted and not joined):
        return Parts(tuple(joined[:1]))
    parts = [*joined, *([] if clause.phrase else [plain_word(clause.words[0])])]
    long = [part for part in parts if len(part) >= (_SHORTEST_NUMBER if _looked_within(clause, part) else 3)]
    eager = any(_looked_within(clause, part) or len(part) >= _SHORTEST_WORD for part in long)
    return Parts(tuple(joined), tuple(dict.fromkeys(long)), eager)


def _looked_within(clause: Clause, part: str) -> bool:
    return clause.field is not None or _has_digit(part)


def _numbers(raw: str, words: tuple[str, ...] | list[str]) -> Iterator[str]:
    """The words as one; of a telephone number also what stays the same whatever is dialled before it."""
    joined = plain_word("".join(words))
    yield joined
    if not joined.isdigit():
        return
    starts = _COUNTRY_DIGITS if "+" in raw else ()
    for rest in (joined.lstrip("0"), *(joined[start:].lstrip("0") for start in starts)):
        if rest != joined and len(rest) >= _LEAST_DIALLED:
            yield rest


def _number_runs(query: Query) -> Iterator[list[int]]:
    """Mere words beside each other that may be one number cut by spaces, as joined_words() sees them in a text."""
    run: list[int] = []
    for index, clause in [*enumerate(query.clauses), (-1, None)]:
        if clause is not None and clause.is_free and _belongs(clause.words[0]):
            run.append(index)
            continue
        if len(run) > 1 and _has_digit("".join(query.clauses[each].words[0] for each in run)):
            yield run
        run = []


def _belongs(word: str) -> bool:
    return _has_digit(word) or (len(word) <= _LONGEST_BESIDE and word.isalpha())


def _has_digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text)
