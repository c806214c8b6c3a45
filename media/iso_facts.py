"""Boxes of ISO base media files (ISO/IEC 14496-12, QuickTime, HEIF), read in pure Python.

Reads what `media.content` and `media.picture_data` need:
where a HEIF's pictures and its EXIF lie, a film's length and content identifier.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from media.tiff_facts import ReadAt

_MOST_BOXES = 5_000
_MOST_META_BYTES = 4 << 20
_MOST_EXIF_BYTES = 1 << 20
_TURNS = {b"irot", b"imir"}
_NOT_PICTURES = {b"Exif", b"mime", b"uri "}
_PAIR_KEY = b"com.apple.quicktime.content.identifier"
_TAKEN_KEY = b"com.apple.quicktime.creationdate"
# The signs of a track's matrix, and EXIF's orientation.
_QUARTERS = {(1, 0, 0, 1): 1, (0, 1, -1, 0): 6, (-1, 0, 0, -1): 3, (0, -1, 1, 0): 8}
_MAKER_KEYS = (b"com.apple.quicktime.make", b"com.android.manufacturer")
_EPOCH = datetime(1904, 1, 1)
_UNKNOWN_LENGTHS = {0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF}


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its type, and where its content begins and ends."""

    kind: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a HEIF file and the extents of its data in the file."""

    kind: bytes
    extents: tuple[tuple[int, int], ...]


def boxes(read_at: ReadAt, start: int, end: int) -> Iterator[Box]:
    """The boxes between two places of a file; ends where they make no sense any more."""
    for _ in range(_MOST_BOXES):
        head = read_at(start, 16)
        if start + 8 > end or len(head) < 8:
            return
        size, body = struct.unpack(">I", head[:4])[0], start + 8
        if size == 1 and len(head) == 16:
            size, body = struct.unpack(">Q", head[8:16])[0], start + 16
        stop = end if size == 0 else start + size
        if stop < body or stop > end:
            stop = end  # cut off, or lying: what there is belongs to it
        yield Box(head[4:8], body, stop)
        start = stop


def child(read_at: ReadAt, start: int, end: int, *kinds: bytes) -> Box | None:
    """The first box of a kind, or that within it, and so on."""
    found: Box | None = None
    for kind in kinds:
        found = next((box for box in boxes(read_at, start, end) if box.kind == kind), None)
        if found is None:
            return None
        start, end = found.start, found.end
    return found


def heif_items(read_at: ReadAt, size: int) -> list[Item]:
    """The items of a HEIF or AVIF file, in the order of their numbers."""
    meta = child(read_at, 0, size, b"meta")
    if meta is None or meta.end - meta.start > _MOST_META_BYTES:
        return []
    inside = meta.start + 4  # version and flags
    infos = child(read_at, inside, meta.end, b"iinf")
    places = child(read_at, inside, meta.end, b"iloc")
    data = child(read_at, inside, meta.end, b"idat")
    if infos is None or places is None:
        return []
    kinds = dict(_item_kinds(read_at, infos))
    try:
        found = dict(_Locations(read_at(places.start, places.end - places.start), data).items())
    except (struct.error, IndexError):
        return []
    return [Item(kinds.get(number, b""), found[number]) for number in sorted(found)]


def picture_extents(items: list[Item]) -> Iterator[tuple[int, int]]:
    """Where the coded pictures lie: every item that is not metadata."""
    return (extent for item in items if item.kind not in _NOT_PICTURES for extent in item.extents)


def heif_turns(read_at: ReadAt, size: int) -> bool:
    """Whether the primary picture of a HEIF or AVIF file is turned or mirrored by properties of its own, be it by
    nothing: then the file has said which way up it is."""
    meta = child(read_at, 0, size, b"meta")
    if meta is None:
        return False
    inside = meta.start + 4
    primary = child(read_at, inside, meta.end, b"pitm")
    properties = child(read_at, inside, meta.end, b"iprp", b"ipco")
    owners = child(read_at, inside, meta.end, b"iprp", b"ipma")
    if primary is None or properties is None or owners is None:
        return False
    wide = read_at(primary.start, 1) != b"\0"
    number = int.from_bytes(read_at(primary.start + 4, 4 if wide else 2), "big")
    kinds = [box.kind for box in boxes(read_at, properties.start, properties.end)]
    used = dict(_associations(read_at(owners.start, min(owners.end - owners.start, _MOST_META_BYTES))))
    return any(0 < at <= len(kinds) and kinds[at - 1] in _TURNS for at in used.get(number, ()))


def _associations(raw: bytes) -> Iterator[tuple[int, list[int]]]:
    """Each item's properties, counted from 1 (`ipma`)."""
    version, flags = raw[0], raw[3]
    at = 8
    for _ in range(min(int.from_bytes(raw[4:8], "big"), _MOST_BOXES)):
        wide = 4 if version >= 1 else 2
        number, count = int.from_bytes(raw[at : at + wide], "big"), raw[at + wide]
        at += wide + 1
        step = 2 if flags & 1 else 1
        found = [int.from_bytes(raw[at + step * each : at + step * (each + 1)], "big") for each in range(count)]
        yield number, [each & (0x7FFF if step == 2 else 0x7F) for each in found]
        at += step * count


def exif_block(read_at: ReadAt, items: list[Item]) -> bytes:
    """The TIFF structure of a HEIF's EXIF item; empty when there is none."""
    for item in items:
        if item.kind == b"Exif" and item.extents:
            at, length = item.extents[0]
            block = read_at(at, min(length, _MOST_EXIF_BYTES))
            if len(block) > 8:
                return block[4 + struct.unpack(">I", block[:4])[0] :]
    return b""


def film_length_s(read_at: ReadAt, size: int) -> float | None:
    """Seconds, as the film's header says."""
    header = child(read_at, 0, size, b"moov", b"mvhd")
    if header is None:
        return None
    raw = read_at(header.start, 32)
    wide = raw[:1] == b"\x01"
    layout, at = (">IQ", 20) if wide else (">II", 12)
    if len(raw) < at + struct.calcsize(layout):
        return None
    scale, length = struct.unpack_from(layout, raw, at)
    return None if scale == 0 or length in _UNKNOWN_LENGTHS else length / scale


def film_times(read_at: ReadAt, size: int) -> tuple[datetime | None, datetime | None]:
    """When a film was taken: the wall clock, and the moment in UTC. Both are the header's time, which some write
    in UTC and some by the wall clock, when nothing better is there."""
    written = _film_key(read_at, size, _TAKEN_KEY)
    if written is not None:
        try:
            exact = datetime.strptime(written, "%Y-%m-%dT%H:%M:%S%z")
            return exact.replace(tzinfo=None), exact.astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            pass
    header = child(read_at, 0, size, b"moov", b"mvhd")
    raw = read_at(header.start, 12) if header is not None else b""
    wide = raw[:1] == b"\x01"
    if len(raw) < 12:
        return None, None
    (seconds,) = struct.unpack_from(">Q" if wide else ">I", raw, 4)
    if not 0 < seconds < 1 << 33:
        return None, None
    told = _EPOCH + timedelta(seconds=seconds)
    return told, told


def film_pair_id(read_at: ReadAt, size: int) -> str | None:
    """Apple's content identifier of a film (QuickTime metadata, `keys` and `ilst`)."""
    text = _film_key(read_at, size, _PAIR_KEY)
    return text if text is not None and len(text) >= 8 else None


def film_turn(read_at: ReadAt, size: int) -> int | None:
    """How a film's pictures are to be turned, as EXIF's orientation; None when it has none or is turned oddly."""
    film = child(read_at, 0, size, b"moov")
    for track in boxes(read_at, film.start, film.end) if film is not None else ():
        kind = child(read_at, track.start, track.end, b"mdia", b"hdlr") if track.kind == b"trak" else None
        head = child(read_at, track.start, track.end, b"tkhd") if kind is not None else None
        if kind is not None and head is not None and read_at(kind.start + 8, 4) == b"vide":
            matrix = head.start + (52 if read_at(head.start, 1) == b"\x01" else 40)
            a, b, _, c, d = struct.unpack(">5i", read_at(matrix, 20))
            return _QUARTERS.get(((a > 0) - (a < 0), (b > 0) - (b < 0), (c > 0) - (c < 0), (d > 0) - (d < 0)))
    return None


def film_maker(read_at: ReadAt, size: int) -> str:
    """The camera's maker as it is written: among QuickTime's keys, or the user's data; empty when nothing is
    said."""
    for key in _MAKER_KEYS:
        if written := _film_key(read_at, size, key):
            return written
    box = child(read_at, 0, size, b"moov", b"udta", b"\xa9mak")
    # the length of the text and its language stand before it
    raw = read_at(box.start, min(68, box.end - box.start)) if box is not None else b""
    return raw[4:].decode("ascii", "replace").strip("\0 ")


def _film_key(read_at: ReadAt, size: int, key: bytes) -> str | None:
    film = child(read_at, 0, size, b"moov")
    if film is None:
        return None
    # Apple writes `meta` into the film itself, others among the user's data
    for way in ((b"meta",), (b"udta", b"meta")):
        meta = child(read_at, film.start, film.end, *way)
        if meta is not None and meta.end - meta.start <= _MOST_META_BYTES:
            found = _key_in(read_at, meta, key)
            if found is not None:
                return found
    return None


def _key_in(read_at: ReadAt, meta: Box, key: bytes) -> str | None:
    # QuickTime's own `meta` has no version before its boxes, ISO's has.
    inside = meta.start if read_at(meta.start + 4, 4) in (b"hdlr", b"keys") else meta.start + 4
    keys, values = (child(read_at, inside, meta.end, kind) for kind in (b"keys", b"ilst"))
    if keys is None or values is None:
        return None
    names = [read_at(box.start, box.end - box.start) for box in boxes(read_at, keys.start + 8, keys.end)]
    if key not in names:
        return None
    wanted = struct.pack(">I", names.index(key) + 1)
    value = child(read_at, values.start, values.end, wanted, b"data")
    if value is None:
        return None
    return read_at(value.start + 8, min(64, value.end - value.start - 8)).decode("ascii", "replace").strip("\0 ")


def _item_kinds(read_at: ReadAt, infos: Box) -> Iterator[tuple[int, bytes]]:
    head = read_at(infos.start, 4)
    start = infos.start + (6 if head[:1] == b"\0" else 8)
    for box in boxes(read_at, start, infos.end):
        raw = read_at(box.start, 16)
        if box.kind != b"infe" or len(raw) < 12:
            continue
        if raw[0] == 2:
            yield struct.unpack(">H", raw[4:6])[0], raw[8:12]
        elif raw[0] == 3 and len(raw) >= 14:
            yield struct.unpack(">I", raw[4:8])[0], raw[10:14]


class _Locations:
    """The item location box, versions 0 to 2."""

    def __init__(self, raw: bytes, data: Box | None) -> None:
        self._raw, self._at = raw, 6
        self._data = data
        self._version = raw[0]
        self._offset_size, self._length_size = raw[4] >> 4, raw[4] & 15
        self._base_size = raw[5] >> 4
        self._index_size = raw[5] & 15 if self._version in (1, 2) else 0

    def items(self) -> Iterator[tuple[int, tuple[tuple[int, int], ...]]]:
        wide = 4 if self._version == 2 else 2
        for _ in range(min(self._number(wide), _MOST_BOXES)):
            number = self._number(wide)
            method = self._number(2) & 15 if self._version in (1, 2) else 0
            self._number(2)  # data reference: always this file
            base = self._number(self._base_size)
            extents = []
            for _ in range(min(self._number(2), _MOST_BOXES)):
                self._number(self._index_size)
                at = base + self._number(self._offset_size)
                extents.append((at, self._number(self._length_size)))
            if method == 1 and self._data is not None:
                extents = [(self._data.start + at, length) for at, length in extents]
            yield number, tuple(extents) if method in (0, 1) else ()

    def _number(self, size: int) -> int:
        if size == 0:
            return 0
        raw = self._raw[self._at : self._at + size]
        if len(raw) < size:
            raise IndexError("the box ends too soon")
        self._at += size
        return int.from_bytes(raw, "big")
