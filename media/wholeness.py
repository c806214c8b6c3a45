"""Whether a photo or film is there from beginning to end, by what its own format says of itself.

Nothing is decoded: lengths, ends and checksums that the format keeps are compared with the file. What a format
does not say (a transport stream may end anywhere) stays unknown rather than guessed. Decoders know more and are
asked by the analysis `preview`.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from media.complaints import BROKEN_INSIDE, CUT_SHORT
from media.reading import reading
from media.tiff_facts import ReadAt
from media.wholeness_films import avi, film_boxes, matroska, program_stream, still_boxes, transport_stream
from media.wholeness_pictures import (
    Broken,
    Cut,
    bmp,
    fuji_raw,
    gif,
    jpeg,
    jpeg2000,
    jxl,
    photoshop,
    png,
    tiff,
    webp,
)

_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Wholeness:
    """`damage`: what is wrong, in words for a person; None when nothing is seen to be.

    `ended`: its own structure says where it ends, and there it does. False also where nothing says so.
    """

    damage: str | None
    ended: bool


_Look = Callable[[ReadAt, int], bool | None]
"""True: whole to its end. False: its end is not seen. None: the format does not tell. Raises `Cut`, `Broken`."""

_LOOKS: dict[str, _Look] = {
    "image/jpeg": jpeg,
    "image/png": png,
    "image/gif": gif,
    "image/webp": webp,
    "image/bmp": bmp,
    "image/tiff": tiff,
    "image/jp2": jpeg2000,
    "image/vnd.adobe.photoshop": photoshop,
    "image/jxl": jxl,
    "image/heic": still_boxes,
    "image/avif": still_boxes,
    "image/x-canon-cr3": film_boxes,
    "image/x-fujifilm-raf": fuji_raw,
    "video/mp4": film_boxes,
    "video/quicktime": film_boxes,
    "video/3gpp": film_boxes,
    "video/3gpp2": film_boxes,
    "video/x-msvideo": avi,
    "video/x-matroska": matroska,
    "video/webm": matroska,
    "video/mpeg": program_stream,
    "video/mp2t": transport_stream,
}


def look_whole(path: Path, mime: str) -> Wholeness:
    """What the structure of the file at `path` says; reads up to all of it once. Raises OSError."""
    look = _LOOKS.get(mime) or (
        tiff if mime.startswith("image/x-") and not mime.endswith(("-crw", "-x3f")) else None
    )
    if look is None:
        return Wholeness(None, False)
    try:
        with reading(path) as (read_at, size):
            ended = look(read_at, size) is True and not _is_hollow(read_at, size)
    except Cut:
        return Wholeness(CUT_SHORT, False)
    except Broken:
        return Wholeness(BROKEN_INSIDE, False)
    except (struct.error, ValueError, OverflowError, IndexError, RecursionError):
        return Wholeness(None, False)  # so odd that only a decoder can tell
    return Wholeness(None, ended)


def _is_hollow(read_at: ReadAt, size: int) -> bool:
    """Whether nothing is written at its end: copies are made so whose size was set ahead."""
    tail = read_at(max(0, size - _TAIL_BYTES), _TAIL_BYTES)
    return len(tail) == _TAIL_BYTES and not any(tail)
