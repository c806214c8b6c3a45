"""Faces: where they are, and a vector of each to compare them by."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic_settings import SettingsConfigDict

from core.findings import FoundFace
from core.media import Kind
from db import faces, vectors
from db.connect import Connection
from engines.contract import FaceFinder
from workers.contract import Analysis, AnalysisSettings, Source, Tools
from workers.frames import frames_of


class Settings(AnalysisSettings):
    """FOVEA_FACES__…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_FACES__", extra="ignore")
    engine: str = "yunet_sface"


@dataclass(frozen=True, slots=True)
class Faces:
    """`space` names engine and weights: only vectors of one space can be compared."""

    faces: tuple[FoundFace, ...]
    space: str
    dimensions: int


def open_engine(tools: Tools, settings: Settings) -> FaceFinder:
    return tools.door.get(settings.engine, FaceFinder, settings.options, settings.threads)


def analyse(engine: FaceFinder, source: Source) -> Faces:
    found = [
        replace(face, at_s=frame.at_s) for frame in frames_of(source) for face in engine.find(frame.picture())
    ]
    return Faces(tuple(found), f"faces:{engine.identity}", engine.dimensions)


def data(result: Faces) -> Mapping[str, Any]:
    """Without the vectors, which have their own table."""
    without = [{k: v for k, v in asdict(face).items() if k != "vector"} for face in result.faces]
    return {"faces": without, "space": result.space}


def save(connection: Connection, source: Source, version: str, result: Faces) -> None:
    space = vectors.space_id(connection, result.space, ANALYSIS.name, result.dimensions)
    faces.replace_faces(connection, source.asset_id, version, result.faces, space)


ANALYSIS = Analysis(
    name="faces",
    version=1,
    kinds=frozenset(Kind),
    after=("preview",),
    settings=Settings,
    open=open_engine,
    analyse=analyse,
    data=data,
    save=save,
)
