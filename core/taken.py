"""When a file was taken: wall clock, its offset from UTC and where the offset comes from, and the instant.

Sources in order of trust, after ExifTool's documentation of the tags and the formats' specifications:
a still's EXIF "original" time; XMP and IPTC; EXIF "digitized"; the satellites' time; a video's Apple
CreationDate (wall clock with zone); the container's creation time, which QuickTime defines as UTC; and last
the time of change, which editing programs overwrite. What has no tag at all may have a date in its name
(`core.file_dates`). `source` names the tag, so that a person can judge.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from core.file_dates import NameTime, Precision, time_of_name
from core.tags import Tags, text_of
from core.times import (
    TagTime,
    add_fraction,
    is_plausible_wall,
    offset_from_gps,
    offset_of_instant,
    offset_of_wall,
    parse_offset,
    parse_time,
)

FILE_NAME = "file_name"


@dataclass(frozen=True, slots=True)
class Taken:
    """`local` is the wall clock where it was taken, without zone.

    `offset_min` is that clock's offset from UTC in minutes, None when nothing tells it; `offset_source` says
    how it is known: "tag", "gps_time", "position_time_zone", "setting" or "file_name". `source` names the tag the
    time comes from, or "file_name", or "file". With `precision` "day" the time of day is 00:00 and means nothing.
    """

    local: datetime
    offset_min: int | None
    offset_source: str | None
    source: str
    precision: Precision = "second"

    @property
    def instant(self) -> datetime | None:
        """The moment (UTC, with that zone); None when the offset is not known."""
        if self.offset_min is None:
            return None
        try:
            return (self.local - timedelta(minutes=self.offset_min)).replace(tzinfo=UTC)
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class _Source:
    """A tag that may hold the time, and the tags that hold its fraction of a second and its offset.

    `utc`: the tag's time is UTC though it does not say so. `weak`: the time of a change, which satellites'
    time says nothing about.
    """

    name: str
    fraction: str = ""
    offsets: tuple[str, ...] = ()
    utc: bool = False
    weak: bool = False


_ORIGINAL_OFFSETS = ("ExifIFD:OffsetTimeOriginal", "ExifIFD:OffsetTime", "ExifIFD:OffsetTimeDigitized")
_DIGITIZED_OFFSETS = ("ExifIFD:OffsetTimeDigitized", "ExifIFD:OffsetTime", "ExifIFD:OffsetTimeOriginal")
_EXIF_ORIGINAL = _Source("ExifIFD:DateTimeOriginal", "ExifIFD:SubSecTimeOriginal", _ORIGINAL_OFFSETS)
_EXIF_DIGITIZED = _Source("ExifIFD:CreateDate", "ExifIFD:SubSecTimeDigitized", _DIGITIZED_OFFSETS)
_EXIF_CHANGED = _Source("IFD0:ModifyDate", "ExifIFD:SubSecTime", ("ExifIFD:OffsetTime",), weak=True)
_GPS = _Source("Composite:GPSDateTime", utc=True)
_XMP_GPS = _Source("XMP-exif:GPSDateTime", utc=True)

_STILL = (
    _EXIF_ORIGINAL,
    _Source("XMP-exif:DateTimeOriginal"),
    _Source("IFD0:DateTimeOriginal"),
    _Source("XMP-photoshop:DateCreated"),
    _EXIF_DIGITIZED,
    _Source("Composite:DateTimeCreated"),
    _Source("XMP-exif:DateTimeDigitized"),
    _Source("XMP-xmp:CreateDate"),
    _GPS,
    _XMP_GPS,
    _Source("PNG:CreationTime"),
    _EXIF_CHANGED,
)
_VIDEO = (
    _Source("Keys:CreationDate"),
    _Source("ItemList:ContentCreateDate"),
    _Source("Keys:ContentCreateDate"),
    _Source("UserData:ContentCreateDate"),
    _Source("UserData:DateTimeOriginal"),
    _Source("QuickTime:DateTimeOriginal"),
    _EXIF_ORIGINAL,
    _Source("XML:CreationDateValue"),
    _Source("XMP-exif:DateTimeOriginal"),
    _Source("RIFF:DateTimeOriginal"),
    _Source("H264:DateTimeOriginal"),
    _Source("Matroska:DateTimeOriginal", utc=True),
    _Source("QuickTime:CreateDate", utc=True),
    _Source("Track1:MediaCreateDate", utc=True),
    _Source("Track1:TrackCreateDate", utc=True),
    _Source("XMP-xmp:CreateDate"),
)
# QuickTime wants UTC in these; GoPro's cameras write wall clock (seen against their own GPS track).
_WALL_CLOCK_GROUP, _WALL_CLOCK_COMPRESSOR = "GoPro:", "GoPro"

_Zones = tuple[tuple[tzinfo | None, str], ...]


def taken_of(
    tags: Tags,
    now: datetime,
    *,
    position_zone: tzinfo | None = None,
    home_zone: tzinfo | None = None,
    name: str = "",
    file_time: datetime | None = None,
) -> Taken | None:
    """When a file was taken, by the first of its sources that holds a plausible time; None when none does.

    For the parameters see `core.capture.read_capture`.
    """
    zones = ((position_zone, "position_time_zone"), (home_zone, "setting"))
    gps = gps_wall(tags, now)
    video = text_of(tags, "File:MIMEType").startswith("video/")
    for source in (*_VIDEO, *_STILL) if video else (*_STILL, *_VIDEO):
        time = parse_time(text_of(tags, source.name), now)
        if time is None:
            continue
        if source.utc and time.offset_min in (None, 0) and not _writes_wall_clock(tags, source):
            return _from_instant(time.wall, source.name, zones)
        return _from_wall(tags, source, time, gps, zones)
    if (named := time_of_name(name, now)) is not None:
        return _from_name(named, zones)
    if file_time is not None:
        wall = file_time.astimezone(UTC).replace(tzinfo=None)
        if is_plausible_wall(wall, now):
            return _from_instant(wall, "file", zones)
    return None


def gps_wall(tags: Tags, now: datetime) -> datetime | None:
    """The satellites' time in the file, UTC without zone; None unless both date and time are there."""
    for name in (_GPS.name, _XMP_GPS.name):
        time = parse_time(text_of(tags, name), now)
        if time is not None and time.offset_min in (None, 0):
            return time.wall
    return None


def _writes_wall_clock(tags: Tags, source: _Source) -> bool:
    if not source.name.startswith(("QuickTime:", "Track")):
        return False
    if _WALL_CLOCK_COMPRESSOR in text_of(tags, "Track1:CompressorName"):
        return True
    return any(name.startswith(_WALL_CLOCK_GROUP) for name in tags)


def _from_instant(instant: datetime, source: str, zones: _Zones, told_by: str = "tag") -> Taken:
    """The wall clock of an instant, where it was taken or at home. Without a zone the clock is UTC's own,
    at offset 0, as the tag has it: the instant is right, the hour on the wall is not known."""
    for zone, offset_source in zones:
        offset_min = None if zone is None else offset_of_instant(instant, zone)
        if offset_min is not None:
            return Taken(instant + timedelta(minutes=offset_min), offset_min, offset_source, source)
    return Taken(instant, 0, told_by, source)


def _from_name(time: NameTime, zones: _Zones) -> Taken:
    if time.utc:
        return replace(_from_instant(time.wall, FILE_NAME, zones, FILE_NAME), precision=time.precision)
    if time.precision == "day":
        return Taken(time.wall, None, None, FILE_NAME, "day")  # a day has no offset
    return replace(_placed(time.wall, FILE_NAME, zones), precision=time.precision)


def _placed(wall: datetime, source: str, zones: _Zones) -> Taken:
    for zone, offset_source in zones:
        offset_min = None if zone is None else offset_of_wall(wall, zone)
        if offset_min is not None:
            return Taken(wall, offset_min, offset_source, source)
    return Taken(wall, None, None, source)


def _from_wall(tags: Tags, source: _Source, time: TagTime, gps: datetime | None, zones: _Zones) -> Taken:
    """The offset of a wall clock. It never changes the wall clock, whatever tells it."""
    wall = add_fraction(time.wall, text_of(tags, source.fraction)) if source.fraction else time.wall
    if time.offset_min is not None:
        return Taken(wall, time.offset_min, "tag", source.name)
    for name in source.offsets:
        offset_min = parse_offset(text_of(tags, name))
        if offset_min is not None:
            return Taken(wall, offset_min, "tag", source.name)
    if gps is not None and not source.weak:
        offset_min = offset_from_gps(wall, gps)
        if offset_min is not None:
            return Taken(wall, offset_min, "gps_time", source.name)
    return _placed(wall, source.name, zones)
