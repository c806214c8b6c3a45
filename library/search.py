"""Searching a library: which assets, in which order, and why each."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any, get_args

from core.cursor import decode_cursor, encode_cursor
from core.errors import BadRequest
from core.query import Query, parse
from core.spelling import corrections as nearest_spellings
from core.spelling import plain_word
from db import search as db_search
from db import search_words
from db.asset_filters import names_meant
from db.connect import Connection
from db.facets import count_facets
from db.search import Place, Sort
from db.search_lists import Readings
from engines.door import EngineDoor
from library.browse import summaries_of
from library.meaning import near_meaning
from library.search_reasons import reasons_of

Json = dict[str, Any]
SORTS: tuple[Sort, ...] = get_args(Sort)


def search(
    connection: Connection,
    owner_id: int,
    text: str,
    *,
    limit: int = 50,
    after: str | None = None,
    sort: Sort = "match",
    door: EngineDoor | None = None,
) -> Json:
    """A page of what matches a query: `{"items": [{"asset", "score", "exact", "why"}], "close", "next", "chips",
    "total", "close_total"}`.

    With a `door` to engines, mere words are also searched by meaning. What is found so is no part of `items` and
    not counted in `total`: it stands in `close`, after all that have the words, `close_total` in number.
    `sort`: surest first, in steps of a tenth, then newest ("match"); newest or oldest capture first. `limit` 0
    means all. Raises BadRequest.
    """
    if limit < 0:
        raise BadRequest("`limit` is the number of results, 0 for all")
    if sort not in SORTS:
        raise BadRequest(f"sort {sort!r} is none of {', '.join(SORTS)}")
    query = parse(text)
    place = _place(after, query, sort) if after else None
    readings = read(connection, owner_id, query, door)
    hits, count = db_search.find(connection, owner_id, query, readings, limit + 1 if limit else None, place, sort)
    more = bool(limit) and len(hits) > limit
    hits = hits[:limit] if more else hits
    why = reasons_of(connection, query, readings, hits)
    shown = summaries_of(connection, owner_id, [hit.place.asset_id for hit in hits])
    found = [
        {
            "asset": shown[hit.place.asset_id],
            "score": round(hit.score, 4),
            "exact": hit.exact,
            "why": [asdict(reason) for reason in why[hit.place.asset_id]],
        }
        for hit in hits
        if hit.place.asset_id in shown
    ]
    counted = hits or place is None
    return {
        "items": [each for each in found if each["exact"]],
        "close": [each for each in found if not each["exact"]],
        "next": _cursor(hits[-1].place, query, sort) if more else None,
        "chips": chips(query, readings),
        "total": count.exact if counted else None,
        "close_total": count.close if counted else None,
    }


def facets(connection: Connection, owner_id: int, text: str) -> Json:
    """How what has a query's words is made up: `{"total", "about", "facets": [{"field", "values"}], "chips"}`.

    Each value has `value`, `count` and `text`, the part that narrows the query to it. `about`: so many match that
    the counts are worked out from a random sample, right to a hundredth or two of the total. Raises BadRequest.
    """
    query = parse(text)
    readings = read(connection, owner_id, query, None)
    counted = count_facets(connection, owner_id, query, readings)
    times = counted.total / counted.looked_at if counted.looked_at else 1.0
    found: dict[str, list[Json]] = {}
    for field, value, count in counted.counts:
        item = {"value": value, "count": round(count * times), "text": _narrowing(field, value)}
        found.setdefault(field, []).append(item)
    if years := found.get("year"):
        years.sort(key=lambda item: str(item["value"]), reverse=True)
    return {
        "total": counted.total,
        "about": counted.looked_at < counted.total,
        "facets": [{"field": field, "values": found[field]} for field in _FACETS if field in found],
        "chips": chips(query, readings),
    }


_FACETS = {
    "kind": "kind",
    "year": "taken",
    "country": "country",
    "place": "place",
    "object": "object",
    "has": "has",
    "no": "no",
    "is": "is",
    "camera": "camera",
    "lens": "lens",
}
"""Facets in the order they are shown → field of the query that narrows to one."""


def _narrowing(facet: str, value: str) -> str:
    plain = value.isalnum() and value.isascii()
    return f"{_FACETS[facet]}:{value}" if plain else f'{_FACETS[facet]}:"{value.replace(chr(34), " ")}"'


def chips(query: Query, readings: Readings) -> list[Json]:
    """The query's parts as a search box shows them; `note` says what a person should know about one."""
    return [
        {
            "field": clause.field,
            "text": clause.text,
            "negated": clause.negated,
            "raw": clause.raw,
            "note": query.note(index) or _corrected(readings.corrections.get(index, ())),
        }
        for index, clause in enumerate(query.clauses)
    ]


def _corrected(words: Sequence[str]) -> str | None:
    return f"nothing has this word; shown is what has {' or '.join(words)}" if words else None


def read(connection: Connection, owner_id: int, query: Query, door: EngineDoor | None) -> Readings:
    """How the query's words are understood beyond the letter: what misspelled ones may mean, what is alike."""
    understood = search_words.meant(connection, owner_id, query)
    corrections: dict[int, Sequence[str]] = {}
    for index, near in search_words.spellings(connection, owner_id, query, understood).items():
        word = plain_word(query.clauses[index].words[0])
        if words := nearest_spellings(word, [each.word for each in near]):
            corrections[index] = words
            understood[index] = search_words.corrected(
                query.clauses[index], [each for each in near if each.word in words]
            )
    names = names_meant(connection, owner_id, query)
    if door is None:
        return Readings(understood, corrections, names)
    known = {index: each.words for index, each in understood.items() if not each.cut and index not in corrections}
    return Readings(understood, corrections, names, *near_meaning(connection, door, owner_id, query, known))


def _cursor(place: Place, query: Query, sort: Sort) -> str:
    return encode_cursor([place.rank, place.sort_at.isoformat(), place.asset_id, _digest(query, sort)])


def _place(after: str, query: Query, sort: Sort) -> Place:
    rank, sort_at, asset_id, digest = decode_cursor(after, int, str, int, str)
    if digest != _digest(query, sort):
        raise BadRequest("the cursor `after` belongs to another query or order")
    try:
        return Place(int(rank or 0), datetime.fromisoformat(str(sort_at)), int(asset_id or 0))
    except ValueError:
        raise BadRequest("the cursor `after` is not one that this list gave out") from None


def _digest(query: Query, sort: Sort) -> str:
    return sha256(f"{sort} {query}".encode()).hexdigest()[:12]
