"""Photoshop documents as Adobe's file format specification has them, around a given picture."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_MODES = {"bitmap": 0, "grey": 1, "indexed": 2, "RGB": 3, "CMYK": 4, "Lab": 9}


def write_photoshop(
    photo: Image.Image, mode: str, packing: int, *, large: bool = False, thumbnail: bytes | None = None
) -> tuple[bytes, Image.Image]:
    """A document without layers, and what it must look like. `mode` is a name and the bits of a channel; `packing`
    0 plain, 1 PackBits, 2 zip; a `thumbnail` goes into one that was saved without a flattened picture."""
    name, bits = mode.split()
    depth = int(bits)
    bands, palette, wanted = _bands(photo, name)
    planes = [_plane(band, depth) for band in bands]
    resources = b"" if thumbnail is None else _resource(0x0421, struct.pack(">IB", 1, 0) + bytes(8))
    if thumbnail:
        resources += _resource(
            0x040C, struct.pack(">6I2H", 1, 240, 160, 720, 0, len(thumbnail), 24, 1) + thumbnail
        )
    head = struct.pack(
        ">4sH6xHIIHH", b"8BPS", 2 if large else 1, len(planes), photo.height, photo.width, depth, _MODES[name]
    )
    layers = struct.pack(">Q" if large else ">I", 0)
    parts = struct.pack(">I", len(palette)) + palette + struct.pack(">I", len(resources)) + resources + layers
    return head + parts + struct.pack(">H", packing) + _packed(planes, packing, large), wanted


def _bands(photo: Image.Image, name: str) -> tuple[list[NDArray[np.uint8]], bytes, Image.Image]:
    if name == "grey":
        return [np.asarray(photo.convert("L"))], b"", photo.convert("L").convert("RGB")
    if name == "bitmap":
        black = photo.convert("1")
        return [np.asarray(black.convert("L"))], b"", black.convert("RGB")
    if name == "indexed":
        few = photo.quantize(200)
        colours = bytes(few.getpalette() or [])[:768].ljust(768, b"\0")
        return [np.asarray(few)], b"".join(colours[band::3] for band in range(3)), few.convert("RGB")
    if name == "CMYK":
        return [255 - np.asarray(band) for band in photo.convert("CMYK").split()], b"", photo
    if name == "Lab":
        lab = ImageCms.profileToProfile(
            photo, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
        assert lab is not None
        lightness, a, b = (np.asarray(band) for band in lab.split())
        return [lightness, a, b], b"", photo
    return [np.asarray(band) for band in photo.split()], b"", photo


def _plane(band: NDArray[np.uint8], depth: int) -> list[bytes]:
    """The rows of a channel."""
    if depth == 1:
        return [np.packbits(row == 0).tobytes() for row in band]
    if depth == 16:
        return [(row.astype(">u2") * 257).astype(">u2").tobytes() for row in band]
    if depth == 32:
        bent = band / 255
        light = np.where(bent <= 0.04045, bent / 12.92, ((bent + 0.055) / 1.055) ** 2.4)
        return [row.astype(">f4").tobytes() for row in light]
    return [row.tobytes() for row in band]


def _packed(planes: list[list[bytes]], packing: int, large: bool) -> bytes:
    rows = [row for plane in planes for row in plane]
    if packing == 0:
        return b"".join(rows)
    if packing == 2:
        return zlib.compress(b"".join(rows))
    packed = [_pack_bits(row) for row in rows]
    return b"".join(struct.pack(">I" if large else ">H", len(row)) for row in packed) + b"".join(packed)


def _pack_bits(row: bytes) -> bytes:
    out = b""
    for start in range(0, len(row), 100):
        part = row[start : start + 100]
        out += (
            bytes([257 - len(part), part[0]])
            if len(set(part)) == 1 and len(part) > 1
            else bytes([len(part) - 1]) + part
        )
    return out


def _resource(number: int, content: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(content)) + content + bytes(len(content) % 2)
