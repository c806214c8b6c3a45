"""Search: the one module that puts statements together. A person's words reach the database as parameters only.

A search takes a fixed number of statements however long its page is: `correct` (only when words are searched),
`find`, and for the evidence `lines` and `spell`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg import sql

from core.query import WORD_FIELDS, Clause, Query
from core.spelling import allowed_errors, plain_word, word_forms
from db.asset_filters import Values, asset_condition
from db.connect import Connection

_CORRECTED_WEIGHT = 0.5  # a word that was corrected is at most half as sure
LINES_PER_CLAUSE = 5
_LOOSE_LINES = 400  # lines with some word of a phrase that are looked through for it

# Two swapped letters are one slip to us and two to levenshtein(): one more is let through and sorted out later.
_CORRECT: LiteralString = """
select w.clause, w.word, array(
  select distinct v.word from vocabulary v
  where v.owner_id = {owner} and (w.kinds is null or v.kind = any(w.kinds))
    and length(v.word) between length(w.word) - w.errors and length(w.word) + w.errors
    and levenshtein_less_equal(v.word, w.word, w.errors + 1) <= w.errors + 1) as near
from (values {rows}) as w(clause, query, kinds, word, errors)
where not exists (
  select from term t join asset a on a.id = t.asset_id
  where t.tsv @@ w.query and (w.kinds is null or t.kind = any(w.kinds))
    and a.owner_id = {owner} and a.deleted_at is null)
"""
_FIND: LiteralString = """
with {searches} found as materialized (
  select a.id, a.sort_at, least(1.0::float8{scores}) as score from asset a{joins} where {conditions}),
page as (
  select *, round(score * 10)::int as rank from found
  where {after} order by rank desc, sort_at desc, id desc limit {limit})
select page.*, (select count(*) from found) as total,
  a.name, a.kind, a.mime, a.taken_local, a.lat, a.lon, a.place_country, a.lens, a.rating, a.duration_s
from page join asset a on a.id = page.id order by rank desc, page.sort_at desc, page.id desc
"""
_BEST: LiteralString = "{} as materialized (select asset_id, max(score) as score from ({}) m group by asset_id), "
# A phrase over several lines: those come first that have most of its words, together with a line beside them.
_LINES: LiteralString = """
with wanted(clause, whole, each, kinds) as (values {wanted}),
found as (
  select w.clause, t.*, t.tsv @@ w.whole as complete,
    (select count(*) from unnest(w.each) as one(word) where t.tsv @@ one.word) as words_here
  from term t join wanted w on w.kinds is null or t.kind = any(w.kinds)
  where t.asset_id = any({ids}::bigint[])),
beside as (
  select found.*, bool_or(complete) over (partition by asset_id, clause) as any_complete,
    words_here + greatest(
      case when lag(ordinal) over line = ordinal - 1 then lag(words_here) over line else 0 end,
      case when lead(ordinal) over line = ordinal + 1 then lead(words_here) over line else 0 end) as words_near
  from found where words_here > 0
  window line as (partition by asset_id, clause, analysis, kind order by ordinal)),
counted as (
  select beside.*, row_number() over (
    partition by asset_id, clause
    order by complete desc, case when complete then coalesce(score, 1) else words_near end desc,
      kind, at_s nulls first, ordinal) as place
  from beside)
select asset_id, clause, kind, ordinal, words, score, x, y, w, h, at_s, end_s, word_at_s, complete
from counted
where case when any_complete then complete and place <= {most} else place <= {loose} end
order by asset_id, clause, place
"""

Corrections = Mapping[int, Sequence[str]]
"""Index of a clause → words that may have been meant by its misspelled one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the order of hits a page ended: tenths of the score, time, id."""

    rank: int
    sort_at: datetime
    asset_id: int


@dataclass(frozen=True, slots=True)
class Hit:
    """An asset that matches. `facts` are those of its columns that filters look at."""

    place: Place
    score: float
    facts: dict[str, Any]


def correct(connection: Connection, owner_id: int, query: Query) -> dict[int, tuple[str, list[str]]]:
    """Clauses whose word matches nothing in the library → that word and those known that are spelled like it."""
    values = Values(owner_id)
    owner = values.add(owner_id)
    rows = [
        sql.SQL("({}::int, {}, {}::text[], {}::text, {}::int)").format(
            values.add(index),
            words_query(values, clause, ()),
            values.add(list(kinds_of(clause)) or None),
            values.add(plain_word(clause.words[0])),
            values.add(allowed_errors(clause.words[0])),
        )
        for index, clause in enumerate(query.clauses)
        if _is_searched(clause) and not clause.phrase and not clause.negated and allowed_errors(clause.words[0])
    ]
    if not rows:
        return {}
    statement = sql.SQL(_CORRECT).format(owner=owner, rows=sql.SQL(", ").join(rows))
    found = connection.execute(statement, values.given, prepare=False)
    return {row["clause"]: (row["word"], row["near"]) for row in found}


def find(
    connection: Connection,
    owner_id: int,
    query: Query,
    corrections: Corrections,
    limit: int | None,
    after: Place | None,
) -> tuple[list[Hit], int]:
    """A page of hits and how many there are in all: surest first (by tenths), then newest; `limit` None = all.

    An asset's score is that of its least sure clause; each clause counts with its best term.
    """
    values = Values(owner_id)
    visible = sql.SQL("a.owner_id = {} and a.deleted_at is null").format(values.add(owner_id))
    conditions: list[sql.Composable] = [visible]
    searches: list[tuple[sql.Identifier, sql.Composed]] = []
    for index, clause in enumerate(query.clauses):
        if not _is_searched(clause):
            conditions.append(asset_condition(values, clause))
            continue
        matches = _matches(values, clause, corrections.get(index, ()))
        if clause.negated:
            conditions.append(sql.SQL("a.id not in (select asset_id from ({}) m)").format(matches))
        else:
            searches.append((sql.Identifier(f"w{index}"), matches))
    statement = sql.SQL(_FIND).format(
        searches=sql.SQL("").join(sql.SQL(_BEST).format(name, matches) for name, matches in searches),
        scores=sql.SQL("").join(sql.SQL(", {}.score").format(name) for name, _ in searches),
        joins=sql.SQL("").join(sql.SQL(" join {0} on {0}.asset_id = a.id").format(name) for name, _ in searches),
        conditions=sql.SQL(" and ").join(conditions),
        after=_beyond(values, after),
        limit=sql.SQL("{}::bigint").format(values.add(limit)),
    )
    rows = connection.execute(statement, values.given, prepare=False).fetchall()
    hits = [Hit(Place(row["rank"], row["sort_at"], row["id"]), row["score"], row) for row in rows]
    return hits, rows[0]["total"] if rows else 0


def lines(
    connection: Connection, asset_ids: Sequence[int], query: Query, corrections: Corrections
) -> list[dict[str, Any]]:
    """The terms for which these assets match each clause, the best few of each.

    `complete` is false where a phrase runs over several lines; then all lines with a word of it are given.
    """
    values = Values()
    wanted = [
        sql.SQL("({}::int, {}, {}, {}::text[])").format(
            values.add(index),
            words_query(values, clause, corrections.get(index, ())),
            sql.SQL("array[{}]").format(
                sql.SQL(", ").join(_each_word(values, clause, corrections.get(index, ())))
            ),
            values.add(list(kinds_of(clause)) or None),
        )
        for index, clause in enumerate(query.clauses)
        if _is_searched(clause) and not clause.negated
    ]
    if not wanted or not asset_ids:
        return []
    statement = sql.SQL(_LINES).format(
        wanted=sql.SQL(", ").join(wanted),
        ids=values.add(list(asset_ids)),
        most=values.add(LINES_PER_CLAUSE),
        loose=values.add(_LOOSE_LINES),
    )
    return connection.execute(statement, values.given, prepare=False).fetchall()


def spell(connection: Connection, words: Sequence[str]) -> dict[str, list[tuple[str, ...]]]:
    """Each word → the pieces the database cuts it into, each with its stems behind it."""
    rows = connection.execute(
        "select r.word, p.piece, ts_lexize('english_stem', p.piece) as stems"
        " from unnest(%(words)s::text[]) as r(word)"
        " cross join lateral regexp_split_to_table(btrim(search_text(r.word)), ' +')"
        "  with ordinality as p(piece, place)"
        " order by r.word, p.place",
        {"words": sorted(set(words))},
    )
    spelled: dict[str, list[tuple[str, ...]]] = {}
    for row in rows:
        spelled.setdefault(row["word"], []).append((row["piece"], *(row["stems"] or ())))
    return spelled


def kinds_of(clause: Clause) -> tuple[str, ...]:
    """The kinds of term a clause of words looks at; none means all."""
    return WORD_FIELDS[clause.field] if clause.field else ()


def words_query(values: Values, clause: Clause, corrected: Sequence[str]) -> sql.Composed:
    """The tsquery of a clause: a phrase just so, a word in all its forms, or what a misspelled one may mean."""
    if clause.phrase:
        return _phrase(values, "simple", " ".join(clause.words))
    if corrected:
        return _any([_phrase(values, "simple", word) for word in corrected])
    forms = word_forms(clause.words[0])
    return _any([*(_phrase(values, "simple", form) for form in forms), _phrase(values, "english", forms[0])])


def _each_word(values: Values, clause: Clause, corrected: Sequence[str]) -> list[sql.Composed]:
    """The tsqueries of which every line that may be part of a match fulfils one."""
    if not clause.phrase:
        return [words_query(values, clause, corrected)]
    return [_phrase(values, "simple", word) for word in dict.fromkeys(clause.words)]


def _is_searched(clause: Clause) -> bool:
    return clause.value is None and (clause.field is None or bool(WORD_FIELDS[clause.field]))


def _matches(values: Values, clause: Clause, corrected: Sequence[str]) -> sql.Composed:
    """Asset ids with scores, several rows for one asset."""
    kinds: sql.Composable = sql.SQL("")
    if kinds_of(clause):
        kinds = sql.SQL(" and kind = any({}::text[])").format(values.add(list(kinds_of(clause))))
    weight = values.add(_CORRECTED_WEIGHT if corrected else 1.0)
    template = sql.SQL(
        "select asset_id, coalesce(score, 1)::float8 * {weight}::float8 as score"
        " from {table} where tsv @@ {query}{kinds}"
    )
    parts = [
        template.format(
            weight=weight, table=sql.Identifier(table), query=words_query(values, clause, corrected), kinds=kinds
        )
        for table in (("term", "document") if clause.phrase else ("term",))
    ]
    return sql.SQL(" union all ").join(parts)


def _beyond(values: Values, after: Place | None) -> sql.Composable:
    if after is None:
        return sql.SQL("true")
    return sql.SQL("(round(score * 10)::int, sort_at, id) < ({}::int, {}::timestamp, {}::bigint)").format(
        values.add(after.rank), values.add(after.sort_at), values.add(after.asset_id)
    )


def _phrase(values: Values, configuration: str, text: str) -> sql.Composed:
    return sql.SQL("phraseto_tsquery({}, search_text({}::text))").format(
        sql.SQL("'english'" if configuration == "english" else "'simple'"), values.add(text)
    )


def _any(queries: Sequence[sql.Composed]) -> sql.Composed:
    return sql.SQL("({})").format(sql.SQL(" || ").join(queries))
