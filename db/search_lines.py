"""The lines that hold a match, and how the database spells their words: what a hit is explained by."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from psycopg import sql

from core.query import Clause, Query
from db.asset_filters import Values
from db.connect import Connection
from db.search_words import Corrections, kinds_of, listed_query, phrase_query, words_query

LINES_PER_CLAUSE = 5
_LOOSE_LINES = 400  # lines with some word of a phrase that are looked through for it

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
select asset_id, clause, kind, ordinal, words, version, score, x, y, w, h, at_s, end_s, word_at_s, complete
from counted
where case when any_complete then complete and place <= {most} else place <= {loose} end
order by asset_id, clause, place
"""


def lines(
    connection: Connection,
    asset_ids: Sequence[int],
    query: Query,
    corrections: Corrections,
    beyond: Mapping[int, Sequence[str]],
) -> list[dict[str, Any]]:
    """The terms for which these assets match each clause, the best few of each.

    `beyond`: further words that a clause is found by, as they are kept.
    `complete` is false where a phrase runs over several lines; then all lines with a word of it are given.
    """
    values = Values()
    wanted = [
        sql.SQL("({}::int, {}, {}, {}::text[])").format(
            values.add(index),
            _whole(values, clause, corrections.get(index, ()), beyond.get(index, ())),
            sql.SQL("array[{}]").format(
                sql.SQL(", ").join(_each(values, clause, corrections.get(index, ()), beyond.get(index, ())))
            ),
            values.add(list(kinds_of(clause)) or None),
        )
        for index, clause in enumerate(query.clauses)
        if clause.is_searched and not clause.negated and index not in query.idle
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


def _whole(values: Values, clause: Clause, corrected: Sequence[str], beyond: Sequence[str]) -> sql.Composed:
    whole = words_query(values, clause, corrected)
    return sql.SQL("({} || {})").format(whole, listed_query(values, beyond)) if beyond else whole


def _each(values: Values, clause: Clause, corrected: Sequence[str], beyond: Sequence[str]) -> list[sql.Composed]:
    """The tsqueries of which every line that may be part of a match fulfils one."""
    whole = _whole(values, clause, corrected, beyond)
    if not clause.phrase:
        return [whole]
    each = [phrase_query(values, "simple", word) for word in dict.fromkeys(clause.words)]
    return [*each, whole] if beyond else each
