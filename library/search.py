"""Searching a library: which assets, in which order, and why each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from itertools import chain
from typing import Any

from core.cursor import decode_cursor, encode_cursor
from core.errors import BadRequest
from core.evidence import Line, Spelled, Why, reasons
from core.media import Box
from core.query import Clause, Query, parse
from core.spelling import corrections as nearest_spellings
from core.spelling import word_forms
from db import search as db_search
from db.connect import Connection
from db.search import Hit, Place
from library.browse import summaries_of
from library.filter_reasons import filter_reason

Json = dict[str, Any]


def search(connection: Connection, owner_id: int, text: str, *, limit: int = 50, after: str | None = None) -> Json:
    """A page of what matches a query: `{"items": [{"asset", "score", "why"}], "next", "chips", "total"}`.

    Surest first, in steps of a tenth, then newest; `limit` 0 means all. Raises BadRequest.
    """
    if limit < 0:
        raise BadRequest("`limit` is the number of results, 0 for all")
    query = parse(text)
    place = _place(after, query) if after else None
    corrected = _corrected(connection, owner_id, query)
    hits, total = db_search.find(connection, owner_id, query, corrected, limit + 1 if limit else None, place)
    more = bool(limit) and len(hits) > limit
    hits = hits[:limit] if more else hits
    why = _why(connection, query, corrected, hits)
    shown = summaries_of(connection, owner_id, [hit.place.asset_id for hit in hits])
    return {
        "items": [
            {
                "asset": shown[hit.place.asset_id],
                "score": round(hit.score, 4),
                "why": [asdict(reason) for reason in why[hit.place.asset_id]],
            }
            for hit in hits
            if hit.place.asset_id in shown
        ],
        "next": _cursor(hits[-1].place, query) if more else None,
        "chips": chips(query),
        "total": total if hits or place is None else None,
    }


def chips(query: Query) -> list[Json]:
    """The query's parts as a search box shows them."""
    return [
        {"field": clause.field, "text": clause.text, "negated": clause.negated, "raw": clause.raw}
        for clause in query.clauses
    ]


def _corrected(connection: Connection, owner_id: int, query: Query) -> dict[int, Sequence[str]]:
    found = db_search.correct(connection, owner_id, query)
    meant = {index: nearest_spellings(word, near) for index, (word, near) in found.items()}
    return {index: words for index, words in meant.items() if words}


def _why(
    connection: Connection, query: Query, corrected: Mapping[int, Sequence[str]], hits: Sequence[Hit]
) -> dict[int, list[Why]]:
    rows = db_search.lines(connection, [hit.place.asset_id for hit in hits], query, corrected)
    found: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for row in rows:
        found[row["asset_id"], row["clause"]].append(_line(row))
    searched = {index: _spellings(clause, corrected.get(index, ())) for index, clause in enumerate(query.clauses)}
    written = (word for row in rows for word in row["words"].split())
    asked = chain.from_iterable(chain.from_iterable(searched.values())) if rows else ()
    spelled = db_search.spell(connection, [*written, *asked]) if rows else {}
    wanted = {index: _wanted(query.clauses[index], words, spelled) for index, words in searched.items()}
    return {
        hit.place.asset_id: [
            reason
            for index, clause in enumerate(query.clauses)
            for reason in reasons(
                found[hit.place.asset_id, index],
                wanted[index],
                lambda word: spelled.get(word, []),
                exact=clause.phrase,
            )
            or filter_reason(clause, hit.facts)
        ]
        for hit in hits
    }


def _spellings(clause: Clause, corrected: Sequence[str]) -> list[tuple[str, ...]]:
    """For each place of a phrase, or the one of a word, what may stand there."""
    if clause.phrase:
        return [(word,) for word in clause.words]
    return [tuple(corrected) or word_forms(word) for word in clause.words]


def _wanted(
    clause: Clause, places: Sequence[Sequence[str]], spelled: Mapping[str, Spelled]
) -> list[frozenset[str]]:
    wanted: list[frozenset[str]] = []
    for words in places:
        pieces = [spelled.get(word, []) for word in words]
        if clause.phrase:
            wanted += [frozenset(piece[:1]) for piece in pieces[0]]
        elif len(pieces[0]) > 1:  # a word of several pieces, as in Chinese, is a phrase of its own
            wanted += [frozenset(piece) for piece in pieces[0]]
        else:
            wanted.append(frozenset(chain.from_iterable(piece for each in pieces for piece in each)))
    return wanted


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
    )


def _cursor(place: Place, query: Query) -> str:
    return encode_cursor([place.rank, place.sort_at.isoformat(), place.asset_id, _digest(query)])


def _place(after: str, query: Query) -> Place:
    rank, sort_at, asset_id, digest = decode_cursor(after, int, str, int, str)
    if digest != _digest(query):
        raise BadRequest("the cursor `after` belongs to another query")
    try:
        return Place(int(rank or 0), datetime.fromisoformat(str(sort_at)), int(asset_id or 0))
    except ValueError:
        raise BadRequest("the cursor `after` is not one that this list gave out") from None


def _digest(query: Query) -> str:
    return sha256(str(query).encode()).hexdigest()[:12]
