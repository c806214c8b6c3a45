"""What an asset is about, to be found by other words: vectors of its labels, its place, what is written and said.

It looks at no file: it reads what other analyses and people have said, and is done again when they say otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_settings import SettingsConfigDict

from core.errors import BadRequest
from core.findings import Vector
from core.media import Kind
from core.passages import Passage, passages_of
from db import meaning
from db.connect import Connection
from engines.contract import TextEmbedder
from workers.contract import PERSON, Analysis, AnalysisSettings, Source, Tools


class Settings(AnalysisSettings):
    """FOVEA_MEANING__…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_MEANING__", extra="ignore")
    engine: str = "minilm_text"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The asset's passages, and the vectors of those texts that the library did not know."""

    space: str
    dimensions: int
    passages: tuple[Passage, ...]
    vectors: Mapping[str, Vector]


def open_engine(tools: Tools, settings: Settings) -> TextEmbedder:
    return tools.door.get(settings.engine, TextEmbedder, settings.options, settings.threads)


def read(connection: Connection, source: Source, version: str) -> tuple[list[Passage], set[str]]:
    """The asset's passages, and those of their texts that have vectors."""
    passages = passages_of(meaning.terms_of_asset(connection, source.asset_id))
    words = [passage.words for passage in passages]
    return passages, meaning.known_passages(connection, source.owner_id, space_name(version), words)


def analyse(engine: TextEmbedder, source: Source) -> Meaning:
    if source.given is None:
        raise BadRequest("meaning reads what a library knows of a file; about one file alone it cannot be asked")
    passages, known = source.given
    new = [passage.words for passage in passages if passage.words not in known]
    vectors = dict(zip(new, engine.embed(new), strict=True)) if new else {}
    return Meaning(f"meaning:{engine.identity}", engine.dimensions, tuple(passages), vectors)


def data(result: Meaning) -> Mapping[str, Any]:
    return {"space": result.space, "passages": len(result.passages)}


def save(connection: Connection, source: Source, version: str, result: Meaning) -> None:  # noqa: ARG001
    space = meaning.meaning_space(connection, result.space, result.dimensions)
    meaning.replace_passages(connection, source.owner_id, source.asset_id, space, result.passages, result.vectors)


def space_name(version: str) -> str:
    """The space of the vectors that this version of the analysis makes."""
    return f"meaning:{version.partition('+')[2]}"


ANALYSIS = Analysis(
    name="meaning",
    version=1,
    kinds=frozenset(Kind),
    reads=("metadata", "objects", "text", "embedding", "speech", PERSON),
    settings=Settings,
    open=open_engine,
    read=read,
    analyse=analyse,
    data=data,
    save=save,
    optional=True,
)
