"""Which files of one name are one shot."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.companions import Hints, Shot, role_beside
from core.media import Kind

NOON = datetime(2021, 6, 1, 12)


def role(name: str, still: dict[str, Any], film: dict[str, Any]) -> str | None:
    photo = Shot(Kind.PHOTO, "image/jpeg", f"{name}.jpg", Hints(**still))
    clip = Shot(Kind.VIDEO, "video/mp4", f"{name}.mp4", Hints(**{"duration_s": 2.0, **film}))
    return role_beside(photo, clip, same_shot=True, together=True)


def header(wall: datetime) -> dict[str, datetime]:
    return {"taken": wall, "instant": wall}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("Nikon", "Sony", None), ("Nikon", "Nikon", "live"), (None, "Sony", "live"), ("Apple", None, "live")],
)
def test_clips_of_another_camera_are_no_moving_part(
    one: str | None, other: str | None, expected: str | None
) -> None:
    clip = {**header(NOON + timedelta(seconds=2)), "maker": other}
    assert role("DSC_0001", {"taken": NOON, "maker": one}, clip) == expected
    assert role("20210601_120000", {"taken": NOON, "maker": one}, clip) == "live"  # no number, and so no other


@pytest.mark.parametrize(("zone_min", "expected"), [(120, "live"), (-420, "live"), (345, "live"), (75, None)])
def test_a_name_that_is_a_moment_and_a_header_in_utc(zone_min: int, expected: str | None) -> None:
    clip = header(NOON - timedelta(minutes=zone_min) + timedelta(seconds=2))
    assert role("20210601_120000", {"taken": NOON}, clip) == expected
    assert role("IMG_0001", {"taken": NOON}, clip) is None  # a number that is given twice
    # Where the photo's own moment is known, only that counts.
    assert role("20210601_120000", {"taken": NOON, "instant": NOON}, clip) is None
