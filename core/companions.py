"""Which files belong together as one asset: a photo, its raw picture, its moving part."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.media import Kind

Role = Literal["original", "raw", "live", "variant", "sidecar"]
"""What a file is within its asset. The main one is the `original`, of several the one that all can show."""

LONGEST_LIVE_S = 10.0
"""A moving part lasts about 3 s; a clip that happens to have a photo's name is mostly longer."""
_SAME_SHOT = timedelta(seconds=3)
_LIVE_STILLS = {"image/jpeg", "image/heic", "image/x-adobe-dng"}
_LIVE_VIDEOS = {"video/quicktime", "video/mp4"}


@dataclass(frozen=True, slots=True)
class Hints:
    """What a file says about what it belongs to; None where it says nothing.

    `pair_id` is Apple's content identifier, `duration_s` of a video, `taken` a still's wall clock.
    """

    pair_id: str | None = None
    duration_s: float | None = None
    taken: datetime | None = None


def is_raw(mime: str) -> bool:
    """Whether a media type is that of a camera's raw picture (media/raw_kinds.py)."""
    return mime.startswith("image/x-")


def rank(kind: Kind, mime: str) -> int:
    """What is the main file of several: a picture all can show, else the raw one, else the video."""
    if kind is Kind.VIDEO:
        return 2
    return 1 if is_raw(mime) else 0


def role_beside(main_mime: str, main: Hints, mime: str, other: Hints, *, same_name: bool) -> Role | None:
    """The role of a file beside a main file of lower rank; None when the two are no pair.

    `same_name`: they lie in the same folder and differ in their ending only. Cameras that number photos and
    clips apart give unrelated files one name, so the files themselves must not contradict.
    """
    if is_raw(mime) and not is_raw(main_mime) and main_mime.startswith("image/"):
        return "raw" if same_name and _one_shot(main.taken, other.taken) else None
    if mime not in _LIVE_VIDEOS or main_mime not in _LIVE_STILLS:
        return None
    if main.pair_id is not None and other.pair_id is not None:
        return "live" if main.pair_id == other.pair_id else None
    short = other.duration_s is not None and other.duration_s <= LONGEST_LIVE_S
    return "live" if same_name and short else None


def _one_shot(one: datetime | None, other: datetime | None) -> bool:
    return one is None or other is None or abs(one - other) <= _SAME_SHOT
