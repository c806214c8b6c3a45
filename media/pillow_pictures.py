"""Pictures that libvips' wheel does not read: HEIC by libheif, JPEG XL by libjxl, JPEG 2000 by OpenJPEG; and what
other decoders make of those that it gives up on. For the decoding child only."""

import struct
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import UnreadableMedia
from media.complaints import BROKEN_INSIDE
from media.decoded import Decoded

BROKEN = (
    *(ValueError, RuntimeError, OSError, SyntaxError, EOFError),
    *(IndexError, KeyError, OverflowError, struct.error),
)


CheckSize = Callable[[int, int], None]
"""Raises what a picture of too many pixels raises."""


def decode_heic(source: str, check_size: CheckSize) -> Decoded:
    """The primary picture; libheif turns it as its own properties say."""
    import pillow_heif  # noqa: PLC0415  # 30 MB that only HEIC needs

    pillow_heif.options.DECODE_THREADS = 2
    # libheif has turned the picture already and reads the size without decoding.
    container = pillow_heif.open_heif(source, convert_hdr_to_8bit=True)
    picture = container[container.primary_index]
    width, height = picture.size
    check_size(width, height)
    profile: Any = picture.info.get("icc_profile") or None
    rows = np.frombuffer(picture.data, dtype=np.uint8).reshape(-1, picture.stride)[:height]
    if picture.mode.startswith(
        "I;16"
    ):  # grey of 10 or 12 bits, which is not brought to 8: in the upper ones of 16
        numbers = np.ascontiguousarray(rows[:, : width * 2]).view("<u2")
        return Decoded(np.asarray(numbers >> 8, dtype=np.uint8)[..., None], profile)
    bands = len(picture.mode)
    return Decoded(np.ascontiguousarray(rows[:, : width * bands]).reshape(height, width, bands), profile)


def decode_jxl(data: bytes, name: str) -> Decoded | bytes:
    """Pixels; or, of a JPEG that was repacked as JPEG XL, that JPEG again."""
    import pillow_jxl  # noqa: PLC0415

    broken = f"{name}: cannot be decoded: libjxl finds it broken, or cut short"
    try:
        # Its Decoder and not its Pillow plugin: that one forgets to turn repacked JPEGs upright.
        is_jpeg, info, pixels, profile, _ = pillow_jxl.Decoder(num_threads=2)(data)
    except BROKEN as error:
        raise UnreadableMedia(broken) from error
    except BaseException as error:  # Rust's panic is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableMedia(broken) from error
    if is_jpeg:
        return bytes(pixels)
    return Decoded(_jxl_pixels(pixels, info, name), bytes(profile) or None)


def _jxl_pixels(data: bytes, info: Any, name: str) -> NDArray[np.uint8]:
    shape = (info.height, info.width, -1)
    if info.mode in ("L", "LA", "RGB", "RGBA"):
        return np.frombuffer(data, np.uint8).reshape(shape)
    if info.mode == "I;16":
        return np.asarray(np.frombuffer(data, "<u2").reshape(shape) >> 8, dtype=np.uint8)
    if info.mode in ("F", "F;16"):
        numbers = np.frombuffer(data, "<f4" if info.mode == "F" else "<f2").reshape(shape)
        return np.asarray(np.clip(np.nan_to_num(numbers), 0, 1) * 255 + 0.5, dtype=np.uint8)
    raise UnreadableMedia(f"{name}: a JPEG XL picture with pixels of kind {info.mode}")


def decode_jpeg2000(source: str, name: str, check_size: CheckSize) -> Decoded:
    """By OpenJPEG, through Pillow or else OpenCV."""
    found = decode_anyhow(source, "JPEG2000", check_size)
    if found is None:
        raise UnreadableMedia(f"{name}: cannot be decoded: OpenJPEG finds it broken")
    return found


def decode_anyhow(source: str | bytes, pillow_format: str, check_size: CheckSize) -> Decoded | None:
    """What other decoders make of a picture that libvips gives up on; None when that is nothing.

    Pillow as it is, then Pillow and OpenCV as far as they come: that is damaged then.
    """
    from PIL import Image, ImageFile, ImageOps  # noqa: PLC0415

    Image.MAX_IMAGE_PIXELS = None
    for lenient in (False, True):
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient
        try:
            place = BytesIO(source) if isinstance(source, bytes) else source
            with Image.open(place, formats=[pillow_format]) as picture:
                check_size(*picture.size)
                picture.load()
                found = of_pillow(ImageOps.exif_transpose(picture))
        except BROKEN:
            continue
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False
        if not lenient:
            return found
        if not is_blank(found.pixels):
            return replace(found, damaged=BROKEN_INSIDE)
    return _by_opencv(source)


def _by_opencv(source: str | bytes) -> Decoded | None:
    import cv2  # noqa: PLC0415

    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    if picture is None or is_blank(np.asarray(picture, dtype=np.uint8)):
        return None
    return Decoded(np.ascontiguousarray(picture[..., ::-1], dtype=np.uint8), None, BROKEN_INSIDE)


def is_blank(pixels: NDArray[np.uint8]) -> bool:
    """Whether all of a picture is one colour."""
    return bool((pixels == pixels[:1, :1]).all())


def of_pillow(picture: Any) -> Decoded:
    """A picture of Pillow's as 8 bits of grey or colour."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I;16"):
        numbers = np.asarray(picture)
        pixels = np.asarray(numbers >> 8, dtype=np.uint8)[..., None]
        return Decoded(pixels, profile)
    clear = picture.mode in ("RGBa", "La", "PA") or "transparency" in picture.info
    mode = picture.mode if picture.mode in ("L", "LA", "RGB", "RGBA") else "RGBA" if clear else "RGB"
    pixels = np.asarray(picture if picture.mode == mode else picture.convert(mode), dtype=np.uint8)
    return Decoded(pixels.reshape(picture.height, picture.width, -1), profile if mode == picture.mode else None)


def jxl_size(data: bytes) -> tuple[int, int] | None:
    """Width and height as the codestream's head states them (ISO/IEC 18181-1, SizeHeader), before turning;
    None when it is no JPEG XL."""
    bits = _jxl_head(data)
    return None if bits is None else _jxl_sides(bits)


def jxl_orientation(data: bytes) -> int:
    """EXIF's orientation as the codestream's head states it (ImageMetadata)."""
    bits = _jxl_head(data)
    if bits is None:
        return 1
    _jxl_sides(bits)
    has_extras = bits.take(1) == 0 and bits.take(1)  # not all as usual, and with extra fields
    return 1 + bits.take(3) if has_extras else 1


def _jxl_head(data: bytes) -> "_Bits | None":
    stream = data if data.startswith(b"\xff\x0a") else _codestream(data)
    return _Bits(int.from_bytes(stream[2:24], "little")) if stream.startswith(b"\xff\x0a") else None


def _jxl_sides(bits: "_Bits") -> tuple[int, int]:
    small = bits.take(1)
    height = (bits.take(5) + 1) * 8 if small else _jxl_side(bits)
    ratio = bits.take(3)
    if ratio:
        over, under = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
        return height * over // under, height
    return ((bits.take(5) + 1) * 8 if small else _jxl_side(bits)), height


class _Bits:
    """Bits from the lowest on."""

    def __init__(self, value: int) -> None:
        self._value = value

    def take(self, count: int) -> int:
        taken = self._value & ((1 << count) - 1)
        self._value >>= count
        return taken


def _jxl_side(bits: _Bits) -> int:
    return bits.take((9, 13, 18, 30)[bits.take(2)]) + 1


def _codestream(data: bytes) -> bytes:
    """The beginning of the codestream within a container: box "jxlc", or the first "jxlp" after its number."""
    file = BytesIO(data)
    while len(head := file.read(8)) == 8:
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        used = 8
        if size == 1:
            size, used = int.from_bytes(file.read(8), "big"), 16
        if kind in (b"jxlc", b"jxlp"):
            return file.read(32)[4 if kind == b"jxlp" else 0 :]
        if size < used:
            break
        file.seek(size - used, 1)
    return b""
