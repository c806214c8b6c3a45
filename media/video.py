"""What a video is made of, and its sound, by ffprobe and ffmpeg in bounded processes of their own."""

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg  # type: ignore[import-untyped]

from core.errors import PermanentError, UnreadableMedia
from media.limits import MIB, Limits, ProgramError, run_limited
from media.sandbox import Access

# Only files, and only these containers: a playlist disguised as a video must not make ffmpeg open others.
SAFE_INPUT = {"protocol_whitelist": "file", "format_whitelist": "mov,avi,matroska,webm,mpeg,mpegts,mpegvideo,asf"}
MOST_PIXELS = 100_000_000
LONGEST_S = 7 * 24 * 3600.0
SOUND_RATE_HZ = 16_000
_PROBE_LIMITS = Limits(memory_bytes=2048 * MIB, file_bytes=1 * MIB, wall_s=60.0, cpu_s=60)
_HDR_TRANSFERS = {"arib-std-b67", "smpte2084"}


@dataclass(frozen=True, slots=True)
class Probe:
    """A video's measures. `width` and `height` are upright and with square pixels; `stream` is the index of the
    picture stream; `sounds` counts the sound tracks; `hdr` tells that brightness needs mapping to a screen's;
    `unmarked_hd` that colours are to be read by the HD matrix though the file does not say so; `interlaced` that
    each frame holds two half pictures of different moments."""

    width: int
    height: int
    duration_s: float
    frames_per_s: float
    codec: str
    stream: int
    sounds: int
    hdr: bool
    unmarked_hd: bool
    interlaced: bool = False


def probe_video(path: Path) -> Probe:
    """Measure a video without decoding it. Raises UnreadableMedia, PermanentError (too large), ChildFailed."""
    found = _ffprobe(path, "-show_format", "-show_streams")
    streams = [stream for stream in found.get("streams", []) if isinstance(stream, dict)]
    pictures = [stream for stream in streams if _is_moving_picture(stream)]
    sounds = sum(stream.get("codec_type") == "audio" for stream in streams)
    if not pictures:
        what = "it holds sound but no moving picture" if sounds else "no moving picture is found in it"
        raise UnreadableMedia(f"{path.name}: {what}")
    stream = pictures[0]
    width, height = _upright_size(stream, path.name)
    duration_s = _number(found.get("format", {}).get("duration")) or _number(stream.get("duration"))
    if not duration_s:
        duration_s = _last_packet_s(path, int(stream["index"]))
    if not 0 <= duration_s <= LONGEST_S:
        raise UnreadableMedia(f"{path.name}: a length of {duration_s:.0f} s")
    return Probe(
        width=width,
        height=height,
        duration_s=duration_s,
        frames_per_s=_rate(stream.get("avg_frame_rate")) or _rate(stream.get("r_frame_rate")) or 25.0,
        codec=str(stream.get("codec_name", "")),
        stream=int(stream["index"]),
        sounds=sounds,
        hdr=stream.get("color_transfer") in _HDR_TRANSFERS,
        interlaced=stream.get("field_order", "progressive") not in ("progressive", "unknown"),
        unmarked_hd=height >= 720 and stream.get("color_space", "unknown") in ("unknown", ""),
    )


def extract_sound(path: Path, out_wav: Path) -> bool:
    """Write a video's first sound track as WAV, 16 kHz, mono, 16 bits; False when it has none.

    Second 0 of the sound is second 0 of the picture: a later start and gaps are filled with silence.
    """
    found = _ffprobe(path, "-show_format", "-show_streams", "-select_streams", "a")
    if not found.get("streams"):
        return False
    duration_s = min(_number(found.get("format", {}).get("duration")) or 3600.0, LONGEST_S)
    command = (
        ffmpeg.input(f"file:{path}", threads=2, **SAFE_INPUT)["a:0"]
        .filter("aresample", **{"async": 1, "first_pts": 0})
        .output(f"file:{out_wav}", ac=1, ar=SOUND_RATE_HZ, acodec="pcm_s16le", format="wav", map_metadata=-1)
    )
    limits = Limits(
        memory_bytes=2048 * MIB,
        # Gaps are filled with silence: a few packets hours apart must not become gigabytes. 2.6 kbit/s is sound.
        file_bytes=min(8192 * MIB, 256 * MIB + 100 * path.stat().st_size),
        wall_s=120 + duration_s / 2,
        cpu_s=int(60 + duration_s / 5),
    )
    try:
        run_limited(compiled(command), limits, path.name, Access(read=(path,), write=(out_wav.parent,)))
    except ProgramError as error:
        raise UnreadableMedia(f"{path.name}: its sound cannot be decoded: {error}") from error
    return True


def compiled(command: Any) -> list[str]:
    """The argument list of an ffmpeg-python command: quiet, without reading the terminal, overwriting."""
    argv: list[str] = command.global_args("-nostdin", "-hide_banner", "-v", "error").compile(overwrite_output=True)
    return argv


def _ffprobe(path: Path, *what: str) -> dict[str, Any]:
    safety = [part for name, value in SAFE_INPUT.items() for part in (f"-{name}", value)]
    argv = ["ffprobe", "-v", "error", *safety, *what, "-of", "json", f"file:{path}"]
    try:
        found = json.loads(run_limited(argv, _PROBE_LIMITS, path.name, Access(read=(path,))))
    except ProgramError as error:
        reason = str(error).replace(f"file:{path}: ", "").replace(str(path), path.name)
        raise UnreadableMedia(f"{reason} (not a video that ffmpeg reads)") from error
    except ValueError as error:
        raise UnreadableMedia(f"{path.name}: ffprobe's answer about it cannot be read") from error
    return found if isinstance(found, dict) else {}


def _is_moving_picture(stream: dict[str, Any]) -> bool:
    # A cover of an album is a video stream with one picture.
    cover = stream.get("disposition", {}).get("attached_pic") == 1
    return stream.get("codec_type") == "video" and not cover and bool(stream.get("width"))


def _upright_size(stream: dict[str, Any], name: str) -> tuple[int, int]:
    width, height = int(stream.get("width") or 0), int(stream.get("height") or 0)
    if not (width > 0 and height > 0):
        raise UnreadableMedia(f"{name}: a picture of {width} × {height} pixels")
    if width * height > MOST_PIXELS:
        raise PermanentError(f"{name}: frames of {width} × {height} pixels are more than Fovea decodes")
    aspect = _rate(str(stream.get("sample_aspect_ratio", "1:1")).replace(":", "/")) or 1.0
    if 0.1 <= aspect <= 10:
        width = max(1, round(width * aspect))
    turns = [side.get("rotation") for side in stream.get("side_data_list", []) if "rotation" in side]
    turned = _number(turns[0] if turns else stream.get("tags", {}).get("rotate")) or 0.0
    return (height, width) if round(abs(turned)) % 180 == 90 else (width, height)


def _last_packet_s(path: Path, stream: int) -> float:
    """The length of a file that does not say it (as browsers record): where its last packet ends."""
    entries = "packet=pts_time,duration_time"
    found = _ffprobe(path, "-select_streams", str(stream), "-show_entries", entries)
    ends = (
        (_number(packet.get("pts_time")) or 0.0) + (_number(packet.get("duration_time")) or 0.0)
        for packet in found.get("packets", [])
    )
    return max(ends, default=0.0)


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if number == number and abs(number) < 1e12 else None  # noqa: PLR0124  # NaN


def _rate(value: object) -> float | None:
    try:
        rate = float(Fraction(str(value)))
    except (ValueError, ZeroDivisionError):
        return None
    return rate if 0 < rate < 1e6 else None
