"""Vectors and their nearest neighbours, by pgvector.

Each space gets its own partial HNSW index over half-precision values: an index needs one number of dimensions,
`vector` indexes end at 2,000 of them (`halfvec` at 4,000), and half the size is walked faster. Full precision is
kept in the table, and the neighbours that the index names are measured again with it.
The id and dimensions of a space are written into the statements because a partial index is only considered when
the planner sees its condition; both are integers out of our own table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pgvector import Vector as PgVector
from psycopg import sql

from core.findings import Vector
from db.connect import Connection
from db.queries import load_queries

MOST_NEIGHBOURS = 500


@dataclass(frozen=True, slots=True)
class Space:
    """Where vectors can be compared: those of one engine with one set of weights."""

    id: int
    dimensions: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An asset that is near, its most similar vector, and when in the medium (seconds) that is."""

    asset_id: int
    face_id: int | None
    at_s: float | None
    similarity: float  # cosine, -1..1


def space_id(connection: Connection, name: str, analysis: str, dimensions: int) -> int:
    """The id of a space, made with its index when it is new. Raises ValueError on other dimensions than before.

    Making one locks the table of vectors against other writers until the transaction ends; call it before the
    transaction writes vectors or faces.
    """
    queries = load_queries("vectors")
    given = {"name": name, "analysis": analysis, "dimensions": dimensions}
    row = connection.execute(queries["space_by_name"], given).fetchone()
    if row is None:
        made = connection.execute(queries["insert_space"], given).fetchone()
        if made is not None:
            # Two workers making their spaces at once would each hold a lock that lets the other build its index
            # and neither write; this one is had by one at a time.
            connection.execute("lock table embedding in share row exclusive mode")
            connection.execute(
                sql.SQL(
                    "create index {index} on embedding"
                    " using hnsw ((v::halfvec({dimensions})) halfvec_cosine_ops) where space_id = {space}"
                ).format(
                    index=sql.Identifier(f"embedding_space_{made['id']}"),
                    dimensions=sql.Literal(dimensions),
                    space=sql.Literal(made["id"]),
                )
            )
            return int(made["id"])
        row = connection.execute(queries["space_by_name"], given).fetchone()
    if row is None or row["dimensions"] != dimensions or row["analysis"] != analysis:
        raise ValueError(f"the space {name} was made with other dimensions or by another analysis: {row}")
    return int(row["id"])


def replace_vectors(
    connection: Connection, space: int, asset_id: int, vectors: Sequence[tuple[float | None, Vector]]
) -> None:
    """Keep these vectors (second in the medium or None, unit length) of an asset instead of earlier ones."""
    connection.execute(load_queries("vectors")["delete_vectors"], {"space_id": space, "asset_id": asset_id})
    insert_vectors(connection, space, asset_id, [(None, at_s, vector) for at_s, vector in vectors])


def insert_vectors(
    connection: Connection,
    space: int,
    asset_id: int,
    rows: Sequence[tuple[int | None, float | None, Vector]],
) -> None:
    """Add vectors: (face id or None, second or None, vector)."""
    if not rows:
        return
    connection.execute(
        load_queries("vectors")["insert_vectors"],
        {
            "space_id": space,
            "asset_id": asset_id,
            "face_ids": [face_id for face_id, _, _ in rows],
            "at_s": [at_s for _, at_s, _ in rows],
            "vectors": [PgVector(vector).to_text() for _, _, vector in rows],
        },
    )


def space_of_asset(connection: Connection, owner_id: int, asset_id: int, analysis: str) -> Space | None:
    """The space an asset of this owner is in; None while it has no vector, or when it is not theirs."""
    given = {"owner_id": owner_id, "asset_id": asset_id, "analysis": analysis}
    row = connection.execute(load_queries("vectors")["space_of_asset"], given).fetchone()
    return Space(row["id"], row["dimensions"], row["name"]) if row else None


def space_of_face(connection: Connection, owner_id: int, face_id: int) -> Space | None:
    """The space a face of this owner is in; None when there is no such face."""
    given = {"owner_id": owner_id, "face_id": face_id}
    row = connection.execute(load_queries("vectors")["space_of_face"], given).fetchone()
    return Space(row["id"], row["dimensions"], row["name"]) if row else None


def space_named(connection: Connection, name: str) -> Space | None:
    """A space by its name; None while no asset was ever analysed by that engine."""
    row = connection.execute(load_queries("vectors")["space_by_name"], {"name": name}).fetchone()
    return Space(row["id"], row["dimensions"], row["name"]) if row else None


def vectors_in_space(connection: Connection, owner_id: int, space: Space) -> int:
    """How many vectors the owner has there, counted up to fifty thousand."""
    given = {"owner_id": owner_id, "space_id": space.id}
    row = connection.execute(load_queries("vectors")["vectors_in_space"], given).fetchone()
    return int(row["vectors"]) if row else 0


def near_asset(connection: Connection, owner_id: int, space: Space, asset_id: int, limit: int) -> list[Neighbour]:
    """Assets of the owner nearest to one of theirs, which is left out. A video is as near as its nearest frame."""
    probe = sql.SQL("select v from embedding where asset_id = %(asset_id)s and space_id = {space} limit 20")
    others = sql.SQL("e.asset_id <> %(asset_id)s")
    return _near(connection, owner_id, space, probe, others, {"asset_id": asset_id}, limit, one_per="asset_id")


def near_vector(
    connection: Connection, owner_id: int, space: Space, vector: Vector, limit: int
) -> list[Neighbour]:
    """Assets of the owner nearest to a vector of this space."""
    if vector.shape != (space.dimensions,):
        raise ValueError(f"a vector of shape {vector.shape} in a space of {space.dimensions} dimensions")
    probe = sql.SQL("select %(vector)s::vector as v")
    given = {"vector": PgVector(vector).to_text()}
    return _near(connection, owner_id, space, probe, sql.SQL("true"), given, limit, one_per="asset_id")


def near_face(connection: Connection, owner_id: int, space: Space, face_id: int, limit: int) -> list[Neighbour]:
    """Faces of the owner nearest to one of theirs, which is left out."""
    probe = sql.SQL("select v from embedding where face_id = %(face_id)s and space_id = {space} limit 1")
    others = sql.SQL("e.face_id <> %(face_id)s")
    return _near(connection, owner_id, space, probe, others, {"face_id": face_id}, limit, one_per="face_id")


def _near(
    connection: Connection,
    owner_id: int,
    space: Space,
    probe: sql.SQL,
    others: sql.SQL,
    given: dict[str, Any],
    limit: int,
    one_per: str,
) -> list[Neighbour]:
    limit = max(1, min(limit, MOST_NEIGHBOURS))
    # A video's frames take several places among the nearest; faces are one row each.
    walked = min(limit * 4 + 20, MOST_NEIGHBOURS * 2)
    connection.execute(load_queries("vectors")["scan_on"], {"ef_search": str(max(100, min(walked, 1000)))})
    names = {
        "space": sql.Literal(space.id),
        "dimensions": sql.Literal(space.dimensions),
        "one_per": sql.Identifier(one_per),
        "others": others,
    }
    statement = sql.SQL(
        "select asset_id, face_id, at_s, similarity from ("
        " select distinct on (near.{one_per}) near.asset_id, near.face_id, near.at_s,"
        "  1 - (near.v <=> probe.v) as similarity"
        " from ({probe}) probe cross join lateral ("
        "  select e.asset_id, e.face_id, e.at_s, e.v from embedding e"
        "  where e.space_id = {space} and {others}"
        "  and exists (select from asset a where a.id = e.asset_id"
        "   and a.owner_id = %(owner_id)s and a.deleted_at is null)"
        "  order by e.v::halfvec({dimensions}) <=> probe.v::halfvec({dimensions}) limit %(walked)s) near"
        " order by near.{one_per}, similarity desc) nearest"
        " order by similarity desc, asset_id, face_id limit %(limit)s"
    ).format(probe=probe.format(**names), **names)
    given = {**given, "owner_id": owner_id, "walked": walked, "limit": limit}
    return [Neighbour(**row) for row in connection.execute(statement, given)]
