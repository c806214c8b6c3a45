"""Offsets from UTC: as tags write them, by an instant, and by a time zone."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

LOWEST_OFFSET_MIN, HIGHEST_OFFSET_MIN = -12 * 60, 14 * 60
# The only offsets in use that are not whole hours (IANA time zones since 1990).
_ODD_OFFSETS_MIN = {
    *(-570, -510, -270, -210, -150),
    *(210, 270, 330, 345, 390, 510, 525, 570, 585, 630, 690, 765, 825),
}
GPS_RESIDUAL = timedelta(minutes=3)

_OFFSET = re.compile(r"([+-])(\d{1,2})(?::?(\d{2}))?", re.ASCII)
# Abbreviations that mean one offset everywhere they are used; CST, IST and BST mean several.
_ZONES_MIN = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "WEST": 60,
    "CET": 60,
    "CEST": 120,
    "MEZ": 60,
    "MESZ": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "JST": 540,
    "KST": 540,
    "HKT": 480,
    "SGT": 480,
    "WIB": 420,
    "AWST": 480,
    "AEST": 600,
    "AEDT": 660,
    "ACST": 570,
    "ACDT": 630,
    "NZST": 720,
    "NZDT": 780,
    "EST": -300,
    "EDT": -240,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
    "AKST": -540,
    "AKDT": -480,
    "HST": -600,
    "BRT": -180,
    "ART": -180,
    "CAT": 120,
    "SAST": 120,
}


def parse_offset(text: str) -> int | None:
    """Minutes from "+05:30", "-0800", "+2" or "Z"; None when it is no offset in use anywhere (-12 to +14
    hours)."""
    text = text.strip().strip("\0").strip()
    if text == "Z":
        return 0
    found = _OFFSET.fullmatch(text)
    if found is None or int(found[3] or 0) >= 60:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    minutes = -minutes if found[1] == "-" else minutes
    return minutes if LOWEST_OFFSET_MIN <= minutes <= HIGHEST_OFFSET_MIN else None


def parse_zone(text: str) -> int | None:
    """Minutes from an offset or from an abbreviation that means one offset ("CET"); None for any other."""
    known = _ZONES_MIN.get(text.upper())
    return known if known is not None else parse_offset(text.upper().removeprefix("UTC").removeprefix("GMT"))


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
