"""Facets: how the assets that fit a query fall into kinds, years, cameras, places and things. One statement."""

from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from core.query import Query
from db.asset_filters import Values
from db.connect import Connection
from db.search import matching
from db.search_lists import Readings

EXACT_TO = 10_000
SAMPLE = 5_000
"""Of more assets than EXACT_TO a random sample of about so many is counted."""
_MOST_VALUES = 20
_COLUMNS: LiteralString = """
  a.kind, extract(year from a.taken_local)::int::text as year, a.camera_model as camera, a.lens,
  a.place_country as country, a.place_name as place, a.things,
  a.has || case when a.lat is null then array[]::text[] else array['position'] end
    || case when a.taken_local is null then array[]::text[] else array['date'] end as has,
  a.damaged is not null as damaged"""
# A hash of the id, not the id itself: assets that came together have ids together.
_FACETS: LiteralString = """{found},
counted as materialized (select count(*) as total from found),
looked as materialized (
  select facts.*
  from (
    select found.id from found cross join counted
    where counted.total <= {exact_to}
      or hashint8extended(found.id, 1) & 1048575 < 1048576 * {sample}::float8 / counted.total) few
  cross join lateral (select {columns} from asset a where a.id = few.id offset 0) facts),
valued as (
  select case grouping(kind, year, camera, lens, country, place)
      when 31 then 'kind' when 47 then 'year' when 55 then 'camera' when 59 then 'lens'
      when 61 then 'country' when 62 then 'place' end as field,
    coalesce(kind, year, camera, lens, country, place) as value, count(*) as n
  from looked group by grouping sets ((kind), (year), (camera), (lens), (country), (place))
  union all select 'object', thing, count(*) from looked cross join lateral unnest(things) thing group by thing
  union all select 'has', thing, count(*) from looked cross join lateral unnest(has) thing group by thing
  union all select 'no', thing, count(*) from looked cross join unnest(array['position', 'date']) thing
    where not has @> array[thing] group by thing
  union all select 'is', 'damaged', count(*) from looked where damaged having count(*) > 0),
ranked as (
  select *, row_number() over (partition by field order by n desc, value) as nth
  from valued where value is not null)
select counted.total, (select count(*) from looked) as looked_at, ranked.field, ranked.value, ranked.n
from counted left join ranked on nth <= case field when 'year' then 200 else {values} end
order by field, nth
"""


@dataclass(frozen=True, slots=True)
class Facets:
    """`counts`: field, value, count of the `looked_at` assets, the most frequent first. `total`: all that fit."""

    total: int
    looked_at: int
    counts: list[tuple[str, str, int]]


def count_facets(connection: Connection, owner_id: int, query: Query, readings: Readings) -> Facets:
    """How what fits a query is made up; years all, of other fields the most frequent values."""
    values = Values(owner_id)
    statement = sql.SQL(_FACETS).format(
        found=matching(values, query, readings),
        columns=sql.SQL(_COLUMNS),
        exact_to=values.add(EXACT_TO),
        sample=values.add(SAMPLE),
        values=values.add(_MOST_VALUES),
    )
    rows = connection.execute(statement, values.given, prepare=False).fetchall()
    counts = [(row["field"], row["value"], row["n"]) for row in rows if row["field"] is not None]
    return Facets(rows[0]["total"], rows[0]["looked_at"], counts)
