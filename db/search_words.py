"""Words of a search: which words of the library are meant, as spelled, in other forms, or by a typing error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from core.query import WORD_FIELDS, Clause, Query
from core.spelling import allowed_errors, plain_word, word_forms
from core.terms import WORD_KINDS
from core.word_parts import Parts, word_parts
from db.asset_filters import Values
from db.connect import Connection

Corrections = Mapping[int, Sequence[str]]
"""Index of a clause → words that may have been meant by its misspelled one."""
COUNTED_TO = 5000
_MOST_PARTS = 200  # the shortest words that a part is in

# Forms of a word that the database's parser does not cut, and the labels that have it; of both those that an asset
# has. Asked before the search itself, so that the planner sees which are meant and knows how common they are.
_MEANT: LiteralString = """
select w.clause, spelled.cut, found.n, coalesce(found.assets, 0) + coalesce(longer.assets, 0) as assets,
  coalesce(found.kinds, '{{}}') as kinds, coalesce(found.words, '{{}}') as words,
  coalesce(longer.words, '{{}}') as parts
from (values {rows}) as w(clause, query, kinds, forms, stemmed, joined, parts, eager)
cross join lateral (
  select coalesce(bool_or(numnode(f.query) > 1), false) as cut,
    array_agg(distinct x.word) filter (where x.word is not null) as words
  from (
    select phraseto_tsquery('simple', search_text(form)) as query,
      to_tsvector('simple', search_text(form)) as vector
    from unnest(w.forms) form
    union all
    select phraseto_tsquery('english', search_text(w.stemmed)), to_tsvector('english', search_text(w.stemmed))) f
  left join lateral unnest(tsvector_to_array(f.vector)) x(word) on true) spelled
cross join lateral (
  select array_agg(distinct p.kind) as kinds, array_agg(distinct p.word) as words, count(*) as n,
    sum(counted.assets)::bigint as assets
  from (
    select l.kind, l.label as word from label l where l.tsv @@ w.query
    union all
    select kind, word from unnest({word_kinds}::text[]) kind
    cross join unnest(case when spelled.cut then w.joined else spelled.words || w.joined end) word) p
  cross join lateral (
    select count(*) as assets from (
      select from posting o where (o.owner_id, o.kind, o.word) = ({owner}, p.kind, p.word)
        and o.asset_id not in (select id from asset where owner_id = {owner} and deleted_at is not null)
      limit {most}) few) counted
  where (w.kinds is null or p.kind = any(w.kinds)) and counted.assets > 0) found
left join lateral (
  select few.words, counted.assets
  from (
    select array_agg(near.word) as words from (
      select v.word from unnest(w.parts) part
      join vocabulary v on v.word like '%%' || part || '%%'
      where v.owner_id = {owner} and v.kind = any({word_kinds}::text[])
        and (w.kinds is null or v.kind = any(w.kinds))
        and v.word <> all(coalesce(found.words, '{{}}'))
      group by v.word order by length(v.word), v.word limit {most_parts}) near) few
  cross join lateral (
    select count(*) as assets from (
      select from posting o
      where o.owner_id = {owner} and o.kind = any({word_kinds}::text[]) and o.word = any(few.words)
      limit {most}) any_of) counted) longer
  on w.parts <> '{{}}' and (w.eager or found.n = 0)
"""
# Two swapped letters are one slip to us and two to levenshtein(): one more is let through and sorted out later.
_CORRECT: LiteralString = """
select w.clause, near.word, labels.kinds, labels.labels
from (values {rows}) as w(clause, kinds, word, errors)
cross join lateral (
  select distinct v.word from vocabulary v
  where v.owner_id = {owner} and v.suggested and (w.kinds is null or v.kind = any(w.kinds))
    and length(v.word) between length(w.word) - w.errors and length(w.word) + w.errors
    and levenshtein_less_equal(v.word, w.word, w.errors + 1) <= w.errors + 1) near
cross join lateral (
  select coalesce(array_agg(l.kind), '{{}}') as kinds, coalesce(array_agg(l.label), '{{}}') as labels
  from label l where l.tsv @@ phraseto_tsquery('simple', near.word) and (w.kinds is null or l.kind = any(w.kinds))
) labels
"""


@dataclass(frozen=True, slots=True)
class Meant:
    """Which postings a clause of words means: every word with every kind.

    Whether a label or word is meant hangs on how it is written, not on its kind: of those that the clause looks
    at, every pair is right. `single`: there is one such list only, which has each asset once. `cut`: the database
    cuts the clause into several words (a phrase, Chinese signs); then labels are here, and other words are looked
    for in the text itself. `parts`: words of texts that it may be a part of. `assets`: about how many have it, of
    each word no more than COUNTED_TO.
    """

    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    single: bool = False
    cut: bool = False
    assets: int = COUNTED_TO
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spelling:
    """A word of the library that is spelled like one that nobody has; the labels that have it, and their kinds."""

    word: str
    kinds: tuple[str, ...]
    labels: tuple[str, ...]


def meant(connection: Connection, owner_id: int, query: Query) -> dict[int, Meant]:
    """What each clause of words means in the owner's library, by its index."""
    values = Values()
    beyond = word_parts(query)
    rows = [
        sql.SQL("({}::int, {}, {}::text[], {}::text[], {}::text, {}::text[], {}::text[], {}::boolean)").format(
            values.add(index),
            words_query(values, clause, ()),
            values.add(list(kinds_of(clause)) or None),
            values.add([" ".join(clause.words)] if clause.phrase else list(word_forms(clause.words[0]))),
            values.add(None if clause.phrase else word_forms(clause.words[0])[0]),
            *_beyond(values, beyond.get(index, Parts())),
        )
        for index, clause in enumerate(query.clauses)
        if clause.is_searched and index not in query.idle
    ]
    if not rows:
        return {}
    statement = sql.SQL(_MEANT).format(
        rows=sql.SQL(", ").join(rows),
        owner=values.add(owner_id),
        word_kinds=values.add(list(WORD_KINDS)),
        most=sql.Literal(COUNTED_TO),
        most_parts=sql.Literal(_MOST_PARTS),
    )
    return {
        row["clause"]: Meant(
            tuple(row["kinds"]),
            tuple(row["words"]),
            row["n"] == 1 and not row["parts"],
            row["cut"],
            row["assets"],
            tuple(row["parts"]),
        )
        for row in connection.execute(statement, values.given, prepare=False)
    }


def _beyond(values: Values, parts: Parts) -> tuple[sql.Placeholder, ...]:
    return values.add(list(parts.joined)), values.add(list(parts.parts)), values.add(parts.eager)


def spellings(
    connection: Connection, owner_id: int, query: Query, understood: Mapping[int, Meant]
) -> dict[int, list[Spelling]]:
    """For each clause whose word nobody has: words of the library that are spelled like it; in one statement."""
    values = Values()
    rows = [
        sql.SQL("({}::int, {}::text[], {}::text, {}::int)").format(
            values.add(index),
            values.add(list(kinds_of(clause)) or None),
            values.add(plain_word(clause.words[0])),
            values.add(allowed_errors(clause.words[0])),
        )
        for index, clause in enumerate(query.clauses)
        if index in understood and _may_be_misspelled(clause, understood[index])
    ]
    if not rows:
        return {}
    statement = sql.SQL(_CORRECT).format(rows=sql.SQL(", ").join(rows), owner=values.add(owner_id))
    found: dict[int, list[Spelling]] = {}
    for row in connection.execute(statement, values.given, prepare=False):
        spelling = Spelling(row["word"], tuple(row["kinds"]), tuple(row["labels"]))
        found.setdefault(row["clause"], []).append(spelling)
    return found


def corrected(clause: Clause, near: Sequence[Spelling]) -> Meant:
    """What a clause means when one of these words was meant."""
    kinds = {kind for each in near for kind in each.kinds}
    words = {label for each in near for label in each.labels}
    return Meant(
        tuple(sorted(kinds.union(word_kinds_of(clause)))), tuple(sorted(words.union(each.word for each in near)))
    )


def _may_be_misspelled(clause: Clause, found: Meant) -> bool:
    plain = not (clause.phrase or clause.negated or found.cut or found.words or found.parts)
    return plain and allowed_errors(clause.words[0]) > 0


def kinds_of(clause: Clause) -> tuple[str, ...]:
    """The kinds of term a clause of words looks at; none means all."""
    return WORD_FIELDS[clause.field] if clause.field else ()


def word_kinds_of(clause: Clause) -> tuple[str, ...]:
    """Those of them that are texts, not labels."""
    return tuple(kind for kind in WORD_KINDS if not clause.field or kind in kinds_of(clause))


def words_query(values: Values, clause: Clause, corrected: Sequence[str]) -> sql.Composed:
    """The tsquery of a clause: a phrase just so, a word in all its forms, or what a misspelled one may mean."""
    if clause.phrase:
        return phrase_query(values, "simple", " ".join(clause.words))
    if corrected:
        return _any([phrase_query(values, "simple", word) for word in corrected])
    forms = word_forms(clause.words[0])
    return _any(
        [*(phrase_query(values, "simple", form) for form in forms), phrase_query(values, "english", forms[0])]
    )


def phrase_query(values: Values, configuration: str, text: str) -> sql.Composed:
    """A text whose words stand together in this order."""
    return sql.SQL("phraseto_tsquery({}, search_text({}::text))").format(
        sql.SQL("'english'" if configuration == "english" else "'simple'"), values.add(text)
    )


def listed_query(values: Values, words: Sequence[str]) -> sql.Composed:
    """Any of these words, just as they are kept."""
    return sql.SQL("(select string_agg(quote_literal(w), ' | ')::tsquery from unnest({}::text[]) w)").format(
        values.add(list(words))
    )


def _any(queries: Sequence[sql.Composed]) -> sql.Composed:
    return sql.SQL("({})").format(sql.SQL(" || ").join(queries))
