"""A vector of the whole picture, to find similar ones by, and the ImageNet words that describe it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic_settings import SettingsConfigDict

from core.findings import FoundTag, Vector
from core.media import Kind
from core.terms import Term
from db import terms, vectors
from db.connect import Connection
from engines.contract import PictureEmbedder
from workers.contract import Analysis, AnalysisSettings, Source, Tools
from workers.frames import frames_of

_TAG_SCORE_LEAST = 0.2  # below that the classes of ImageNet are guesses, and guesses make search useless


class Settings(AnalysisSettings):
    """FOVEA_EMBEDDING__…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_EMBEDDING__", extra="ignore")
    engine: str = "efficientnet_lite0"


@dataclass(frozen=True, slots=True)
class Embedding:
    """One vector per picture looked at (`at_s` None in a photo), the best score of each tag over all of them."""

    vectors: tuple[tuple[float | None, Vector], ...]
    tags: tuple[FoundTag, ...]
    space: str
    dimensions: int


def open_engine(tools: Tools, settings: Settings) -> PictureEmbedder:
    return tools.door.get(settings.engine, PictureEmbedder, settings.options, settings.threads)


def analyse(engine: PictureEmbedder, source: Source) -> Embedding:
    found: list[tuple[float | None, Vector]] = []
    best: dict[str, float] = {}
    for frame in frames_of(source):
        vector, tags = engine.embed(frame.picture())
        found.append((frame.at_s, vector))
        for tag in tags:
            if tag.score >= _TAG_SCORE_LEAST:
                best[tag.label] = max(tag.score, best.get(tag.label, 0.0))
    ordered = sorted(best.items(), key=lambda item: -item[1])
    words = tuple(FoundTag(label, score) for label, score in ordered)
    return Embedding(tuple(found), words, f"embedding:{engine.identity}", engine.dimensions)


def data(result: Embedding) -> Mapping[str, Any]:
    return {"tags": [asdict(tag) for tag in result.tags], "space": result.space}


def save(connection: Connection, source: Source, version: str, result: Embedding) -> None:
    space = vectors.space_id(connection, result.space, ANALYSIS.name, result.dimensions)
    vectors.replace_vectors(connection, space, source.asset_id, result.vectors)
    rows = [Term(kind="tag", words=tag.label, score=tag.score) for tag in result.tags]
    terms.replace_terms(connection, source.asset_id, ANALYSIS.name, version, rows)


ANALYSIS = Analysis(
    name="embedding",
    version=1,
    kinds=frozenset(Kind),
    after=("preview",),
    settings=Settings,
    open=open_engine,
    analyse=analyse,
    data=data,
    save=save,
)
