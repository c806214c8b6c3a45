"""When a file was taken, by its name: what phones, messengers and people write there.

A weaker source than any tag: messengers name the day of sending, a screenshot its own moment. It is honest about
what it knows: a name that only has a date gives a day, never a made-up hour.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from core.times import is_plausible_wall

Precision = Literal["second", "minute", "day"]

LONGEST_NAME = 300
# Bare digits before phones had cameras are numbers, not dates; dates that people write may be of old prints.
_EARLIEST_COMPACT_YEAR = 1990

_DAY = r"(?P<year>(?:18|19|20)\d\d)(?P<dash>[-._]?)(?P<month>0[1-9]|1[0-2])(?P=dash)(?P<day>0[1-9]|[12]\d|3[01])"
# " at " in WhatsApp's and macOS' names, " um ", " à ", " kl. " in their other languages.
_BETWEEN = r"(?:[ _T.-]{0,2}|[ ]-[ ]|,?[ ][^\W\d_]{1,3}\.?[ ])"
_CLOCK = (
    r"(?P<hour>[01]?\d|2[0-3])(?:(?P<colon>[-._:h ])(?P<minute>[0-5]\d)(?:(?P=colon)(?P<second>[0-5]\d))?"
    r"|(?P<minute2>[0-5]\d)(?P<second2>[0-5]\d))"
    r"(?:[-._]?(?P<milli>\d{3}))?(?P<half>[ \u00a0\u202f]?[AaPp][Mm])?(?P<utc>Z)?"
)
_MOMENT = re.compile(rf"(?<!\d){_DAY}{_BETWEEN}{_CLOCK}(?![0-9A-Za-z])")
_DATE = re.compile(rf"(?<![0-9A-Za-z]){_DAY}(?![0-9A-Za-z])")
# Facebook's and WeChat's apps: milliseconds since 1970 at which they saved it.
_SAVED = re.compile(r"(?:FB_IMG_|mmexport|wx_camera_)(1\d{12})(?!\d)")
_EXTENSION = re.compile(r"\.(?=\w*[A-Za-z])\w{1,5}$", re.ASCII)
_PIXEL = re.compile(r"(?:^|[^A-Za-z])PXL_$")
_HEXADECIMAL = "abcdef"


@dataclass(frozen=True, slots=True)
class NameTime:
    """A time out of a file name: `wall` without zone; `utc` when that clock is UTC's. With `precision` "day" its
    time of day is 00:00 and means nothing, with "minute" its seconds."""

    wall: datetime
    precision: Precision
    utc: bool = False


def time_of_name(name: str, now: datetime) -> NameTime | None:
    """The time that a file's name states; None when it states none, or two different days.

    `now` (with a zone) is what later times are refused by.
    """
    stem = _EXTENSION.sub("", name[-LONGEST_NAME:])
    found = _saved(stem) or _moment(stem) or _day(stem)
    return found if found is not None and is_plausible_wall(found.wall, now) else None


def _saved(stem: str) -> NameTime | None:
    found = _SAVED.search(stem)
    if found is None:
        return None
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found[1]))
    return NameTime(instant.replace(tzinfo=None), "second", utc=True)


def _moment(stem: str) -> NameTime | None:
    for found in _MOMENT.finditer(stem):
        if _is_part_of_a_number(stem, found):
            continue
        clock = _clock(found)
        wall = None if clock is None else _wall(found, *clock)
        if wall is not None:
            exact = found["second"] or found["second2"]
            utc = found["utc"] is not None or _PIXEL.search(stem[: found.start()]) is not None
            return NameTime(wall, "second" if exact else "minute", utc)
    return None


def _is_part_of_a_number(stem: str, found: re.Match[str]) -> bool:
    """Whether what looks like a moment may as well be a counter, or a piece of a hash."""
    if not found["dash"] and int(found["year"]) < _EARLIEST_COMPACT_YEAR:
        return True
    minutes_only = found["minute"] is not None and found["second"] is None
    # "20150503_12-30" and "2015-05-03 12 30" count something; "12.30", "12:30" and "12h30" are times of day.
    if minutes_only and (found["colon"] not in ".:h" or found["milli"]):
        return True
    if found["minute"] is None and len(found["hour"]) == 1:
        return True  # five digits are no time of day
    before = stem[found.start() - 1 : found.start()]
    return found[0].isdigit() and before != "" and before in _HEXADECIMAL


def _clock(found: re.Match[str]) -> tuple[int, int, int, int] | None:
    hour = int(found["hour"])
    half = (found["half"] or "").strip().lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    minute = int(found["minute"] or found["minute2"])
    second = int(found["second"] or found["second2"] or 0)
    return hour, minute, second, int(found["milli"] or 0) * 1000


def _day(stem: str) -> NameTime | None:
    days = {wall for found in _DATE.finditer(stem) if _is_written_day(found) and (wall := _wall(found))}
    return NameTime(days.pop(), "day") if len(days) == 1 else None


def _is_written_day(found: re.Match[str]) -> bool:
    return found["dash"] != "" or int(found["year"]) >= _EARLIEST_COMPACT_YEAR


def _wall(
    found: re.Match[str], hour: int = 0, minute: int = 0, second: int = 0, micro: int = 0
) -> datetime | None:
    try:
        day = datetime(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None  # the 30th of February
    return day.replace(hour=hour, minute=minute, second=second, microsecond=micro)
