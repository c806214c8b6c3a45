"""Reading the sidecars of a file: XMP by ExifTool, Google Takeout's JSON by Fovea itself."""

from collections.abc import Sequence
from pathlib import Path

from core.errors import UnreadableMedia
from core.sidecars import MOST_BYTES, TAKEOUT, Sidecar, read_takeout, read_xmp, sidecar_kind
from media.exiftool import ExifTool


def read_sidecars(exiftool: ExifTool, paths: Sequence[Path]) -> tuple[list[Sidecar], list[str]]:
    """What the sidecars say, in their order, and complaints about those that could not be read."""
    found: list[Sidecar] = []
    complaints: list[str] = []
    for path in paths:
        try:
            with path.open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
            if sidecar_kind(path.name, content) == TAKEOUT:
                found.append(read_takeout(content))
            else:
                raw = exiftool.read(path)
                found.append(read_xmp(raw.values))
                complaints += [f"sidecar: {each}" for each in raw.complaints]
        except (OSError, UnreadableMedia) as error:
            complaints.append(f"sidecar: {error}")
    return found, complaints
