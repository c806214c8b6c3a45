"""Where a film says it was taken in its `loci` box (3GPP TS 26.244, 8.10): what Android phones and ffmpeg write.

Read here and not by ExifTool, which knows it in few of the places where it stands and not with a name in UTF-16.
"""

import math
import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from core.geo import is_plausible
from media.iso_facts import Box, boxes
from media.tiff_facts import ReadAt

_MOST_LOCATIONS = 20
_MOST_BYTES = 4096
_DEEPEST = 4
# Where the standards and the programs put it: the film's or a track's user data, with or without `meta` around it.
_AROUND = {b"moov", b"trak", b"udta", b"meta"}
_SHOOTING, _REAL = 0, 1  # 2 is a fictional place, the rest is reserved
_UTF16_MARKS = (b"\xfe\xff", b"\xff\xfe")


def location_tags(path: Path) -> dict[str, str]:
    """The position in a film as the tag "Loci:GPSCoordinates" ("lat lon" or "lat lon alt", degrees and metres).

    The place of shooting goes before one that is merely shown; fictional ones and other planets do not count.
    Empty when there is none. Raises nothing about a broken file.
    """
    found: list[tuple[int, str]] = []
    with suppress(OSError), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        read_at: ReadAt = lambda at, count: os.pread(file.fileno(), count, at) if at >= 0 and count > 0 else b""  # noqa: E731
        for box in _location_boxes(read_at, 0, size, _DEEPEST):
            located = _read_location(read_at(box.start, min(box.end - box.start, _MOST_BYTES)))
            found += [] if located is None else [located]
            if len(found) >= _MOST_LOCATIONS:
                break
    return {"Loci:GPSCoordinates": min(found)[1]} if found else {}


def _location_boxes(read_at: ReadAt, start: int, end: int, depth: int) -> Iterator[Box]:
    for box in boxes(read_at, start, end):
        if box.kind == b"loci":
            yield box
        elif box.kind in _AROUND and depth:
            inside = box.start
            # ISO's `meta` has a version before its boxes, QuickTime's has not.
            if box.kind == b"meta" and read_at(inside + 4, 4) not in (b"hdlr", b"loci", b"keys"):
                inside += 4
            yield from _location_boxes(read_at, inside, box.end, depth - 1)


def _read_location(raw: bytes) -> tuple[int, str] | None:
    """Role and coordinates; None where they are no place on earth."""
    at = _after_text(raw, 6)  # version and flags, language
    if at is None or len(raw) < at + 13:
        return None
    role, lon, lat, alt_m = raw[at], *(part / 65536 for part in struct.unpack_from(">3i", raw, at + 1))
    body_end = _after_text(raw, at + 13)
    body = _text(raw[at + 13 : body_end]).strip().lower()
    if role not in (_SHOOTING, _REAL) or body not in ("", "earth") or not is_plausible(lat, lon):
        return None
    # Fixed point of 16 bits: a step is 1.5e-5 degrees. An altitude of 0 is what is written for none.
    height = "" if math.isclose(alt_m, 0.0) else f" {alt_m:.2f}"
    return role, f"{lat:.6f} {lon:.6f}{height}"


def _after_text(raw: bytes, at: int) -> int | None:
    """Where a text ends that is closed by a zero: UTF-8, or UTF-16 after its mark."""
    if raw[at : at + 2] in _UTF16_MARKS:
        pairs = range(at + 2, len(raw) - 1, 2)
        return next((pair + 2 for pair in pairs if raw[pair : pair + 2] == b"\0\0"), None)
    end = raw.find(b"\0", at)
    return None if end < 0 else end + 1


def _text(raw: bytes) -> str:
    return raw.decode("utf-16" if raw[:2] in _UTF16_MARKS else "utf-8", "replace").rstrip("\0")
