"""What is in a file apart from its metadata: the compressed picture data, or a film's packets.

Two files with the same content show the same; what is written about it may differ (EXIF, XMP, a title).
`content_key` is cheap: it looks at the tables and the first 256 KiB of data, or the first 100 packets. Files with
the same key are compared whole by `same_content` before anything is concluded from it. Pictures are taken apart by
media/picture_data.py, films by ffmpeg in a bounded process.
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import ffmpeg  # type: ignore[import-untyped]

from core.camera import clean_make
from core.companions import Hints
from core.errors import FoveaError
from media.iso_facts import exif_block, film_length_s, film_maker, film_pair_id, film_times, film_turn, heif_items
from media.limits import MIB, Limits, ProgramError, run_limited
from media.picture_data import exif_chunk, jpeg_segments, pieces_of
from media.reading import reading
from media.sandbox import Access
from media.tiff_facts import ReadAt, TiffFacts
from media.video import SAFE_INPUT, compiled

_KEY_BYTES = 256 * 1024
_KEY_PACKETS = 100
_FILM_MEMORY_BYTES = 2048 * MIB
_SLOWEST_BYTES_PER_S = 10_000_000

_EXIF = b"Exif\0\0"
_OF_NOTHING = f"={hashlib.md5(b'', usedforsecurity=False).hexdigest()}"


def content_key(path: Path, mime: str) -> bytes | None:
    """32 bytes that files of the same content share; None for what has no content apart from its bytes."""
    if mime.startswith("video/"):
        packets = _packets(path, 60.0, ["V:0"], **{"frames:v": _KEY_PACKETS})
        return None if packets is None else _digest(b"film", [packets.encode()])
    return _picture_digest(path, mime, _KEY_BYTES)


def whole_content(path: Path, mime: str) -> bytes | None:
    """The same over all of the content; reads the whole file."""
    if not mime.startswith("video/"):
        return _picture_digest(path, mime, None)
    wall_s = 60.0 + path.stat().st_size / _SLOWEST_BYTES_PER_S
    packets = _packets(path, wall_s, ["V", "a?"])
    return None if packets is None else _digest(b"film", [packets.encode()])


def turned_content(path: Path, mime: str) -> bytes | None:
    """`whole_content` and how the picture is turned: what has to be the same for its previews to stay true."""
    whole, turn = whole_content(path, mime), orientation_of(path, mime)
    return whole if whole is None or turn in (None, 1) else _digest(b"turned", [whole, bytes([turn])])


def same_content(one: Path, other: Path, mime: str) -> bool:
    """Whether two files of the same key are the same apart from metadata. False when one cannot be read, and when
    both say how they are turned, and say it differently."""
    try:
        turned = {orientation_of(path, mime) for path in (one, other)} - {None}
        first = whole_content(one, mime)
        return len(turned) < 2 and first is not None and first == whole_content(other, mime)
    except OSError:
        return False


def read_hints(path: Path, mime: str) -> Hints:
    """What the file says about what it belongs to. A broken file says nothing."""
    try:
        with reading(path) as (read_at, size):
            if mime.startswith("video/"):
                taken, instant = film_times(read_at, size)
                maker = clean_make(film_maker(read_at, size), "")
                return Hints(film_pair_id(read_at, size), film_length_s(read_at, size), taken, instant, maker)
            facts = _facts_of(read_at, size, mime)
            if facts is None:
                return Hints()
            maker = clean_make(facts.maker(), "")
            return Hints(facts.pair_id(), None, facts.taken(), facts.instant(), maker)
    except (OSError, struct.error, ValueError, OverflowError):
        return Hints()


def orientation_of(path: Path, mime: str) -> int | None:
    """EXIF's orientation, 1 to 8, of a photo, the same of a film; None when the file says nothing."""
    try:
        with reading(path) as (read_at, size):
            if mime.startswith("video/"):
                return film_turn(read_at, size) if mime in ("video/mp4", "video/quicktime") else None
            facts = _facts_of(read_at, size, mime)
            return None if facts is None else facts.orientation()
    except (OSError, struct.error, ValueError, OverflowError):
        return None


def _facts_of(read_at: ReadAt, size: int, mime: str) -> TiffFacts | None:
    if mime == "image/tiff" or mime.startswith("image/x-"):
        return TiffFacts(read_at)
    block = _exif_of(read_at, size, mime)
    return TiffFacts(lambda at, count: block[at : at + count]) if block is not None else None


def _exif_of(read_at: ReadAt, size: int, mime: str) -> bytes | None:
    if mime in ("image/heic", "image/avif"):
        return exif_block(read_at, heif_items(read_at, size))
    if mime in ("image/png", "image/webp"):
        return exif_chunk(read_at, size, mime)
    if mime != "image/jpeg":
        return None
    for marker, at, length in islice(jpeg_segments(read_at, 2), 100):
        if marker == 0xDA:
            break
        if marker == 0xE1 and read_at(at, 6) == _EXIF:
            return read_at(at + 6, length - 6)
    return None


def _picture_digest(path: Path, mime: str, most_bytes: int | None) -> bytes | None:
    pieces = pieces_of(mime)
    if pieces is None:
        return None
    try:
        with reading(path) as (read_at, size):
            return _digest(mime.encode(), _at_most(pieces(read_at, size), 2 * size), most_bytes)
    except (struct.error, ValueError, OverflowError):
        return None


def _at_most(pieces: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    """The pieces of a file, unless they come to more than a file can hold: a thousand strips that are all the
    whole file would be read for hours."""
    given = 0
    for piece in pieces:
        given += len(piece)
        if given > most_bytes:
            raise ValueError("its parts overlap")
        yield piece


def _digest(label: bytes, pieces: "list[bytes] | Iterator[bytes]", most_bytes: int | None = None) -> bytes | None:
    hashed = hashlib.blake2b(label + b"\0", digest_size=32)
    taken = 0
    for piece in pieces:
        rest = len(piece) if most_bytes is None else most_bytes - taken
        hashed.update(piece[:rest])
        taken += len(piece)
        if most_bytes is not None and taken >= most_bytes:
            break
    return hashed.digest() if taken else None


def _packets(path: Path, wall_s: float, streams: Sequence[str], **output: int) -> str | None:
    """ffmpeg's hash of each chosen stream's packets, without container and metadata; None when it fails."""
    film = ffmpeg.input(f"file:{path}", **SAFE_INPUT)
    chosen = [film[stream] for stream in streams]
    command = ffmpeg.output(*chosen, "pipe:", c="copy", format="streamhash", hash="md5", **output)
    limits = Limits(memory_bytes=_FILM_MEMORY_BYTES, file_bytes=1 * MIB, wall_s=wall_s, cpu_s=int(wall_s))
    try:
        told = run_limited(compiled(command), limits, path.name, Access(read=(path,)))
    except (ProgramError, FoveaError):
        return None
    # "0,v,MD5=…": the streams' numbers differ between containers, their order does not matter
    lines = sorted(line.partition(",")[2] for line in told.splitlines() if "=" in line)
    # the hash of nothing is the same for all films whose packets are missing, and says nothing about any of them
    lines = [line for line in lines if not line.endswith(_OF_NOTHING)]
    return "\n".join(lines) if any(line.startswith("v,") for line in lines) else None
