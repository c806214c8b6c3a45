"""Search: the one module that puts statements together. A person's words reach the database as parameters only.

A search takes a fixed number of statements however long its page is: see library/search.py. Words are in
db/search_words.py, conditions on the asset itself in db/asset_filters.py, meaning in db/meaning.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, LiteralString

from psycopg import sql

from core.query import Clause, Query
from core.terms import WORD_KINDS
from db.asset_filters import Values, asset_condition
from db.connect import Connection
from db.search_words import Corrections, Labels, kinds_of, words_query

Sort = Literal["match", "newest", "oldest"]
"""By match: surest first, in steps of a tenth, then newest. What is found by its words goes before meaning."""

_CORRECTED_WEIGHT = 0.5  # a word that was corrected is at most half as sure
_MEANING_WEIGHT = 0.5  # so is what is only close in meaning
_EXACT_RANK = 100

# Each part of a clause is grouped for itself and the parts are joined: of a union the planner would not know how
# many assets it has, and walk to each one by itself where reading all is faster.
_SCORED: LiteralString = "select asset_id, max(coalesce(score, 1))::float8 * {weight}::float8 as score from"
_OF_LABELS: LiteralString = " term where kind = any({kinds}::text[]) and label = any({labels}::text[])"
_OF_WORDS: LiteralString = " term where label is null and tsv @@ {query}{kinds}"
_OF_DOCUMENTS: LiteralString = " document where tsv @@ {query}{kinds}"
_OF_MEANING: LiteralString = (
    "select m.asset_id, max(n.similarity) * {weight}::float8 as score"
    " from unnest({ids}::bigint[], {similarities}::float8[]) as n(id, similarity)"
    " join meaning m on m.passage_id = n.id group by m.asset_id"
)
_OF_NOTHING: LiteralString = " (select 0::bigint as asset_id, 0::real as score where false) nothing"
_FOUND: LiteralString = """with {searches} found as materialized (
  select a.id, a.sort_at, least(1.0::float8{scores}) as score, true{exact} as exact
  from asset a{joins} where {conditions})
"""
_PAGE: LiteralString = """{found},
page as (select id, sort_at, score, exact, {rank} as rank from found where {after} {order} limit {limit})
select page.*, (select count(*) from found) as total, {facts}
from page join asset a on a.id = page.id {order}
"""
# Nothing to rank by: an index has the order, and the page ends before the rest is looked at.
_PLAIN_PAGE: LiteralString = """with page as (
  select a.id, a.sort_at from asset a where {conditions} and {after} {order} limit {limit})
select page.*, 1.0::float8 as score, true as exact, {ceiling} as rank, {facts},
  (select count(*) from asset a where {conditions}) as total
from page join asset a on a.id = page.id {order}
"""
_RANK: LiteralString = "(round(score * 10)::int + case when exact then 100 else 0 end)"
_FACTS: LiteralString = (
    "a.name, a.kind, a.mime, a.taken_local, a.lat, a.lon, a.place_country, a.lens, a.rating, a.duration_s"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the order of hits a page ended: rank by match, time, id."""

    rank: int
    sort_at: datetime
    asset_id: int


@dataclass(frozen=True, slots=True)
class Hit:
    """An asset that matches; `exact`: by its words, not only by meaning. `facts` are what filters look at."""

    place: Place
    score: float
    exact: bool
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Readings:
    """How the words of a query are understood beyond the letter.

    `corrections`: what a misspelled word may mean; `labels`: which labels a word means; both per clause.
    `near`: per clause of a mere word, `near_whole`: for all mere words together, the passages close to them in
    meaning (id → similarity).
    """

    corrections: Corrections = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)
    near: Mapping[int, Mapping[int, float]] = field(default_factory=dict)
    near_whole: Mapping[int, float] = field(default_factory=dict)


def find(
    connection: Connection,
    owner_id: int,
    query: Query,
    readings: Readings,
    limit: int | None,
    after: Place | None,
    sort: Sort = "match",
) -> tuple[list[Hit], int]:
    """A page of hits and how many there are in all; `limit` None = all.

    An asset's score is that of its least sure clause; each clause counts with its best term.
    """
    values = Values(owner_id)
    plain = not any(_scored(clause) for clause in query.clauses)
    order = _order("newest" if plain and sort == "match" else sort)
    pieces: dict[str, sql.Composable] = {
        "after": _beyond(values, after, "newest" if plain and sort == "match" else sort),
        "order": order,
        "limit": sql.SQL("{}::bigint").format(values.add(limit)),
        "facts": sql.SQL(_FACTS),
    }
    if plain:
        pieces["conditions"] = sql.SQL(" and ").join(_conditions(values, owner_id, query, readings))
        pieces["ceiling"] = sql.Literal(_EXACT_RANK + 10)
        statement = sql.SQL(_PLAIN_PAGE).format(**pieces)
    else:
        pieces |= {"found": matching(values, owner_id, query, readings), "rank": sql.SQL(_RANK)}
        statement = sql.SQL(_PAGE).format(**pieces)
    rows = connection.execute(statement, values.given, prepare=False).fetchall()
    hits = [Hit(Place(row["rank"], row["sort_at"], row["id"]), row["score"], row["exact"], row) for row in rows]
    return hits, rows[0]["total"] if rows else 0


def matching(values: Values, owner_id: int, query: Query, readings: Readings) -> sql.Composed:
    """`with … found as (…)`: all assets that fit, with id, sort_at, score, exact."""
    together = list(query.free) if readings.near_whole else []
    searches: list[sql.Composable] = []
    joined: list[sql.Identifier] = []
    for index, clause in enumerate(query.clauses):
        if _scored(clause) and index not in query.idle:
            weight = values.add(_CORRECTED_WEIGHT if readings.corrections.get(index) else 1.0)
            parts = [
                sql.SQL(_SCORED).format(weight=weight) + part + sql.SQL(" group by asset_id")
                for part in _matches(values, index, clause, readings)
            ]
            near = readings.near.get(index)
            name = sql.Identifier(f"w{index}")
            searches.append(_best(name, parts, _close(values, near) if near else None))
            if index not in together:
                joined.append(name)
    if together:
        searches.append(_freely(values, together, readings.near_whole))
        joined.append(sql.Identifier("free"))
    return sql.SQL(_FOUND).format(
        searches=sql.SQL("").join(search + sql.SQL(", ") for search in searches),
        scores=sql.SQL("").join(sql.SQL(", {}.score").format(name) for name in joined),
        exact=sql.SQL("").join(sql.SQL(" and {}.exact").format(name) for name in joined),
        joins=sql.SQL("").join(sql.SQL(" join {0} on {0}.asset_id = a.id").format(name) for name in joined),
        conditions=sql.SQL(" and ").join(_conditions(values, owner_id, query, readings)),
    )


def _freely(values: Values, free: Sequence[int], whole: Mapping[int, float]) -> sql.Composable:
    """`free`: assets that have every mere word (by letter or meaning), or something close to all together."""
    names = [sql.Identifier(f"w{index}") for index in free]
    each = sql.SQL(
        "select {first}.asset_id, least({scores}) as score, {exact} as exact from {first}{joins}"
    ).format(
        first=names[0],
        scores=sql.SQL(", ").join(sql.SQL("{}.score").format(name) for name in names),
        exact=sql.SQL(" and ").join(sql.SQL("{}.exact").format(name) for name in names),
        joins=sql.SQL("").join(sql.SQL(" join {} using (asset_id)").format(name) for name in names[1:]),
    )
    return sql.SQL(
        "{free} as (select asset_id, coalesce(e.exact, false) as exact,"
        " case when e.exact then e.score else greatest(e.score, c.score) end as score"
        " from ({each}) e full join ({close}) c using (asset_id))"
    ).format(free=sql.Identifier("free"), each=each, close=_close(values, whole))


def _conditions(values: Values, owner_id: int, query: Query, readings: Readings) -> list[sql.Composable]:
    conditions: list[sql.Composable] = [
        sql.SQL("a.owner_id = {} and a.deleted_at is null").format(values.add(owner_id))
    ]
    for index, clause in enumerate(query.clauses):
        if not clause.is_searched:
            conditions.append(asset_condition(values, clause))
        elif clause.negated:
            for part in _matches(values, index, clause, readings):
                conditions.append(sql.SQL("a.id not in (select asset_id from{})").format(part))
    return conditions


def _scored(clause: Clause) -> bool:
    return clause.is_searched and not clause.negated


def _matches(values: Values, index: int, clause: Clause, readings: Readings) -> list[sql.Composed]:
    """Rows with asset_id and score, each as what follows `from`: by label, by word, by phrase over lines."""
    corrected = readings.corrections.get(index, ())
    parts = []
    if meant := readings.labels.get(index):
        # Whether a label is meant hangs on its words, not on its kind: every label with every kind is right.
        labels = values.add(sorted({label for some in meant.values() for label in some}))
        parts.append(sql.SQL(_OF_LABELS).format(kinds=values.add(list(meant)), labels=labels))
    wanted = [kind for kind in WORD_KINDS if kind in kinds_of(clause)]
    if wanted or not clause.field:
        only: sql.Composable = sql.SQL("")
        if wanted:
            only = sql.SQL(" and kind = any({}::text[])").format(values.add(wanted))
        asked = words_query(values, clause, corrected)
        for template in (_OF_WORDS, _OF_DOCUMENTS) if clause.phrase else (_OF_WORDS,):
            parts.append(sql.SQL(template).format(query=asked, kinds=only))
    return parts or [sql.SQL(_OF_NOTHING).format()]


def _best(name: sql.Identifier, parts: Sequence[sql.Composed], close: sql.Composed | None) -> sql.Composed:
    """A clause's assets with their best score. Where the words match, what else is close does not count."""
    named = [sql.SQL("({}) p{}").format(part, sql.SQL(str(nth))) for nth, part in enumerate(parts)]
    exact = sql.SQL("greatest({})").format(
        sql.SQL(", ").join(sql.SQL(f"p{nth}.score") for nth in range(len(parts)))
    )
    score = sql.SQL("coalesce({}, close.score)").format(exact) if close else exact
    if close:
        named.append(sql.SQL("({}) close").format(close))
    return sql.SQL("{} as (select asset_id, {} is not null as exact, {} as score from {})").format(
        name, exact, score, _joined(named)
    )


def _joined(named: Sequence[sql.Composed]) -> sql.Composed:
    whole = named[0]
    for each in named[1:]:
        whole = sql.SQL("{} full join {} using (asset_id)").format(whole, each)
    return whole


def _close(values: Values, near: Mapping[int, float]) -> sql.Composed:
    return sql.SQL(_OF_MEANING).format(
        weight=values.add(_MEANING_WEIGHT),
        ids=values.add(list(near)),
        similarities=values.add(list(near.values())),
    )


def _order(sort: Sort) -> sql.SQL:
    match sort:
        case "match":
            return sql.SQL("order by rank desc, sort_at desc, id desc")
        case "newest":
            return sql.SQL("order by sort_at desc, id desc")
        case "oldest":
            return sql.SQL("order by sort_at, id")


def _beyond(values: Values, after: Place | None, sort: Sort) -> sql.Composable:
    if after is None:
        return sql.SQL("true")
    time_and_id = sql.SQL("{}::timestamp, {}::bigint").format(
        values.add(after.sort_at), values.add(after.asset_id)
    )
    match sort:
        case "match":
            return sql.SQL("({}, sort_at, id) < ({}::int, {})").format(
                sql.SQL(_RANK), values.add(after.rank), time_and_id
            )
        case "newest":
            return sql.SQL("(sort_at, id) < ({})").format(time_and_id)
        case "oldest":
            return sql.SQL("(sort_at, id) > ({})").format(time_and_id)
