"""What is said in a video: language, sentences and words with their times. Silence gives none."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic_settings import SettingsConfigDict

from core.errors import BadRequest, PermanentError
from core.findings import Transcript
from core.languages import is_unsure
from core.media import Kind
from core.terms import Term
from db import choices, terms
from db.connect import Connection
from engines.contract import SpeechTranscriber
from media.video import extract_sound
from workers.contract import Analysis, AnalysisSettings, NotApplicable, Source, Tools


class Settings(AnalysisSettings):
    """FOVEA_SPEECH__…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_SPEECH__", extra="ignore")
    engine: str = "faster_whisper_speech"
    threads: int = 2
    """An hour of sound is one file: while nothing else is to be done, one thread would leave processors idle."""
    language: str | None = None
    """Force a language ("de") instead of finding it out; what a person says of one video goes before it."""


@dataclass(frozen=True, slots=True)
class Listener:
    engine: SpeechTranscriber
    language: str | None
    folder: Path
    """Where the extracted sound lies while it is listened to."""


def open_engine(tools: Tools, settings: Settings) -> Listener:
    engine = tools.door.get(settings.engine, SpeechTranscriber, settings.options, settings.threads)
    return Listener(engine, settings.language, scratch(tools.data))


def scratch(data: Path) -> Path:
    """An hour of sound has 115 MB: beside the library, where there is room, unless that may only be read."""
    folder = data / "incoming"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())


def analyse(listener: Listener, source: Source) -> Transcript:
    with tempfile.TemporaryDirectory(prefix="sound-", dir=listener.folder) as folder:
        sound = Path(folder) / "sound.wav"
        if not extract_sound(source.original, sound):
            raise NotApplicable("the video has no sound")
        try:
            return listener.engine.transcribe(sound, (source.given or {}).get("language") or listener.language)
        except BadRequest as refused:  # a language these weights do not know: trying again would not teach them
            raise PermanentError(str(refused)) from refused


def read(connection: Connection, source: Source, version: str) -> Mapping[str, Any]:  # noqa: ARG001
    """What a person said is spoken in this video: {"language": "de"}, or nothing."""
    return choices.choice_of(connection, source.asset_id, "speech")


def data(result: Transcript) -> Mapping[str, Any]:
    return asdict(result)


def save(connection: Connection, source: Source, version: str, result: Transcript) -> None:
    rows = [
        Term(
            kind="said",
            words=" ".join(word.text.strip() for word in segment.words) or segment.text,
            # What is said is not doubted, unless the language is only guessed: then the words are a guess, too.
            score=segment.language_probability if is_unsure(segment.language_probability) else None,
            at_s=segment.start_s,
            end_s=segment.end_s,
            word_at_s=tuple(word.start_s for word in segment.words) or None,
        )
        for segment in result.segments
    ]
    terms.replace_terms(connection, source.asset_id, ANALYSIS.name, version, rows)


ANALYSIS = Analysis(
    name="speech",
    version=2,
    kinds=frozenset({Kind.VIDEO}),
    after=("preview",),
    settings=Settings,
    open=open_engine,
    read=read,
    analyse=analyse,
    data=data,
    save=save,
    limit_s=900.0,
)
