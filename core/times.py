"""Times as cameras write them, and the offset from UTC that a wall clock showed."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

EARLIEST_YEAR = 1826  # the first photograph
# Exact midnights that stand for "never set": QuickTime's, Unix's and FAT's first moment.
_NEVER_SET = {datetime(1904, 1, 1), datetime(1970, 1, 1), datetime(1980, 1, 1)}
MOST_FUTURE = timedelta(hours=26)  # the furthest a wall clock can be ahead of UTC, and some slack for a clock
LOWEST_OFFSET_MIN, HIGHEST_OFFSET_MIN = -12 * 60, 14 * 60
# The only offsets in use that are not whole hours (IANA time zones since 1990).
_ODD_OFFSETS_MIN = {
    *(-570, -510, -270, -210, -150),
    *(210, 270, 330, 345, 390, 510, 525, 570, 585, 630, 690, 765, 825),
}
GPS_RESIDUAL = timedelta(minutes=3)

_TIME = re.compile(
    r"(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})"
    r"(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?\s*(Z|[+-]\d{1,2}:?\d{2})?(?:\s+DST)?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class TagTime:
    """A time as a tag says it: `wall` without zone, and its offset from UTC in minutes if it says one."""

    wall: datetime
    offset_min: int | None = None


def parse_offset(text: str) -> int | None:
    """Minutes from "+05:30", "-0800" or "Z"; None when it is no offset in use anywhere (-12 to +14 hours)."""
    text = text.strip().strip("\0")
    if text == "Z":
        return 0
    found = _OFFSET.fullmatch(text)
    if found is None or int(found[3]) >= 60:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    minutes = -minutes if found[1] == "-" else minutes
    return minutes if LOWEST_OFFSET_MIN <= minutes <= HIGHEST_OFFSET_MIN else None


def parse_time(text: str, now: datetime) -> TagTime | None:
    """A tag's time ("2019:03:21 11:04:22.348+02:00" and looser forms).

    None for what is no time, for zeros, for the first moments that stand for "never set", before the first
    photograph, and later than `now` (with a zone) allows anywhere on earth.
    """
    found = _TIME.fullmatch(text.strip().strip("\0").strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    microsecond = int((found[7] or "0").ljust(6, "0")[:6])
    try:
        wall = datetime(year, month, day, hour, minute, second, microsecond)
    except ValueError:
        return None
    if not is_plausible_wall(wall, now):
        return None
    return TagTime(wall, parse_offset(found[8]) if found[8] else None)


def is_plausible_wall(wall: datetime, now: datetime) -> bool:
    """Whether a wall clock time can be when something was taken, seen from `now` (with a zone)."""
    if wall.year < EARLIEST_YEAR or wall in _NEVER_SET:
        return False
    return wall <= now.astimezone(UTC).replace(tzinfo=None) + MOST_FUTURE


def add_fraction(wall: datetime, digits: str) -> datetime:
    """`wall` with the fraction of a second that EXIF keeps in a tag of its own ("348" is 0.348 s)."""
    digits = digits.strip().strip("\0").strip()
    if not digits.isascii() or not digits.isdigit() or wall.microsecond:
        return wall
    return wall.replace(microsecond=int(digits.ljust(6, "0")[:6]))


def offset_from_gps(wall: datetime, gps_utc: datetime) -> int | None:
    """The offset in minutes that makes a wall clock agree with the satellites' time (both without zone).

    None when no offset in use is within three minutes: then one of the two clocks is wrong, or the position
    was an old one when the picture was taken.
    """
    difference = wall - gps_utc
    quarters = round(difference / timedelta(minutes=15))
    minutes = quarters * 15
    if abs(difference - timedelta(minutes=minutes)) > GPS_RESIDUAL:
        return None
    if not LOWEST_OFFSET_MIN <= minutes <= HIGHEST_OFFSET_MIN:
        return None
    return minutes if minutes % 60 == 0 or minutes in _ODD_OFFSETS_MIN else None


def offset_of_wall(wall: datetime, zone: tzinfo) -> int | None:
    """What a zone's clocks were off UTC when they showed `wall`, in whole minutes.

    An hour that came twice (clocks set back) is taken as the first; one that was skipped as if not skipped.
    """
    return _minutes(wall.replace(tzinfo=zone, fold=0).utcoffset())


def offset_of_instant(instant_utc: datetime, zone: tzinfo) -> int | None:
    """What a zone's clocks were off UTC at an instant (UTC, without zone), in whole minutes."""
    return _minutes(instant_utc.replace(tzinfo=UTC).astimezone(zone).utcoffset())


def _minutes(offset: timedelta | None) -> int | None:
    # Local mean time, before zones were agreed, has seconds; nothing else has.
    return None if offset is None else round(offset / timedelta(minutes=1))
