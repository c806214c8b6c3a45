"""Lists of assets that have what a clause asks for, with how well they match and their time. For db/search.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import LiteralString

from psycopg import sql

from core.query import Clause
from db.asset_filters import Values
from db.search_words import Corrections, Meant, word_kinds_of, words_query

_CORRECTED_WEIGHT = 0.5  # a word that was corrected is at most half as sure
_PART_WEIGHT = 0.5  # so is a word that only contains what was typed
_MEANING_WEIGHT = 0.5  # so is what is only close in meaning
_OF_A_PASSAGE = 20  # assets, at a guess

# A posting is there once for an asset and a word; of several lists, and several passages, the best counts.
_OF_POSTINGS: LiteralString = (
    "select p.asset_id, {weight}::float8 * p.score as score, p.sort_at from posting p{within}"
    " where p.owner_id = {owner} and p.kind = any({kinds}::text[]) and p.word = any({words}::text[])"
)
_OF_LINES: LiteralString = (
    "select t.asset_id, {weight}::float8 * coalesce(t.score, 1) as score, a.sort_at"
    " from {table} t join asset a on a.id = t.asset_id and a.owner_id = {owner}{within}"
    " where t.tsv @@ {query} and t.kind = any({kinds}::text[]){texts}"
)
_OF_MEANING: LiteralString = (
    "select m.asset_id, {weight}::float8 * n.similarity as score, m.sort_at"
    " from unnest({ids}::bigint[], {similarities}::float8[]) as n(id, similarity)"
    " join meaning m on m.passage_id = n.id{within}"
)
_OF_NOTHING: LiteralString = (
    "select 0::bigint as asset_id, 0::float8 as score, null::timestamp as sort_at where false"
)
_BEST: LiteralString = (
    "select asset_id, max(score) as score, max(sort_at) as sort_at from ({lists}) each group by asset_id"
)


@dataclass(frozen=True, slots=True)
class Readings:
    """How the words of a query are understood beyond the letter; all by the index of a clause.

    `meant`: which words of the library; `corrections`: what a misspelled one may mean; `names`: which countries or
    lenses. `near`: for a mere word, `near_whole`: for all mere words together, the passages close to them in
    meaning (id → similarity).
    """

    meant: Mapping[int, Meant] = field(default_factory=dict)
    corrections: Corrections = field(default_factory=dict)
    names: Mapping[int, Sequence[str]] = field(default_factory=dict)
    near: Mapping[int, Mapping[int, float]] = field(default_factory=dict)
    near_whole: Mapping[int, float] = field(default_factory=dict)


def lists_of(
    values: Values, index: int, clause: Clause, readings: Readings, within: sql.Identifier | None = None
) -> list[sql.Composed]:
    """What has the words of a clause: by postings, and, where the database cuts it, by the texts themselves.

    `within`: a list that was there before; what is not in it is left out.
    """
    inside = _within(within)
    understood = readings.meant.get(index, Meant())
    corrected = readings.corrections.get(index, ())
    weight = values.add(_CORRECTED_WEIGHT if corrected else 1.0)
    lists = []
    if understood.words:
        kinds, words = values.add(list(understood.kinds)), values.add(list(understood.words))
        lists.append(
            sql.SQL(_OF_POSTINGS).format(
                weight=weight, owner=values.owner, kinds=kinds, words=words, within=inside
            )
        )
    if understood.parts:
        lists.append(
            sql.SQL(_OF_POSTINGS).format(
                weight=values.add(_PART_WEIGHT),
                owner=values.owner,
                kinds=values.add(list(word_kinds_of(clause))),
                words=values.add(list(understood.parts)),
                within=inside,
            )
        )
    if understood.cut and (wanted := word_kinds_of(clause)):
        given = {
            "weight": weight,
            "owner": values.owner,
            "within": inside,
            "kinds": values.add(list(wanted)),
            "query": words_query(values, clause, corrected),
        }
        texts = sql.SQL(" and t.label is null")
        lists.append(sql.SQL(_OF_LINES).format(**given, table=sql.Identifier("term"), texts=texts))
        if clause.phrase:
            lists.append(sql.SQL(_OF_LINES).format(**given, table=sql.Identifier("document"), texts=sql.SQL("")))
    return lists or [sql.SQL(_OF_NOTHING).format()]


def best_of(lists: Sequence[sql.Composed]) -> sql.Composed:
    """Each asset once, with what it matches best."""
    return sql.SQL(_BEST).format(lists=union(lists))


def union(lists: Sequence[sql.Composed]) -> sql.Composed:
    """One list after the other."""
    return sql.SQL(" union all ").join(lists)


def close_to(values: Values, near: Mapping[int, float], within: sql.Identifier | None = None) -> sql.Composed:
    """What has passages that are close: id of the passage → similarity; of what is in the list `within`."""
    return sql.SQL(_OF_MEANING).format(
        weight=values.add(_MEANING_WEIGHT),
        ids=values.add(list(near)),
        similarities=values.add(list(near.values())),
        within=_within(within),
    )


def about_how_many(index: int, readings: Readings) -> int:
    """Assets on a clause's list, to put short lists before long ones."""
    return readings.meant.get(index, Meant()).assets + _OF_A_PASSAGE * len(readings.near.get(index, ()))


def _within(within: sql.Identifier | None) -> sql.Composable:
    # Joined, as it has each asset once: of `in (select …)` the planner would guess 200 assets.
    return sql.SQL(" join {} inside using (asset_id)").format(within) if within else sql.SQL("")
