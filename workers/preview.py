"""What people and engines look at instead of the original: a 1440 px JPEG, a 320 px WebP, a tiny placeholder; of
a video a poster and key frames by change of scene, each with its time."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from core.media import Kind
from db import results
from db.connect import Connection
from media.child import ChildPool
from media.derived import MOTION, PREVIEW, THUMBNAIL
from media.keyframes import Sampling, choose_poster, write_keyframes
from media.motion import find_film, write_film
from media.rendering import render_picture
from media.video import Probe, probe_video
from media.wholeness import look_whole
from workers.contract import Analysis, AnalysisSettings, Source, Tools


class Settings(AnalysisSettings):
    """FOVEA_PREVIEW__…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_PREVIEW__", extra="ignore")
    scene: float = Field(default=0.18, gt=0, le=1)
    """How different two frames must be to count as a change of scene (ffmpeg's scene score)."""
    frame_every_s: float = Field(default=10.0, gt=0.5)
    """A key frame at least this often, in videos short enough for `most_frames`."""
    most_frames: int = Field(default=60, ge=1, le=2000)
    """Key frames per video at most; in longer videos they lie further apart."""


@dataclass(frozen=True, slots=True)
class Renderer:
    decoders: ChildPool
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Preview:
    """`width` and `height` are of the upright original. `frames_ms` are the key frames' times; `video` and
    `poster_ms` are None for photos. `damaged`: what is wrong with the file, in words; None where it is whole.
    `motion_s`: length of the film inside a photo."""

    width: int
    height: int
    placeholder: str
    damaged: str | None
    duration_s: float | None
    frames_ms: tuple[int, ...]
    poster_ms: int | None
    video: Probe | None
    motion_s: float | None = None


def open_renderer(tools: Tools, settings: Settings) -> Renderer:
    sampling = Sampling(scene=settings.scene, every_s=settings.frame_every_s, most=settings.most_frames)
    return Renderer(tools.decoders, sampling)


def analyse(renderer: Renderer, source: Source) -> Preview:
    with source.derived.replacing() as folder:
        if source.kind is Kind.VIDEO:
            return _video(renderer, source, folder)
        return _photo(renderer, source, folder)


def _photo(renderer: Renderer, source: Source, folder: Path) -> Preview:
    preview, thumbnail = folder / PREVIEW, folder / THUMBNAIL
    made = render_picture(renderer.decoders, source.original, source.mime, preview, thumbnail)
    damaged = look_whole(source.original, source.mime).damage or made.damaged
    inside = find_film(source.original, source.mime)
    moves = inside is not None and write_film(source.original, inside, folder / MOTION)
    motion_s = inside.length_s if inside is not None and moves else None
    return Preview(made.width, made.height, made.placeholder, damaged, None, (), None, None, motion_s)


def _video(renderer: Renderer, source: Source, folder: Path) -> Preview:
    probe = probe_video(source.original)
    frames, broken = write_keyframes(source.original, probe, folder, renderer.sampling)
    damaged = look_whole(source.original, source.mime).damage or broken
    poster = choose_poster(frames)
    preview, thumbnail = folder / PREVIEW, folder / THUMBNAIL
    made = render_picture(renderer.decoders, poster, "image/jpeg", preview, thumbnail)
    # The frame is a 1440 px JPEG already: the same file under both names, instead of a second loss.
    preview.unlink()
    preview.hardlink_to(poster)
    times = tuple(at_ms for at_ms, _ in frames)
    poster_ms = next(at_ms for at_ms, path in frames if path == poster)
    return Preview(probe.width, probe.height, made.placeholder, damaged, probe.duration_s, times, poster_ms, probe)


def data(result: Preview) -> Mapping[str, Any]:
    return asdict(result)


def save(connection: Connection, source: Source, version: str, result: Preview) -> None:  # noqa: ARG001
    results.set_picture(
        connection,
        source.asset_id,
        width=result.width,
        height=result.height,
        duration_s=result.duration_s,
        placeholder=result.placeholder,
    )
    results.set_damaged(connection, source.asset_id, ANALYSIS.name, result.damaged)


ANALYSIS = Analysis(
    name="preview",
    version=4,
    kinds=frozenset(Kind),
    settings=Settings,
    open=open_renderer,
    analyse=analyse,
    data=data,
    save=save,
    limit_s=600.0,
    rest=lambda renderer: renderer.decoders.rest(),
)
