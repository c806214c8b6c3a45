"""Which way up a picture is meant whose format turns it by a property of its own, where only its EXIF says so.

HEIF, AVIF and JPEG XL turn by boxes or the head of the codestream, and their standards have EXIF's orientation
ignored. Programs that convert photos often keep the EXIF and forget the property: people expect such a picture
upright too. Where the property is there it alone counts, so that nothing is turned twice.
"""

import struct
from pathlib import Path

from media.iso_facts import boxes, exif_block, heif_items, heif_turns
from media.pillow_pictures import jxl_orientation
from media.reading import reading
from media.tiff_facts import ReadAt, TiffFacts

TURNED_BY_BOXES = {"image/heic", "image/avif", "image/jxl"}
_MOST_EXIF_BYTES = 1 << 20
_MOST_HEAD_BYTES = 1 << 16


def orientation_left(source: str, mime: str) -> int | None:
    """EXIF's orientation (2..8) that is still to be heeded after decoding; None when there is none."""
    try:
        with reading(Path(source)) as (read_at, size):
            if mime == "image/jxl":
                turned = jxl_orientation(read_at(0, _MOST_HEAD_BYTES)) != 1
                block = b"" if turned else _jxl_exif(read_at, size)
            else:
                block = b"" if heif_turns(read_at, size) else exif_block(read_at, heif_items(read_at, size))
            found = TiffFacts(lambda at, count: block[at : at + count]).orientation() if block else None
    except (OSError, struct.error, ValueError, OverflowError, IndexError):
        return None
    return found if found != 1 else None


def _jxl_exif(read_at: ReadAt, size: int) -> bytes:
    for box in boxes(read_at, 0, size):
        if box.kind == b"Exif":
            block = read_at(box.start, min(box.end - box.start, _MOST_EXIF_BYTES))
            return block[4 + struct.unpack(">I", block[:4])[0] :]
    return b""
