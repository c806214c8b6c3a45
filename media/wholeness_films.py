"""Ends of films and of HEIF pictures: what their boxes, chunks and packets say about their own length.

Each function answers and raises as those of media/wholeness_pictures.py.
"""

import struct
from collections.abc import Iterator

from media.iso_facts import Box, boxes, child, heif_items
from media.tiff_facts import ReadAt
from media.wholeness_pictures import Cut

_MOST_BOXES = 200_000
_TAIL_BYTES = 4 << 20
_MOST_OFFSETS_BYTES = 64 << 20
_SEGMENT = b"\x18\x53\x80\x67"
_PROGRAM_END, _PACK, _SYSTEM = 0xB9, 0xBA, 0xBB


def film_boxes(read_at: ReadAt, size: int) -> bool:
    """MP4, QuickTime, 3GP, CR3: every box ends within the file, the index is there, and what it points to, too."""
    kinds = set[bytes]()
    for kind, end in _top_boxes(read_at, size):
        if end > size:
            raise Cut
        kinds.add(kind)
    if b"moov" not in kinds:
        raise Cut  # written last by cameras: the recording or the copy was never ended
    film = child(read_at, 0, size, b"moov")
    if film is not None and b"moof" not in kinds and _furthest_chunk(read_at, film) >= size:
        raise Cut
    return True


def still_boxes(read_at: ReadAt, size: int) -> bool:
    """HEIC, AVIF: every box ends within the file, and so does each part of each picture."""
    kinds = set[bytes]()
    for kind, end in _top_boxes(read_at, size):
        if end > size:
            raise Cut
        kinds.add(kind)
    if not kinds & {b"meta", b"moov"}:
        raise Cut
    for item in heif_items(read_at, size):
        if any(at + length > size for at, length in item.extents):
            raise Cut
    return True


def _top_boxes(read_at: ReadAt, size: int) -> Iterator[tuple[bytes, int]]:
    """Kind and told end of the boxes of a file; what stands behind the last one need not be a box."""
    at = 0
    for _ in range(_MOST_BOXES):
        head = read_at(at, 16)
        if len(head) < 8:
            return
        told, kind = struct.unpack(">I4s", head[:8])
        if told == 1:
            if len(head) < 16:
                raise Cut
            told = struct.unpack(">Q", head[8:16])[0]
        if not _is_name(kind) or 0 < told < 8:
            return
        yield kind, at + told if told else size
        if not told:
            return
        at += told


def _is_name(kind: bytes) -> bool:
    return all(0x20 <= letter < 0x7F or letter == 0xA9 for letter in kind)


def _furthest_chunk(read_at: ReadAt, film: Box) -> int:
    """Where the last chunk of any track begins."""
    furthest = -1
    for track in boxes(read_at, film.start, film.end):
        if track.kind != b"trak":
            continue
        table = child(read_at, track.start, track.end, b"mdia", b"minf", b"stbl")
        for box in boxes(read_at, table.start, table.end) if table else ():
            if box.kind in (b"stco", b"co64"):
                furthest = max(furthest, _furthest(read_at, box))
    return furthest


def _furthest(read_at: ReadAt, box: Box) -> int:
    letter, wide = ("I", 4) if box.kind == b"stco" else ("Q", 8)
    raw = read_at(box.start + 8, min(box.end - box.start - 8, _MOST_OFFSETS_BYTES))
    count = len(raw) // wide
    return max(struct.unpack(f">{count}{letter}", raw[: count * wide]), default=-1)


def avi(read_at: ReadAt, size: int) -> bool:
    """Each RIFF of it (a long one has several) ends within the file. A recording that was never ended says 0."""
    at = 0
    while (head := read_at(at, 12)) and head[:4] == b"RIFF" and len(head) == 12:
        (told,) = struct.unpack("<I", head[4:8])
        if told == 0:
            return False
        if at + 8 + told > size + 1:  # the byte that makes it even may be left out
            raise Cut
        at += 8 + told + told % 2
    return at > 0


def matroska(read_at: ReadAt, size: int) -> bool | None:
    """The segment's length, which browsers' recordings do not say."""
    at = 4
    length, used = _ebml_number(read_at, at)
    at += used + (length or 0)
    if read_at(at, 4) != _SEGMENT:
        raise Cut
    length, used = _ebml_number(read_at, at + 4)
    if length is None:
        return None
    if at + 4 + used + length > size:
        raise Cut
    return True


def _ebml_number(read_at: ReadAt, at: int) -> tuple[int | None, int]:
    """A length of EBML (RFC 8794) and its own bytes; None for one that is not known."""
    first = read_at(at, 1)
    if not first or first[0] == 0:
        raise Cut
    used = 9 - first[0].bit_length()
    raw = read_at(at, used)
    if len(raw) < used:
        raise Cut
    bits = 7 * used
    number = int.from_bytes(raw, "big") & ((1 << bits) - 1)
    return (None if number == (1 << bits) - 1 else number), used


def program_stream(read_at: ReadAt, size: int) -> bool | None:
    """MPEG program streams: the last packet is whole, or an end code stands there. An elementary stream tells
    nothing."""
    if read_at(0, 4) != b"\0\0\1\xba":
        return None
    start = max(0, size - _TAIL_BYTES)
    tail = read_at(start, _TAIL_BYTES)
    at = tail.rfind(b"\0\0\1\xba")
    while at >= 0 and at + 6 <= len(tail) and tail[at : at + 3] == b"\0\0\1":
        code = tail[at + 3]
        if code == _PROGRAM_END:
            return True
        if code == _PACK:
            two = tail[at + 4 : at + 5] and tail[at + 4] >> 6 == 1
            at += 14 + (tail[at + 13] & 7) if two else 12
        elif code >= _SYSTEM:
            at += 6 + struct.unpack_from(">H", tail, at + 4)[0]
        else:
            return None
    if at > len(tail):
        raise Cut
    return None


def transport_stream(read_at: ReadAt, size: int) -> bool | None:
    """Packets of 188 bytes, or 192 with a camera's time: the last one is whole. More it does not tell."""
    step = 188 if read_at(0, 1) == b"\x47" and read_at(188, 1) == b"\x47" else 192
    if size % step:
        raise Cut
    return None
