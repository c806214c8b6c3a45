"""Windows' and OS/2's bitmaps, by the headers that Microsoft and IBM document: every depth, bit fields, run
lengths, palettes of any size, rows from either end. For the decoding child only.

Pillow reads most of them and refuses bit fields other than its own; what bmpsuite calls good is all read here.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import UnreadableMedia
from media.complaints import CUT_SHORT
from media.decoded import Decoded

_RGB, _RLE8, _RLE4, _BITFIELDS, _JPEG, _PNG, _ALPHA_BITFIELDS = range(7)
_OS2_HUFFMAN, _OS2_RLE24 = 3, 4
_OS2_HEADERS = {16, 64}
_EMBEDDED_PROFILE = b"DEBM"  # "MBED", lowest byte first
_DEPTHS = {1, 2, 4, 8, 16, 24, 32}
_MOST_PROFILE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class _Header:
    size: int
    width: int
    height: int
    top_down: bool
    depth: int
    packing: int
    colours: int
    pixels_at: int
    masks: tuple[int, int, int, int]
    palette_at: int
    entry_bytes: int


def decode_bmp(data: bytes, name: str, check_size: Callable[[int, int], None]) -> Decoded | bytes:
    """The pixels; or the JPEG or PNG that the bitmap is made of. `check_size` refuses too many pixels."""
    header = _read_header(data, name)
    check_size(header.width, header.height)
    if header.packing in (_JPEG, _PNG) and header.depth == 0:
        return data[header.pixels_at :]
    profile = _profile(data, header)
    if header.packing in (_RLE8, _RLE4) or _is_rle24(header):
        values, whole = _unpack_runs(data, header)
    else:
        values, whole = _rows(data, header, name)
    pixels = _colours(values, header, data)
    if not header.top_down:
        pixels = pixels[::-1]
    return Decoded(np.ascontiguousarray(pixels), profile, None if whole else CUT_SHORT)


def _read_header(data: bytes, name: str) -> _Header:
    try:
        pixels_at, size = struct.unpack_from("<I", data, 10)[0], struct.unpack_from("<I", data, 14)[0]
        packing = colours = 0
        if size == 12:
            width, height, _, depth = struct.unpack_from("<HHHH", data, 18)
        else:
            width, height, _, depth = struct.unpack_from("<iiHH", data, 18)
            if size >= 40:
                packing, colours = struct.unpack_from("<I", data, 30)[0], struct.unpack_from("<I", data, 46)[0]
        masks, masks_bytes = _masks(data, size, packing, depth)
    except struct.error as error:
        raise UnreadableMedia(f"{name}: cannot be decoded: its header is cut short") from error
    header = _Header(
        size=size,
        width=width,
        height=abs(height),
        top_down=height < 0,
        depth=depth,
        packing=packing,
        colours=colours,
        pixels_at=pixels_at,
        masks=masks,
        palette_at=14 + size + masks_bytes,
        entry_bytes=3 if size == 12 else 4,
    )
    if not _is_known(header):
        raise UnreadableMedia(f"{name}: a bitmap of {depth} bits a pixel packed in way {packing}")
    return header


def _is_known(header: _Header) -> bool:
    if header.depth == 0:
        return header.packing in (_JPEG, _PNG)
    if header.depth not in _DEPTHS:
        return False
    if header.packing in (_RLE8, _RLE4):
        return header.depth == (8 if header.packing == _RLE8 else 4)
    if header.packing in (_BITFIELDS, _ALPHA_BITFIELDS):
        return header.depth in (16, 32) and header.size not in _OS2_HEADERS
    return header.packing == _RGB or _is_rle24(header)


def _is_rle24(header: _Header) -> bool:
    return header.packing == _OS2_RLE24 and header.depth == 24


def _masks(data: bytes, size: int, packing: int, depth: int) -> tuple[tuple[int, int, int, int], int]:
    """Masks of red, green, blue and alpha, and how many bytes they take behind the header."""
    if packing in (_BITFIELDS, _ALPHA_BITFIELDS) and size not in _OS2_HEADERS and depth in (16, 32):
        count = 4 if size >= 56 or packing == _ALPHA_BITFIELDS else 3
        red, green, blue, *alpha = struct.unpack_from(f"<{count}I", data, 54)
        return (red, green, blue, alpha[0] if alpha else 0), 4 * count if size == 40 else 0
    if depth == 16:
        return (0x7C00, 0x03E0, 0x001F, 0), 0
    return (0xFF0000, 0x00FF00, 0x0000FF, 0), 0


def _profile(data: bytes, header: _Header) -> bytes | None:
    if header.size < 124 or len(data) < 14 + 124 or data[70:74] != _EMBEDDED_PROFILE:
        return None
    at, length = struct.unpack_from("<II", data, 14 + 112)
    profile = data[14 + at : 14 + at + min(length, _MOST_PROFILE_BYTES)]
    return profile or None


def _rows(data: bytes, header: _Header, name: str) -> tuple[NDArray[np.uint8], bool]:
    """The rows as they lie in the file, each without what fills it up; whether all are there."""
    stride = (header.width * header.depth + 31) // 32 * 4
    wanted = stride * header.height
    raw = data[header.pixels_at : header.pixels_at + wanted]
    if len(raw) < stride:
        raise UnreadableMedia(f"{name}: cannot be decoded: there is no row of pixels in it")
    filled = np.zeros(wanted, np.uint8)
    filled[: len(raw)] = np.frombuffer(raw, np.uint8)
    rows = filled.reshape(header.height, stride)[:, : (header.width * header.depth + 7) // 8]
    # The last row's filling bytes are often left out.
    return rows, len(raw) >= wanted - stride + rows.shape[1]


def _colours(values: NDArray[np.uint8], header: _Header, data: bytes) -> NDArray[np.uint8]:
    width = header.width
    if header.packing in (_RLE8, _RLE4):
        return _palette(data, header)[values]
    if header.depth <= 8:
        return _palette(data, header)[_indices(values, header.depth)[:, :width]]
    if header.depth == 24:
        return values.reshape(header.height, width, 3)[:, :, ::-1]
    packed = np.ascontiguousarray(values).view("<u2" if header.depth == 16 else "<u4")
    bands = [_band(packed, mask) for mask in header.masks[:3]]
    if header.masks[3] and (alpha := _band(packed, header.masks[3])).any():
        bands.append(alpha)  # all 0: a fourth byte that nobody filled
    return np.stack(bands, axis=-1)


def _indices(rows: NDArray[np.uint8], depth: int) -> NDArray[np.uint8]:
    if depth == 8:
        return rows
    shifts = np.arange(8 - depth, -1, -depth, dtype=np.uint8)
    parts = (rows[:, :, None] >> shifts) & np.uint8((1 << depth) - 1)
    return np.asarray(parts.reshape(rows.shape[0], -1), dtype=np.uint8)


def _band(packed: NDArray[Any], mask: int) -> NDArray[np.uint8]:
    """One colour out of packed pixels, brought to 0..255."""
    if mask == 0:
        return np.zeros(packed.shape, np.uint8)
    shift = (mask & -mask).bit_length() - 1
    most = mask >> shift
    part = (packed & packed.dtype.type(mask)) >> packed.dtype.type(shift)
    if most == 255:
        return np.asarray(part, dtype=np.uint8)
    return np.asarray(part.astype(np.float32) * (255 / most) + 0.5, dtype=np.uint8)


def _palette(data: bytes, header: _Header) -> NDArray[np.uint8]:
    """Red, green, blue of 256 entries; black where there are fewer."""
    most = 1 << header.depth
    room = max(0, header.pixels_at - header.palette_at) // header.entry_bytes
    count = min(header.colours or most, most, room or most)
    raw = data[header.palette_at : header.palette_at + count * header.entry_bytes]
    entries = np.frombuffer(raw[: len(raw) // header.entry_bytes * header.entry_bytes], np.uint8)
    table = np.zeros((256, 3), np.uint8)
    table[: len(entries) // header.entry_bytes] = entries.reshape(-1, header.entry_bytes)[:, 2::-1]
    return table


def _unpack_runs(data: bytes, header: _Header) -> tuple[NDArray[np.uint8], bool]:
    """Run lengths of 4, 8 or 24 bits, rows from the bottom; whether the end was reached in order."""
    width, height, depth = header.width, header.height, header.depth
    unit = 3 if depth == 24 else 1
    out = np.zeros((height, width * unit), np.uint8)
    at, x, y = header.pixels_at, 0, 0
    end = len(data)
    while at + 1 < end and y < height:
        count, value = data[at], data[at + 1]
        at += 2
        if count:
            run = data[at - 1 : at - 1 + unit] if unit > 1 else _pair(value, depth)
            at += unit - 1
            _put(out, y, x * unit, (run * count)[: count * unit])
            x += count
        elif value == 0:
            x, y = 0, y + 1
        elif value == 1:
            return _finished(out, header), True
        elif value == 2:
            x, y = x + data[at], y + data[at + 1] if at + 1 < end else height
            at += 2
        else:
            length = (value * depth + 7) // 8
            literal = data[at : at + length]
            at += length + (length & 1)
            _put(out, y, x * unit, _halves(literal)[:value] if depth == 4 else literal)
            x += value
    return _finished(out, header), y >= height - 1


def _finished(out: NDArray[np.uint8], header: _Header) -> NDArray[np.uint8]:
    return out.reshape(header.height, header.width * 3) if header.depth == 24 else out


def _put(out: NDArray[np.uint8], y: int, x: int, values: bytes) -> None:
    """Write into a row what fits into it."""
    values = values[: max(0, out.shape[1] - x)]
    if values:
        out[y, x : x + len(values)] = np.frombuffer(values, np.uint8)


def _pair(value: int, depth: int) -> bytes:
    """What a run repeats: one index of 8 bits, or two of 4 in turn."""
    return bytes([value]) if depth == 8 else bytes([value >> 4, value & 15])


def _halves(packed: bytes) -> bytes:
    return bytes(half for byte in packed for half in (byte >> 4, byte & 15))
