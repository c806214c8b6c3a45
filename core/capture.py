"""When, where and with what a file was taken, from its raw tags (as `media.exiftool` gives them)."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from core.camera import clean_lens, clean_make, clean_model, maker_spellings
from core.geo import (
    WIDEST_RADIUS_M,
    Position,
    is_plausible,
    parse_coordinates,
    plausible_altitude,
    plausible_direction,
)
from core.offsets import satellites_utc
from core.tags import Tags, first_number, first_text, number_of, text_of
from core.taken import Taken, taken_of

_MAKES = (
    *("IFD0:Make", "Keys:Make", "UserData:Make", "QuickTime:Make", "Keys:AndroidMake"),
    *("XMP-tiff:Make", "CanonRaw:Make", "SigmaRaw:Make"),
)
_MODELS = (
    "IFD0:Model",
    "Keys:Model",
    "UserData:Model",
    "QuickTime:Model",
    "GoPro:Model",
    "Keys:AndroidModel",
    *("H264:Model", "CanonRaw:Model", "SigmaRaw:Model"),
)
_LENSES = ("ExifIFD:LensModel", "XMP-exifEX:LensModel", "XMP-aux:Lens", "Keys:LensModel", "MakerNotes:Lens")
_DIRECTIONS = (
    *("GPS:GPSImgDirection", "XMP-exif:GPSImgDirection", "Keys:CameraDirection"),
    *("XMP-drone-dji:GimbalYawDegree", "XMP-drone-dji:FlightYawDegree"),
)
_RADII = ("GPS:GPSHPositioningError", "XMP-exif:GPSHPositioningError", "Keys:LocationAccuracyHorizontal")
_DURATIONS = (
    *(
        "QuickTime:Duration",
        "Matroska:Duration",
        "RIFF:Duration",
        "M2TS:Duration",
        "GIF:Duration",
        "ASF:SendDuration",
    ),
    "Composite:Duration",
)
_PROJECTIONS = (
    *("XMP-GPano:ProjectionType", "XMP-GSpherical:ProjectionType"),
    *(f"Track{number}:ProjectionType" for number in (1, 2, 3)),
)
_COORDINATES = (
    *(
        "Keys:GPSCoordinates",
        "UserData:GPSCoordinates",
        "ItemList:GPSCoordinates",
        "QuickTime:GPSCoordinates",
    ),
    *("Matroska:Location", "Loci:GPSCoordinates"),
)


# Clockwise, as Canon's CIFF and Sigma's X3F have it.
_BY_DEGREES = {90: 6, 180: 3, 270: 8}


@dataclass(frozen=True, slots=True)
class Camera:
    """Names cleaned for people; the tags keep what the file says. The model does not repeat the make. `spellings`
    are other names of the maker, to be found by."""

    make: str | None
    model: str | None
    lens: str | None
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exposure:
    """Exposure time in seconds, aperture as f-number, sensitivity, focal length real and as on 35 mm film."""

    exposure_s: float | None
    f_number: float | None
    iso: int | None
    focal_mm: float | None
    focal_35mm: float | None


@dataclass(frozen=True, slots=True)
class Capture:
    """What a file's tags say about its taking.

    `gps_time` is the satellites' time (UTC, with zone), `orientation` EXIF's 1..8; `width` and `height` are
    upright, in pixels.
    """

    taken: Taken | None
    camera: Camera
    exposure: Exposure
    position: Position | None
    gps_time: datetime | None
    orientation: int
    width: int | None
    height: int | None
    duration_s: float | None


def read_capture(
    tags: Tags,
    now: datetime,
    *,
    shown: Tags | None = None,
    position_zone: tzinfo | None = None,
    home_zone: tzinfo | None = None,
    name: str = "",
    file_time: datetime | None = None,
) -> Capture:
    """Everything at once.

    `now` (with a zone) is what later times are refused by; `shown` are the tags in ExifTool's wording;
    `position_zone` is the time zone at `position_of(tags)`; `home_zone` the setting for what says nothing
    better; `name` is the file's, read where no tag has a time; `file_time` (with a zone) a time to fall back to,
    to be given only where the file's own time of change is known to mean something.
    """
    gps = satellites_utc(tags, now)
    width, height = _upright_size(tags)
    return Capture(
        taken=taken_of(
            tags, now, position_zone=position_zone, home_zone=home_zone, name=name, file_time=file_time
        ),
        camera=_camera_of(tags, shown or {}),
        exposure=_exposure_of(tags),
        position=position_of(tags),
        gps_time=None if gps is None else gps.replace(tzinfo=UTC),
        orientation=orientation_of(tags),
        width=width,
        height=height,
        duration_s=_duration_of(tags),
    )


def position_of(tags: Tags) -> Position | None:
    """The position the file states: by EXIF, XMP, or QuickTime's ISO 6709. None when none is plausible.

    A coordinate without its reference (N/S, E/W) could lie on either half of the earth and is not used.
    """
    found = _exif_position(tags) or _xmp_position(tags) or _text_position(tags)
    if found is None:
        return None
    alt_m = found.alt_m
    for group in ("GPS", "XMP-exif"):
        if alt_m is None:
            alt_m = _altitude(tags, f"{group}:GPSAltitude", f"{group}:GPSAltitudeRef")
    directions = (plausible_direction(number_of(tags.get(name))) for name in _DIRECTIONS)
    direction_deg = next((one for one in directions if one is not None), None)
    radius_m = first_number(tags, _RADII, 1e-6, WIDEST_RADIUS_M)
    return Position(found.lat, found.lon, alt_m, direction_deg, radius_m, "tag")


def projection_of(tags: Tags) -> str | None:
    """How a 360° picture is laid out ("equirectangular", "cubemap", …), by Google's XMP for photos and
    for videos or by the container's own box; None for ordinary ones."""
    written = first_text(tags, _PROJECTIONS).strip().lower()
    if written:
        return "".join(each for each in written if each.isalnum() or each in " -_")[:40] or None
    return "equirectangular" if text_of(tags, "XMP-GSpherical:Spherical").lower() == "true" else None


def _exif_position(tags: Tags) -> Position | None:
    lat = _signed(tags, "GPS:GPSLatitude", "GPS:GPSLatitudeRef", "N", "S")
    lon = _signed(tags, "GPS:GPSLongitude", "GPS:GPSLongitudeRef", "E", "W")
    return _plausible_position(lat, lon)


def _xmp_position(tags: Tags) -> Position | None:
    # XMP holds "48,51.5N": ExifTool has put the sign on the number.
    lat, lon = number_of(tags.get("XMP-exif:GPSLatitude")), number_of(tags.get("XMP-exif:GPSLongitude"))
    return _plausible_position(lat, lon)


def _text_position(tags: Tags) -> Position | None:
    positions = (parse_coordinates(text_of(tags, name)) for name in _COORDINATES)
    return next((one for one in positions if one is not None), None)


def _plausible_position(lat: float | None, lon: float | None) -> Position | None:
    if lat is None or lon is None or not is_plausible(lat, lon):
        return None
    return Position(lat, lon)


def _signed(tags: Tags, value: str, reference: str, positive: str, negative: str) -> float | None:
    number = number_of(tags.get(value))
    letter = text_of(tags, reference).strip().strip("\0").upper()[:1]
    if number is None or letter not in (positive, negative):
        return None
    return -abs(number) if letter == negative else number


def _altitude(tags: Tags, value: str, reference: str) -> float | None:
    number = number_of(tags.get(value))
    # 1 is below sea level, 3 (Exif 3.0) below the ellipsoid.
    below = number_of(tags.get(reference)) in (1.0, 3.0)
    return plausible_altitude(-abs(number) if number is not None and below else number)


def _camera_of(tags: Tags, shown: Tags) -> Camera:
    # H.264 has a number for the maker.
    written = first_text(tags, _MAKES) or text_of(shown, "H264:Make") or ("GoPro" if "GoPro:Model" in tags else "")
    named = first_text(tags, _MODELS)
    make = clean_make(written, named)
    model = clean_model(named, (written.strip(), make))
    lens = clean_lens(*(tags.get(name) for name in _LENSES), shown.get("Composite:LensID"))
    return Camera(make, model, lens, maker_spellings(written, make))


def _exposure_of(tags: Tags) -> Exposure:
    sensitivity = text_of(tags, "ExifIFD:ISO").split()[:1]
    iso = number_of(sensitivity[0]) if sensitivity else None
    return Exposure(
        exposure_s=first_number(tags, ("ExifIFD:ExposureTime", "Composite:ShutterSpeed"), 1e-7, 1e6),
        f_number=first_number(tags, ("ExifIFD:FNumber", "Composite:Aperture"), 0.1, 1000),
        iso=round(iso) if iso is not None and 1 <= iso <= 1e8 else None,
        focal_mm=first_number(tags, ("ExifIFD:FocalLength",), 0.1, 1e5),
        focal_35mm=first_number(tags, ("ExifIFD:FocalLengthIn35mmFormat",), 0.1, 1e5),
    )


def _duration_of(tags: Tags) -> float | None:
    if text_of(tags, "File:MIMEType") == "video/mpeg":
        return None  # ExifTool guesses it by the bit rate that the head announces: 0.08 s for a second
    return first_number(tags, _DURATIONS, 1e-3, 1e7)


def orientation_of(tags: Tags) -> int:
    """EXIF's 1..8; raw files older than EXIF's state by how many degrees to turn."""
    number = first_number(tags, ("IFD0:Orientation",), 1, 8)
    if number is not None:
        return int(number)
    degrees = first_number(tags, ("CanonRaw:Rotation", "SigmaRaw:Rotation"), -360, 360)
    return _BY_DEGREES.get(round(degrees) % 360, 1) if degrees is not None else 1


def _upright_size(tags: Tags) -> tuple[int | None, int | None]:
    """Width and height after turning; the decoder's own figures, once there, are the better ones."""
    parts = [number_of(part) for part in text_of(tags, "Composite:ImageSize").split()]
    if len(parts) != 2 or any(part is None or not 1 <= part <= 1e6 for part in parts):
        return None, None
    width, height = (int(part) for part in parts if part is not None)
    mime = text_of(tags, "File:MIMEType")
    if mime.startswith("video/"):
        sideways = number_of(tags.get("Composite:Rotation")) in (90.0, 270.0)
    elif mime in ("image/heic", "image/heif", "image/avif"):
        # HEIF turns by a property of its own; where it has none EXIF's orientation counts (media/upright.py).
        rotation = number_of(tags.get("QuickTime:Rotation"))
        sideways = rotation in (90.0, 270.0, 1.0, 3.0) if rotation is not None else orientation_of(tags) >= 5
    else:
        sideways = orientation_of(tags) >= 5
    return (height, width) if sideways else (width, height)
