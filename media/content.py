"""What is in a file apart from its metadata: the compressed picture data, or a film's packets.

Two files with the same content show the same; what is written about it may differ (EXIF, XMP, a title).
`content_key` is cheap: it looks at the tables and the first 256 KiB of data, or the first 100 packets. Files with
the same key are compared whole by `same_content` before anything is concluded from it. Pictures are taken apart in
pure Python and never decoded; films go through ffmpeg in a bounded process.
"""

import hashlib
import os
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import ffmpeg  # type: ignore[import-untyped]

from core.companions import Hints
from core.errors import FoveaError
from media.iso_facts import (
    boxes,
    exif_block,
    film_length_s,
    film_pair_id,
    heif_items,
    picture_extents,
)
from media.limits import MIB, Limits, ProgramError, run_limited
from media.tiff_facts import ReadAt, TiffFacts
from media.video import SAFE_INPUT, compiled

_KEY_BYTES = 256 * 1024
_KEY_PACKETS = 100
_CHUNK_BYTES = 1 << 20
_MOST_PARTS = 200_000
_MOST_BLOCKS = 2_000_000  # of a GIF's picture; full ones come to 500 MB
_FILM_MEMORY_BYTES = 2048 * MIB
_SLOWEST_BYTES_PER_S = 10_000_000

_JPEG_TABLES = {*range(0xC0, 0xD0), 0xDB, 0xDD, 0xDC, 0xDA} - {0xC8}
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_PNG_PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT"}
_WEBP_PICTURE = {b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"}
_EXIF = b"Exif\0\0"
_TIFF_LIKE = {"image/tiff", "image/x-panasonic-rw2", "image/x-olympus-orf"}


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


def same_content(one: Path, other: Path, mime: str) -> bool:
    """Whether two files of the same key are the same apart from metadata. False when one cannot be read."""
    try:
        first = whole_content(one, mime)
        return first is not None and first == whole_content(other, mime)
    except OSError:
        return False


def read_hints(path: Path, mime: str) -> Hints:
    """What the file says about what it belongs to. A broken file says nothing."""
    try:
        with _reading(path) as (read_at, size):
            if mime.startswith("video/"):
                return Hints(film_pair_id(read_at, size), film_length_s(read_at, size))
            block = _exif_of(read_at, size, mime)
            facts = TiffFacts(lambda at, count: block[at : at + count]) if block is not None else None
            if mime == "image/tiff" or mime.startswith("image/x-"):
                facts = TiffFacts(read_at)
            return Hints() if facts is None else Hints(facts.pair_id(), None, facts.taken())
    except (OSError, struct.error, ValueError, OverflowError):
        return Hints()


def _exif_of(read_at: ReadAt, size: int, mime: str) -> bytes | None:
    if mime in ("image/heic", "image/avif"):
        return exif_block(read_at, heif_items(read_at, size))
    if mime != "image/jpeg":
        return None
    for marker, at, length in islice(_jpeg_segments(read_at, 2), 100):
        if marker == 0xDA:
            break
        if marker == 0xE1 and read_at(at, 6) == _EXIF:
            return read_at(at + 6, length - 6)
    return None


def _picture_digest(path: Path, mime: str, most_bytes: int | None) -> bytes | None:
    pieces = _pieces_of(mime)
    if pieces is None:
        return None
    try:
        with _reading(path) as (read_at, size):
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


Pieces = Callable[[ReadAt, int], Iterator[bytes]]


def _pieces_of(mime: str) -> Pieces | None:
    if mime in _TIFF_LIKE or (mime.startswith("image/x-") and not mime.endswith(("-cr3", "-raf"))):
        return _tiff_pieces
    found: dict[str, Pieces] = {
        "image/jpeg": _jpeg_pieces,
        "image/png": _png_pieces,
        "image/webp": _webp_pieces,
        "image/gif": _gif_pieces,
        "image/heic": _heif_pieces,
        "image/avif": _heif_pieces,
        "image/jxl": _jxl_pieces,
        "image/x-canon-cr3": _film_data_pieces,
    }
    return found.get(mime)


@contextmanager
def _reading(path: Path) -> Iterator[tuple[ReadAt, int]]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size

        def read_at(at: int, count: int) -> bytes:
            # Places and lengths come out of the file: the system call itself complains about absurd ones.
            return os.pread(descriptor, min(count, size), at) if 0 <= at < size and count > 0 else b""

        yield read_at, size
    finally:
        os.close(descriptor)


def _stretch(read_at: ReadAt, at: int, length: int) -> Iterator[bytes]:
    while length > 0 and (chunk := read_at(at, min(length, _CHUNK_BYTES))):
        yield chunk
        at, length = at + len(chunk), length - len(chunk)


def _jpeg_segments(read_at: ReadAt, at: int) -> Iterator[tuple[int, int, int]]:
    """Marker, place and length of each segment's content; after a scan, those that follow its data."""
    while True:
        head = read_at(at, 4)
        if len(head) < 2 or head[0] != 0xFF:
            return
        marker = head[1]
        if marker == 0xFF or 0xD0 <= marker <= 0xD8 or marker == 0x01:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == 0xD9 or len(head) < 4:
            return
        length = struct.unpack(">H", head[2:])[0] - 2
        yield marker, at + 4, length
        at += 4 + max(length, 0)
        if marker == 0xDA:
            at = _end_of_scan(read_at, at)


def _end_of_scan(read_at: ReadAt, at: int) -> int:
    """Where the marker stands that ends a scan's data (or the file ends). 0xFF within data is followed by 0."""
    while chunk := read_at(at, _CHUNK_BYTES):
        found = _JPEG_MARKER.search(chunk)
        if found is not None:
            return at + found.start()
        if len(chunk) < 2:
            break
        at += len(chunk) - (chunk[-1] == 0xFF)
    return at


def _jpeg_pieces(read_at: ReadAt, _: int) -> Iterator[bytes]:
    at = 2
    for _ in range(_MOST_PARTS):
        segment = next(_jpeg_segments(read_at, at), None)
        if segment is None:
            return
        marker, start, length = segment
        if marker in _JPEG_TABLES:
            yield bytes([marker]) + read_at(start, max(length, 0))
        at = start + max(length, 0)
        while marker == 0xDA and (chunk := read_at(at, _CHUNK_BYTES)):
            found = _JPEG_MARKER.search(chunk)
            if found is not None:
                yield chunk[: found.start()]
                at += found.start()
                break
            kept = len(chunk) - (chunk[-1] == 0xFF and len(chunk) > 1)
            yield chunk[:kept]
            at += kept


def _png_pieces(read_at: ReadAt, size: int) -> Iterator[bytes]:
    at = 8
    for _ in range(_MOST_PARTS):
        head = read_at(at, 8)
        if len(head) < 8 or at > size:
            return
        length, kind = struct.unpack(">I4s", head)
        if kind in _PNG_PICTURE:
            if kind not in (b"IDAT", b"fdAT"):  # how the data is cut into chunks does not matter
                yield kind
            yield from _stretch(read_at, at + 8, length)
        at += 12 + length


def _webp_pieces(read_at: ReadAt, size: int) -> Iterator[bytes]:
    at = 12
    for _ in range(_MOST_PARTS):
        head = read_at(at, 8)
        if len(head) < 8 or at > size:
            return
        kind, length = struct.unpack("<4sI", head)
        if kind in _WEBP_PICTURE:
            yield kind
            yield from _stretch(read_at, at + 8, length)
        at += 8 + length + length % 2


def _gif_pieces(read_at: ReadAt, _: int) -> Iterator[bytes]:
    head = read_at(0, 13)
    if len(head) < 13:
        return
    at = 13 + (3 << ((head[10] & 7) + 1) if head[10] & 0x80 else 0)
    yield head[6:] + read_at(13, at - 13)
    for _ in range(_MOST_PARTS):
        start = read_at(at, 10)
        if not start or start[0] not in (0x21, 0x2C):
            return
        picture = start[0] == 0x2C
        shown = picture or (len(start) > 1 and start[1] == 0xF9)  # comments and application blocks are not
        body = at + 2
        if picture and len(start) == 10:
            body = at + 10 + (3 << ((start[9] & 7) + 1) if start[9] & 0x80 else 0) + 1
        end = _end_of_blocks(read_at, body)
        if shown:
            yield from _stretch(read_at, at, end - at)
        at = end


def _end_of_blocks(read_at: ReadAt, at: int) -> int:
    for _ in range(_MOST_BLOCKS):
        length = read_at(at, 1)
        if not length or not length[0]:
            return at + 1
        at += 1 + length[0]
    raise ValueError("more blocks than a picture has")


def _tiff_pieces(read_at: ReadAt, size: int) -> Iterator[bytes]:
    for at, length in TiffFacts(read_at).extents():
        yield from _stretch(read_at, at, min(length, size))


def _heif_pieces(read_at: ReadAt, size: int) -> Iterator[bytes]:
    for at, length in picture_extents(heif_items(read_at, size)):
        yield from _stretch(read_at, at, min(length or size, size))


def _jxl_pieces(read_at: ReadAt, size: int) -> Iterator[bytes]:
    if read_at(0, 2) == b"\xff\x0a":
        yield from _stretch(read_at, 0, size)
        return
    for box in boxes(read_at, 0, size):
        if box.kind == b"jxlc":
            yield from _stretch(read_at, box.start, box.end - box.start)
        elif box.kind == b"jxlp":  # a number of the part comes first
            yield from _stretch(read_at, box.start + 4, box.end - box.start - 4)


def _film_data_pieces(read_at: ReadAt, size: int) -> Iterator[bytes]:
    for box in boxes(read_at, 0, size):
        if box.kind == b"mdat":
            yield from _stretch(read_at, box.start, box.end - box.start)


def _packets(path: Path, wall_s: float, streams: Sequence[str], **output: int) -> str | None:
    """ffmpeg's hash of each chosen stream's packets, without container and metadata; None when it fails."""
    film = ffmpeg.input(f"file:{path}", **SAFE_INPUT)
    chosen = [film[stream] for stream in streams]
    command = ffmpeg.output(*chosen, "pipe:", c="copy", format="streamhash", hash="md5", **output)
    limits = Limits(memory_bytes=_FILM_MEMORY_BYTES, file_bytes=1 * MIB, wall_s=wall_s, cpu_s=int(wall_s))
    try:
        told = run_limited(compiled(command), limits, path.name)
    except (ProgramError, FoveaError):
        return None
    # "0,v,MD5=…": the streams' numbers differ between containers, their order does not matter
    lines = sorted(line.partition(",")[2] for line in told.splitlines() if "=" in line)
    return "\n".join(lines) or None
