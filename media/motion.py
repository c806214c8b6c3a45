"""The short film inside a photo: phones append it to the JPEG, or put it into a box of the HEIC.

Where it lies, XMP says (Google: `MicroVideoOffset`, `Container:Directory`), a trailer (Samsung's
`MotionPhoto_Data`), or a box (`mpvd`), and each is wrong once a program wrote metadata into the photo. So the film
is looked for itself: a `ftyp` box behind the beginning of the photo with a `moov` after it. ffmpeg takes it out,
in a bounded process.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ffmpeg  # type: ignore[import-untyped]

from core.errors import FoveaError
from media.iso_facts import boxes, child, film_length_s
from media.limits import MIB, Limits, ProgramError, run_limited
from media.reading import reading
from media.sandbox import Access
from media.tiff_facts import ReadAt
from media.video import compiled

LONGEST_S = 30.0
_STILLS = {"image/jpeg", "image/heic", "image/avif"}
_FILM_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"meta", b"moof", b"mfra", b"udta"}
_CHUNK_BYTES = 1 << 20
_BRANDS = 256  # no `ftyp` box is longer
_MOST_FOUND = 64
_MOST_TABLES = 8 * MIB
_MOST_PX = 1440
# What browsers do not all play is written anew.
_NOT_PLAYED = (b"hvc1", b"hev1", b"dvh1", b"dvhe")
_LIMITS = Limits(memory_bytes=2048 * MIB, file_bytes=256 * MIB, wall_s=120.0, cpu_s=120)


@dataclass(frozen=True, slots=True)
class Inside:
    """Where the film lies in the photo's file, its length in seconds, and whether it must be written anew."""

    start: int
    end: int
    length_s: float
    recode: bool


def find_film(path: Path, mime: str) -> Inside | None:
    """The film inside a photo; None when there is none. A broken file has none."""
    if mime not in _STILLS:
        return None
    try:
        with reading(path) as (read_at, size):
            films = (_film_at(read_at, at, size) for at in _places(read_at, size))
            return next((film for film in films if film is not None), None)
    except (OSError, ValueError, OverflowError):
        return None


def write_film(path: Path, inside: Inside, target: Path) -> bool:
    """Take the film out, playable while it comes. False when ffmpeg cannot make anything of it."""
    source = f"subfile,,start,{inside.start},end,{inside.end},,:file:{path}"
    film = ffmpeg.input(source, protocol_whitelist="file,subfile", format_whitelist="mov", threads=2)
    how = {"c:v": "copy"}
    if inside.recode:
        fit = f"scale='min({_MOST_PX},iw)':'min({_MOST_PX},ih)':force_original_aspect_ratio=decrease"
        how = {"c:v": "libx264", "preset": "veryfast", "crf": "23", "pix_fmt": "yuv420p"}
        how["vf"] = f"{fit}:force_divisible_by=2"
    command = ffmpeg.output(
        film["V:0"], film["a?"], f"file:{target}", **{"c:a": "aac"}, **how, t=LONGEST_S, movflags="+faststart",
        map_metadata=-1, f="mp4",
    )  # fmt: skip
    try:
        run_limited(compiled(command), _LIMITS, path.name, Access(read=(path,), write=(target.parent,)))
    except (ProgramError, FoveaError):
        target.unlink(missing_ok=True)
        return False
    return target.is_file() and target.stat().st_size > 0


def _places(read_at: ReadAt, size: int) -> Iterator[int]:
    """Where a `ftyp` box may begin, behind the first bytes."""
    found = 0
    for start in range(16, size, _CHUNK_BYTES):
        chunk = read_at(start, _CHUNK_BYTES + 8)
        at = chunk.find(b"ftyp", 4)
        while at >= 4 and found < _MOST_FOUND:
            length = int.from_bytes(chunk[at - 4 : at], "big")
            if 16 <= length <= _BRANDS and length % 4 == 0:
                found += 1
                yield start + at - 4
            at = chunk.find(b"ftyp", at + 4)


def _film_at(read_at: ReadAt, start: int, size: int) -> Inside | None:
    end = start
    for box in boxes(read_at, start, size):
        if box.kind not in _FILM_BOXES or (box.kind == b"ftyp" and box.start - 8 != start):
            break
        end = box.end

    def within(at: int, count: int) -> bytes:
        return read_at(start + at, max(0, min(count, end - start - at))) if at >= 0 else b""

    tables = child(within, 0, end - start, b"moov")
    if tables is None or tables.end - tables.start > _MOST_TABLES:
        return None
    length_s = film_length_s(within, end - start)
    raw = within(tables.start, tables.end - tables.start)
    if not length_s or b"vide" not in raw:
        return None
    return Inside(start, end, min(length_s, LONGEST_S), any(name in raw for name in _NOT_PLAYED))
