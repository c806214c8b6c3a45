"""Bitmaps as Windows and OS/2 have written them, around given pixels: every header, depth and way of packing."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Bitmap:
    """What is written. `masks` are those of bit fields (red, green, blue, alpha), `packing` BMP's number."""

    pixels: Pixels
    depth: int
    header: int = 40
    packing: int = 0
    masks: tuple[int, ...] = ()
    top_down: bool = False
    colours: int = 0


def write_bmp(bitmap: Bitmap) -> bytes:
    """The whole file. Of palettes: grey levels, as many as the depth has."""
    height, width = bitmap.pixels.shape[:2]
    rows = bitmap.pixels if bitmap.top_down else bitmap.pixels[::-1]
    data = _RUNS[bitmap.packing](rows) if bitmap.packing in (1, 2) else _rows(rows, bitmap)
    masks = struct.pack(f"<{len(bitmap.masks)}I", *bitmap.masks)
    entry = 3 if bitmap.header == 12 else 4
    palette = b"".join(bytes([level] * 3)[:3] + bytes(entry - 3) for level in _levels(bitmap.depth))
    if bitmap.header == 12:
        head = struct.pack("<IHHHH", 12, width, height, 1, bitmap.depth)
    else:
        signed = -height if bitmap.top_down else height
        head = struct.pack("<IiiHH", bitmap.header, width, signed, 1, bitmap.depth)
        if bitmap.header >= 40:
            head += struct.pack("<IIiiII", bitmap.packing, len(data), 2835, 2835, bitmap.colours, 0)
        head += masks if bitmap.header > 40 else b""
        head = head.ljust(bitmap.header, b"\0")
    if bitmap.header <= 40:
        head += masks
    at = 14 + len(head) + len(palette)
    return struct.pack("<2sIII", b"BM", at + len(data), 0, at) + head + palette + data


def _levels(depth: int) -> list[int]:
    count = 1 << depth
    return [index * 255 // (count - 1) for index in range(count)] if depth <= 8 else []


def _rows(rows: Pixels, bitmap: Bitmap) -> bytes:
    packed = b""
    for row in rows:
        line = _row(row, bitmap)
        packed += line + bytes(-len(line) % 4)
    return packed


def _row(row: Pixels, bitmap: Bitmap) -> bytes:
    depth = bitmap.depth
    if depth <= 8:
        bits = "".join(f"{_index(pixel, depth):0{depth}b}" for pixel in row)
        bits += "0" * (-len(bits) % 8)
        return int(bits, 2).to_bytes(len(bits) // 8, "big")
    if depth == 24:
        return row[:, ::-1].tobytes()
    masks = bitmap.masks or ((0x7C00, 0x3E0, 0x1F) if depth == 16 else (0xFF0000, 0xFF00, 0xFF))
    numbers = []
    for pixel in row:
        number = 0
        for value, mask in zip((*pixel[:3], 255), masks, strict=False):
            shift = (mask & -mask).bit_length() - 1
            number |= round(int(value) / 255 * (mask >> shift)) << shift
        numbers.append(number)
    return np.array(numbers, dtype="<u2" if depth == 16 else "<u4").tobytes()


def _index(pixel: Pixels, depth: int) -> int:
    return round(int(pixel[0]) / 255 * ((1 << depth) - 1))


def _rle8(rows: Pixels) -> bytes:
    """Runs where values repeat, literals of three and more in between."""
    packed = b""
    for row in rows[..., 0]:
        for start in range(0, len(row), 16):
            part = row[start : start + 16]
            if (part == part[0]).all() or len(part) < 3:
                packed += b"".join(bytes([1, value]) for value in part)
            else:
                packed += bytes([0, len(part)]) + part.tobytes() + bytes(len(part) % 2)
        packed += b"\0\0"
    return packed + b"\0\1"


def _rle4(rows: Pixels) -> bytes:
    packed = b""
    for row in rows[..., 0]:
        for first, second in zip(row[::2], [*row[1::2], 0], strict=False):
            packed += bytes([2, round(int(first) / 17) << 4 | round(int(second) / 17)])
        packed += b"\0\0"
    return packed + b"\0\1"


_RUNS = {1: _rle8, 2: _rle4}
