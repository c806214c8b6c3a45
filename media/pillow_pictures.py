"""Pictures that libvips' wheel does not read: HEIC by libheif, JPEG XL by libjxl, BMP by Pillow. For the decoding
child only."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import UnreadableMedia

BROKEN = (ValueError, RuntimeError, OSError, SyntaxError, EOFError, IndexError, KeyError, OverflowError)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Upright pixels, rows × columns × bands (grey, grey + alpha, RGB, RGB + alpha), and their profile."""

    pixels: NDArray[np.uint8]
    profile: bytes | None


def open_heic(source: str) -> tuple[tuple[int, int], Any]:
    """Width and height of the primary picture, without decoding it, and what `decode_heic` takes."""
    import pillow_heif  # noqa: PLC0415  # 30 MB that only HEIC needs

    pillow_heif.options.DECODE_THREADS = 2
    # libheif has turned the picture already and reads the size without decoding.
    container = pillow_heif.open_heif(source, convert_hdr_to_8bit=True)
    picture = container[container.primary_index]
    return picture.size, picture


def decode_heic(picture: Any) -> Decoded:
    width, height = picture.size
    bands = len(picture.mode)
    rows = np.frombuffer(picture.data, dtype=np.uint8).reshape(-1, picture.stride)
    pixels = np.ascontiguousarray(rows[:height, : width * bands]).reshape(height, width, bands)
    return Decoded(pixels, picture.info.get("icc_profile") or None)


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


def open_bmp(source: str) -> tuple[tuple[int, int], Any]:
    """Width and height by the header, and what `decode_bmp` takes."""
    from PIL import Image  # noqa: PLC0415

    Image.MAX_IMAGE_PIXELS = None  # our own limit is asked first
    picture = Image.open(source, formats=["BMP"])
    return picture.size, picture


def decode_bmp(picture: Any) -> Decoded:
    mode = picture.mode if picture.mode in ("L", "RGB", "RGBA") else "RGB"
    pixels = np.asarray(picture if picture.mode == mode else picture.convert(mode), dtype=np.uint8)
    pixels = pixels.reshape(picture.height, picture.width, -1)
    if mode == "RGBA" and not pixels[..., 3].any():
        pixels = pixels[..., :3]  # a fourth byte that nobody filled, not a picture that cannot be seen
    return Decoded(pixels, None)


def jxl_size(data: bytes) -> tuple[int, int] | None:
    """Width and height as the codestream's head states them (ISO/IEC 18181-1, SizeHeader), before turning;
    None when it is no JPEG XL."""
    stream = data if data.startswith(b"\xff\x0a") else _codestream(data)
    if not stream.startswith(b"\xff\x0a"):
        return None
    bits = _Bits(int.from_bytes(stream[2:18], "little"))
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
