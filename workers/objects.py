"""Things in the picture, each with its box: the COCO-80 classes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic_settings import SettingsConfigDict

from core.findings import FoundObject
from core.media import Kind
from core.terms import Term
from db import terms
from db.connect import Connection
from engines.contract import ObjectDetector
from workers.contract import Analysis, AnalysisSettings, Source, Tools
from workers.frames import frames_of


class Settings(AnalysisSettings):
    """FOVEA_OBJECTS__…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_OBJECTS__", extra="ignore")
    engine: str = "yolo_onnx"


@dataclass(frozen=True, slots=True)
class Objects:
    objects: tuple[FoundObject, ...]


def open_engine(tools: Tools, settings: Settings) -> ObjectDetector:
    return tools.door.get(settings.engine, ObjectDetector, settings.options, settings.threads)


def analyse(engine: ObjectDetector, source: Source) -> Objects:
    found = [
        replace(each, at_s=frame.at_s) for frame in frames_of(source) for each in engine.detect(frame.picture())
    ]
    return Objects(tuple(found))


def data(result: Objects) -> Mapping[str, Any]:
    return asdict(result)


def save(connection: Connection, source: Source, version: str, result: Objects) -> None:
    rows = [
        Term(kind="object", words=each.label, score=each.score, box=each.box, at_s=each.at_s)
        for each in result.objects
    ]
    terms.replace_terms(connection, source.asset_id, ANALYSIS.name, version, rows)


ANALYSIS = Analysis(
    name="objects",
    version=1,
    kinds=frozenset(Kind),
    after=("preview",),
    settings=Settings,
    open=open_engine,
    analyse=analyse,
    data=data,
    save=save,
)
