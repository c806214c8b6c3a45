"""When a file was taken, by its name: what phones, systems, messengers and people write there, in their languages.

A weaker source than most tags: messengers name the day of sending, a screenshot its own moment. It is honest about
what it knows: a name that only has a date gives a day, never a made-up hour.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.date_words import half_of, half_pattern, month_of, plain_digits
from core.text_dates import day_first
from core.times import BUDDHIST_YEARS, Precision, TagTime, clock_of, weigh

LONGEST_NAME = 300
# Bare digits before phones had cameras are numbers, not dates; dates that people write may be of old prints.
_EARLIEST_COMPACT_YEAR = 1990

_YEAR = r"(?:18|19|20)\d\d"
_DAY = (
    rf"(?P<year>{_YEAR}|25[4-9]\d(?=[-.]))(?P<dash>[-._]?)(?P<month>0[1-9]|1[0-2])(?P=dash)"
    r"(?P<day>0[1-9]|[12]\d|3[01])"
)
# Months and days without a leading zero: by their signs in Chinese, Japanese and Korean, or before a time of day.
_SHORT_DAY = (
    rf"(?P<year>{_YEAR}|25[4-9]\d)(?:(?P<dash>[-.])[ ]?(?P<month>1[0-2]|0?[1-9])(?P=dash)[ ]?"
    r"(?P<day>[12]\d|3[01]|0?[1-9])\.?"
    r"|[ ]?[年년][ ]?(?P<month2>1[0-2]|0?[1-9])[ ]?[月월][ ]?(?P<day2>[12]\d|3[01]|0?[1-9])[ ]?[日일])"
)
_LAST_YEAR = rf"(?P<year>{_YEAR})"
# The year last, as the day is written in much of the world; which number is the month is decided afterwards.
_NUMBERS_DAY = rf"(?:(?P<at>@)|(?<![\d.]))(?P<one>[0-3]?\d)(?P<dash>[-._])(?P<two>[0-3]?\d)(?P=dash){_LAST_YEAR}"
_WORD = r"[^\W\d_]{3,}"
_WORDS_DAY = (
    rf"(?:(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.|er)?[ _-](?:de[ _])?(?P<word>{_WORD})\.?,?[ _-]"
    rf"(?:de[ _])?{_LAST_YEAR}"
    rf"|(?P<word2>{_WORD})\.?[ _-](?P<day2>[0-3]?\d)(?:st|nd|rd|th)?,?[ _-](?P<year2>{_YEAR}))"
)
_SECONDS = r"(?P<second>[0-5]\d|60)"
_HALF = rf"(?:(?P<half>[ ]?(?:{half_pattern()}))(?![^\W\d_]))?"
_BEFORE = rf"(?:(?P<before>{half_pattern()})[ ]?)?"
# " at " in WhatsApp's and macOS' names, " um ", " à(s) ", " a la(s) ", " kl. ", " saat " in their other languages.
_BETWEEN = r"(?:[ _T.-]{0,2}|[ ]-[ ]|,?[ ][^\W\d_]{1,3}\.?[ ])"
_MANY_WORDS = r"(?:[^\S\n]|,|[^\W\d_]|[()’'.–-]|[\u0300-\u036f\u0e30-\u0e4e\u0900-\u0903\u093a-\u094d]){0,24}?"
_CLOCK = (
    r"(?P<hour>[01]?\d|2[0-4])(?:(?P<colon>[-._:h ])(?P<minute>[0-5]\d)(?:(?P=colon)(?P<second>[0-5]\d|60))?"
    r"|(?P<minute2>[0-5]\d)(?P<second2>[0-5]\d))"
    rf"(?:[-._]?(?P<milli>\d{{3}}))?{_HALF}(?P<utc>Z)?"
)
_SIGNED_CLOCK = (
    rf"(?P<hour>[01]?\d|2[0-4])(?:(?P<colon>[.:_ -])(?P<minute>[0-5]\d)(?P=colon){_SECONDS}"
    r"|[ ]?[時时시點点][ ]?(?P<minute2>[0-5]?\d)[ ]?[分분](?:[ ]?(?P<second2>[0-5]?\d)[ ]?[秒초])?)"
    rf"(?P<milli>)?{_HALF}(?P<utc>Z)?"
)
_END = r"(?![0-9A-Za-z])"
_MOMENT = re.compile(rf"(?<!\d){_DAY}{_BETWEEN}{_BEFORE}{_CLOCK}{_END}", re.IGNORECASE)
_MOMENTS = (
    re.compile(rf"(?<!\d)(?:{_SHORT_DAY}){_MANY_WORDS}{_BEFORE}{_SIGNED_CLOCK}{_END}", re.IGNORECASE),
    re.compile(rf"{_NUMBERS_DAY}{_MANY_WORDS}_?{_BEFORE}{_SIGNED_CLOCK}{_END}", re.IGNORECASE),
    re.compile(rf"(?<![0-9A-Za-z]){_WORDS_DAY}{_MANY_WORDS}{_BEFORE}{_SIGNED_CLOCK}{_END}", re.IGNORECASE),
)
# Photo Booth and Dropbox: the day and a clock, with two digits for the year ("Foto am 03.05.24 um 15.30").
_SHORT_YEAR = re.compile(
    r"(?:(?<=[ _])|^)(?P<one>[0-3]?\d)(?P<dash>[.-])(?P<two>[0-3]?\d)(?P=dash)(?P<year>\d\d(?:\d\d)?)"
    rf"(?:,[ ]|[ ][^\W\d_]{{1,4}}[ ]){_BEFORE}(?P<hour>[01]?\d|2[0-4])"
    rf"(?:(?P<colon>[.:h])(?P<minute>[0-5]\d)(?:(?P=colon){_SECONDS})?"
    r"|[ ](?P<minute2>[0-5]\d)[ ](?P<second2>[0-5]\d))"
    rf"(?P<milli>)?{_HALF}(?P<utc>)?{_END}",
    re.IGNORECASE,
)
_DATE = re.compile(rf"(?<![0-9A-Za-z]){_DAY}{_END}")
_DATES = (
    re.compile(rf"(?<![0-9A-Za-z.])(?:{_SHORT_DAY}){_END}"),
    re.compile(rf"(?<![0-9A-Za-z.-]){_NUMBERS_DAY}(?![0-9A-Za-z.-])"),
    re.compile(rf"(?<![0-9A-Za-z]){_WORDS_DAY}{_END}", re.IGNORECASE),
)
_MONTH = re.compile(rf"(?<![0-9A-Za-z])(?P<word>{_WORD})\.?[ _-](?P<year>{_YEAR})(?![0-9A-Za-z])", re.IGNORECASE)
# When it was saved: milliseconds since 1970 by Facebook and WeChat, seconds by iOS' recordings of the screen.
_SAVED = re.compile(r"(?:(?:FB_IMG_|mmexport|wx_camera_)(1\d{12})|RPReplay_Final(1\d{9}))(?!\d)")
# iOS names recordings month first, in every language.
_MONTH_FIRST = re.compile(r"ScreenRecording_$")
_EXTENSION = re.compile(r"\.(?=\w*[A-Za-z])(?![AaPp]\.?[Mm]?\.?$)\w{1,5}$", re.ASCII)
_PIXEL = re.compile(r"(?:^|[^A-Za-z])PXL_$")
_HEXADECIMAL = "abcdef"
_SIGNS = ".:hH時时시點点"


@dataclass(frozen=True, slots=True)
class NameTime:
    """A time out of a file name: `wall` without zone; `utc` when that clock is UTC's. Of what `precision` leaves
    open `wall` has the earliest."""

    wall: datetime
    precision: Precision
    utc: bool = False


def time_of_name(name: str, now: datetime) -> NameTime | None:
    """The time that a file's name states; None when it states none, or two different days.

    `now` (with a zone) is what later times are refused by.
    """
    stem = _EXTENSION.sub("", plain_digits(name[-LONGEST_NAME:]))
    for found in (_saved(stem), *_moments(stem), _day(stem), _month(stem)):
        if found is not None:
            weighed = weigh(TagTime(found.wall, None, found.precision), now)
            return found if weighed is not None and weighed.doubt != "future" else None
    return None


def _saved(stem: str) -> NameTime | None:
    found = _SAVED.search(stem)
    if found is None:
        return None
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found[1] or f"{found[2]}000"))
    return NameTime(instant.replace(tzinfo=None), "second", utc=True)


def _moments(stem: str) -> Iterator[NameTime]:
    for found in _MOMENT.finditer(stem):
        if not _is_part_of_a_number(stem, found) and (time := _moment(stem, found)):
            yield time
    for pattern in (*_MOMENTS, _SHORT_YEAR):
        for found in pattern.finditer(stem):
            if time := _moment(stem, found):
                yield time


def _moment(stem: str, found: re.Match[str]) -> NameTime | None:
    parts = found.groupdict()
    half = half_of(parts["before"] or "") or half_of(parts["half"] or "") or ""
    if (parts["before"] or parts["half"]) and not half:
        return None
    minute = int(parts["minute"] or parts["minute2"] or 0)
    exact = parts["second"] or parts["second2"]
    clock = clock_of(int(parts["hour"]), minute, int(exact or 0), half)
    american = bool(parts["half"]) and (parts["half"] or "").isascii() and half_of(parts["half"] or "") is not None
    day = _date_of(parts, american=american or _MONTH_FIRST.search(stem[: found.start()]) is not None)
    if clock is None or day is None:
        return None
    wall = day + timedelta(
        hours=clock[0], minutes=clock[1], seconds=clock[2], milliseconds=int(parts["milli"] or 0)
    )
    utc = bool(parts["utc"]) or _PIXEL.search(stem[: found.start()]) is not None
    return NameTime(wall, "second" if exact else "minute", utc)


def _is_part_of_a_number(stem: str, found: re.Match[str]) -> bool:
    """Whether what looks like a moment may as well be a counter, or a piece of a hash."""
    if not found["dash"] and int(found["year"]) < _EARLIEST_COMPACT_YEAR:
        return True
    minutes_only = found["minute"] is not None and found["second"] is None
    # "20150503_12-30" and "2015-05-03 12 30" count something; "12.30", "12:30" and "12h30" are times of day.
    if minutes_only and (found["colon"] not in _SIGNS or found["milli"]):
        return True
    if found["minute"] is None and len(found["hour"]) == 1:
        return True  # five digits are no time of day
    before = stem[found.start() - 1 : found.start()]
    return found[0].isdigit() and before != "" and before in _HEXADECIMAL


def _day(stem: str) -> NameTime | None:
    days = {
        wall for found in _DATE.finditer(stem) if _is_written_day(found) and (wall := _date_of(found.groupdict()))
    }
    for pattern in _DATES:
        days = days or {wall for found in pattern.finditer(stem) if (wall := _date_of(found.groupdict()))}
    return NameTime(days.pop(), "day") if len(days) == 1 else None


def _is_written_day(found: re.Match[str]) -> bool:
    return found["dash"] != "" or int(found["year"]) >= _EARLIEST_COMPACT_YEAR


def _month(stem: str) -> NameTime | None:
    months = {
        datetime(int(found["year"]), month, 1)
        for found in _MONTH.finditer(stem)
        if len(found["word"]) >= 4 and (month := month_of(found["word"]))
    }
    return NameTime(months.pop(), "month") if len(months) == 1 else None


def _date_of(parts: dict[str, str | None], *, american: bool = False) -> datetime | None:
    """The day of a match, whichever way it is written. `american`: a clock of 12 hours in Latin letters stands
    behind, so that of two numbers the month comes first."""
    year = int(parts.get("year") or parts.get("year2") or 0)
    year += 0 if year >= 100 else 2000 if year < 70 else 1900
    year -= BUDDHIST_YEARS if year > 2500 else 0
    if one := parts.get("one"):
        two = parts["two"] or ""
        written = day_first(int(one), int(two), year, dots=parts["dash"] == "." or bool(parts.get("at")))
        if written is None and american:
            written = year, int(one), int(two)
        if written is None:
            return None
        year, month, day = written
    elif word := parts.get("word") or parts.get("word2"):
        month, day = month_of(word) or 0, int(parts.get("day") or parts.get("day2") or 0)
    else:
        month = int(parts.get("month") or parts.get("month2") or 0)
        day = int(parts.get("day") or parts.get("day2") or 0)
    try:
        return datetime(year, month, day)
    except ValueError:
        return None  # the 30th of February
