"""Decoding a stranger's picture, turning it upright and writing its preview. Runs in the decoding child only.

libvips does the work (pyvips); HEIC goes through libheif (pillow-heif), because pyvips' own wheel carries no HEVC
decoder. Whatever fails here raises UnreadableMedia, a picture over the pixel limit RefusedPicture.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyvips  # type: ignore[import-untyped]

from core.errors import PermanentError, UnreadableMedia
from core.placeholder import LONGEST_PX, thumbhash
from media.limits import is_out_of_memory

MOST_PIXELS = 400_000_000
JPEG_QUALITY = 85
WEBP_QUALITY = 75
WHITE = [255, 255, 255]


def render(
    source: str, mime: str, preview: str, thumbnail: str, preview_px: int = 1440, thumbnail_px: int = 320
) -> dict[str, Any]:
    """Write the preview (JPEG) and the thumbnail (WebP) of a picture; sides at most `…_px`, never enlarged.

    Both are upright, in sRGB, 8 bits, on white where the picture is transparent; of several frames the first
    (HEIC: the primary one). Answers `width` and `height` of the upright original in pixels, `placeholder`
    (ThumbHash, base64), and `damaged`: whether part of the picture is missing.
    """
    name = Path(source).name
    try:
        if mime == "image/heic":
            width, height, small, damaged = *_decode_heic(source, name, preview_px), False
        else:
            width, height, small, damaged = _decode(source, name, preview_px)
        small.jpegsave(preview, Q=JPEG_QUALITY, keep="none")
        tile = small.thumbnail_image(thumbnail_px, height=thumbnail_px, size="down")
        tile.webpsave(thumbnail, Q=WEBP_QUALITY, keep="none")
        tiny = tile.thumbnail_image(LONGEST_PX, height=LONGEST_PX, size="down")
        placeholder = thumbhash(np.asarray(tiny.numpy(), dtype=np.uint8))
    except pyvips.Error as error:
        raise _unreadable(source, error) from error
    return {"width": width, "height": height, "placeholder": placeholder, "damaged": damaged}


def _decode(source: str, name: str, longest_px: int) -> tuple[int, int, pyvips.Image, bool]:
    header = pyvips.Image.new_from_file(source, access="sequential")
    width, height = header.width, header.height
    _check_size(width, height, name)
    if header.get_typeof("orientation") and header.get("orientation") >= 5:
        width, height = height, width
    try:
        return width, height, _shrink(source, longest_px, "truncated"), False
    except pyvips.Error:
        # Half a photo is better than none, as long as it says that it is half.
        return width, height, _shrink(source, longest_px, "none"), True


def _shrink(source: str, longest_px: int, fail_on: str) -> pyvips.Image:
    """Decode at reduced size where the format can, turned upright."""
    small = pyvips.Image.thumbnail(source, longest_px, height=longest_px, size="down", fail_on=fail_on)
    return _opaque_srgb(small).copy_memory()


def _decode_heic(source: str, name: str, longest_px: int) -> tuple[int, int, pyvips.Image]:
    import pillow_heif  # noqa: PLC0415  # 30 MB that only HEIC needs

    pillow_heif.options.DECODE_THREADS = 2
    try:
        # libheif has turned the picture already and reads the size without decoding.
        container = pillow_heif.open_heif(source, convert_hdr_to_8bit=True)
        picture = container[container.primary_index]
        width, height = picture.size
        _check_size(width, height, name)
        bands = len(picture.mode)
        rows = np.frombuffer(picture.data, dtype=np.uint8).reshape(-1, picture.stride)
        pixels = np.ascontiguousarray(rows[:height, : width * bands])
    except (ValueError, RuntimeError, OSError, SyntaxError, EOFError, IndexError) as error:
        raise _unreadable(source, error) from error
    image = pyvips.Image.new_from_memory(pixels.data, width, height, bands, "uchar")
    image = image.copy(interpretation="srgb" if bands >= 3 else "b-w")
    profile = picture.info.get("icc_profile")
    if profile:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    small = image.thumbnail_image(longest_px, height=longest_px, size="down")
    return width, height, _opaque_srgb(small).copy_memory()


def _opaque_srgb(image: pyvips.Image) -> pyvips.Image:
    """Three bands of 8 bits in sRGB, on white."""
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
    reason = (lines[-1] if lines else type(error).__name__)[:300]
    if is_out_of_memory(reason):
        return MemoryError(reason)
    return UnreadableMedia(f"{name}: cannot be decoded: {reason}")
