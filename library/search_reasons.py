"""Why each hit was found: the words and where they stand, or what it is close to in meaning."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from core.evidence import Line, Spelled, Why, reasons
from core.media import Box
from core.query import Clause, Query
from core.spelling import word_forms
from core.word_parts import Parts, word_parts
from db import search_lines
from db.connect import Connection
from db.meaning import Near, passages_of_assets
from db.search import Hit
from db.search_lists import Readings
from library.filter_reasons import filter_reason

_MOST_CLOSE = 2


def reasons_of(
    connection: Connection, query: Query, readings: Readings, hits: Sequence[Hit]
) -> dict[int, list[Why]]:
    """The reasons of each hit by asset id, in the order of the query's parts. Three statements at most."""
    corrected = readings.corrections
    asked_parts = word_parts(query)
    longer = {index: each.parts for index, each in readings.meant.items() if each.parts}
    beyond = {
        index: (*asked_parts.get(index, Parts()).joined, *longer.get(index, ()))
        for index in {*asked_parts, *longer}
    }
    rows = search_lines.lines(connection, [hit.place.asset_id for hit in hits], query, corrected, beyond)
    found: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for row in rows:
        found[row["asset_id"], row["clause"]].append(_line(row))
    searched = {index: _spellings(clause, corrected.get(index, ())) for index, clause in enumerate(query.clauses)}
    written = (word for row in rows for word in row["words"].split())
    asked = chain.from_iterable(chain.from_iterable(searched.values())) if rows else ()
    spelled = search_lines.spell(connection, [*written, *asked]) if rows else {}
    wanted = {
        index: _wanted(query.clauses[index], words, spelled, longer.get(index, ()))
        for index, words in searched.items()
    }
    close = _Close(connection, query, readings, hits)
    return {
        hit.place.asset_id: [
            *(
                reason
                for index, clause in enumerate(query.clauses)
                for reason in reasons(
                    found[hit.place.asset_id, index],
                    wanted[index],
                    lambda word: spelled.get(word, []),
                    exact=clause.phrase,
                    joined=_joined(asked_parts.get(index, Parts())),
                )
                or filter_reason(clause, hit.facts)
                or close.to_word(hit, index)
            ),
            *close.to_all_words(hit),
        ]
        for hit in hits
    }


class _Close:
    """The passages of a page's hits that are close to the query."""

    def __init__(self, connection: Connection, query: Query, readings: Readings, hits: Sequence[Hit]) -> None:
        self._readings = readings
        self._asked = query.free
        self._words = query.in_words
        self._passages: dict[int, list[Near]] = defaultdict(list)
        wanted = {*readings.near_whole, *chain.from_iterable(readings.near.values())}
        if not wanted:
            return
        ids = [hit.place.asset_id for hit in hits if not hit.exact]
        for near in passages_of_assets(connection, ids, sorted(wanted)):
            self._passages[near.asset_id].append(near)

    def to_word(self, hit: Hit, index: int) -> list[Why]:
        """What of the hit is close to one word; nothing where that was found by its letters."""
        return self._reasons(hit, self._readings.near.get(index, {}), self._asked.get(index, ""))

    def to_all_words(self, hit: Hit) -> list[Why]:
        """What of it is close to all mere words together."""
        return self._reasons(hit, self._readings.near_whole, self._words)

    def _reasons(self, hit: Hit, near: Mapping[int, float], asked: str) -> list[Why]:
        here = [each for each in self._passages[hit.place.asset_id] if each.passage_id in near]
        here.sort(key=lambda each: -near[each.passage_id])
        return [
            Why(
                "meaning",
                each.passage.words,
                score=round(near[each.passage_id], 4),
                box=each.passage.box,
                at_s=each.passage.at_s,
                end_s=each.passage.end_s,
                asked=asked,
            )
            for each in here[:_MOST_CLOSE]
        ]


def _spellings(clause: Clause, corrected: Sequence[str]) -> list[tuple[str, ...]]:
    """For each place of a phrase, or the one of a word, what may stand there."""
    if clause.phrase:
        return [(word,) for word in clause.words]
    return [tuple(corrected) or word_forms(word) for word in clause.words]


def _wanted(
    clause: Clause, places: Sequence[Sequence[str]], spelled: Mapping[str, Spelled], longer: Sequence[str]
) -> list[frozenset[str]]:
    """`longer`: words of the library that hold the clause's word as a part."""
    wanted: list[frozenset[str]] = []
    for words in places:
        pieces = [spelled.get(word, []) for word in words]
        if clause.phrase:
            wanted += [frozenset(piece[:1]) for piece in pieces[0]]
        elif len(pieces[0]) > 1:  # a word of several pieces, as in Chinese, is a phrase of its own
            wanted += [frozenset(piece) for piece in pieces[0]]
        else:
            known = chain.from_iterable(piece for each in pieces for piece in each)
            wanted.append(frozenset(chain(known, longer)))
    return wanted


def _joined(parts: Parts) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*parts.joined, *parts.parts)))


def _line(row: Mapping[str, Any]) -> Line:
    box = Box(row["x"], row["y"], row["w"], row["h"]) if row["x"] is not None else None
    return Line(
        row["kind"],
        row["ordinal"],
        row["words"],
        row["score"],
        box,
        row["at_s"],
        row["end_s"],
        row["word_at_s"],
        row["complete"],
        row["version"],
    )
