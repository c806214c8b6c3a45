"""Decoding a stranger's picture, turning it upright and writing its preview. Runs in the decoding child only.

libvips does the work (pyvips), but for what its wheel does not read (`_DECODERS`), and where it gives up. Whatever
fails here raises UnreadableMedia, a picture over the pixel limit PermanentError.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyvips  # type: ignore[import-untyped]

from core.errors import PermanentError, UnreadableMedia
from core.placeholder import LONGEST_PX, thumbhash
from media.bmp import decode_bmp
from media.colours import ADOBE_RGB, ColourCode, colour_code, to_srgb
from media.complaints import BROKEN_INSIDE, damage_in
from media.decoded import Decoded
from media.limits import is_out_of_memory
from media.photoshop import decode_photoshop
from media.pillow_pictures import (
    BROKEN,
    CheckSize,
    decode_anyhow,
    decode_heic,
    decode_jpeg2000,
    decode_jxl,
    jxl_size,
)
from media.tiff_packings import packing_of_tiff
from media.upright import TURNED_BY_BOXES, orientation_left

MOST_PIXELS = 400_000_000
JPEG_QUALITY = 85
WEBP_QUALITY = 75
# Of libwebp's 0..6: half the time of its default, 4, for files 3 % larger (decision 030).
WEBP_EFFORT = 2
WHITE = [255, 255, 255]
_PILLOW_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
}


def render(
    source: str,
    mime: str,
    preview: str,
    thumbnail: str,
    preview_px: int = 1440,
    thumbnail_px: int = 320,
    orientation: int | None = None,
    adobe_rgb: bool = False,
) -> dict[str, Any]:
    """Write the preview (JPEG) and the thumbnail (WebP) of a picture; sides at most `…_px`, never enlarged.

    Both are upright, in sRGB, 8 bits, on white where the picture is transparent; of several frames the first
    (HEIC: the primary one). `orientation` (EXIF's 1..8) takes the place of a JPEG's own, `adobe_rgb` says
    what a JPEG without a profile is in. Answers `width` and `height` of the upright original in pixels,
    `placeholder` (ThumbHash, base64), and `damaged`: what is wrong with
    the picture, in words, None where nothing is seen to be.
    """
    name = Path(source).name
    try:
        width, height, small, damaged = _decoded(
            source, mime, name, preview_px, orientation, ADOBE_RGB if adobe_rgb else None
        )
        small.jpegsave(preview, Q=JPEG_QUALITY, keep="none")
        # in memory, as it is read twice: libvips would shrink twice
        tile = small.thumbnail_image(thumbnail_px, height=thumbnail_px, size="down").copy_memory()
        tile.webpsave(thumbnail, Q=WEBP_QUALITY, effort=WEBP_EFFORT, keep="none")
        tiny = tile.thumbnail_image(LONGEST_PX, height=LONGEST_PX, size="down")
        placeholder = thumbhash(np.asarray(tiny.numpy(), dtype=np.uint8))
    except pyvips.Error as error:
        raise _unreadable(source, error) from error
    return {"width": width, "height": height, "placeholder": placeholder, "damaged": damaged}


_Small = tuple[int, int, pyvips.Image, str | None]


def _decoded(
    source: str, mime: str, name: str, longest_px: int, orientation: int | None, code: ColourCode | None
) -> _Small:
    """Size of the upright original, the shrunk picture, what is wrong with it."""
    if mime in TURNED_BY_BOXES:
        orientation = orientation_left(source, mime)
    if mime in _DECODERS:
        return _decode_elsewhere(source, mime, name, longest_px, orientation)
    if mime == "image/avif":
        code = colour_code(source)
    return _decode(source, name, longest_px, code, orientation, _PILLOW_FORMATS.get(mime, "JPEG"))


def _decode(
    source: str | bytes,
    name: str,
    longest_px: int,
    code: ColourCode | None = None,
    orientation: int | None = None,
    pillow_format: str = "JPEG",
) -> _Small:
    take_complaints()
    try:
        read = _measure(source, name, longest_px, code, orientation)
        small = _shrink(source, longest_px, "truncated", read.code, read.orientation, read.jpeg_shrink)
        complaints = take_complaints()
        # libvips gives black for TIFFs that it cannot unpack, and only warns.
        if not _is_blank(small) or (pillow_format != "TIFF" and not damage_in(complaints)):
            return read.width, read.height, small, damage_in(complaints)
        reason = pyvips.Error(_why_blank(source, complaints))
    except pyvips.Error as error:
        reason, small = error, None
    found = _second_opinion(source, name, longest_px, orientation, pillow_format)
    # Of a TIFF that libvips fails on, a blank is no answer; where it gives one too, it is.
    if pillow_format == "TIFF" and found is not None and _is_blank(found[2]) and small is None:
        found = None
    if found is not None and found[3] is None:
        return found
    # Half a photo is better than none, as long as it says that it is half.
    damaged = damage_in(str(reason)) or BROKEN_INSIDE
    try:
        read = _measure(source, name, longest_px, code, orientation)
        half = _shrink(source, longest_px, "none", read.code, read.orientation, read.jpeg_shrink)
        if not _is_blank(half):
            return read.width, read.height, half, damaged
    except pyvips.Error:
        take_complaints()
    if found is not None:
        return (*found[:3], damaged)
    raise reason


@dataclass(frozen=True, slots=True)
class _Measures:
    """Size of the upright original, what its colours mean, how it is to be turned if not by libvips itself, by how
    much the JPEG decoder may shrink."""

    width: int
    height: int
    code: ColourCode | None
    orientation: int | None
    jpeg_shrink: int


def _measure(
    source: str | bytes, name: str, longest_px: int, code: ColourCode | None, orientation: int | None
) -> "_Measures":
    header = _opened(source)
    width, height = header.width, header.height
    _check_size(width, height, name)
    turned = orientation or (header.get("orientation") if header.get_typeof("orientation") else 1)
    if turned >= 5:
        width, height = height, width
    code = code or (ADOBE_RGB if _is_adobe_by_tag(header) else None)
    if str(header.get("vips-loader")).startswith("png") and turned != 1:
        orientation = turned  # of PNG, libvips knows it and its thumbnail does not heed it
    return _Measures(width, height, code, orientation, _jpeg_shrink(header, longest_px))


def _second_opinion(
    source: str | bytes, name: str, longest_px: int, orientation: int | None, pillow_format: str
) -> _Small | None:
    """What other decoders make of it; None when no more than a blank."""
    found = decode_anyhow(source, pillow_format, lambda width, height: _check_size(width, height, name))
    return None if found is None else _finished(found, longest_px, orientation, None)


def _why_blank(source: str | bytes, complaints: str) -> str:
    how = packing_of_tiff(Path(source)) if isinstance(source, str) else None
    return (
        f"its pixels are packed in a way that is not read here ({how})"
        if how
        else f"it comes out blank {complaints}"
    )


def _is_blank(image: pyvips.Image) -> bool:
    return all(image[band].max() == image[band].min() for band in range(image.bands))


def take_complaints() -> str:
    """What libvips has said about its files since it was last asked, warnings of its decoders among it."""
    said: str = pyvips.ffi.string(pyvips.vips_lib.vips_error_buffer()).decode("utf-8", "replace")
    pyvips.vips_lib.vips_error_clear()
    return said


def _opened(source: str | bytes, **options: Any) -> pyvips.Image:
    if isinstance(source, bytes):
        return pyvips.Image.new_from_buffer(source, "", access="sequential", **options)
    return pyvips.Image.new_from_file(source, access="sequential", **options)


def _jpeg_shrink(header: pyvips.Image, longest_px: int) -> int:
    """By how much the JPEG decoder may shrink, in its frequencies, before the rest is resampled; 1 elsewhere.

    libvips' own thumbnail leaves at least a factor of two to be resampled, so it decodes the common 12 MP whole,
    for 11 ms more. What is lost is less than the preview's own JPEG loses (36 to 47 dB; decision 030).
    """
    if not str(header.get("vips-loader")).startswith("jpegload") or header.interpretation != "srgb":
        return 1
    longest = max(header.width, header.height)
    return next((shrink for shrink in (8, 4, 2) if longest >= shrink * longest_px), 1)


def _shrink(
    source: str | bytes,
    longest_px: int,
    fail_on: str,
    code: ColourCode | None,
    orientation: int | None,
    jpeg_shrink: int = 1,
) -> pyvips.Image:
    """Decode at reduced size where the format can, turned upright."""
    if jpeg_shrink > 1:
        smaller = _opened(source, shrink=jpeg_shrink, fail_on=fail_on)
        small = smaller.thumbnail_image(longest_px, height=longest_px, size="down", no_rotate=True)
        return _opaque_srgb(_upright(small.copy_memory(), orientation), code).copy_memory()
    wanted: dict[str, Any] = {"height": longest_px, "size": "down", "fail_on": fail_on}
    wanted |= {} if orientation is None else {"no_rotate": True}
    if isinstance(source, bytes):
        small = pyvips.Image.thumbnail_buffer(source, longest_px, **wanted)
    else:
        small = pyvips.Image.thumbnail(source, longest_px, **wanted)
    if orientation is not None:
        small = _upright(small.copy_memory(), orientation)
    return _opaque_srgb(small, code).copy_memory()


def _upright(image: pyvips.Image, orientation: int | None) -> pyvips.Image:
    """Turned as `orientation` (EXIF's 1..8) says, or the picture itself."""
    if orientation is not None:
        image = image.copy()
        image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return image.autorot()


def _decode_elsewhere(source: str, mime: str, name: str, longest_px: int, orientation: int | None) -> _Small:
    try:
        found = _DECODERS[mime](source, name, lambda width, height: _check_size(width, height, name))
    except BROKEN as error:
        raise _unreadable(source, error) from error
    if isinstance(found, bytes):
        form = "PNG" if found.startswith(b"\x89PNG") else "JPEG"
        return _decode(found, name, longest_px, None, orientation, form)
    return _finished(found, longest_px, orientation, colour_code(source) if mime == "image/heic" else None)


def _finished(decoded: Decoded, longest_px: int, orientation: int | None, code: ColourCode | None) -> _Small:
    """Pixels that another decoder gave, shrunk and turned."""
    height, width, bands = decoded.pixels.shape
    pixels = np.ascontiguousarray(decoded.pixels)
    image = pyvips.Image.new_from_memory(pixels.data, width, height, bands, "uchar")
    image = image.copy(interpretation="srgb" if bands >= 3 else "b-w")
    if decoded.profile:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", decoded.profile)
    small = image.thumbnail_image(longest_px, height=longest_px, size="down")
    if orientation is not None:
        small = _upright(small.copy_memory(), orientation)
        width, height = (height, width) if orientation >= 5 else (width, height)
    return width, height, _opaque_srgb(small, code).copy_memory(), decoded.damaged


def _jxl(source: str, name: str, check_size: CheckSize) -> Decoded | bytes:
    data = Path(source).read_bytes()
    check_size(*(jxl_size(data) or (0, 0)))
    return decode_jxl(data, name)


# What libvips' wheel does not read: pixels, or a JPEG or PNG that is within.
_DECODERS: dict[str, Callable[[str, str, CheckSize], Decoded | bytes]] = {
    "image/heic": lambda source, _, check_size: decode_heic(source, check_size),
    "image/jxl": _jxl,
    "image/bmp": lambda source, name, check_size: decode_bmp(Path(source).read_bytes(), name, check_size),
    "image/jp2": decode_jpeg2000,
    "image/vnd.adobe.photoshop": lambda source, name, check_size: decode_photoshop(
        Path(source).read_bytes(), name, check_size
    ),
}


def _is_adobe_by_tag(header: pyvips.Image) -> bool:
    """Cameras set to Adobe RGB embed no profile; they write "R03" (DCF 2.0)."""
    tag = "exif-ifd4-InteroperabilityIndex"
    return bool(header.get_typeof(tag)) and str(header.get(tag)).startswith("R03")


def _opaque_srgb(image: pyvips.Image, code: ColourCode | None) -> pyvips.Image:
    """Three bands of 8 bits in sRGB, on white. An embedded profile goes before a colour code."""
    if image.get_typeof("icc-profile-data") == 0 and code is not None and code.needs_change:
        image = _by_code(image, code)
    image = _by_profile(image)
    if image.interpretation != "srgb" or image.bands < 3:
        image = image.colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=WHITE)
    if image.bands > 3:
        image = image.extract_band(0, n=3)
    return image if image.format == "uchar" else image.cast("uchar")


def _by_profile(image: pyvips.Image) -> pyvips.Image:
    """Colours as the embedded profile means them. After shrinking: thumbnail's own `export_profile` does the
    same for 115 ms more a picture, even where there is no profile (measured, libvips 8.18)."""
    embedded = image.get_typeof("icc-profile-data") != 0
    try:
        if image.interpretation == "cmyk":
            return image.icc_transform("srgb", embedded=embedded, input_profile="cmyk", depth=8)
        return image.icc_transform("srgb", embedded=True, depth=8) if embedded else image
    except pyvips.Error:
        return image  # a broken profile: the numbers as they are, as browsers show them


def _by_code(image: pyvips.Image, code: ColourCode) -> pyvips.Image:
    if image.hasalpha():
        white = 65535 if image.format == "ushort" else 255
        image = image.flatten(background=[white] * 3 if image.bands > 2 else [white])
    if image.bands != 3 or image.format not in ("uchar", "ushort"):
        return image
    pixels = to_srgb(image.numpy(), code)
    height, width, _ = pixels.shape
    return pyvips.Image.new_from_memory(pixels.data, width, height, 3, "uchar").copy(interpretation="srgb")


def _check_size(width: int, height: int, name: str) -> None:
    if width < 1 or height < 1:
        raise UnreadableMedia(f"{name}: a picture of {width} × {height} pixels")
    if width * height > MOST_PIXELS:
        megapixels = width * height / 1e6
        limit = MOST_PIXELS // 1_000_000
        raise PermanentError(f"{name}: {megapixels:.0f} megapixels; Fovea decodes up to {limit}")


def _unreadable(source: str, error: Exception) -> Exception:
    """The decoder's complaint as our error; running out of memory is the limit's doing, not the file's."""
    name = Path(source).name
    lines = [line.strip().replace(source, name) for line in str(error).splitlines() if line.strip()]
    worded = [line for line in lines if re.search(r"[a-z]{3}", line)]  # libheif ends with a number alone
    reason = (worded[-1] if worded else type(error).__name__)[:300]
    # libheif refuses absurd sizes by the same words, without having needed any.
    if is_out_of_memory(reason) and "security limit" not in reason.lower():
        return MemoryError(reason)
    return UnreadableMedia(f"{name}: cannot be decoded: {reason}")
