"""Raw tags to a capture: time with its offset, position, camera."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.capture import position_of, read_capture
from core.taken import Taken, taken_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
TOKYO = ZoneInfo("Asia/Tokyo")
IPHONE_7: dict[str, Any] = {  # of a real iPhone 7 photo, which has no offset tag
    "File:MIMEType": "image/heic",
    "IFD0:Make": "Apple",
    "IFD0:Model": "iPhone 7",
    "ExifIFD:DateTimeOriginal": "2019:03:21 11:04:22",
    "ExifIFD:SubSecTimeOriginal": 348,
    "Composite:GPSDateTime": "2019:03:21 16:04:21.01Z",
    "GPS:GPSLatitudeRef": "N",
    "GPS:GPSLatitude": 41.2203,
    "GPS:GPSLongitudeRef": "W",
    "GPS:GPSLongitude": 96.071625,
    "GPS:GPSAltitudeRef": 0,
    "GPS:GPSAltitude": 351.2669335,
    "GPS:GPSImgDirection": 320.6002805,
    "GPS:GPSHPositioningError": 10,
}


def taken(tags: dict[str, Any], **zones: Any) -> tuple[str, int | None, str | None, str] | None:
    found = taken_of(tags, NOW, **zones)
    if found is None:
        return None
    return found.local.isoformat(), found.offset_min, found.offset_source, found.source.partition(":")[2]


def test_offset_by_satellites() -> None:
    capture = read_capture(IPHONE_7, NOW)
    assert capture.taken == Taken(
        datetime(2019, 3, 21, 11, 4, 22, 348000), -300, "gps_time", "ExifIFD:DateTimeOriginal"
    )
    assert capture.taken.instant == datetime(2019, 3, 21, 16, 4, 22, 348000, tzinfo=UTC)
    assert capture.position is not None
    assert (capture.position.lat, capture.position.lon) == (41.2203, -96.071625)
    assert (capture.position.alt_m, capture.position.direction_deg) == (351.2669335, 320.6002805)
    assert capture.position.radius_m == 10
    assert (capture.camera.make, capture.camera.model) == ("Apple", "iPhone 7")


def test_the_tag_wins_where_nothing_contradicts_it() -> None:
    tags = {"ExifIFD:DateTimeOriginal": "2019:03:21 11:04:22", "ExifIFD:OffsetTimeOriginal": "+09:00"}
    assert taken(tags) == ("2019-03-21T11:04:22", 540, "tag", "DateTimeOriginal")
    assert taken(tags, home_zone=BERLIN) == ("2019-03-21T11:04:22", 540, "tag", "DateTimeOriginal")
    # A phone near a border has the other side's time.
    assert taken(tags, position_zone=ZoneInfo("Asia/Shanghai")) == (
        "2019-03-21T11:04:22", 540, "tag", "DateTimeOriginal",
    )  # fmt: skip


def test_the_position_tells_the_offset_and_home_does_when_there_is_none() -> None:
    tags = {"ExifIFD:DateTimeOriginal": "2020:07:01 10:00:00"}
    assert taken(tags) == ("2020-07-01T10:00:00", None, None, "DateTimeOriginal")
    assert taken(tags, position_zone=TOKYO, home_zone=BERLIN) == (
        "2020-07-01T10:00:00", 540, "position_time_zone", "DateTimeOriginal",
    )  # fmt: skip
    assert taken(tags, home_zone=BERLIN) == ("2020-07-01T10:00:00", 120, "setting", "DateTimeOriginal")


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2026, 1, 1)),
    st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"]),
)
def test_a_position_never_shifts_the_wall_clock(wall: datetime, zone_name: str) -> None:
    tags = {"ExifIFD:DateTimeOriginal": wall.strftime("%Y:%m:%d %H:%M:%S")}
    before = taken_of(tags, NOW)
    after = taken_of(tags, NOW, position_zone=ZoneInfo(zone_name))
    assert (before is None) == (after is None)
    if before and after:
        assert before.local == after.local
        assert after.instant is not None
        assert after.offset_min is not None
        assert after.instant.replace(tzinfo=None) + timedelta(minutes=after.offset_min) == after.local


def test_quicktime_creation_date_has_its_zone() -> None:
    tags = {
        "File:MIMEType": "video/quicktime",
        "QuickTime:CreateDate": "2020:01:05 22:13:13",
        "Keys:CreationDate": "2020:01:05 14:13:13-08:00",
        "Keys:GPSCoordinates": "34.0533 -118.2423",
    }
    los_angeles = ZoneInfo("America/Los_Angeles")
    assert taken(tags, position_zone=los_angeles) == ("2020-01-05T14:13:13", -480, "tag", "CreationDate")


def test_quicktime_create_date_is_utc() -> None:
    tags = {"File:MIMEType": "video/mp4", "QuickTime:CreateDate": "2020:07:01 22:30:00"}
    assert taken(tags) == ("2020-07-01T22:30:00", 0, "utc", "CreateDate")
    assert taken(tags, position_zone=BERLIN) == (
        "2020-07-02T00:30:00", 120, "position_time_zone", "CreateDate",
    )  # fmt: skip
    found = taken_of(tags, NOW, position_zone=BERLIN)
    assert found is not None
    assert found.instant == datetime(2020, 7, 1, 22, 30, tzinfo=UTC)


def test_gopro_writes_its_wall_clock() -> None:
    # Of a real GoPro Max clip whose GPS track says 23:45:14 UTC, in San Diego in November.
    tags = {
        "File:MIMEType": "video/mp4",
        "QuickTime:CreateDate": "2019:11:18 15:45:32",
        "GoPro:Model": "GoPro Max",
        "UserData:GPSCoordinates": "33.1268 -117.3273",
    }
    assert taken(tags, position_zone=ZoneInfo("America/Los_Angeles")) == (
        "2019-11-18T15:45:32", -480, "position_time_zone", "CreateDate",
    )  # fmt: skip


@pytest.mark.parametrize("zero", ["0000:00:00 00:00:00", "1904:01:01 00:00:00", "1970:01:01 00:00:00"])
def test_a_zero_falls_through_to_the_next_source(zero: str) -> None:
    tags = {"ExifIFD:DateTimeOriginal": zero, "ExifIFD:CreateDate": "2015:05:05 05:05:05"}
    assert taken(tags) == ("2015-05-05T05:05:05", None, None, "CreateDate")
    assert taken({"File:MIMEType": "video/mp4", "QuickTime:CreateDate": zero}) is None


def test_the_files_own_time_only_when_given() -> None:
    when = datetime(2020, 7, 1, 8, tzinfo=UTC)
    assert taken({}) is None
    found = taken_of({}, NOW, file_time=when, home_zone=BERLIN)
    assert found == Taken(datetime(2020, 7, 1, 10), 120, "setting", "file", basis="change")


def test_change_of_an_edited_file_is_not_dated_by_satellites() -> None:
    tags = {"IFD0:ModifyDate": "2020:07:01 15:00:00", "XMP-exif:GPSDateTime": "2020:07:01 10:00:00Z"}
    # The satellites' time is the better source of the two: it is when the picture was taken.
    assert taken(tags) == ("2020-07-01T10:00:00", 0, "utc", "GPSDateTime")


@pytest.mark.parametrize(
    ("lat_ref", "lon_ref", "expected"),
    [
        ("N", "E", (33.5, 151.2)),
        ("S", "W", (-33.5, -151.2)),
        ("South", "East", (-33.5, 151.2)),
        ("s", "w", (-33.5, -151.2)),
    ],
)
def test_references_give_the_signs(lat_ref: str, lon_ref: str, expected: tuple[float, float]) -> None:
    tags = {
        "GPS:GPSLatitude": 33.5, "GPS:GPSLatitudeRef": lat_ref,
        "GPS:GPSLongitude": 151.2, "GPS:GPSLongitudeRef": lon_ref,
    }  # fmt: skip
    found = position_of(tags)
    assert found is not None
    assert (found.lat, found.lon) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"GPS:GPSLatitudeRef": ""},
        {"GPS:GPSLongitudeRef": "X"},
        {"GPS:GPSLatitude": "undef"},
        {"GPS:GPSLatitude": float("nan")},
        {"GPS:GPSLatitude": 91},
        {"GPS:GPSLongitude": 181},
        {"GPS:GPSLatitude": 0, "GPS:GPSLongitude": 0},
    ],
)
def test_implausible_positions_are_none(change: dict[str, Any]) -> None:
    assert position_of({**IPHONE_7, **change}) is None


def test_below_sea_level() -> None:
    found = position_of({**IPHONE_7, "GPS:GPSAltitudeRef": 1, "GPS:GPSAltitude": 430.5})
    assert found is not None
    assert found.alt_m == -430.5


def test_xmp_position_of_a_drone_with_its_gimbal() -> None:
    found = position_of(
        {"XMP-exif:GPSLatitude": -12.5, "XMP-exif:GPSLongitude": 130.9, "XMP-drone-dji:GimbalYawDegree": "-45.50"}
    )
    assert found is not None
    assert (found.lat, found.lon, found.direction_deg) == (-12.5, 130.9, 314.5)


@pytest.mark.parametrize(
    ("make", "model", "expected"),
    [
        ("Canon", "Canon EOS 70D", ("Canon", "EOS 70D")),
        ("NIKON CORPORATION", "NIKON D80", ("Nikon", "D80")),
        ("OLYMPUS IMAGING CORP.", "E-PL2", ("Olympus", "E-PL2")),
        ("SANYO Electric Co.,Ltd.", "TH1", ("Sanyo", "TH1")),
        ("Asahi Optical Co.,Ltd", "PENTAX Optio430RS", ("Pentax", "Optio430RS")),
        ("samsung", "SM-S906U", ("Samsung", "SM-S906U")),
        ("SONY", "DSLR-A550", ("Sony", "DSLR-A550")),
        ("", 5, (None, "5")),
        ("\0\0", " ", (None, None)),
    ],
)
def test_cameras(make: str, model: object, expected: tuple[str | None, str | None]) -> None:
    camera = read_capture({"IFD0:Make": make, "IFD0:Model": model}, NOW).camera
    assert (camera.make, camera.model) == expected


@pytest.mark.parametrize("nothing", ["----", "0.0 mm f/0.0", "Unknown (65535)", "n/a", "  ", 0])
def test_no_lens(nothing: object) -> None:
    tags = {"ExifIFD:LensModel": nothing}
    assert (
        read_capture(tags, NOW, shown={"Composite:LensID": "Canon EF 50mm f/1.8"}).camera.lens
        == "Canon EF 50mm f/1.8"
    )
    assert read_capture(tags, NOW).camera.lens is None


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"File:MIMEType": "image/jpeg", "IFD0:Orientation": 6}, (3000, 4000)),
        ({"File:MIMEType": "image/jpeg", "IFD0:Orientation": 3}, (4000, 3000)),
        ({"File:MIMEType": "image/heic", "IFD0:Orientation": 6}, (3000, 4000)),
        ({"File:MIMEType": "image/heic", "IFD0:Orientation": 6, "QuickTime:Rotation": 0}, (4000, 3000)),
        ({"File:MIMEType": "image/x-canon-crw", "CanonRaw:Rotation": 270}, (3000, 4000)),
        ({"File:MIMEType": "video/mp4", "Composite:Rotation": 270}, (3000, 4000)),
    ],
)
def test_upright_size(tags: dict[str, Any], expected: tuple[int, int]) -> None:
    capture = read_capture({**tags, "Composite:ImageSize": "4000 3000"}, NOW)
    assert (capture.width, capture.height) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


NAMES = [
    *IPHONE_7,
    *("Keys:CreationDate", "QuickTime:CreateDate", "QuickTime:Duration", "Composite:ImageSize"),
    *(
        "ExifIFD:OffsetTimeOriginal",
        "ExifIFD:LensModel",
        "ExifIFD:ISO",
        "ExifIFD:ExposureTime",
        "IFD0:Orientation",
    ),
]


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_nothing_in_a_file_can_break_it(tags: dict[str, Any]) -> None:
    capture = read_capture(tags, NOW, position_zone=TOKYO)
    assert capture.orientation in range(1, 9)
    if capture.position is not None:
        assert abs(capture.position.lat) <= 90
        assert abs(capture.position.lon) <= 180


def test_a_name_dates_what_has_no_tag() -> None:
    assert taken({}, name="PXL_20210705_143000123.jpg", home_zone=BERLIN) == (
        "2021-07-05T16:30:00.123000", 120, "setting", "",
    )  # fmt: skip
    utc = taken_of({}, NOW, name="PXL_20210705_143000123.jpg")
    assert utc is not None
    assert (utc.offset_min, utc.offset_source, utc.source) == (0, "utc", "file_name")
    local = taken_of({}, NOW, name="IMG_20210503_123045.jpg", position_zone=TOKYO)
    wall = datetime(2021, 5, 3, 12, 30, 45)
    assert local == Taken(wall, 540, "position_time_zone", "file_name", basis="file_name")


def test_a_name_never_goes_before_a_time_of_taking() -> None:
    tags = {"ExifIFD:DateTimeOriginal": "2015:05:05 05:05:05"}
    assert taken(tags, name="IMG_20210503_123045.jpg") == ("2015-05-05T05:05:05", None, None, "DateTimeOriginal")


def test_a_day_has_no_hour_no_offset_and_no_instant() -> None:
    found = taken_of({}, NOW, name="IMG-20210503-WA0001.jpg", home_zone=BERLIN)
    assert found == Taken(datetime(2021, 5, 3), None, None, "file_name", "day", "file_name")
    assert found.instant is None
