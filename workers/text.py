"""What is written in the picture: lines with their boxes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from core.findings import FoundText
from core.media import Kind
from core.terms import Term
from db import terms
from db.connect import Connection
from engines.contract import TextReader
from workers.contract import Analysis, AnalysisSettings, Source, Tools
from workers.frames import frames_of
from workers.scans import read_scan


class Settings(AnalysisSettings):
    """FOVEA_TEXT__…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_TEXT__", extra="ignore")
    engine: str = "rapidocr_text"
    scan_from_px: int = Field(default=5000, ge=1440)
    """Photos whose longer side is larger are read from the original where their writing is small."""
    scan_px: int = Field(default=6000, ge=0, le=10000)
    """Longer side of the largest rendering that is read then; 0: previews only."""


@dataclass(frozen=True, slots=True)
class Reader:
    engine: TextReader
    scan_from_px: int
    scan_px: int


@dataclass(frozen=True, slots=True)
class Text:
    """`scan_px` is the longer side of what was read where the preview was too small for the writing; `complaint`
    says why that was the preview all the same."""

    text: tuple[FoundText, ...]
    scan_px: int | None = None
    complaint: str | None = None


def open_engine(tools: Tools, settings: Settings) -> Reader:
    engine = tools.door.get(settings.engine, TextReader, settings.options, settings.threads)
    return Reader(engine, settings.scan_from_px, settings.scan_px)


def analyse(reader: Reader, source: Source) -> Text:
    found: list[FoundText] = []
    for frame in frames_of(source):
        picture = frame.picture()
        lines = reader.engine.read(picture)
        scan = read_scan(reader.engine, source, picture, lines, reader.scan_from_px, reader.scan_px)
        if scan is not None:
            return Text(scan.lines, scan.side_px, scan.complaint)
        found += [replace(line, at_s=frame.at_s) for line in lines]
    return Text(tuple(found))


def data(result: Text) -> Mapping[str, Any]:
    return asdict(result)


def save(connection: Connection, source: Source, version: str, result: Text) -> None:
    rows = [
        Term(kind="text", words=line.text, score=line.score, box=line.box, at_s=line.at_s)
        for line in result.text
        if line.read
    ]
    terms.replace_terms(connection, source.asset_id, ANALYSIS.name, version, rows)


ANALYSIS = Analysis(
    name="text",
    version=5,
    kinds=frozenset(Kind),
    after=("preview",),
    settings=Settings,
    open=open_engine,
    analyse=analyse,
    data=data,
    save=save,
    limit_s=1200.0,
)
