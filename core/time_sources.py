"""The tags that may hold the time a file was taken, by what they mean.

After ExifTool's documentation of the tags and the formats' specifications; docs/analyses.md has the order in
words, with the reports that taught it."""

from dataclasses import dataclass
from enum import IntEnum

from core.tags import Tags, number_of, text_of


class Trust(IntEnum):
    """What a time means, from the one believed first to the one believed last."""

    ORIGINAL = 0
    """The moment of taking."""
    CREATED = 1
    """When the picture was made, as people and archives write it down."""
    DIGITIZED = 2
    """When it became this data: of a camera the same moment, of a scanner another; a film's container."""
    SATELLITES = 3
    SIDECAR = 4
    """The moment that another service kept."""
    NAME = 5
    CHANGE = 6
    """When something was changed in it."""
    FILE = 7


@dataclass(frozen=True, slots=True)
class TimeSource:
    """A tag that may hold the time. `clock` is the tag of the time of day where `name` has a date alone,
    `fraction` the one of its fraction of a second, `offset` the one of its own offset. `utc`: the tag's time is
    UTC though it does not say so."""

    name: str
    trust: Trust = Trust.ORIGINAL
    clock: str = ""
    fraction: str = ""
    offset: str = ""
    utc: bool = False


EXIF_ORIGINAL = TimeSource(
    "ExifIFD:DateTimeOriginal",
    fraction="ExifIFD:SubSecTimeOriginal",
    offset="ExifIFD:OffsetTimeOriginal",
)
EXIF_DIGITIZED = TimeSource(
    "ExifIFD:CreateDate",
    Trust.DIGITIZED,
    fraction="ExifIFD:SubSecTimeDigitized",
    offset="ExifIFD:OffsetTimeDigitized",
)
EXIF_CHANGED = TimeSource(
    "IFD0:ModifyDate", Trust.CHANGE, fraction="ExifIFD:SubSecTime", offset="ExifIFD:OffsetTime"
)
SATELLITES = ("Composite:GPSDateTime", "XMP-exif:GPSDateTime", "RIFF:GPSDateTime")
# Cameras that keep UTC beside their wall clock: as good as satellites' time for telling the offset.
CAMERA_UTC = ("Sony:SonyDateTime2", "Olympus:DateTimeUTC", "Samsung:TimeStamp")

_CREATED = (
    TimeSource("XMP-photoshop:DateCreated", Trust.CREATED),
    TimeSource("Composite:DateTimeCreated", Trust.CREATED),
    TimeSource("IPTC:DateCreated", Trust.CREATED, clock="IPTC:TimeCreated"),
    TimeSource("Composite:DateTimeOriginal", Trust.CREATED),
)
_DIGITIZED = (
    EXIF_DIGITIZED,
    TimeSource("Composite:DigitalCreationDateTime", Trust.DIGITIZED),
    TimeSource("IPTC:DigitalCreationDate", Trust.DIGITIZED, clock="IPTC:DigitalCreationTime"),
    TimeSource("XMP-exif:DateTimeDigitized", Trust.DIGITIZED),
    TimeSource("XMP-xmp:CreateDate", Trust.DIGITIZED),
    TimeSource("XMP-dc:Date", Trust.DIGITIZED),
    TimeSource("PNG:CreationTime", Trust.DIGITIZED),
    TimeSource("PNG:CreateDate", Trust.DIGITIZED),
    TimeSource("PNG:ExifDateTimeDigitized", Trust.DIGITIZED),
)
_SATELLITES = (
    *(TimeSource(name, Trust.SATELLITES, utc=True) for name in SATELLITES),
    TimeSource("GPS:GPSDateStamp", Trust.SATELLITES),
)
_CHANGES = (
    EXIF_CHANGED,
    TimeSource("PNG:ExifDateTime", Trust.CHANGE),
    TimeSource("PNG:ModDate", Trust.CHANGE),
    TimeSource("PNG:ModifyDate", Trust.CHANGE, utc=True),
    TimeSource("QuickTime:ModifyDate", Trust.CHANGE, utc=True),
)
_STILL_ORIGINAL = (
    EXIF_ORIGINAL,
    TimeSource("XMP-exif:DateTimeOriginal"),
    TimeSource("IFD0:DateTimeOriginal"),
    TimeSource("PNG:ExifDateTimeOriginal"),
    TimeSource("XMP-acdsee:DateTime"),
)
_FILM_ORIGINAL = (
    TimeSource("Keys:CreationDate"),
    TimeSource("ItemList:ContentCreateDate"),
    TimeSource("Keys:ContentCreateDate"),
    TimeSource("UserData:ContentCreateDate"),
    TimeSource("UserData:DateTimeOriginal"),
    TimeSource("QuickTime:DateTimeOriginal"),
    EXIF_ORIGINAL,
    TimeSource("XML:CreationDateValue"),
    TimeSource("XMP-exif:DateTimeOriginal"),
    TimeSource("XMP-xmpDM:ShotDate"),
    TimeSource("RIFF:DateTimeOriginal"),
    TimeSource("H264:DateTimeOriginal"),
    TimeSource("Matroska:DateTimeOriginal"),
)
_CONTAINER = (
    TimeSource("QuickTime:CreateDate", Trust.DIGITIZED, utc=True),
    *(
        TimeSource(f"Track{number}:{kind}CreateDate", Trust.DIGITIZED, utc=True)
        for kind in ("Media", "Track")
        for number in (1, 2, 3)
    ),
    TimeSource("ASF:CreationDate", Trust.DIGITIZED, utc=True),
    TimeSource("RIFF:DateCreated", Trust.DIGITIZED),
    TimeSource("Matroska:CreateDate", Trust.DIGITIZED),
    TimeSource("Keys:CreationTime", Trust.DIGITIZED, utc=True),
    TimeSource("Flash:CreateDate", Trust.DIGITIZED),
    TimeSource("ItemList:Year", Trust.DIGITIZED),
)
# What makers keep in groups of their own, under names of their own. DateTimeOriginal is found in any group.
_MAKERS = (
    TimeSource("Pentax:Date", clock="Pentax:Time"),
    TimeSource("Olympus:DateTime1"),
    TimeSource("Nikon:CreateDate"),
    TimeSource("Sony:SonyDateTime"),
    TimeSource("Sony:DateTime"),
    TimeSource("Panasonic:TimeStamp"),
    TimeSource("Nintendo:TimeStamp"),
    TimeSource("Ricoh:RicohDate"),
    TimeSource("Kodak:DateCreated"),
    TimeSource("FLIR:DateTimeOriginal"),
)
_ORIGINAL_NAME = ":DateTimeOriginal"
_NO_MAKERS = ("XMP", "PNG", "Composite", "Track", "Main", "Copy")
_SCANNERS = (
    "scan",
    "perfection",
    "silverfast",
    "vuescan",
    "coolscan",
    "plustek",
    "reflecta",
    "fotobox",
    "cs-9000f",
)


def time_sources(tags: Tags) -> tuple[TimeSource, ...]:
    """The tags to ask about a file, in this order within each trust; a scanner's own clock is no time of
    taking."""
    film = text_of(tags, "File:MIMEType").startswith("video/")
    first: tuple[TimeSource, ...] = (*_STILL_ORIGINAL, *_FILM_ORIGINAL)
    if film:
        first = (*_FILM_ORIGINAL, *_STILL_ORIGINAL)
    known = {source.name for source in (*first, *_MAKERS)}
    makers = [
        TimeSource(name)
        for name in tags
        if name.endswith(_ORIGINAL_NAME) and name not in known and not name.startswith(_NO_MAKERS)
    ]
    rest = (*_CONTAINER, *_DIGITIZED) if film else (*_DIGITIZED, *_CONTAINER)
    if is_scan(tags):
        first = tuple(source for source in first if source is not EXIF_ORIGINAL)
        rest = (
            TimeSource(EXIF_ORIGINAL.name, Trust.DIGITIZED, "", EXIF_ORIGINAL.fraction, EXIF_ORIGINAL.offset),
            *rest,
        )
    return (*first, *makers, *_MAKERS, *_CREATED, *rest, *_SATELLITES, *_CHANGES)


def is_scan(tags: Tags) -> bool:
    """Whether the file says that a scanner made it, of film or of paper."""
    if number_of(tags.get("ExifIFD:FileSource")) in (1.0, 2.0):
        return True
    made_by = (text_of(tags, name).lower() for name in ("IFD0:Make", "IFD0:Model", "IFD0:Software"))
    return any(word in text for text in made_by for word in _SCANNERS)
