"""When a file was taken: wall clock, how precise it is, its offset from UTC and where that comes from, the
instant.

Which tags are asked stands in `core.time_sources`, whose offset is believed in `core.offsets`; here the times
that are found are weighed against each other. `source` names the tag, so that a person can judge."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from core.file_dates import NameTime, time_of_name
from core.offsets import (
    ZONELESS,
    OffsetEvidence,
    Zones,
    clocks,
    offset_of,
    own_offset,
    read_evidence,
    unrolled,
)
from core.tags import Tags, first_number, text_of
from core.time_sources import TimeSource, Trust, time_sources
from core.times import (
    PRECISIONS,
    Doubt,
    Precision,
    TagTime,
    add_fraction,
    latest_of,
    parse_time,
    weigh,
)
from core.utc_offsets import offset_from_gps, offset_of_instant

FILE_NAME = "file_name"
UTC_CLOCK = "utc"
"""The offset source of a wall clock that is UTC's own, for want of a zone."""

Basis = Literal["capture", "file_name", "change"]
DAY = timedelta(days=1)

# QuickTime wants UTC in its times; GoPro's and Nikon's cameras write wall clock (seen against a GPS track of
# one, and against the other's own time and zone).
_WALL_CLOCK_GROUPS, _WALL_CLOCK_COMPRESSOR = ("GoPro:", "Nikon:"), "GoPro"
_FILM_TAGS = ("ItemList:", "UserData:", "Keys:", "RIFF:", "Matroska:", "QuickTime:")
_SAME_SECOND = timedelta(seconds=3)
_DURATIONS = ("QuickTime:Duration", "Matroska:Duration", "RIFF:Duration", "ASF:SendDuration", "Composite:Duration")


@dataclass(frozen=True, slots=True)
class Taken:
    """`local` is the wall clock where it was taken, without zone; what `precision` leaves open is the earliest.

    `offset_min` is that clock's offset from UTC in minutes, None when nothing tells it; `offset_source` says how
    it is known: "tag", "gps_time", "position_time_zone", "setting", "file_name", or "utc" when only the instant
    is known and the wall clock is UTC's. `source` names the tag the time comes from, or "file_name", or "file".
    `basis`: what kind of time it is. `about`: the source says it is not sure. `doubt`: why it is not believed.
    """

    local: datetime
    offset_min: int | None
    offset_source: str | None
    source: str
    precision: Precision = "second"
    basis: Basis = "capture"
    about: bool = False
    doubt: Doubt | None = None
    trust: Trust = field(default=Trust.ORIGINAL, compare=False)

    @property
    def instant(self) -> datetime | None:
        """The moment (UTC, with that zone); None when the offset is not known or the clock not believed."""
        if self.offset_min is None or self.doubt == "future":
            return None
        try:
            return (self.local - timedelta(minutes=self.offset_min)).replace(tzinfo=UTC)
        except OverflowError:
            return None

    @property
    def latest(self) -> datetime:
        """The last second that it may mean."""
        return latest_of(self.local, self.precision)

    @property
    def is_rough(self) -> bool:
        """Whether a year, a month or a day is all that is known."""
        return self.precision in ("year", "month", "day")


def taken_of(
    tags: Tags,
    now: datetime,
    *,
    position_zone: tzinfo | None = None,
    home_zone: tzinfo | None = None,
    name: str = "",
    file_time: datetime | None = None,
) -> Taken | None:
    """When a file was taken, by the best of its sources; None when none holds a time.

    For the parameters see `core.capture.read_capture`.
    """
    return choose_taken(
        times_of(tags, now, position_zone=position_zone, home_zone=home_zone, name=name, file_time=file_time),
        span_s=first_number(tags, _DURATIONS, 0, 1e6) or 0.0,
    )


def times_of(
    tags: Tags,
    now: datetime,
    *,
    position_zone: tzinfo | None = None,
    home_zone: tzinfo | None = None,
    name: str = "",
    file_time: datetime | None = None,
) -> list[Taken]:
    """Every time that a file, its name and (where given) its time of change state, for `choose_taken`."""
    zones: Zones = ((position_zone, "position_time_zone"), (home_zone, "setting"))
    evidence = read_evidence(tags, now, zones)
    named = time_of_name(name, now)
    found = []
    for source in time_sources(tags):
        time = _read(tags, source, now)
        if time is not None and source.trust is Trust.SATELLITES:
            others = [*clocks(tags, now), *([named.wall] if named else [])]
            time = replace(time, wall=unrolled(time.wall, others))
        if time is not None:
            found.append(_of_tag(tags, source, time, evidence, named))
    if named is not None:
        found.append(_of_name(named, evidence, now))
    if file_time is not None:
        wall = file_time.astimezone(UTC).replace(tzinfo=None)
        if (weighed := weigh(TagTime(wall), now)) and weighed.doubt is None:
            found.append(replace(_of_instant(wall, "file", zones), basis="change", trust=Trust.FILE))
    return found


def choose_taken(found: Sequence[Taken], span_s: float = 0.0) -> Taken | None:
    """The time to believe among those that files and what lies beside them state, None when there are none.

    The more trusted first, of equals the first. What stands at a device's default loses to anything, what lies
    ahead even to that. A time that somebody wrote down by hand goes before a scan's that is later by more than a
    day, and so does an older name before the time of a copy. What is finer and lies within a rough time is the
    same one, said more exactly. `span_s` is the length of a film, whose container may be dated by its end."""
    if not found:
        return None
    best = min(found, key=_order)
    if best.doubt is not None:
        return best
    sure = sorted((each for each in found if each.doubt is None), key=_order)
    best = next((each for each in sure if _is_older_capture(each, best)), best)
    finer = (each for each in sure if each.trust <= Trust.NAME and _refines(each, best))
    best = next(finer, best)
    if best.offset_source == UTC_CLOCK:
        return _with_name(best, sure, span_s)
    return best if best.is_rough or best.offset_source not in (None, "setting") else _with_offset(best, sure)


def _order(taken: Taken) -> tuple[int, int]:
    return ("default", "future").index(taken.doubt) + 1 if taken.doubt else 0, taken.trust


def _is_older_capture(taken: Taken, best: Taken) -> bool:
    if best.local - taken.latest <= DAY:
        return False
    if best.trust <= Trust.CREATED:
        return taken.trust <= Trust.CREATED and (taken.is_rough or _is_written_by_hand(taken.local))
    return best.trust is Trust.DIGITIZED and taken.trust is Trust.NAME


def _is_written_by_hand(wall: datetime) -> bool:
    return (wall.minute, wall.second, wall.microsecond) == (0, 0, 0)


def _refines(taken: Taken, best: Taken) -> bool:
    finer = PRECISIONS.index(taken.precision) > PRECISIONS.index(best.precision)
    within = best.local <= taken.local and taken.latest.replace(microsecond=0) <= best.latest
    if best.precision != "day" and not best.source.startswith(_FILM_TAGS):
        return False  # a scan may be of the same year, and yet of another day
    return finer and within


def _with_offset(best: Taken, found: Sequence[Taken]) -> Taken:
    """The offset that a sidecar's tag states for the same wall clock; the file's own tags were asked before."""
    for other in found:
        stated = other.offset_source == "tag" and other.source.startswith("sidecar:XMP")
        if stated and abs(other.local - best.local) < timedelta(seconds=1):
            return replace(best, offset_min=other.offset_min, offset_source="tag")
    return best


def _with_name(best: Taken, found: Sequence[Taken], span_s: float) -> Taken:
    """The wall clock of an instant by the one in the file's name: their difference is the offset."""
    for named in found:
        if named.source == FILE_NAME and not named.is_rough and named.offset_source != UTC_CLOCK:
            for begun in (best.local, best.local - timedelta(seconds=span_s)):
                offset_min = offset_from_gps(named.local, begun)
                if offset_min == 0 and best.source.startswith(("QuickTime:", "Track")):
                    # The container has what the name has: it may be a wall clock, too, and then tells no offset.
                    return replace(best, offset_min=named.offset_min, offset_source=named.offset_source)
                if offset_min is not None:
                    wall = best.local + timedelta(minutes=offset_min)
                    return replace(best, local=wall, offset_min=offset_min, offset_source=FILE_NAME)
    return best


def _read(tags: Tags, source: TimeSource, now: datetime) -> TagTime | None:
    text = text_of(tags, source.name)
    clock = text_of(tags, source.clock) if text and source.clock else ""
    time = parse_time(f"{text} {clock}", now) if clock else None
    time = time or parse_time(text, now)
    if time is not None and source.trust is Trust.SATELLITES and time.wall.year < 1980:
        return None  # no satellites yet
    if time is not None and time.offset_min == 0 and source.name.startswith(ZONELESS):
        # written for want of anything better: no zone, and with midnight no time of day
        midnight = time.wall.time() == datetime.min.time()
        return replace(time, offset_min=None, utc=False, precision="day" if midnight else time.precision)
    return time


def _of_tag(
    tags: Tags, source: TimeSource, time: TagTime, evidence: OffsetEvidence, named: NameTime | None
) -> Taken:
    basis: Basis = "change" if source.trust is Trust.CHANGE else "capture"
    if time.precision in ("year", "month", "day"):
        taken = Taken(time.wall, None, None, source.name, time.precision)
    elif (source.utc or time.utc) and time.offset_min in (None, 0):
        taken = _of_utc(tags, source, time, evidence, named)
    else:
        taken = _of_wall(tags, source, time, evidence)
    doubt = time.doubt
    if doubt == "default" and evidence.utc and offset_from_gps(time.wall, evidence.utc) is not None:
        doubt = None  # the satellites' clock says that it was New Year indeed
    return replace(taken, basis=basis, about=time.about, doubt=doubt, trust=source.trust)


def _of_utc(
    tags: Tags, source: TimeSource, time: TagTime, evidence: OffsetEvidence, named: NameTime | None
) -> Taken:
    if not time.utc:
        for wall, offset_min in evidence.pairs:
            if abs(wall - timedelta(minutes=offset_min) - time.wall) <= _SAME_SECOND:
                return Taken(time.wall + timedelta(minutes=offset_min), offset_min, "tag", source.name)
        if _is_wall_clock(tags, source, time, evidence, named):
            return _of_wall(tags, source, time, evidence)
    return _of_instant(time.wall, source.name, evidence.zones)


def _is_wall_clock(
    tags: Tags, source: TimeSource, time: TagTime, evidence: OffsetEvidence, named: NameTime | None
) -> bool:
    """Whether a film's container holds a wall clock, against QuickTime's definition."""
    if not source.name.startswith(("QuickTime:", "Track")):
        return False
    if _WALL_CLOCK_COMPRESSOR in text_of(tags, "Track1:CompressorName"):
        return True
    if any(name.startswith(_WALL_CLOCK_GROUPS) for name in tags):
        return True
    if any(abs(wall - time.wall) <= _SAME_SECOND for wall, _ in evidence.pairs):
        return True
    # The name's clock is the phone's own, so where the place's clock differs from UTC's they cannot both show
    # the same.
    same = named is not None and not named.utc and named.precision == "second" and named.wall.year >= 1980
    if same and named is not None and abs(named.wall.replace(microsecond=0) - time.wall) <= _SAME_SECOND:
        zone = evidence.zones[0][0]
        return zone is not None and offset_of_instant(time.wall, zone) != 0
    return False


def _of_wall(tags: Tags, source: TimeSource, time: TagTime, evidence: OffsetEvidence) -> Taken:
    """The offset of a wall clock. It never changes the wall clock, whatever tells it."""
    wall = add_fraction(time.wall, text_of(tags, source.fraction)) if source.fraction else time.wall
    stated_min = time.offset_min if time.offset_min is not None else own_offset(tags, source.offset)
    offset_min, told_by = offset_of(wall, stated_min, evidence, changed=source.trust is Trust.CHANGE)
    return Taken(wall, offset_min, told_by, source.name, time.precision)


def _of_instant(instant: datetime, source: str, zones: Zones, told_by: str = UTC_CLOCK) -> Taken:
    """The wall clock of an instant, where it was taken or at home. Without a zone the clock is UTC's own,
    at offset 0: the instant is right, the hour on the wall is not known."""
    for zone, offset_source in zones:
        offset_min = None if zone is None else offset_of_instant(instant, zone)
        if offset_min is not None:
            return Taken(instant + timedelta(minutes=offset_min), offset_min, offset_source, source)
    return Taken(instant, 0, told_by, source)


def _of_name(time: NameTime, evidence: OffsetEvidence, now: datetime) -> Taken:
    if time.utc:
        taken = _of_instant(time.wall, FILE_NAME, evidence.zones)
    elif time.precision in ("year", "month", "day"):
        taken = Taken(time.wall, None, None, FILE_NAME)  # a day has no offset
    else:
        offset_min, told_by = offset_of(time.wall, None, evidence, changed=True)
        taken = Taken(time.wall, offset_min, told_by, FILE_NAME)
    weighed = weigh(TagTime(time.wall, None, time.precision), now)
    doubt = weighed.doubt if weighed else None
    return replace(taken, precision=time.precision, basis="file_name", doubt=doubt, trust=Trust.NAME)
