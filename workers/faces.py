"""Faces: where they are, and a vector of each to compare them by."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic_settings import SettingsConfigDict

from core.findings import FoundFace, Picture
from core.media import Kind
from db import faces, vectors
from db.connect import Connection
from engines.contract import FaceFinder
from media.child import ChildPool
from workers.contract import Analysis, AnalysisSettings, Source, Tools
from workers.frames import frames_of
from workers.larger import larger_picture, shows_more

_SAME_FACE = 0.3  # boxes that share more are of one face


class Settings(AnalysisSettings):
    """FOVEA_FACES__…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_FACES__", extra="ignore")
    engine: str = "yunet_sface"


@dataclass(frozen=True, slots=True)
class Faces:
    """`space` names engine and weights: only vectors of one space can be compared. `looked_at_px` is the longer
    side of what was looked at beside the preview, for small faces; `complaint` says why that could not be."""

    faces: tuple[FoundFace, ...]
    space: str
    dimensions: int
    looked_at_px: int | None = None
    complaint: str | None = None


@dataclass(frozen=True, slots=True)
class Finder:
    engine: FaceFinder
    decoders: ChildPool


def open_engine(tools: Tools, settings: Settings) -> Finder:
    engine = tools.door.get(settings.engine, FaceFinder, settings.options, settings.threads)
    return Finder(engine, tools.decoders)


def analyse(finder: Finder, source: Source) -> Faces:
    engine = finder.engine
    space = f"faces:{engine.identity}"
    found: list[FoundFace] = []
    for frame in frames_of(source):
        picture = frame.picture()
        faces = engine.find(picture)
        if source.kind is Kind.PHOTO:
            return _with_small(finder, source, picture, faces, space)
        found += [replace(face, at_s=frame.at_s) for face in faces]
    return Faces(tuple(found), space, engine.dimensions)


def _with_small(finder: Finder, source: Source, picture: Picture, faces: list[FoundFace], space: str) -> Faces:
    """A photo's faces, with those that only a larger rendering than the preview shows, where something says so."""
    engine = finder.engine
    plain = Faces(tuple(faces), space, engine.dimensions)
    if not shows_more(source, picture):
        return plain
    wanted_px = engine.wanted_px(picture, faces)
    if not wanted_px:
        return plain
    larger, complaint = larger_picture(source, wanted_px, finder.decoders)
    if larger is None:
        return replace(plain, complaint=complaint)
    small = engine.find_small(larger)
    # the same face seen larger has the better vector; what fills the picture was seen in the preview only
    kept = [face for face in faces if all(face.box.iou(other.box) <= _SAME_FACE for other in small)]
    ordered = sorted([*small, *kept], key=lambda face: -face.score)
    return replace(plain, faces=tuple(ordered), looked_at_px=max(larger.shape[:2]))


def data(result: Faces) -> Mapping[str, Any]:
    """Without the vectors, which have their own table."""
    without = [{k: v for k, v in asdict(face).items() if k != "vector"} for face in result.faces]
    return {
        "faces": without,
        "space": result.space,
        "looked_at_px": result.looked_at_px,
        "complaint": result.complaint,
    }


def save(connection: Connection, source: Source, version: str, result: Faces) -> None:
    space = vectors.space_id(connection, result.space, ANALYSIS.name, result.dimensions)
    faces.replace_faces(connection, source.asset_id, version, result.faces, space)


ANALYSIS = Analysis(
    name="faces",
    version=2,
    kinds=frozenset(Kind),
    after=("preview",),
    settings=Settings,
    open=open_engine,
    analyse=analyse,
    data=data,
    save=save,
    rest=lambda finder: finder.decoders.rest(),
)
