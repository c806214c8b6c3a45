"""Words of a search: what the text index is asked, typing errors, and the lines that hold a match."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from psycopg import sql

from core.query import WORD_FIELDS, Clause, Query
from core.spelling import allowed_errors, plain_word, word_forms
from db.asset_filters import Values
from db.connect import Connection

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
  where t.label is null and t.tsv @@ w.query and (w.kinds is null or t.kind = any(w.kinds))
    and a.owner_id = {owner} and a.deleted_at is null)
and not exists (
  select from label l join term t on t.kind = l.kind and t.label = l.label and t.label is not null
  join asset a on a.id = t.asset_id
  where l.tsv @@ w.query and (w.kinds is null or l.kind = any(w.kinds))
    and a.owner_id = {owner} and a.deleted_at is null)
"""
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

# Asked first, so that the planner sees which labels are meant and knows how common they are.
_LABELS: LiteralString = """
select w.clause, l.kind, array_agg(l.label) as labels
from (values {rows}) as w(clause, query, kinds)
join label l on l.tsv @@ w.query and (w.kinds is null or l.kind = any(w.kinds))
group by w.clause, l.kind order by w.clause, l.kind
"""

Labels = Mapping[int, Mapping[str, Sequence[str]]]
"""Index of a clause → kind → labels that it means."""
Corrections = Mapping[int, Sequence[str]]
"""Index of a clause → words that may have been meant by its misspelled one."""


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
        if clause.is_searched
        and not (clause.phrase or clause.negated or index in query.idle)
        and allowed_errors(clause.words[0])
    ]
    if not rows:
        return {}
    statement = sql.SQL(_CORRECT).format(owner=owner, rows=sql.SQL(", ").join(rows))
    found = connection.execute(statement, values.given, prepare=False)
    return {row["clause"]: (row["word"], row["near"]) for row in found}


def labels(connection: Connection, query: Query, corrections: Corrections) -> dict[int, dict[str, list[str]]]:
    """The labels (of any owner) that each clause of words means."""
    values = Values()
    rows = [
        sql.SQL("({}::int, {}, {}::text[])").format(
            values.add(index),
            words_query(values, clause, corrections.get(index, ())),
            values.add(list(kinds_of(clause)) or None),
        )
        for index, clause in enumerate(query.clauses)
        if clause.is_searched and index not in query.idle
    ]
    found: dict[int, dict[str, list[str]]] = {}
    if rows:
        statement = sql.SQL(_LABELS).format(rows=sql.SQL(", ").join(rows))
        for row in connection.execute(statement, values.given, prepare=False):
            found.setdefault(row["clause"], {})[row["kind"]] = row["labels"]
    return found


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


def _phrase(values: Values, configuration: str, text: str) -> sql.Composed:
    return sql.SQL("phraseto_tsquery({}, search_text({}::text))").format(
        sql.SQL("'english'" if configuration == "english" else "'simple'"), values.add(text)
    )


def _any(queries: Sequence[sql.Composed]) -> sql.Composed:
    return sql.SQL("({})").format(sql.SQL(" || ").join(queries))
