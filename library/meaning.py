"""Search by meaning: which passages of a library are close to the mere words of a query."""

import logging
from collections.abc import Mapping, Sequence
from functools import cache

from core.errors import WeightMissing
from core.query import Query
from db import activity, meaning
from db.connect import Connection
from db.vectors import space_named
from engines.contract import TextEmbedder
from engines.door import EngineDoor, names
from library.label_kinds import label_kinds

log = logging.getLogger(__name__)

ANALYSIS = "meaning"
_SHORTEST = 3  # letters of a word that means something
Near = dict[int, float]
"""Passage → its cosine with what was asked."""


def near_meaning(
    connection: Connection,
    door: EngineDoor,
    owner_id: int,
    query: Query,
    known: Mapping[int, Sequence[str]],
) -> tuple[dict[int, Near], Near]:
    """For each mere word that means something by itself (index of its clause), and for all together.

    `known`: words of the library that a clause means by the letter. A passage that is no more than one of them is
    left out: whatever has it is found by it already. So is a label of something else than what is asked for,
    however close: no cat for a dog.

    Both empty, which leaves search by words, while no asset was analysed or weights are missing (logged once).
    """
    free = query.free
    asked = {index: word for index, word in free.items() if len(word) >= _SHORTEST and word.isalpha()}
    if not asked:
        return {}, {}
    engine = _engine_in_use(connection)
    if engine is None:
        return {}, {}
    try:
        embedder = door.get(engine, TextEmbedder, threads=1)
        space = space_named(connection, f"{ANALYSIS}:{embedder.identity}")
    except WeightMissing as missing:
        _say_once(str(missing))
        return {}, {}
    if space is None:
        return {}, {}
    texts = list(asked.values())
    together = query.in_words not in texts
    vectors = embedder.embed([*texts, query.in_words] if together else texts)
    found = meaning.near_passages(connection, owner_id, space, list(vectors))
    each = {}
    for (index, word), near in zip(asked.items(), found, strict=False):
        if left := _meant(word, near, known.get(index, ())):
            each[index] = left
    return each, _meant(query.in_words, found[-1], ()) if together else {}


def _meant(asked: str, near: Mapping[int, tuple[float, str]], known: Sequence[str]) -> Near:
    kinds = label_kinds()
    return {
        passage: likeness
        for passage, (likeness, words) in near.items()
        if words not in known and kinds.may_stand_for(words, asked)
    }


def _engine_in_use(connection: Connection) -> str | None:
    """The engine that the library's passages were made with; a version is `1+minilm_text-53aa51172d14`."""
    version = activity.current_version(connection, ANALYSIS) or ""
    identity = version.partition("+")[2]
    return max((name for name in names(ANALYSIS) if identity.startswith(f"{name}-")), key=len, default=None)


@cache
def _say_once(reason: str) -> None:
    log.warning("search goes by words only, not by meaning: %s", reason)
