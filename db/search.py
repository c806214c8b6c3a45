"""Search: the one module that puts statements together. A person's words reach the database as parameters only.

A search takes a fixed number of statements however long its page is: see library/search.py. Words are in
db/search_words.py, the lists of assets that have them in db/search_lists.py, conditions on the asset itself in
db/asset_filters.py, what is near in meaning in db/meaning.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString

from psycopg import sql

from core.query import Query
from db.asset_filters import Values, asset_condition
from db.connect import Connection
from db.search_lists import Readings, about_how_many, best_of, close_to, lists_of, union

Sort = Literal["match", "newest", "oldest"]
"""By match: surest first, in steps of a tenth, then newest. In each, what has the words goes before meaning."""

_EXACT_RANK = 100

_MATCHED: LiteralString = "{name} as (select asset_id, sort_at, true as exact, score from ({best}) best)"
# Joined, not put together: of a union the planner would guess 200 assets and walk to each by itself.
_MATCHED_OR_CLOSE: LiteralString = (
    "{name} as (select asset_id, coalesce(e.sort_at, c.sort_at) as sort_at, e.score is not null as exact,"
    " coalesce(e.score, c.score) as score from ({best}) e full join ({close}) c using (asset_id))"
)
_IN_TRASH: LiteralString = "(select id from asset where owner_id = {owner} and deleted_at is not null)"
_FOUND: LiteralString = """with {searches} found as materialized (
  select {first}.asset_id as id, {first}.sort_at, least(1.0::float8{scores}) as score, true{exact} as exact
  from {first}{joins} where {conditions})
"""
_PLAIN_FOUND: LiteralString = """with found as materialized (
  select a.id, a.sort_at, 1.0::float8 as score, true as exact from asset a where {conditions})
"""
_PAGE: LiteralString = """{found},
page as (select id, sort_at, score, exact, {rank} as rank from found where {after} {order} limit {limit})
select page.*, total, close, {facts}
from page join asset a on a.id = page.id
cross join (select count(*) filter (where exact) as total, count(*) filter (where not exact) as close from found) n
{order}
"""
# Nothing to rank by: an index has the order, and the page ends before the rest is looked at.
_PLAIN_PAGE: LiteralString = """with {without}page as (
  select a.id, a.sort_at from asset a where {conditions}{but} and {after} {order} limit {limit})
select page.*, 1.0::float8 as score, true as exact, {ceiling} as rank, {facts}, {total} as total,
  0::bigint as close
from page join asset a on a.id = page.id {order}
"""
_WITHOUT: LiteralString = "without as materialized (select asset_id from ({lists}) each group by asset_id), "
_BUT: LiteralString = " and a.id not in (select asset_id from without)"
_COUNT: LiteralString = "(select count(*) from asset a where {conditions}{but})"
# Fewer to look up than all that are left.
_COUNT_BUT: LiteralString = (
    "(select count(*) from asset a where {conditions}) - (select count(*) from without {alive})"
)
_RANK: LiteralString = "(round(score * 10)::int + case when exact then 100 else 0 end)"
_FACTS: LiteralString = (
    "a.name, a.kind, a.mime, a.taken_local, a.taken_precision, a.doubted_local, a.lat, a.lon, a.place_country,"
    " a.lens, a.rating, a.duration_s, a.damaged"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the order of hits a page ended: rank by match, time, id."""

    rank: int
    sort_at: datetime
    asset_id: int

    @property
    def exact(self) -> int:
        """1 where what has the words goes on, 0 among what is only close in meaning."""
        return int(self.rank >= _EXACT_RANK)


@dataclass(frozen=True, slots=True)
class Count:
    """How many have the words (`exact`), and how many are only close to them in meaning."""

    exact: int = 0
    close: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """An asset that matches; `exact`: by its words, not only by meaning. `facts` are what filters look at."""

    place: Place
    score: float
    exact: bool
    facts: dict[str, Any]


def find(
    connection: Connection,
    owner_id: int,
    query: Query,
    readings: Readings,
    limit: int | None,
    after: Place | None,
    sort: Sort = "match",
) -> tuple[list[Hit], Count]:
    """A page of hits and how many there are in all; `limit` None = all.

    An asset's score is that of its least sure clause; each clause counts with its best term.
    """
    values = Values(owner_id)
    plain = _is_plain(query)
    sort = "newest" if plain and sort == "match" else sort
    pieces: dict[str, sql.Composable] = {
        "after": _beyond(values, after, sort, ranked=not plain),
        "order": _order(sort, ranked=not plain),
        "limit": sql.SQL("{}::bigint").format(values.add(limit)),
        "facts": sql.SQL(_FACTS),
    }
    if plain:
        statement = _plain_page(values, query, readings, pieces)
    else:
        pieces |= {"found": matching(values, query, readings), "rank": sql.SQL(_RANK)}
        statement = sql.SQL(_PAGE).format(**pieces)
    rows = connection.execute(statement, values.given, prepare=False).fetchall()
    hits = [Hit(Place(row["rank"], row["sort_at"], row["id"]), row["score"], row["exact"], row) for row in rows]
    return hits, Count(rows[0]["total"], rows[0]["close"]) if rows else Count()


def _plain_page(
    values: Values, query: Query, readings: Readings, pieces: Mapping[str, sql.Composable]
) -> sql.Composed:
    """Conditions and words that must not be there, in the order of time."""
    asked = _conditions(values, query, readings)
    conditions = sql.SQL(" and ").join([_alive(values), *asked])
    lists = _unwanted(values, query, readings)
    without: sql.Composable = sql.SQL("")
    but = sql.SQL("")
    total = sql.SQL(_COUNT).format(conditions=conditions, but=but)
    if lists:
        without, but = sql.SQL(_WITHOUT).format(lists=union(lists)), sql.SQL(_BUT)
        total = sql.SQL(_COUNT).format(conditions=conditions, but=but)
        if not asked:
            alive = sql.SQL("where asset_id not in {}").format(_in_trash(values))
            total = sql.SQL(_COUNT_BUT).format(conditions=conditions, alive=alive)
    return sql.SQL(_PLAIN_PAGE).format(
        **pieces,
        without=without,
        conditions=conditions,
        but=but,
        total=total,
        ceiling=sql.Literal(_EXACT_RANK + 10),
    )


def matching(values: Values, query: Query, readings: Readings) -> sql.Composed:
    """`with … found as (…)`: all assets of the owner that fit, with id, sort_at, score, exact."""
    asked = _conditions(values, query, readings)
    unwanted = [
        sql.SQL("{} not in (select asset_id from ({}) each)").format(
            sql.SQL("a.id") if _is_plain(query) else sql.SQL("asset_id"), each
        )
        for each in _unwanted(values, query, readings)
    ]
    if _is_plain(query):
        return sql.SQL(_PLAIN_FOUND).format(conditions=sql.SQL(" and ").join([_alive(values), *asked, *unwanted]))
    together = list(query.free) if readings.near_whole else []
    searches: list[sql.Composed] = []
    joined: list[sql.Identifier] = []
    # Short lists first, and of each list only what is on those before: most never has to be put in order. Mere
    # words come last, as an asset may be without them.
    within: sql.Identifier | None = None
    for index in sorted(_asked(query), key=lambda i: (i in together, about_how_many(i, readings))):
        name = sql.Identifier(f"w{index}")
        searches.append(_matched(values, name, index, query, readings, within))
        within = name
        if index not in together:
            joined.append(name)
    if together:
        searches.append(_freely(values, together, readings.near_whole, joined[-1] if joined else None))
        joined.append(sql.Identifier("free"))
    joins: list[sql.Composable] = [sql.SQL(" join {} using (asset_id)").format(name) for name in joined[1:]]
    if asked:
        joins.append(sql.SQL(" join asset a on a.id = asset_id"))
        asked.append(_alive(values))
    else:
        asked = [sql.SQL("asset_id not in {}").format(_in_trash(values))]
    return sql.SQL(_FOUND).format(
        searches=sql.SQL("").join(search + sql.SQL(", ") for search in searches),
        first=joined[0],
        scores=sql.SQL("").join(sql.SQL(", {}.score").format(name) for name in joined),
        exact=sql.SQL("").join(sql.SQL(" and {}.exact").format(name) for name in joined),
        joins=sql.SQL("").join(joins),
        conditions=sql.SQL(" and ").join([*asked, *unwanted]),
    )


def _freely(
    values: Values, free: Sequence[int], whole: Mapping[int, float], within: sql.Identifier | None
) -> sql.Composed:
    """`free`: assets that have every mere word (by letter or meaning), or something close to all together."""
    names = [sql.Identifier(f"w{index}") for index in free]
    each = sql.SQL(
        "select asset_id, {first}.sort_at, least({scores}) as score, {exact} as exact from {first}{joins}"
    ).format(
        first=names[0],
        scores=sql.SQL(", ").join(sql.SQL("{}.score").format(name) for name in names),
        exact=sql.SQL(" and ").join(sql.SQL("{}.exact").format(name) for name in names),
        joins=sql.SQL("").join(sql.SQL(" join {} using (asset_id)").format(name) for name in names[1:]),
    )
    return sql.SQL(
        "{free} as (select asset_id, coalesce(e.sort_at, c.sort_at) as sort_at, coalesce(e.exact, false) as exact,"
        " case when e.exact then e.score else greatest(e.score, c.score) end as score"
        " from ({each}) e full join ({close}) c using (asset_id))"
    ).format(free=sql.Identifier("free"), each=each, close=best_of([close_to(values, whole, within)]))


def _asked(query: Query) -> list[int]:
    """Indices of the clauses whose words must be there."""
    return [
        index
        for index, clause in enumerate(query.clauses)
        if clause.is_searched and not clause.negated and index not in query.idle
    ]


def _is_plain(query: Query) -> bool:
    return not _asked(query)


def _alive(values: Values) -> sql.Composed:
    return sql.SQL("a.owner_id = {} and a.deleted_at is null").format(values.owner)


def _in_trash(values: Values) -> sql.Composed:
    return sql.SQL(_IN_TRASH).format(owner=values.owner)


def _conditions(values: Values, query: Query, readings: Readings) -> list[sql.Composable]:
    """What is asked of the asset's own row."""
    return [
        asset_condition(values, clause, readings.names.get(index, ()))
        for index, clause in enumerate(query.clauses)
        if not clause.is_searched
    ]


def _unwanted(values: Values, query: Query, readings: Readings) -> list[sql.Composed]:
    """Lists of what has words that must not be there."""
    return [
        each
        for index, clause in enumerate(query.clauses)
        if clause.is_searched and clause.negated
        for each in lists_of(values, index, clause, readings)
    ]


def _matched(
    values: Values,
    name: sql.Identifier,
    index: int,
    query: Query,
    readings: Readings,
    within: sql.Identifier | None,
) -> sql.Composed:
    """A clause's assets with their best score. Where the words match, what else is close does not count."""
    lists = lists_of(values, index, query.clauses[index], readings, within)
    best = lists[0] if len(lists) == 1 and readings.meant[index].single else best_of(lists)
    near = readings.near.get(index)
    if not near:
        return sql.SQL(_MATCHED).format(name=name, best=best)
    close = best_of([close_to(values, near, within)])
    return sql.SQL(_MATCHED_OR_CLOSE).format(name=name, best=best, close=close)


def _order(sort: Sort, *, ranked: bool) -> sql.SQL:
    match sort:
        case "match":
            return sql.SQL("order by rank desc, sort_at desc, id desc")
        case "newest":
            return sql.SQL(
                "order by exact desc, sort_at desc, id desc" if ranked else "order by sort_at desc, id desc"
            )
        case "oldest":
            return sql.SQL("order by exact desc, sort_at, id" if ranked else "order by sort_at, id")


def _beyond(values: Values, after: Place | None, sort: Sort, *, ranked: bool) -> sql.Composable:
    if after is None:
        return sql.SQL("true")
    time_and_id = sql.SQL("{}::timestamp, {}::bigint").format(
        values.add(after.sort_at), values.add(after.asset_id)
    )
    if sort == "match":
        return sql.SQL("({}, sort_at, id) < ({}::int, {})").format(
            sql.SQL(_RANK), values.add(after.rank), time_and_id
        )
    further = sql.SQL("(sort_at, id) < ({})" if sort == "newest" else "(sort_at, id) > ({})").format(time_and_id)
    if not ranked:
        return further
    exact = values.add(after.exact)
    return sql.SQL("(exact::int < {0} or exact::int = {0} and {1})").format(exact, further)
