"""Small real JPEG and AVI files whose only time stands in a maker's own notes, put together byte by byte.

After the layouts that ExifTool's Reconyx.pm, Casio.pm, CanonRaw.pm and Olympus.pm describe.
"""

import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image


def plain_jpeg(path: Path) -> Path:
    """A picture without any metadata."""
    rows, columns = np.mgrid[0:120, 0:160]
    Image.fromarray(np.stack([rows, columns, rows + columns], axis=-1).astype(np.uint8)).save(path, "JPEG")
    return path


def with_segment(path: Path, marker: int, payload: bytes) -> Path:
    """The JPEG at `path` with one more segment, right behind its head."""
    content = path.read_bytes()
    segment = struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload
    path.write_bytes(content[:2] + segment + content[2:])
    return path


def reconyx(path: Path, wall: datetime) -> Path:
    """As the trail camera HyperFire writes it: month, day and year behind the time of day, no EXIF time."""
    parts = (wall.second, wall.minute, wall.hour, wall.month, wall.day, wall.year)
    note = bytearray(struct.pack("<HH", 0xF101, 3).ljust(0x60, b"\0"))
    note[0x16 : 0x16 + 12] = struct.pack("<6H", *parts)
    return with_segment(plain_jpeg(path), 0xE1, b"Exif\0\0" + _exif(b"RECONYX\0", bytes(note)))


def casio_qv(path: Path, wall: datetime) -> Path:
    """As Casio's QV-7000SX writes it: a segment of its own."""
    segment = bytearray(b"QVCI\0".ljust(0x80, b"\0"))
    segment[0x4D : 0x4D + 20] = f"{wall:%Y.%m.%d.%H:%M:%S}".encode().ljust(20, b"\0")
    return with_segment(plain_jpeg(path), 0xE1, bytes(segment))


def canon_ciff(path: Path, wall: datetime) -> Path:
    """As Canon's first cameras write it into JPEG: a heap of records, the time in seconds since 1970."""
    seconds = int(wall.replace(tzinfo=UTC).timestamp())
    stamp = struct.pack("<IiI", seconds, 0, 0)
    directory = struct.pack("<HHII", 1, 0x180E, len(stamp), 0) + struct.pack("<I", len(stamp))
    heap = stamp + directory
    head = b"II" + struct.pack("<I", 26) + b"HEAPJPGM" + struct.pack("<III", 0x00010002, 0, 0)
    return with_segment(plain_jpeg(path), 0xE0, head[:26].ljust(26, b"\0") + heap)


def olympus_avi(path: Path, wall: datetime, film: Path) -> Path:
    """The AVI `film` with the chunk that Olympus' cameras fill up their head with."""
    note = bytearray(b"OLYMDigital Camera".ljust(0x100, b"\0"))
    note[0x12 : 0x12 + 24] = b"OLYMPUS".ljust(24, b"\0")
    note[0x83 : 0x83 + 24] = f"{wall:%Y:%m:%d %H:%M:%S}".encode().ljust(24, b"\0")
    return with_chunk(path, film, b"JUNK" + struct.pack("<I", len(note)) + bytes(note))


def with_chunk(path: Path, film: Path, chunk: bytes, *, at_end: bool = False) -> Path:
    """The AVI `film` with one more chunk: behind the head of the file, or behind the pictures."""
    content = film.read_bytes()
    content = content + chunk if at_end else content[:12] + chunk + content[12:]
    path.write_bytes(content[:4] + struct.pack("<I", len(content) - 8) + content[8:])
    return path


def _exif(make: bytes, note: bytes) -> bytes:
    """A little-endian TIFF block with a maker's name and its note."""
    at_make = 8 + 2 + 2 * 12 + 4
    at_exif = at_make + len(make)
    at_note = at_exif + 2 + 12 + 4
    return b"".join(
        (
            struct.pack("<2sHI", b"II", 42, 8),
            struct.pack("<H", 2),
            struct.pack("<HHII", 0x010F, 2, len(make), at_make),
            struct.pack("<HHII", 0x8769, 4, 1, at_exif),
            struct.pack("<I", 0),
            make,
            struct.pack("<H", 1),
            struct.pack("<HHII", 0x927C, 7, len(note), at_note),
            struct.pack("<I", 0),
            note,
        )
    )
