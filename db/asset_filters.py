"""Conditions on the asset itself: time, place, kind, what it has. Part of db/search.py, in a file of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

from psycopg import sql

from core.filters import Amount, Area, Choice, Circle, Taken
from core.query import NOT_YET, Clause, Query
from db.connect import Connection

_KM_PER_DEGREE = 111.195  # of latitude, on a sphere of 6371.0088 km
# `has` is kept on the asset by the database itself, see migration 0004.
_HAS = {
    "position": sql.SQL("a.lat is not null"),
    "date": sql.SQL("a.taken_local is not null"),
    "faces": sql.SQL("a.has @> array['faces']"),
    "text": sql.SQL("a.has @> array['text']"),
    "speech": sql.SQL("a.has @> array['speech']"),
    "objects": sql.SQL("a.has @> array['objects']"),
}
_IS = {"damaged": sql.SQL("a.damaged is not null")}
_COLUMNS = {
    "rating": sql.SQL("a.rating"),
    "duration": sql.SQL("a.duration_s"),
    "country": sql.SQL("a.place_country"),
    "lens": sql.SQL("a.lens"),
}

_NAMED = ("country", "lens")
_NAMES: LiteralString = """select {clause} as clause, array(
  with recursive known(name) as (
    (select min({column}) from asset a where {alive} and {column} is not null)
    union all
    select (select min({column}) from asset a where {alive} and {column} > known.name)
    from known where known.name is not null)
  select name from known
  where to_tsvector('simple', search_text(name)) @@ phraseto_tsquery('simple', search_text({words}::text))
) as names"""


class Values:
    """The parameters of a statement that is being put together for an owner's library."""

    def __init__(self, owner_id: int = 0) -> None:
        self.given: dict[str, Any] = {}
        self.owner = self.add(owner_id)

    def add(self, value: object) -> sql.Placeholder:
        """Keep a value; answers the placeholder that stands for it."""
        name = f"v{len(self.given)}"
        self.given[name] = value
        return sql.Placeholder(name)


def asset_condition(values: Values, clause: Clause, names: Sequence[str] = ()) -> sql.Composable:
    """The condition a clause puts on the row `a` of asset. Unknown facts never fulfil one, nor its negation's
    opposite: `-rating:>3` keeps what has no rating. `names`: what its words mean, see `names_meant`."""
    positive = _positive(values, clause, names)
    return sql.SQL("({}) is not true").format(positive) if clause.negated else positive


def _positive(values: Values, clause: Clause, names: Sequence[str]) -> sql.Composable:
    match clause.value:
        case Taken():
            return _taken(values, clause.value)
        case Area():
            return _area(values, clause.value)
        case Circle():
            return _circle(values, clause.value)
        case Amount():
            return _amount(values, clause.value, _COLUMNS[str(clause.field)])
        case Choice(name):
            return _choice(values, str(clause.field), name)
        case None:
            return _named(values, clause, names)


def _named(values: Values, clause: Clause, names: Sequence[str]) -> sql.Composable:
    """One of these countries or lenses, see `names_meant`."""
    if clause.field in NOT_YET or not names:
        return sql.SQL("false")  # nobody is called that, nothing is in that album, as there are none yet
    return sql.SQL("{} = any({}::text[])").format(_COLUMNS[str(clause.field)], values.add(list(names)))


def names_meant(connection: Connection, owner_id: int, query: Query) -> dict[int, list[str]]:
    """The countries or lenses of the owner that have the words of a clause, by its index. One statement, or none.

    A library has few of them: each is found by a leap through an index and compared once, not once an asset. Asked
    before the search, so that the planner knows how common they are, and that there may be none.
    """
    values = Values(owner_id)
    rows = [
        sql.SQL(_NAMES).format(
            clause=sql.Literal(index),
            column=_COLUMNS[str(clause.field)],
            alive=sql.SQL("a.owner_id = {} and a.deleted_at is null").format(values.owner),
            words=values.add(" ".join(clause.words)),
        )
        for index, clause in enumerate(query.clauses)
        if clause.field in _NAMED
    ]
    if not rows:
        return {}
    found = connection.execute(sql.SQL(" union all ").join(rows), values.given, prepare=False)
    return {row["clause"]: row["names"] for row in found}


def _choice(values: Values, field: str, name: str) -> sql.Composable:
    if field == "kind":
        return sql.SQL("a.kind = {}").format(values.add(name))
    if field == "has":
        return _HAS[name]
    if field == "is":
        return _IS[name]
    if field == "no":
        return sql.SQL("not ({})").format(_HAS[name])
    # A format is the second half of the MIME type, or how the file is called.
    return sql.SQL("(split_part(a.mime, '/', 2) in ({0}, 'x-' || {0}) or lower(a.name) like '%%.' || {1})").format(
        values.add(name), values.add(name.replace("\\", "").replace("%", "").replace("_", ""))
    )


def _taken(values: Values, taken: Taken) -> sql.Composable:
    """Within the first and the last day as a whole: what only has a year is not known to be of its January.

    A stretch of time that is yet to come is asked for by somebody who looks for clocks that were ahead.
    """
    first = datetime.combine(taken.first, datetime.min.time()) if taken.first else None
    beyond = None
    if taken.last and taken.last.year < 9999:
        beyond = datetime.combine(taken.last, datetime.min.time()) + timedelta(days=1)
    parts: list[sql.Composable] = [
        sql.SQL("a.taken_local is not null"),
        _between(values, "sort_at", first, beyond),
    ]
    if beyond and (beyond.month, beyond.day) != (1, 1):
        parts.append(_not_cut(values, "year", (beyond - timedelta(days=1)).replace(month=1, day=1)))
    if beyond and beyond.day != 1:
        parts.append(_not_cut(values, "month", beyond.replace(day=1)))
    found = sql.SQL("({})").format(sql.SQL(" and ").join(parts))
    if first and first > datetime.now(UTC).replace(tzinfo=None):
        ahead = _between(values, "doubted_local", first, beyond)
        return sql.SQL("({} or a.doubted_local is not null and {})").format(found, ahead)
    return found


def _between(
    values: Values, column: LiteralString, first: datetime | None, beyond: datetime | None
) -> sql.Composable:
    parts: list[sql.Composable] = [sql.SQL("true")] if first is None and beyond is None else []
    if first:
        parts.append(sql.SQL("a.{} >= {}::timestamp").format(sql.Identifier(column), values.add(first)))
    if beyond:
        parts.append(sql.SQL("a.{} < {}::timestamp").format(sql.Identifier(column), values.add(beyond)))
    return sql.SQL(" and ").join(parts)


def _not_cut(values: Values, precision: LiteralString, start: datetime) -> sql.Composable:
    """Not among those of which only the year, or the month, is known that begins with `start`."""
    return sql.SQL("(a.taken_precision is distinct from {} or a.sort_at < {}::timestamp)").format(
        sql.Literal(precision), values.add(start)
    )


def _area(values: Values, area: Area) -> sql.Composable:
    between = (
        sql.SQL("a.lon between {} and {}") if area.west <= area.east else sql.SQL("(a.lon >= {} or a.lon <= {})")
    )
    return sql.SQL("(a.lat between {} and {} and {})").format(
        values.add(area.south),
        values.add(area.north),
        between.format(values.add(area.west), values.add(area.east)),
    )


def _circle(values: Values, circle: Circle) -> sql.Composable:
    """Great-circle (haversine) distance; the band of latitude before it can use an index."""
    band = circle.radius_km / _KM_PER_DEGREE + 1e-6
    return sql.SQL(
        "(a.lat between {south} and {north} and 2 * 6371.0088 * asin(least(1, sqrt("
        "sind((a.lat - {lat}) / 2) ^ 2 + cosd(a.lat) * cosd({lat}) * sind((a.lon - {lon}) / 2) ^ 2))) <= {radius})"
    ).format(
        south=values.add(circle.lat - band),
        north=values.add(circle.lat + band),
        lat=values.add(circle.lat),
        lon=values.add(circle.lon),
        radius=values.add(circle.radius_km),
    )


def _amount(values: Values, amount: Amount, column: sql.SQL) -> sql.Composable:
    parts = []
    if amount.least is not None:
        sign = sql.SQL(">" if amount.least_open else ">=")
        parts.append(sql.SQL("{} {} {}").format(column, sign, values.add(amount.least)))
    if amount.most is not None:
        sign = sql.SQL("<" if amount.most_open else "<=")
        parts.append(sql.SQL("{} {} {}").format(column, sign, values.add(amount.most)))
    return sql.SQL("({})").format(sql.SQL(" and ").join(parts))
