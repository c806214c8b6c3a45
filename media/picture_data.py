"""The compressed data of a picture file, piece by piece, without what is written about the picture.

Pictures are taken apart in pure Python and never decoded. A broken file raises struct.error, ValueError or
OverflowError, or ends early.
"""

import re
import struct
from collections.abc import Callable, Iterator

from media.iso_facts import boxes, heif_items, picture_extents
from media.tiff_facts import ReadAt, TiffFacts

_CHUNK_BYTES = 1 << 20
_MOST_PARTS = 200_000
_MOST_EXIF_BYTES = 1 << 20
_MOST_BLOCKS = 2_000_000  # of a GIF's picture; full ones come to 500 MB

_JPEG_TABLES = {*range(0xC0, 0xD0), 0xDB, 0xDD, 0xDC, 0xDA} - {0xC8}
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_PNG_PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT"}
_WEBP_PICTURE = {b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"}
_TIFF_LIKE = {"image/tiff", "image/x-panasonic-rw2", "image/x-olympus-orf"}

Pieces = Callable[[ReadAt, int], Iterator[bytes]]


def pieces_of(mime: str) -> Pieces | None:
    """What takes files of a type apart; None for types that have no data apart from their bytes."""
    if mime in _TIFF_LIKE or (mime.startswith("image/x-") and not mime.endswith(("-cr3", "-raf", "-crw", "-x3f"))):
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


def _stretch(read_at: ReadAt, at: int, length: int) -> Iterator[bytes]:
    while length > 0 and (chunk := read_at(at, min(length, _CHUNK_BYTES))):
        yield chunk
        at, length = at + len(chunk), length - len(chunk)


def jpeg_segments(read_at: ReadAt, at: int) -> Iterator[tuple[int, int, int]]:
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
            at = end_of_scan(read_at, at)


def end_of_scan(read_at: ReadAt, at: int) -> int:
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
        segment = next(jpeg_segments(read_at, at), None)
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


def _png_chunks(read_at: ReadAt, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, place and length of each chunk's content."""
    at = 8
    for _ in range(_MOST_PARTS):
        head = read_at(at, 8)
        if len(head) < 8 or at > size:
            return
        length, kind = struct.unpack(">I4s", head)
        yield kind, at + 8, length
        at += 12 + length


def _webp_chunks(read_at: ReadAt, size: int) -> Iterator[tuple[bytes, int, int]]:
    """The same of a WebP."""
    at = 12
    for _ in range(_MOST_PARTS):
        head = read_at(at, 8)
        if len(head) < 8 or at > size:
            return
        kind, length = struct.unpack("<4sI", head)
        yield kind, at + 8, length
        at += 8 + length + length % 2


def exif_chunk(read_at: ReadAt, size: int, mime: str) -> bytes | None:
    """The TIFF structure of a PNG's or WebP's EXIF; None when there is none."""
    chunks, wanted = (_png_chunks, b"eXIf") if mime == "image/png" else (_webp_chunks, b"EXIF")
    for kind, at, length in chunks(read_at, size):
        if kind == wanted:
            return read_at(at, min(length, _MOST_EXIF_BYTES)).removeprefix(b"Exif\0\0")
    return None


def _png_pieces(read_at: ReadAt, size: int) -> Iterator[bytes]:
    for kind, at, length in _png_chunks(read_at, size):
        if kind in _PNG_PICTURE:
            if kind not in (b"IDAT", b"fdAT"):  # how the data is cut into chunks does not matter
                yield kind
            yield from _stretch(read_at, at, length)


def _webp_pieces(read_at: ReadAt, size: int) -> Iterator[bytes]:
    for kind, at, length in _webp_chunks(read_at, size):
        if kind in _WEBP_PICTURE:
            yield kind
            yield from _stretch(read_at, at, length)


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
