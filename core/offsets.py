"""The offset from UTC that a wall clock showed: whose word is taken when tags, satellites and places differ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TypeGuard

from core.tags import Tags, number_of, text_of
from core.time_sources import (
    CAMERA_UTC,
    EXIF_CHANGED,
    EXIF_DIGITIZED,
    EXIF_ORIGINAL,
    SATELLITES,
    Trust,
    time_sources,
)
from core.times import TagTime, parse_time
from core.utc_offsets import (
    HIGHEST_OFFSET_MIN,
    LOWEST_OFFSET_MIN,
    offset_from_gps,
    offset_of_wall,
    parse_offset,
)

Zones = Sequence[tuple[tzinfo | None, str]]
"""Time zones to go by, each with what it is called as a source, the better first."""

FIRST_SATELLITES = datetime(1980, 1, 6, 0, 0, 1)  # no position was taken by them before
# A camera needs a moment to write what it took.
SAME_MOMENT = timedelta(minutes=1)
# Programs that know no zone write +00:00 there.
ZONELESS = ("IPTC:", "Composite:DateTimeCreated", "Composite:DigitalCreationDateTime")
WEEKS_BEFORE_ROLLING = timedelta(weeks=1024)
_SAME_DAYS = timedelta(days=2)
# A phone at a border may have the other side's time, a camera last summer's.
_TOLERATED_MIN = 60


@dataclass(frozen=True, slots=True)
class OffsetEvidence:
    """What a file tells about its clock's offset: `utc` is the satellites' time or the camera's own UTC, `pairs`
    the wall clocks for which a tag states an offset in minutes, `camera_min` the zone that the camera is set to,
    or an offset whose own time is not in the file."""

    utc: datetime | None
    pairs: tuple[tuple[datetime, int], ...]
    camera_min: int | None
    zones: Zones


def read_evidence(tags: Tags, now: datetime, zones: Zones) -> OffsetEvidence:
    """All that `tags` say about offsets; `now` (with a zone) is what later times are refused by."""
    pairs = []
    for source in time_sources(tags):
        if source.trust is Trust.SATELLITES or source.utc or source.name.startswith(ZONELESS):
            continue
        time = parse_time(text_of(tags, source.name), now)
        if time is None or time.utc or time.precision not in ("minute", "second"):
            continue
        offset_min = time.offset_min if time.offset_min is not None else own_offset(tags, source.offset)
        if offset_min is not None:
            pairs.append((time.wall, offset_min))
    return OffsetEvidence(
        satellites_utc(tags, now) or _camera_utc(tags, now), tuple(pairs), _lone_offset(tags, now), zones
    )


def satellites_utc(tags: Tags, now: datetime) -> datetime | None:
    """The satellites' time in the file, UTC without zone; None unless both date and time are there and they
    flew."""
    for name in SATELLITES:
        time = parse_time(text_of(tags, name), now)
        if _is_utc_moment(time) and time.wall >= FIRST_SATELLITES:
            return unrolled(time.wall, clocks(tags, now))
    return None


def clocks(tags: Tags, now: datetime) -> list[datetime]:
    """The wall clocks of EXIF's times, as far as they are believed."""
    times = (parse_time(text_of(tags, each.name), now) for each in (EXIF_ORIGINAL, EXIF_DIGITIZED, EXIF_CHANGED))
    return [time.wall for time in times if time is not None and time.doubt is None]


def unrolled(satellites: datetime, others: Iterable[datetime]) -> datetime:
    """The satellites' time, put right where a receiver counted its weeks from the wrong beginning.

    They send ten bits of the week, so old receivers are 1024 weeks behind (since 1999, again since 2019). It is
    moved only where another clock of the file then shows the same day."""
    for rolls in (1, 2):
        moved = satellites + rolls * WEEKS_BEFORE_ROLLING
        if any(abs(wall - moved) <= _SAME_DAYS for wall in others):
            return moved
    return satellites


def _camera_utc(tags: Tags, now: datetime) -> datetime | None:
    times = (parse_time(text_of(tags, name), now) for name in CAMERA_UTC)
    return next((time.wall for time in times if _is_utc_moment(time)), None)


def _is_utc_moment(time: TagTime | None) -> TypeGuard[TagTime]:
    return (
        time is not None and time.doubt != "future" and time.precision == "second" and time.offset_min in (None, 0)
    )


def own_offset(tags: Tags, name: str) -> int | None:
    """The offset in the tag that belongs to one time."""
    return parse_offset(text_of(tags, name)) if name else None


def _lone_offset(tags: Tags, now: datetime) -> int | None:
    for source in (EXIF_ORIGINAL, EXIF_DIGITIZED, EXIF_CHANGED):
        offset_min = own_offset(tags, source.offset)
        if offset_min is not None and parse_time(text_of(tags, source.name), now) is None:
            return offset_min
    return camera_zone(tags)


def camera_zone(tags: Tags) -> int | None:
    """The zone that a camera says it is set to, in minutes; None when it says none.

    Nikon's is without the hour of summer time, which has a tag of its own; Canon's has it included, by the
    pictures that carry both it and EXIF's offset."""
    minutes = number_of(tags.get("Nikon:TimeZone"))
    if minutes is not None:
        minutes += 60 if number_of(tags.get("Nikon:DaylightSavings")) == 1 else 0
    for name, factor in (("Canon:TimeZone", 1), ("Samsung:TimeZone", 1), ("CanonRaw:TimeZoneCode", 60)):
        if minutes is None and (found := number_of(tags.get(name))) is not None:
            minutes = found * factor
    hours = text_of(tags, "ExifIFD:TimeZoneOffset").split()[:1]
    if minutes is None and hours and (found := number_of(hours[0])) is not None:
        minutes = found * 60
    if minutes is None or minutes % 15 or not LOWEST_OFFSET_MIN <= minutes <= HIGHEST_OFFSET_MIN:
        return None
    return int(minutes)


def offset_of(
    wall: datetime, stated_min: int | None, evidence: OffsetEvidence, *, changed: bool = False
) -> tuple[int | None, str | None]:
    """The offset of a wall clock in minutes and what tells it: "tag", "gps_time", or the name of a zone's source.

    `stated_min` is what the time's own tag states. An offset stated for the same moment elsewhere in the file is
    as good; one of another moment says nothing. What a tag states is not believed against the satellites' time,
    unless the place agrees with the tag, nor against the place by more than an hour. `changed`: the clock is
    that of a change, which the satellites' time says nothing about."""
    if stated_min is None:
        stated_min = next((each for at, each in evidence.pairs if abs(at - wall) <= SAME_MOMENT), None)
    if stated_min is None and not changed:
        stated_min = evidence.camera_min
    by_utc = None if changed or evidence.utc is None else offset_from_gps(wall, evidence.utc)
    by_place = _by_zone(wall, evidence.zones[:1])
    if stated_min is not None and _stands(stated_min, by_utc, by_place[0]):
        return stated_min, "tag"
    if by_utc is not None:
        return by_utc, "gps_time"
    return _by_zone(wall, evidence.zones)


def _stands(stated_min: int, by_utc: int | None, by_place: int | None) -> bool:
    if by_utc is not None:
        return stated_min in (by_utc, by_place)
    return by_place is None or abs(by_place - stated_min) <= _TOLERATED_MIN


def _by_zone(wall: datetime, zones: Zones) -> tuple[int | None, str | None]:
    for zone, source in zones:
        offset_min = None if zone is None else offset_of_wall(wall, zone)
        if offset_min is not None:
            return offset_min, source
    return None, None
