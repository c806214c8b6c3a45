"""Vectors of a made-up library: of its pictures, and of its passages, for search by meaning.

Real vectors of so many pictures and texts would take hours. Pictures come in 200 kinds with as much of their own
as of their kind. A passage's vector is the mean of its words', with the real model's for labels, towns and the
commonest words, and a direction of its own for every invented word. Indexes are made at the end, which is many
times quicker.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.psycopg import register_vector

from bench.chance import Chance
from bench.copy_rows import copy_rows
from bench.vocabulary import THINGS, TOWNS, WORDS
from core.passages import Passage
from db.connect import Connection
from db.meaning import meaning_space
from db.vectors import space_id
from engines.contract import TextEmbedder

_KINDS = 200
_OWN = 0.15
"""Length of what a passage has beyond its words; without it the same labels in another order would be the same."""
REAL_WORDS = (*THINGS, "person", *WORDS[:1000])


def copy_picture_vectors(connection: Connection, chance: Chance, assets: Sequence[int], dimensions: int) -> int:
    """A vector for each picture; the id of their space."""
    space = space_id(connection, f"embedding:generated-{dimensions}", "embedding", dimensions)
    register_vector(connection)
    middles = chance.rng.standard_normal((_KINDS, dimensions), dtype=np.float32)

    def rows() -> Iterator[tuple[object, ...]]:
        for start in range(0, len(assets), 1000):
            part = assets[start : start + 1000]
            own = chance.rng.standard_normal((len(part), dimensions), dtype=np.float32)
            vectors = _unit(middles[[chance.upto(_KINDS) for _ in part]] + own)
            yield from ((space, asset_id, vector) for asset_id, vector in zip(part, vectors, strict=True))

    with _index_last(connection, f"embedding_space_{space}"):
        copy_rows(connection, "embedding", "space_id asset_id v", rows(), ("int4", "int8", "vector"))
    return space


def copy_passages(
    connection: Connection,
    chance: Chance,
    owner_id: int,
    embedder: TextEmbedder,
    passages: Mapping[int, Sequence[Passage]],
) -> int:
    """The passages of each asset with their vectors; how many different ones."""
    space = meaning_space(connection, f"meaning:{embedder.identity}", embedder.dimensions)
    register_vector(connection)
    briefs = {each.words: each.brief for several in passages.values() for each in several}
    row = connection.execute("select coalesce(max(id), 0) as last from passage").fetchone()
    ids = {words: number for number, words in enumerate(briefs, (row["last"] if row else 0) + 1)}
    vectors = _passage_vectors(chance, embedder, list(briefs))
    with (
        _index_last(connection, f"passage_space_{space}_brief"),
        _index_last(connection, f"passage_space_{space}_long"),
    ):
        copy_rows(
            connection,
            "passage",
            "id owner_id space_id words brief v",
            (
                (ids[words], owner_id, space, words, brief, HalfVector(vector))
                for (words, brief), vector in zip(briefs.items(), vectors, strict=True)
            ),
            ("int8", "int8", "int4", "text", "bool", "halfvec"),
        )
    connection.execute("select setval(pg_get_serial_sequence('passage', 'id'), (select max(id) from passage))")
    times = connection.execute("select id, sort_at from asset where id = any(%s)", (list(passages),)).fetchall()
    sort_at = {row["id"]: row["sort_at"] for row in times}
    copy_rows(
        connection,
        "meaning",
        "asset_id ordinal passage_id source at_s end_s sort_at",
        (
            (asset_id, ordinal, ids[each.words], each.source, each.at_s, each.end_s, sort_at[asset_id])
            for asset_id, several in passages.items()
            for ordinal, each in enumerate(several)
        ),
    )
    return len(ids)


class _index_last:  # noqa: N801 (used like a function, as contextlib's own)
    """Without an index while rows go in; it is made anew from them at the end."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection, self._name, self._made_by = connection, name, ""

    def __enter__(self) -> None:
        row = self._connection.execute("select pg_get_indexdef(%s::regclass) as made_by", (self._name,)).fetchone()
        self._made_by = row["made_by"] if row else ""
        self._connection.execute(f"drop index {self._name}".encode())

    def __exit__(self, *_: object) -> None:
        # In memory as a whole it is built several times quicker; a second process helps.
        self._connection.execute("set local maintenance_work_mem = '1GB'")
        self._connection.execute("set local max_parallel_maintenance_workers = 1")
        self._connection.execute(self._made_by.encode())


def _passage_vectors(chance: Chance, embedder: TextEmbedder, texts: Sequence[str]) -> NDArray[np.float32]:
    """len(texts) × dimensions, of unit length."""
    real = [*REAL_WORDS, *dict.fromkeys(name for town in TOWNS for name in town[:3])]
    known = dict(zip(real, embedder.embed(real), strict=True))
    vectors = chance.rng.standard_normal((len(texts), embedder.dimensions), dtype=np.float32)
    vectors = _unit(vectors) * np.float32(_OWN)
    for row, text in enumerate(texts):
        if text in known:
            vectors[row] = known[text]
            continue
        for word in _pieces(text, known):
            if word not in known:
                known[word] = _unit(chance.rng.standard_normal((1, embedder.dimensions), dtype=np.float32))[0]
            vectors[row] += known[word]
    return _unit(vectors)


def _pieces(text: str, known: Mapping[str, object]) -> Iterable[str]:
    """Labels between commas, or else single words."""
    return [word for label in text.split(", ") for word in ([label] if label in known else label.split()) if word]


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, dtype=np.float32)
