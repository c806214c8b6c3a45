"""Passages and their vectors: writing those of an asset, and finding which are near a query's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pgvector import Vector as PgVector
from psycopg import sql

from core.errors import TemporaryError
from core.findings import Vector
from core.media import Box
from core.passages import BRIEF_FLOOR, LONG_FLOOR, Found, Passage
from db.connect import Connection
from db.queries import load_queries
from db.vectors import Space, space_named

MOST_NEAR = 100
# Whether an asset that is there has the passage is seen afterwards: asked here, the index would not be walked.
_NEAR = """
select q.nth, near.id, plain_text(near.words) as words, near.similarity
from unnest({vectors}::text[]) with ordinality as given(v, nth)
cross join lateral (select given.nth, given.v::halfvec({dimensions}) as v offset 0) q  -- read once, not once a row
cross join lateral (
  select p.id, p.words, 1 - (p.v::halfvec({dimensions}) <=> q.v) as similarity from passage p
  where p.space_id = {space} and {brief} and p.owner_id = {owner}
  order by p.v::halfvec({dimensions}) <=> q.v limit {most}) near
where near.similarity >= {floor}
"""


@dataclass(frozen=True, slots=True)
class Near:
    """Where an asset has a passage that is close to a query."""

    asset_id: int
    passage_id: int
    passage: Passage


def terms_of_asset(connection: Connection, asset_id: int) -> list[Found]:
    """What an asset's passages are made of."""
    rows = connection.execute(load_queries("meaning")["terms_of_asset"], {"asset_id": asset_id})
    return [Found(row["kind"], row["words"], row["score"], _box(row), row["at_s"], row["end_s"]) for row in rows]


def known_passages(connection: Connection, owner_id: int, space: str, words: Sequence[str]) -> set[str]:
    """Those of the texts that have a vector in the library's space of this name."""
    given = {"owner_id": owner_id, "space": space, "words": list(words)}
    return {row["words"] for row in connection.execute(load_queries("meaning")["known_passages"], given)}


def replace_passages(
    connection: Connection,
    owner_id: int,
    asset_id: int,
    space_id: int,
    passages: Sequence[Passage],
    vectors: Mapping[str, Vector],
) -> None:
    """Keep what an asset is about instead of what it was. `vectors`: those of texts that were not known.

    Raises TemporaryError when a text that was known has gone meanwhile.
    """
    queries = load_queries("meaning")
    given: dict[str, Any] = {"owner_id": owner_id, "asset_id": asset_id, "space_id": space_id}
    connection.execute(queries["lock_passages"], given)
    new = [passage for passage in passages if passage.words in vectors]
    if new:
        given |= {"words": [each.words for each in new], "brief": [each.brief for each in new]}
        given["vectors"] = [PgVector(vectors[each.words]).to_text() for each in new]
        connection.execute(queries["insert_passages"], given)
    before = [row["passage_id"] for row in connection.execute(queries["unlink"], given)]
    rows = [_row(ordinal, passage) for ordinal, passage in enumerate(passages)]
    linked = connection.execute(queries["link"], {**given, "rows": json.dumps(rows)}).fetchall() if rows else []
    if len(linked) != len(rows):  # counted by rows, for in a pipeline the count of a statement is not there yet
        raise TemporaryError("a passage was let go of while it was read; trying again")
    if before:
        connection.execute(queries["drop_passages"], {"ids": before})


def near_passages(
    connection: Connection, owner_id: int, space: Space, vectors: Sequence[Vector]
) -> list[dict[int, tuple[float, str]]]:
    """For each vector the passages of the owner that are close enough: id → cosine and words (plain spelling).

    At most 2 × MOST_NEAR.

    Two statements besides the setting of the scan: labels and sentences are walked apart.
    """
    scan = load_queries("vectors")["scan_on"]
    connection.execute(scan, {"ef_search": str(MOST_NEAR)})
    found: list[dict[int, tuple[float, str]]] = [{} for _ in vectors]
    for brief, floor in (("p.brief", BRIEF_FLOOR), ("not p.brief", LONG_FLOOR)):
        statement = sql.SQL(_NEAR).format(
            vectors=sql.Placeholder("vectors"),
            owner=sql.Placeholder("owner_id"),
            most=sql.Literal(MOST_NEAR),
            floor=sql.Literal(floor),
            dimensions=sql.Literal(space.dimensions),
            space=sql.Literal(space.id),
            brief=sql.SQL("p.brief" if brief == "p.brief" else "not p.brief"),
        )
        given = {"vectors": [PgVector(vector).to_text() for vector in vectors], "owner_id": owner_id}
        for row in connection.execute(statement, given, prepare=False):
            found[row["nth"] - 1][row["id"]] = row["similarity"], row["words"]
    return found


def passages_of_assets(connection: Connection, asset_ids: Sequence[int], passage_ids: Sequence[int]) -> list[Near]:
    """Where these assets have these passages."""
    given = {"asset_ids": list(asset_ids), "passage_ids": list(passage_ids)}
    return [
        Near(
            row["asset_id"],
            row["passage_id"],
            Passage(row["source"], row["words"], _box(row), row["at_s"], row["end_s"]),
        )
        for row in connection.execute(load_queries("meaning")["passages_of_assets"], given)
    ]


def meaning_space(connection: Connection, name: str, dimensions: int) -> int:
    """The id of the space of passages of this name, made with its two indexes when it is new."""
    space = space_named(connection, name)
    if space is not None:
        return space.id
    # Nobody else writes passages meanwhile; see db/vectors.py on why an index is made per space.
    connection.execute("lock table passage in share row exclusive mode")
    given = {"name": name, "analysis": "meaning", "dimensions": dimensions}
    made = connection.execute(load_queries("vectors")["insert_space"], given).fetchone()
    if made is None:
        return meaning_space(connection, name, dimensions)
    for word in ("brief", "long"):
        connection.execute(
            sql.SQL(
                "create index {index} on passage using hnsw ((v::halfvec({dimensions})) halfvec_cosine_ops)"
                " where space_id = {space} and {brief}"
            ).format(
                index=sql.Identifier(f"passage_space_{made['id']}_{word}"),
                dimensions=sql.Literal(dimensions),
                space=sql.Literal(made["id"]),
                brief=sql.SQL("brief" if word == "brief" else "not brief"),
            )
        )
    return int(made["id"])


def _row(ordinal: int, passage: Passage) -> dict[str, Any]:
    box = passage.box
    return {
        "ordinal": ordinal,
        "words": passage.words,
        "source": passage.source,
        **({"x": box.x, "y": box.y, "w": box.w, "h": box.h} if box else {}),
        "at_s": passage.at_s,
        "end_s": passage.end_s,
    }


def _box(row: Mapping[str, Any]) -> Box | None:
    return Box(row["x"], row["y"], row["w"], row["h"]) if row["x"] is not None else None
