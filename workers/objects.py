"""Things in the picture, each with its box: the COCO-80 classes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from core.findings import FoundObject, Picture
from core.media import Kind
from core.terms import Term
from db import terms
from db.connect import Connection
from engines.contract import ObjectDetector
from media.child import ChildPool
from workers.contract import Analysis, AnalysisSettings, Source, Tools
from workers.frames import frames_of
from workers.larger import larger_picture, shows_more


class Settings(AnalysisSettings):
    """FOVEA_OBJECTS__…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_OBJECTS__", extra="ignore")
    engine: str = "yolo_onnx"
    small_px: int = Field(default=4000, ge=0, le=10000)
    """Longer side of the rendering in which small things are looked for where a photo's preview shows weak signs
    of them; 0: previews only."""


@dataclass(frozen=True, slots=True)
class Objects:
    """`looked_at_px` is the longer side of what was looked at beside the preview, for small things; `complaint`
    says why that could not be."""

    objects: tuple[FoundObject, ...]
    looked_at_px: int | None = None
    complaint: str | None = None


@dataclass(frozen=True, slots=True)
class Detector:
    engine: ObjectDetector
    decoders: ChildPool
    small_px: int


def open_engine(tools: Tools, settings: Settings) -> Detector:
    engine = tools.door.get(settings.engine, ObjectDetector, settings.options, settings.threads)
    return Detector(engine, tools.decoders, settings.small_px)


def analyse(detector: Detector, source: Source) -> Objects:
    found: list[FoundObject] = []
    for frame in frames_of(source):
        picture = frame.picture()
        if source.kind is Kind.PHOTO and detector.small_px and shows_more(source, picture):
            return _with_small(detector, source, picture)
        found += [replace(each, at_s=frame.at_s) for each in detector.engine.detect(picture)]
    return Objects(tuple(found))


def _with_small(detector: Detector, source: Source, picture: Picture) -> Objects:
    """A photo's things, with those that only a larger rendering than the preview shows, where signs say so."""
    found, signs = detector.engine.detect_with_signs(picture)
    if not signs:
        return Objects(tuple(found))
    larger, complaint = larger_picture(source, detector.small_px, detector.decoders)
    if larger is None:
        return Objects(tuple(found), complaint=complaint)
    return Objects(tuple(detector.engine.look_closer(larger, found, signs)), looked_at_px=max(larger.shape[:2]))


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
    version=2,
    kinds=frozenset(Kind),
    after=("preview",),
    settings=Settings,
    open=open_engine,
    analyse=analyse,
    data=data,
    save=save,
    rest=lambda detector: detector.decoders.rest(),
)
