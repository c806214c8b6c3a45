"""Sidecars: small files beside a photo that say about it what the photo itself may not.

XMP as photo programs write it, and the JSON that Google Takeout adds; core/sidecar_names.py knows whose they are.
What they say is weaker than what the file itself says, and keeps where it comes from.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from core.capture import Capture, position_of
from core.descriptions import SIDECAR, Description, clean_lines, keywords_of, read_description
from core.geo import Position, is_plausible, plausible_altitude
from core.tags import Tags
from core.taken import Taken, choose_taken, times_of
from core.time_sources import Trust

MOST_BYTES = 4 << 20
XMP, TAKEOUT = "application/rdf+xml", "application/json"
ENDINGS = {XMP: "xmp", TAKEOUT: "json"}

_XMP_MARKS = (b"<x:xmpmeta", b"adobe:ns:meta", b"<rdf:RDF")


_SILENT = Description(source=SIDECAR)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What one sidecar says. `tags` as ExifTool names them (XMP), or what Takeout says; `kind` is a media type."""

    kind: str
    tags: Tags
    taken_at: datetime | None = None
    position: Position | None = None
    title: str = ""
    """Takeout's: the photo's name."""
    said: Description = _SILENT


def may_be_sidecar(name: str) -> bool:
    """Whether a name is one that sidecars have."""
    return name.lower().endswith((".xmp", ".json"))


def sidecar_kind(name: str, content: bytes) -> str | None:
    """The media type of a sidecar, None when the file is something else."""
    low = name.lower()
    if low.endswith(".xmp") and any(mark in content[:8192] for mark in _XMP_MARKS):
        return XMP
    if low.endswith(".json") and _takeout_object(content) is not None:
        return TAKEOUT
    return None


def read_takeout(content: bytes) -> Sidecar:
    """What Takeout's JSON says; what is missing or makes no sense is left out."""
    found = _takeout_object(content) or {}
    people = [each.get("name") for each in _list(found.get("people")) if isinstance(each, dict)]
    return Sidecar(
        kind=TAKEOUT,
        tags={},
        taken_at=_instant(found.get("photoTakenTime")),
        position=_position(found.get("geoData")) or _position(found.get("geoDataExif")),
        title=clean_lines(found.get("title"), 1000),
        said=Description(
            caption=clean_lines(found.get("description"), 10_000),
            keywords=keywords_of((name,) for name in people if isinstance(name, str)),
            source=SIDECAR,
        ),
    )


def read_xmp(tags: Tags) -> Sidecar:
    """What an XMP sidecar says, from its tags as ExifTool gives them."""
    return Sidecar(kind=XMP, tags=tags, position=position_of(tags), said=read_description(tags, SIDECAR))


def position_beside(sidecars: Sequence[Sidecar]) -> Position | None:
    """The first position that a sidecar states; its source says that a sidecar did."""
    found = next((each.position for each in sidecars if each.position is not None), None)
    return None if found is None else replace(found, source="sidecar")


def complete_capture(
    capture: Capture,
    sidecars: Sequence[Sidecar],
    now: datetime,
    *,
    position_zone: tzinfo | None = None,
    home_zone: tzinfo | None = None,
) -> Capture:
    """`capture` with position and time from sidecars where the file itself states none, or one less to be trusted.

    A sidecar's time goes before the file's name and its time of change, and before that of a scan.
    """
    if capture.position is None:
        capture = replace(capture, position=position_beside(sidecars))
    own = [] if capture.taken is None else [capture.taken]
    beside = _times(sidecars, now, position_zone, home_zone)
    return replace(capture, taken=choose_taken([*own, *beside], capture.duration_s or 0.0)) if beside else capture


def _times(
    sidecars: Sequence[Sidecar], now: datetime, position_zone: tzinfo | None, home_zone: tzinfo | None
) -> list[Taken]:
    """The times of taking that sidecars state; when they were changed themselves says nothing about the photo."""
    found = []
    for each in sidecars:
        times = times_of(each.tags, now, position_zone=position_zone, home_zone=home_zone, file_time=each.taken_at)
        for taken in times:
            if taken.trust is Trust.FILE:
                kept = replace(taken, source="sidecar:photoTakenTime", basis="capture", trust=Trust.SIDECAR)
                found.append(kept)
            elif taken.basis != "change":
                found.append(replace(taken, source=f"sidecar:{taken.source}"))
    return found


def _takeout_object(content: bytes) -> dict[str, Any] | None:
    if len(content) > MOST_BYTES or not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    # an album's says when it was made and who may see it
    ours = isinstance(found, dict) and ("photoTakenTime" in found or ("geoData" in found and "date" not in found))
    return found if ours else None


def _instant(value: object) -> datetime | None:
    stamp = value.get("timestamp") if isinstance(value, dict) else None
    try:
        return datetime.fromtimestamp(int(stamp), UTC) if isinstance(stamp, str | int) else None
    except (ValueError, OverflowError, OSError):
        return None


def _position(value: object) -> Position | None:
    if not isinstance(value, dict):
        return None
    numbers = [value.get(key) for key in ("latitude", "longitude", "altitude")]
    lat, lon, alt_m = (
        float(each) if isinstance(each, int | float) and abs(each) < 1e9 else None for each in numbers
    )
    if lat is None or lon is None or not is_plausible(lat, lon):
        return None
    return Position(lat, lon, plausible_altitude(alt_m) or None, source="sidecar")  # 0 m: not known


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
