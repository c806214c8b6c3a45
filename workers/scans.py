"""Large pictures with small writing are read from the original: the preview of a newspaper shows its headings."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import ChildFailed, PermanentError
from core.findings import FoundText, Picture
from core.media import Box, Kind
from core.reading_order import reading_order, without_margin
from core.small_print import SMALL_LINE_PX, wanted_scale
from engines.contract import TextReader
from media.scan_rendering import scan_rendering
from workers.contract import Source
from workers.frames import DecodedLately

log = logging.getLogger(__name__)

_WORTH = 1.25  # a rendering hardly larger than the preview shows nothing more
_COVERED = 0.5
_GREY = np.array([0.114, 0.587, 0.299], dtype=np.float32)  # of blue, green, red (ITU-R BT.601)


@dataclass(frozen=True, slots=True)
class ScanReading:
    """Lines in reading order. `side_px` is the longer side of what they were read in; `complaint` says why that
    was the preview all the same."""

    lines: tuple[FoundText, ...]
    side_px: int
    complaint: str | None = None


def read_scan(
    engine: TextReader, source: Source, preview: Picture, lines: Sequence[FoundText], from_px: int, most_px: int
) -> ScanReading | None:
    """Read a photo anew, in a rendering of at most `most_px`; `lines` is what its preview gave.

    None when that is enough: the original's longer side is not over `from_px` (or not known), or nothing in the
    preview is too small to be read.
    """
    longest_px = max(source.width or 0, source.height or 0)
    if source.kind is not Kind.PHOTO or longest_px <= from_px or not most_px:
        return None
    side_px = max(preview.shape[:2])
    grey = np.asarray(preview @ _GREY, dtype=np.uint8)
    scale = wanted_scale(grey, [_height_px(line, preview) for line in lines])
    wanted_px = min(most_px, longest_px, round(side_px * scale))
    if wanted_px < _WORTH * side_px:
        return None
    try:
        with scan_rendering(source.original, source.mime, wanted_px) as path:
            larger = DecodedLately(most=1).get(path)  # not the shared one, which would keep it: up to 108 MB
        found = engine.read(larger)
    except (ChildFailed, PermanentError) as error:
        # Its preview could be made, so what that shows is known; the reason stays with the result.
        log.warning("text of %s: the preview was read, not the original: %s", source.name, error)
        return ScanReading(tuple(lines), side_px, str(error))
    return ScanReading(tuple(_joined(found, lines, preview)), max(larger.shape[:2]))


def _height_px(line: FoundText, picture: Picture) -> float:
    """Of a line that lies, stands or slants: the shorter of two sides that meet."""
    corners = np.array(line.corners[:3]) * (picture.shape[1], picture.shape[0])
    return float(np.linalg.norm(np.diff(corners, axis=0), axis=1).min())


def _joined(found: list[FoundText], before: Sequence[FoundText], preview: Picture) -> list[FoundText]:
    """What was found in the larger rendering, and the large writing that only the preview's size showed whole."""
    lost = [
        line
        for line in before
        if _height_px(line, preview) >= SMALL_LINE_PX
        and sum(_common(other.box, line.box) for other in found) < _COVERED * line.box.w * line.box.h
    ]
    if not lost:
        return found
    lines = [*found, *lost]
    aspect = preview.shape[1] / preview.shape[0]
    return [lines[index] for index in reading_order([without_margin(line.box, aspect) for line in lines])]


def _common(box: Box, other: Box) -> float:
    """Area of what both cover."""
    wide: float = min(box.x + box.w, other.x + other.w) - max(box.x, other.x)
    high: float = min(box.y + box.h, other.y + other.h) - max(box.y, other.y)
    return wide * high if wide > 0 and high > 0 else 0.0
