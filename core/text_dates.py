"""Dates in words: "Tue 05 Mar 2019 02:13:31 PM CET", "5 mars 2019 à 14:13", "2019年3月5日 午後2時13分"."""

import re
from dataclasses import dataclass

from core.date_words import half_of, half_pattern, month_of, plain_digits

_LONGEST = 120
_CLOCK = re.compile(
    rf"(?<![\d.:])(?:(?P<before>{half_pattern()})[ ]?)?"
    r"(?P<hour>\d{1,2})(?:[:.]|[ ]?[h時时시點点][ ]?)(?P<minute>\d{2})"
    r"(?:(?:[:.]|[ ]?[m分분][ ]?)(?P<second>\d{2})[秒초]?|[分분])?(?![\d:]|[.]\d{4})"
    rf"(?:[.,]\d+)?(?:[ ]?(?P<after>{half_pattern()})(?!\w))?",
    re.IGNORECASE,
)
_ZONE = re.compile(r"(?<![\w:])(?:(?:UTC|GMT)?[+-]\d{2}:?\d{2}|[A-Z]{3,5}|Z)(?!\w)")
_CJK = re.compile(r"(\d{4})\s?[年년][ ]?(\d{1,2})\s?[月월][ ]?(\d{1,2})\s?[日일]?")
_CJK_MONTH = re.compile(r"(?<!\d)(\d{1,2})[月월]")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?![\d:])")
_DAY = re.compile(r"(?<![\d:.])(\d{1,2})(?:st|nd|rd|th|er|º|ª|\.)?(?![\d:])")
_WORD = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+\.)?")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([./-])[ ]?(\d{1,2})\2[ ]?(\d{1,2})(?!\d)\.?")
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)")


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """The parts that a text names. `half` is "a" or "p" of a clock with 12 hours, `zone` as it is written."""

    year: int
    month: int
    day: int | None = None
    hour: int | None = None
    minute: int = 0
    second: int | None = None
    half: str = ""
    zone: str = ""


def read_words(text: str) -> WrittenDate | None:
    """A date that a text spells out, with its time of day if it has one; None when it names no month and year, or
    when day and month could be either ("03/05/2021")."""
    if len(text) > _LONGEST:
        return None
    text = plain_digits(text)
    if found := _CJK.search(text) or _YEAR_FIRST.search(text) or _NUMBERS.search(text):
        date, text = _numbers(found), f"{text[: found.start()]} {text[found.end() :]}"
        clock = _CLOCK.search(text)
    else:
        clock = _CLOCK.search(text)
        date = _named(text if clock is None else f"{text[: clock.start()]} {text[clock.end() :]}")
    if date is None:
        return None
    if clock is None:
        return WrittenDate(*date)
    zone = _ZONE.search(text, clock.end())
    return WrittenDate(
        *date,
        hour=int(clock["hour"]),
        minute=int(clock["minute"]),
        second=int(clock["second"]) if clock["second"] else None,
        half=half_of(clock["before"] or clock["after"] or "") or "",
        zone=zone[0] if zone and half_of(zone[0]) is None else "",
    )


def _numbers(found: re.Match[str]) -> tuple[int, int, int | None] | None:
    if found.re is _CJK:
        return int(found[1]), int(found[2]), int(found[3])
    if found.re is _YEAR_FIRST:
        return int(found[1]), int(found[3]), int(found[4])
    return day_first(int(found[1]), int(found[3]), int(found[4]), dots=found[2] == ".")


def _named(text: str) -> tuple[int, int, int | None] | None:
    year = _YEAR.search(text)
    if year is None:
        return None
    rest = f"{text[: year.start()]} {text[year.end() :]}"
    if found := _CJK_MONTH.search(rest):
        month: int | None = int(found[1])
        rest = f"{rest[: found.start()]} {rest[found.end() :]}"
    else:
        months = [month_of(word[0]) for word in _WORD.finditer(rest)]
        # The last, as days of the week come before: "mar. 05 mars" is a Tuesday in March.
        month = next((each for each in reversed(months) if each is not None), None)
    day = _DAY.search(rest)
    return None if month is None else (int(year[1]), month, int(day[1]) if day else None)


def day_first(first: int, second: int, year: int, *, dots: bool) -> tuple[int, int, int] | None:
    """Year, month and day of "05.03.2019" or "25/12/2019"; None when either number may be the month. With dots
    the day comes first wherever dates are written so."""
    if (dots or first > 12) and second <= 12:
        return year, second, first
    return (year, first, second) if second > 12 else None
