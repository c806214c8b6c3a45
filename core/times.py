"""Times as cameras, scanners and programs write them: as precise as they are, and doubted where they must be."""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from core.date_words import in_latin
from core.text_dates import WrittenDate, read_words
from core.utc_offsets import parse_zone

Precision = Literal["year", "month", "day", "minute", "second"]
PRECISIONS: tuple[Precision, ...] = ("year", "month", "day", "minute", "second")
"""From the coarsest to the finest."""

Doubt = Literal["default", "future"]
"""Why a clock is not believed: it stands at a device's default, or is ahead of when the file was looked at."""

EARLIEST_YEAR = 1826  # the first photograph
MAX_FUTURE = timedelta(hours=26)  # the furthest a wall clock can be ahead of UTC, and some slack for a clock

# The first moments of QuickTime, Unix, FAT, GPS, Windows, VMS and office programs: no photo was taken then.
_EMPTY = {
    *(datetime(1904, 1, 1), datetime(1970, 1, 1), datetime(1980, 1, 1), datetime(1980, 1, 6)),
    *(datetime(1858, 11, 17), datetime(1900, 1, 1)),
}
_EMPTY_DAYS = {date(1899, 12, 30), date(1899, 12, 31)}
# Devices whose clock was never set count on from these days; 2036 is where NTP's seconds begin anew.
_DEFAULT_DAYS = {
    *(date(1904, 1, 1), date(1970, 1, 1), date(1980, 1, 1), date(1980, 1, 6), date(2000, 1, 1)),
    *(date(2036, 2, 6), date(2036, 2, 7)),
}
_DEFAULTS = {datetime(2002, 12, 8, 12), datetime(1969, 12, 31, 16), datetime(1969, 12, 31, 19)}
# What else cameras begin with: New Year's Day of about the year they were made, at midnight or noon.
_DEFAULT_YEARS = range(1990, 2026)

BUDDHIST_YEARS = 543  # Thai systems count from the Buddha's death: 2562 is 2019
_LONGEST = 80
_BLANK = r"[ \u00a0?-]{0,2}"
_ZONE = r"(?P<zone>Z|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|[A-Za-z]{3,5})"
_CLOCK = (
    r"(?P<hour>\d{1,2})[:.hH][ ]?(?P<minute>\d{1,2})"
    r"(?:[:.][ ]?(?P<second>\d{1,2})(?:[.,:](?P<fraction>\d{1,9})\d*)?)?"
    rf"(?:\s*(?P<half>[AaPp]\.?[Mm]\.?))?(?:\s*{_ZONE})?(?:\s+DST)?"
)
_STAMP = re.compile(
    rf"(?P<year>\d{{4}})(?:(?P<dash>[:\-/._])[ ]?(?P<month>\d{{1,2}}|{_BLANK})"
    rf"(?:(?P=dash)[ ]?(?P<day>\d{{1,2}}|{_BLANK}))?)?"
    rf"(?:[ T,]\s*(?:{_CLOCK}|[ :.0-]*))?",
    re.ASCII,
)
# Fewer parts of the clock than it has: "15:30:  " is a minute, of "15:  :  " the day is left.
_DAY_PART = r"\d{4}[:\-/.]\d{1,2}[:\-/.]\d{1,2}"
_BLANK_END = re.compile(rf"({_DAY_PART} \d{{1,2}}:\d{{2}}):|({_DAY_PART}) \d{{1,2}}:\s*:?", re.ASCII)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:[T ]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?:[.,](?P<fraction>\d{1,9})\d*)?"
    rf"(?P<half>)(?:\s*{_ZONE})?)?",
    re.ASCII,
)
_WEEK = re.compile(r"(\d{4})-?W(\d{2})(?:-?([1-7]))?", re.ASCII)
_ORDINAL = re.compile(r"(\d{4})-(\d{3})", re.ASCII)
_ABOUT = re.compile(
    r"(?:(?:c|ca|circa|about|approx)\.?\s+|~\s*)(?P<before>.+)|(?P<after>.+?)\s*[~?]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TagTime:
    """A time as a tag says it: `wall` without zone, and its offset from UTC in minutes if it says one.

    What `precision` leaves open is the earliest in `wall`: of a year, the first of January at 00:00. `utc`: the
    tag says that its clock is UTC's ("Z"). `about`: the tag says that it is not sure ("ca. 1978"). `doubt`: why
    it is not believed."""

    wall: datetime
    offset_min: int | None = None
    precision: Precision = "second"
    utc: bool = False
    about: bool = False
    doubt: Doubt | None = None


def parse_time(text: str, now: datetime) -> TagTime | None:
    """A tag's time ("2019:03:21 11:04:22.348+02:00" and looser forms), as precise as it is written.

    Months and days that are blank, missing or zero leave a year or a month ("1978:00:00 00:00:00"). Hour 24 is
    the one after midnight of the same date, as phones write it; second 60 the next minute's first. None for what
    is no time, for zeros, for the first moments that stand for "never set", and before the first photograph.
    `now` (with a zone) is what later times are doubted by."""
    text = text.strip().strip("\0").strip()
    if not text or len(text) > _LONGEST:
        return None
    found = _read(text) or _read(in_latin(text))
    if found is None and (loose := _ABOUT.fullmatch(text)):
        found = _read(loose["before"] or loose["after"])
        found = None if found is None else replace(found, about=True)
    return None if found is None else weigh(found, now)


def weigh(time: TagTime, now: datetime) -> TagTime | None:
    """`time` with what makes it doubtful, seen from `now` (with a zone); None when nobody can have meant it."""
    if time.wall.year < EARLIEST_YEAR:
        return None
    is_empty = time.wall in _EMPTY or time.wall.date() in _EMPTY_DAYS
    if is_empty and time.precision not in ("year", "month"):
        return None
    if time.wall > now.astimezone(UTC).replace(tzinfo=None) + MAX_FUTURE:
        return replace(time, doubt="future")
    return replace(time, doubt="default" if _is_default(time) else None)


def _is_default(time: TagTime) -> bool:
    if time.precision not in ("minute", "second"):
        return False
    wall = time.wall.replace(microsecond=0)
    if wall in _DEFAULTS or wall.date() in _DEFAULT_DAYS:
        return True
    at_a_mark = (wall.hour, wall.minute, wall.second) in ((0, 0, 0), (12, 0, 0))
    return (wall.month, wall.day) == (1, 1) and at_a_mark and wall.year in _DEFAULT_YEARS


def latest_of(wall: datetime, precision: Precision) -> datetime:
    """The last second that a time of some precision may mean, whose earliest is `wall`."""
    match precision:
        case "year":
            return datetime(wall.year, 12, 31, 23, 59, 59)
        case "month":
            return datetime(wall.year, wall.month, monthrange(wall.year, wall.month)[1], 23, 59, 59)
        case "day":
            return datetime(wall.year, wall.month, wall.day, 23, 59, 59)
        case "minute":
            return wall.replace(second=59, microsecond=0)
        case _:
            return wall


def clock_of(hour: int, minute: int, second: int, half: str = "") -> tuple[int, int, int] | None:
    """A time of day in 24 hours; `half` is "a" or "p" of a clock with 12. Hour 24 is 0, second 60 stays; None when
    there is no such time."""
    if half:
        if not 0 <= hour <= 23 or (half == "a" and hour > 12):
            return None
        hour = hour % 12 + (12 if half == "p" else 0) if hour <= 12 else hour
    hour = 0 if hour == 24 else hour
    return (hour, minute, second) if hour <= 23 and minute <= 59 and second <= 60 else None


def _read(text: str) -> TagTime | None:
    found = _STAMP.fullmatch(text) or _COMPACT.fullmatch(text)
    try:
        if found is not None:
            return _stamp(found)
        if week := _WEEK.fullmatch(text):
            return _week(int(week[1]), int(week[2]), week[3])
        if ordinal := _ORDINAL.fullmatch(text):
            day = datetime(int(ordinal[1]), 1, 1) + timedelta(days=int(ordinal[2]) - 1)
            return TagTime(day, None, "day") if day.year == int(ordinal[1]) else None
        if words := read_words(text):
            return _words(words)
        if cut := _BLANK_END.fullmatch(text):
            return _read(cut[1] or cut[2])
    except (ValueError, OverflowError):
        pass  # no such day: the 30th of February, or beyond the calendar
    return None


def _stamp(found: re.Match[str]) -> TagTime | None:
    year, month, day = (_number(found[part]) for part in ("year", "month", "day"))
    year -= BUDDHIST_YEARS if 2500 < year < 2700 else 0
    if month == 0:
        return TagTime(datetime(year, 1, 1), None, "year") if day == 0 else None
    if day == 0:
        return TagTime(datetime(year, month, 1), None, "month")
    date_only = datetime(year, month, day)
    if found["hour"] is None:
        return TagTime(date_only, None, "day")
    half = (found["half"] or "")[:1].lower()
    clock = clock_of(int(found["hour"]), int(found["minute"]), int(found["second"] or 0), half)
    if clock is None:
        return None
    microsecond = int((found["fraction"] or "0").ljust(6, "0")[:6])
    wall = date_only + timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2], microseconds=microsecond)
    zone = found["zone"] or ""
    precision: Precision = "minute" if found["second"] is None else "second"
    return TagTime(wall, parse_zone(zone) if zone else None, precision, utc=zone.upper() in ("Z", "UTC", "GMT"))


def _words(found: WrittenDate) -> TagTime | None:
    if found.day is None:
        return TagTime(datetime(found.year, found.month, 1), None, "month")
    date_only = datetime(found.year, found.month, found.day)
    if found.hour is None:
        return TagTime(date_only, None, "day")
    clock = clock_of(found.hour, found.minute, found.second or 0, found.half)
    if clock is None:
        return None
    wall = date_only + timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])
    precision: Precision = "minute" if found.second is None else "second"
    utc = found.zone in ("Z", "UTC", "GMT")
    return TagTime(wall, parse_zone(found.zone) if found.zone else None, precision, utc)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


def _week(year: int, week: int, weekday: str | None) -> TagTime:
    """A week alone is only told as the month, or the year, that it lies in."""
    first = date.fromisocalendar(year, week, int(weekday or 1))
    if weekday:
        return TagTime(datetime(first.year, first.month, first.day), None, "day")
    last = first + timedelta(days=6)
    month = first.month if first.month == last.month else 1
    return TagTime(datetime(year, month, 1), None, "month" if first.month == last.month else "year")


def add_fraction(wall: datetime, digits: str) -> datetime:
    """`wall` with the fraction of a second that EXIF keeps in a tag of its own ("348" is 0.348 s)."""
    digits = digits.strip().strip("\0").strip()
    if not digits.isascii() or not digits.isdigit() or wall.microsecond:
        return wall
    return wall.replace(microsecond=int(digits.ljust(6, "0")[:6]))
