"""Photoshop documents (PSD, PSB): the flattened picture that the program keeps at the end for others, as Adobe's
file format specification describes it. Layers are not put together. For the decoding child only.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import UnreadableMedia
from media.complaints import CUT_SHORT
from media.decoded import Decoded

_BITMAP, _GREY, _INDEXED, _RGB, _CMYK, _MULTICHANNEL, _DUOTONE, _LAB = 0, 1, 2, 3, 4, 7, 8, 9
_BANDS = {_BITMAP: 1, _GREY: 1, _INDEXED: 1, _RGB: 3, _CMYK: 4, _MULTICHANNEL: 1, _DUOTONE: 1, _LAB: 3}
_RAW, _RUNS, _ZIP, _ZIP_DIFFERENCES = range(4)
_PROFILE, _VERSION_INFO, _THUMBNAIL = 0x040F, 0x0421, 0x040C
_THUMBNAIL_HEAD_BYTES = 28
_MOST_RESOURCES = 5_000
# CIE L*a*b* of D50 to linear sRGB (IEC 61966-2-1, adapted by Bradford).
_D50_WHITE = np.array([0.9642, 1.0, 0.8249], dtype=np.float32)
_XYZ_TO_RGB = np.array(
    [[3.1339, -1.6169, -0.4906], [-0.9788, 1.9161, 0.0335], [0.0719, -0.2290, 1.4052]], dtype=np.float32
)


@dataclass(frozen=True, slots=True)
class _Document:
    large: bool
    channels: int
    width: int
    height: int
    depth: int
    mode: int


def decode_photoshop(data: bytes, name: str, check_size: Callable[[int, int], None]) -> Decoded | bytes:
    """The flattened picture; or the JPEG that the document holds where it was saved without one."""
    try:
        signature, version, channels, height, width, depth, mode = struct.unpack_from(">4sH6xHIIHH", data)
        document = _Document(version == 2, channels, width, height, depth, mode)
        at = 26
        palette, at = _section(data, at, 4)
        resources, at = _section(data, at, 4)
        _, at = _section(data, at, 8 if document.large else 4)
        (packing,) = struct.unpack_from(">H", data, at)
    except struct.error as error:
        raise UnreadableMedia(f"{name}: cannot be decoded: the document is cut short") from error
    if signature != b"8BPS" or version not in (1, 2):
        raise UnreadableMedia(f"{name}: cannot be decoded: no Photoshop document of a known version")
    check_size(width, height)
    kept = dict(_resources(resources))
    if kept.get(_VERSION_INFO, b"\0\0\0\0\1")[4:5] == b"\0":
        return _thumbnail(kept, name)
    if mode not in _BANDS or channels < _BANDS[mode] or depth not in (1, 8, 16, 32):
        raise UnreadableMedia(f"{name}: a Photoshop document of mode {mode} with {depth} bits, which is not read")
    planes, whole = _planes(data, at + 2, packing, document, name)
    profile = None if mode in (_LAB, _CMYK, _INDEXED) else kept.get(_PROFILE)
    return Decoded(_colours(planes, document, palette), profile, None if whole else CUT_SHORT)


def _section(data: bytes, at: int, size_bytes: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">Q" if size_bytes == 8 else ">I", data, at)
    start = at + size_bytes
    return data[start : start + length], start + length


def _resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(_MOST_RESOURCES):
        if data[at : at + 4] != b"8BIM" or len(data) < at + 12:
            return
        (number,) = struct.unpack_from(">H", data, at + 4)
        at += 6 + (data[at + 6] + 2) // 2 * 2  # a name with its length, filled up to an even number
        if len(data) < at + 4:
            return
        (length,) = struct.unpack_from(">I", data, at)
        yield number, data[at + 4 : at + 4 + length]
        at += 4 + length + (length & 1)


def _thumbnail(kept: dict[int, bytes], name: str) -> bytes:
    picture = kept.get(_THUMBNAIL, b"")[_THUMBNAIL_HEAD_BYTES:]
    if not picture.startswith(b"\xff\xd8\xff"):
        raise UnreadableMedia(f"{name}: saved without a flattened picture; layers alone cannot be shown")
    return picture


def _planes(
    data: bytes, at: int, packing: int, document: _Document, name: str
) -> tuple[list[NDArray[np.uint8]], bool]:
    """The bytes of each colour, height × bytes a row; whether all are there."""
    row_bytes = (document.width * document.depth + 7) // 8
    count, height = _BANDS[document.mode], document.height
    if packing == _RUNS:
        return _unpack_runs(data, at, document, row_bytes)
    wanted = count * height * row_bytes
    if packing in (_ZIP, _ZIP_DIFFERENCES):
        try:
            raw = zlib.decompressobj().decompress(data[at:], wanted)
        except zlib.error as error:
            raise UnreadableMedia(f"{name}: cannot be decoded: {error}") from error
    elif packing == _RAW:
        raw = data[at : at + wanted]
    else:
        raise UnreadableMedia(f"{name}: a Photoshop document packed in way {packing}, which is not read")
    if not raw:
        raise UnreadableMedia(f"{name}: cannot be decoded: the picture is missing")
    filled = np.zeros(wanted, np.uint8)
    filled[: len(raw)] = np.frombuffer(raw, np.uint8)
    planes = list(filled.reshape(count, height, row_bytes))
    if packing == _ZIP_DIFFERENCES:
        planes = [_summed(plane, document.depth, name) for plane in planes]
    return planes, len(raw) == wanted


def _summed(plane: NDArray[np.uint8], depth: int, name: str) -> NDArray[np.uint8]:
    """Each value of a row was stored as its difference to the one before."""
    if depth == 8:
        return np.asarray(np.cumsum(plane, axis=1, dtype=np.uint8), dtype=np.uint8)
    if depth == 16:
        sums = np.cumsum(plane.view(">u2").astype(np.uint16), axis=1, dtype=np.uint16)
        return np.ascontiguousarray(sums.astype(">u2")).view(np.uint8)
    raise UnreadableMedia(
        f"{name}: a Photoshop document with packed differences of {depth} bits, which is not read"
    )


def _unpack_runs(
    data: bytes, at: int, document: _Document, row_bytes: int
) -> tuple[list[NDArray[np.uint8]], bool]:
    """PackBits, by Pillow's decoder: each row's packed length comes first, of all channels."""
    from PIL import Image  # noqa: PLC0415

    height = document.height
    lengths = np.frombuffer(data, ">u4" if document.large else ">u2", document.channels * height, at).astype(
        np.int64
    )
    at += document.channels * height * (4 if document.large else 2)
    planes, whole = [], True
    for channel in range(_BANDS[document.mode]):
        size = int(lengths[channel * height : (channel + 1) * height].sum())
        plane = Image.new("L", (row_bytes, height))
        try:
            plane.frombytes(data[at : at + size], "packbits", "L")
        except (ValueError, IndexError):
            whole = False  # what came until then is in it
        planes.append(np.asarray(plane, dtype=np.uint8))
        at += size
    return planes, whole


def _colours(planes: list[NDArray[np.uint8]], document: _Document, palette: bytes) -> NDArray[np.uint8]:
    width, mode = document.width, document.mode
    if document.depth == 1:
        bits = np.unpackbits(planes[0], axis=1)[:, :width]
        return np.asarray((1 - bits) * np.uint8(255), dtype=np.uint8)[..., None]
    bands = np.stack([_of_8_bits(plane, document.depth) for plane in planes], axis=-1)
    if mode == _INDEXED:
        table = np.zeros((3, 256), np.uint8)
        table.flat[: min(768, len(palette))] = np.frombuffer(palette[:768], np.uint8)
        return table.T[bands[..., 0]]
    if mode == _CMYK:  # 255 is no ink
        inks = bands.astype(np.uint16)
        return np.asarray(inks[..., :3] * inks[..., 3:] // 255, dtype=np.uint8)
    return _of_lab(bands) if mode == _LAB else bands


def _of_8_bits(plane: NDArray[np.uint8], depth: int) -> NDArray[np.uint8]:
    if depth == 8:
        return plane
    raw = np.ascontiguousarray(plane)
    if depth == 16:
        return np.asarray(raw.view(">u2") >> 8, dtype=np.uint8)
    light = np.clip(np.nan_to_num(raw.view(">f4").astype(np.float32)), 0, 1)
    return np.asarray(_gamma(light) * 255 + 0.5, dtype=np.uint8)


def _gamma(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light 0..1 as sRGB has it."""
    bent = np.where(light <= 0.0031308, light * 12.92, 1.055 * np.power(light, 1 / 2.4, dtype=np.float32) - 0.055)
    return np.asarray(bent, dtype=np.float32)


def _of_lab(bands: NDArray[np.uint8]) -> NDArray[np.uint8]:
    out = np.empty(bands.shape, np.uint8)
    for row, lab in enumerate(bands.astype(np.float32)):  # row by row: 36 bytes a pixel otherwise
        f_y = (lab[:, 0] * (100 / 255) + 16) / 116
        f = np.stack([f_y + (lab[:, 1] - 128) / 500, f_y, f_y - (lab[:, 2] - 128) / 200], axis=-1)
        xyz = np.where(f > 6 / 29, f**3, (f - 4 / 29) * (108 / 841)) * _D50_WHITE
        light = np.clip((xyz @ _XYZ_TO_RGB.T).astype(np.float32), 0, 1)
        out[row] = _gamma(light) * 255 + 0.5
    return out
