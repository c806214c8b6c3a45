"""What is written in the picture: lines with their boxes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic_settings import SettingsConfigDict

from core.findings import FoundText
from core.media import Kind
from core.terms import Term
from db import terms
from db.connect import Connection
from engines.contract import TextReader
from workers.contract import Analysis, AnalysisSettings, Source, Tools
from workers.frames import frames_of


class Settings(AnalysisSettings):
    """FOVEA_TEXT__…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_TEXT__", extra="ignore")
    engine: str = "rapidocr_text"


@dataclass(frozen=True, slots=True)
class Text:
    text: tuple[FoundText, ...]


def open_engine(tools: Tools, settings: Settings) -> TextReader:
    return tools.door.get(settings.engine, TextReader, settings.options, settings.threads)


def analyse(engine: TextReader, source: Source) -> Text:
    found = [
        replace(line, at_s=frame.at_s) for frame in frames_of(source) for line in engine.read(frame.picture())
    ]
    return Text(tuple(found))


def data(result: Text) -> Mapping[str, Any]:
    return asdict(result)


def save(connection: Connection, source: Source, version: str, result: Text) -> None:
    rows = [
        Term(kind="text", words=line.text, score=line.score, box=line.box, at_s=line.at_s) for line in result.text
    ]
    terms.replace_terms(connection, source.asset_id, ANALYSIS.name, version, rows)


ANALYSIS = Analysis(
    name="text",
    version=2,
    kinds=frozenset(Kind),
    after=("preview",),
    settings=Settings,
    open=open_engine,
    analyse=analyse,
    data=data,
    save=save,
    limit_s=600.0,
)
