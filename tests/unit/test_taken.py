"""Whose word is taken about when a file was taken."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.taken import Taken, choose_taken, taken_of
from core.time_sources import Trust

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
WALLS = st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 19)).map(lambda wall: wall.replace(microsecond=0))
FILM = {"File:MIMEType": "video/mp4"}


def taken(tags: dict[str, Any], name: str = "", **zones: Any) -> tuple[str, str, int | None, str] | None:
    found = taken_of(tags, NOW, name=name, **zones)
    return None if found is None else (found.local.isoformat(), found.precision, found.offset_min, found.source)


SCANNED = {"ExifIFD:CreateDate": "2019:05:05 10:00:00", "XMP-xmp:CreateDate": "2019:05:05 10:00:00"}
CAMERA = {"ExifIFD:DateTimeOriginal": "2019:05:05 10:03:17", "ExifIFD:CreateDate": "2019:05:05 10:03:17"}


@pytest.mark.parametrize(
    ("tags", "local", "precision"),
    [
        ({**SCANNED, "XMP-photoshop:DateCreated": 1978}, "1978-01-01", "year"),
        ({**SCANNED, "XMP-exif:DateTimeOriginal": "1978:06"}, "1978-06-01", "month"),
        ({**SCANNED, "IPTC:DateCreated": "1978:06:15"}, "1978-06-15", "day"),
        ({**SCANNED, "IPTC:DateCreated": "1978:00:00"}, "1978-01-01", "year"),
        ({**SCANNED, "ExifIFD:DateTimeOriginal": "1978:  :     :  :  "}, "1978-01-01", "year"),
        # Even where the program that scanned it set the time of taking, too.
        ({**CAMERA, "IPTC:DateCreated": "1978:06:15"}, "1978-06-15", "day"),
        ({**CAMERA, "XMP-photoshop:DateCreated": "1978:06:15 12:00:00"}, "1978-06-15", "second"),
        (
            {**CAMERA, "XMP-photoshop:DateCreated": "1978:06:15 12:34:56", "IFD0:Model": "Perfection V600"},
            "1978-06-15",
            "second",
        ),
    ],
)
def test_what_somebody_wrote_down_beats_the_day_of_scanning(
    tags: dict[str, Any], local: str, precision: str
) -> None:
    found = taken(tags)
    assert found is not None
    assert (found[0][:10], found[1]) == (local, precision)


def test_a_cameras_own_time_is_not_beaten_by_the_same_day_or_by_another_clock() -> None:
    for other in ("2019:05:05", "2019:05:04", "2019", "2018:01:03 11:12:13", "2024:05:05"):
        assert taken({**CAMERA, "XMP-photoshop:DateCreated": other}) == (
            "2019-05-05T10:03:17", "second", None, "ExifIFD:DateTimeOriginal",
        )  # fmt: skip


def test_a_day_is_said_more_exactly_by_what_lies_within_it() -> None:
    tags = {"IPTC:DateCreated": "2019:05:05", "ExifIFD:CreateDate": "2019:05:05 10:03:17"}
    assert taken(tags) == ("2019-05-05T10:03:17", "second", None, "ExifIFD:CreateDate")
    assert taken({"IPTC:DateCreated": "2019:05:05"}, "IMG_20190505_101112.jpg") == (
        "2019-05-05T10:11:12", "second", None, "file_name",
    )  # fmt: skip
    # A scan may be of the same year, and yet of another day.
    assert taken({**SCANNED, "XMP-photoshop:DateCreated": "2019"}) == (
        "2019-01-01T00:00:00", "year", None, "XMP-photoshop:DateCreated",
    )  # fmt: skip


def test_an_older_name_beats_the_day_of_scanning_but_not_the_time_of_taking() -> None:
    assert taken(SCANNED, "1962-08-01 Oma in Wien.jpg") == ("1962-08-01T00:00:00", "day", None, "file_name")
    assert taken(CAMERA, "1962-08-01 Oma in Wien.jpg") == (
        "2019-05-05T10:03:17", "second", None, "ExifIFD:DateTimeOriginal",
    )  # fmt: skip


@pytest.mark.parametrize(
    "default",
    [
        "2002:12:08 12:00:00",
        "2000:01:01 00:00:00",
        "1980:01:01 00:02:11",
        "1970:01:01 01:00:00",
        "2036:02:07 06:28:16",
    ],
)
def test_defaults_lose_to_anything(default: str) -> None:
    tags = {"ExifIFD:DateTimeOriginal": default, "ExifIFD:CreateDate": default}
    assert taken(tags, "IMG_20130712_165427.jpg") == ("2013-07-12T16:54:27", "second", None, "file_name")
    changed = taken_of({**tags, "IFD0:ModifyDate": "2013:07:12 16:54:27"}, NOW)
    assert changed is not None
    assert (changed.local, changed.basis, changed.doubt) == (datetime(2013, 7, 12, 16, 54, 27), "change", None)
    alone = taken_of(tags, NOW)
    assert alone is not None  # kept, and doubted
    assert alone.doubt in ("default", "future")


def test_a_clock_ahead_of_its_time_is_kept_and_not_believed() -> None:
    found = taken_of(
        {"ExifIFD:DateTimeOriginal": "2099:01:01 10:00:00", "ExifIFD:OffsetTimeOriginal": "+01:00"}, NOW
    )
    assert found is not None
    assert (found.local.year, found.doubt, found.instant) == (2099, "future", None)


def test_satellites_before_they_flew_tell_nothing() -> None:
    assert taken({"Composite:GPSDateTime": "1899:12:30 01:00:14Z", "GPS:GPSDateStamp": "1899:12:30"}) is None
    assert taken({"Composite:GPSDateTime": "1970:02:01 01:00:14Z", "GPS:GPSDateStamp": "1970:02:01"}) is None
    assert taken({"GPS:GPSDateStamp": "2019:05:05"}) == ("2019-05-05T00:00:00", "day", None, "GPS:GPSDateStamp")


def test_the_time_of_a_change_comes_last_and_says_so() -> None:
    changed = {"IFD0:ModifyDate": "2020:05:15 10:25:45", "ExifIFD:OffsetTime": "+02:00"}
    assert taken(changed, "IMG_20130712_165427.jpg") == ("2013-07-12T16:54:27", "second", None, "file_name")
    found = taken_of(changed, NOW)
    assert found is not None
    assert (found.basis, found.offset_min) == ("change", 120)


class TestOffsets:
    """An offset belongs to its own time."""

    def offset(self, tags: dict[str, Any], **zones: Any) -> tuple[int | None, str | None]:
        found = taken_of({"ExifIFD:DateTimeOriginal": "2023:05:01 12:00:00", **tags}, NOW, **zones)
        assert found is not None
        assert found.local == datetime(2023, 5, 1, 12)
        return found.offset_min, found.offset_source

    def test_another_times_offset_says_nothing(self) -> None:
        edited = {"IFD0:ModifyDate": "2023:05:20 18:00:00", "ExifIFD:OffsetTime": "+02:00"}
        assert self.offset(edited) == (None, None)
        assert self.offset(edited, position_zone=TOKYO) == (540, "position_time_zone")
        scanned = {"ExifIFD:CreateDate": "2023:06:01 12:00:00", "ExifIFD:OffsetTimeDigitized": "-05:00"}
        assert self.offset(scanned) == (None, None)

    def test_the_same_wall_clock_has_the_same_offset(self) -> None:
        same = {"IFD0:ModifyDate": "2023:05:01 12:00:01", "ExifIFD:OffsetTime": "+02:00"}
        assert self.offset(same) == (120, "tag")
        assert self.offset({"XMP-xmp:CreateDate": "2023:05:01 12:00:00+05:45"}) == (345, "tag")
        assert self.offset({"ExifIFD:OffsetTime": "+02:00"}) == (120, "tag")  # its own time is not there

    def test_programs_that_know_no_zone_write_zero_into_iptc(self) -> None:
        iptc = {"Composite:DateTimeCreated": "2023:05:01 12:00:00+00:00", "IPTC:DateCreated": "2023:05:01"}
        assert self.offset(iptc) == (None, None)

    def test_midnight_at_zero_in_iptc_is_a_day_without_a_clock(self) -> None:
        def created(clock: str) -> tuple[str, str, int | None, str] | None:
            return taken({"Composite:DateTimeCreated": f"2004:02:26 {clock}"})

        assert created("00:00:00+00:00") == ("2004-02-26T00:00:00", "day", None, "Composite:DateTimeCreated")
        assert created("13:00:00+00:00") == ("2004-02-26T13:00:00", "second", None, "Composite:DateTimeCreated")
        assert created("00:00:00+02:00") == ("2004-02-26T00:00:00", "second", 120, "Composite:DateTimeCreated")

    def test_satellites_and_place_contradict(self) -> None:
        stated = {"ExifIFD:OffsetTimeOriginal": "+02:00"}
        gps = {"Composite:GPSDateTime": "2023:05:01 03:00:01Z"}
        assert self.offset(stated) == (120, "tag")
        assert self.offset({**stated, **gps}) == (540, "gps_time")
        assert self.offset(stated, position_zone=TOKYO) == (540, "position_time_zone")
        # An old position that was kept for an hour does not outvote tag and place together.
        kept = {"Composite:GPSDateTime": "2023:05:01 09:00:01Z"}
        assert self.offset({**stated, **kept}, position_zone=BERLIN) == (120, "tag")

    def test_cameras_own_zones(self) -> None:
        assert self.offset({"Nikon:TimeZone": 480, "Nikon:DaylightSavings": 0}) == (480, "tag")
        assert self.offset({"Nikon:TimeZone": 720, "Nikon:DaylightSavings": 1}) == (780, "tag")
        assert self.offset({"Canon:TimeZone": 120, "Canon:DaylightSavings": 60}) == (120, "tag")
        assert self.offset({"ExifIFD:TimeZoneOffset": "9 9"}) == (540, "tag")
        assert self.offset({"Nikon:TimeZone": 32000}) == (None, None)
        assert self.offset({"Sony:SonyDateTime2": "2023:05:01 10:00:00"}) == (120, "gps_time")
        edited = {"IFD0:ModifyDate": "2024:05:20 18:00:00", "Nikon:TimeZone": 480}
        found = taken_of(edited, NOW)
        assert found is not None
        assert found.offset_min is None  # the camera knows nothing of who changed it

    @given(WALLS, st.sampled_from([-570, -210, -180, 0, 60, 330, 345, 525, 540, 765]), st.booleans())
    def test_never_shifts_the_wall_clock(self, wall: datetime, offset_min: int, stated: bool) -> None:
        gps = wall - timedelta(minutes=offset_min)
        tags = {
            "ExifIFD:DateTimeOriginal": f"{wall:%Y:%m:%d %H:%M:%S}",
            "Composite:GPSDateTime": f"{gps:%Y:%m:%d %H:%M:%SZ}",
            "ExifIFD:OffsetTimeOriginal": "+01:00" if stated else "",
        }
        found = taken_of(tags, NOW)
        assert found is not None
        assert found.local == wall
        assert (found.doubt, found.offset_min) == (None, offset_min)


class TestFilms:
    def test_the_name_tells_the_offset_of_a_container(self) -> None:
        film = {**FILM, "QuickTime:CreateDate": "2024:01:28 09:54:20"}
        assert taken(film, "20240128_105420.mp4") == ("2024-01-28T10:54:20", "second", 60, "QuickTime:CreateDate")
        assert taken(film, "VID_20240128_152420.mp4")[2] == 330  # type: ignore[index]
        # The container may be dated by the end of the film.
        ended = {**FILM, "QuickTime:CreateDate": "2024:01:28 10:10:20", "QuickTime:Duration": 960}
        assert taken(ended, "20240128_105420.mp4")[2] == 60  # type: ignore[index]
        # A name of the same clock tells no offset, nor does one that fits none.
        assert taken(film, "20240128_095420.mp4") == (
            "2024-01-28T09:54:20",
            "second",
            None,
            "QuickTime:CreateDate",
        )
        utc = taken_of(film, NOW, name="20240128_113320.mp4")
        assert utc is not None
        assert (utc.offset_min, utc.offset_source) == (0, "utc")

    def test_the_place_goes_before_the_name(self) -> None:
        film = {**FILM, "QuickTime:CreateDate": "2024:01:28 09:54:20"}
        assert taken(film, "20240128_105420.mp4", position_zone=TOKYO)[2] == 540  # type: ignore[index]
        # Name and container show the same, and the place has another clock: the container is no UTC.
        assert taken(film, "20240128_095420.mp4", position_zone=TOKYO)[0] == "2024-01-28T09:54:20"  # type: ignore[index]

    def test_a_name_that_is_utc_itself_tells_nothing(self) -> None:
        film = {**FILM, "QuickTime:CreateDate": "2024:01:28 09:54:22"}
        found = taken_of(film, NOW, name="PXL_20240128_095420123.mp4")
        assert found is not None
        assert (found.offset_min, found.offset_source) == (0, "utc")

    def test_nikons_container_is_a_wall_clock(self) -> None:
        film = {**FILM, "QuickTime:CreateDate": "2024:09:28 12:54:53", "Nikon:TimeZone": 480}
        assert taken(film) == ("2024-09-28T12:54:53", "second", 480, "QuickTime:CreateDate")
        written = {**film, "Nikon:DateTimeOriginal": "2024:09:28 12:54:53", "Nikon:DaylightSavings": 1}
        assert taken(written) == ("2024-09-28T12:54:53", "second", 540, "Nikon:DateTimeOriginal")

    def test_another_tag_of_the_same_moment_tells_the_zone(self) -> None:
        xmp = {"XMP-xmp:CreateDate": "2013:01:05 23:42:01-05:00"}
        utc = {**FILM, "QuickTime:CreateDate": "2013:01:06 04:42:01", **xmp}
        wall = {**FILM, "QuickTime:CreateDate": "2013:01:05 23:42:01", **xmp}
        expected = ("2013-01-05T23:42:01", "second", -300, "QuickTime:CreateDate")
        assert (taken(utc), taken(wall)) == (expected, expected)

    def test_a_year_in_a_films_tags_is_said_more_exactly_by_its_container(self) -> None:
        film = {**FILM, "ItemList:ContentCreateDate": 2019, "QuickTime:CreateDate": "2019:05:05 10:00:00"}
        assert taken(film)[0] == "2019-05-05T10:00:00"  # type: ignore[index]
        tape = {**FILM, "ItemList:ContentCreateDate": 1994, "QuickTime:CreateDate": "2019:05:05 10:00:00"}
        assert taken(tape)[:2] == ("1994-01-01T00:00:00", "year")  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "value", "local"),
    [
        ("Reconyx:DateTimeOriginal", "2004:06:15 10:11:12", "2004-06-15T10:11:12"),
        ("CIFF:DateTimeOriginal", "2004:06:15 10:11:12", "2004-06-15T10:11:12"),
        ("Olympus:DateTime1", "2004:06:15 10:11:12", "2004-06-15T10:11:12"),
        ("SomeMaker:DateTimeOriginal", "2004:06:15 10:11:12", "2004-06-15T10:11:12"),
        ("PNG:CreationTime", "Tue 05 Mar 2019 02:13:31 PM CET", "2019-03-05T14:13:31"),
        ("RIFF:DateTimeOriginal", "2011:07:09 10:11:12", "2011-07-09T10:11:12"),
        ("RIFF:DateCreated", "2011-07-09", "2011-07-09T00:00:00"),
        ("ASF:CreationDate", "2011:07:09 10:11:12Z", "2011-07-09T10:11:12"),
        ("Matroska:DateTimeOriginal", "2011:07:09 10:11:12Z", "2011-07-09T10:11:12"),
    ],
)
def test_tags_of_makers_and_formats(name: str, value: str, local: str) -> None:
    found = taken({name: value, "IFD0:ModifyDate": "2020:05:15 10:25:45"})
    assert found is not None
    assert (found[0], found[3]) == (local, name)


@pytest.mark.parametrize("weeks", [1024, 2048])
def test_a_receiver_that_counts_its_weeks_from_the_wrong_beginning(weeks: int) -> None:
    day = datetime(2023, 11, 20, 1)
    behind = {"Composite:GPSDateTime": f"{day - timedelta(weeks=weeks):%Y:%m:%d %H:%M:%S}Z"}
    # The file's name, or a change on that day, shows which 1024 weeks are meant; without them nothing does.
    for tags, name in (({}, "IMG_20231120_100000.jpg"), ({"IFD0:ModifyDate": "2023:11:20 10:00:05"}, "")):
        found = taken_of({**behind, **tags}, NOW, name=name, position_zone=TOKYO)
        assert found is not None
        assert (found.local, found.offset_min) == (day + timedelta(hours=9), 540)
    original = {"ExifIFD:DateTimeOriginal": "2023:11:20 10:00:03"}
    assert taken({**behind, **original}) == (
        "2023-11-20T10:00:03", "second", 540, "ExifIFD:DateTimeOriginal",
    )  # fmt: skip


@given(
    st.lists(
        st.builds(
            Taken,
            WALLS,
            st.sampled_from([None, 0, 120]),
            st.sampled_from([None, "utc", "tag"]),
            st.just("x"),
            st.sampled_from(["year", "month", "day", "minute", "second"]),
            doubt=st.sampled_from([None, "default", "future"]),
            trust=st.sampled_from(Trust),
        ),
        max_size=5,
    )
)
def test_a_believed_time_is_chosen_whenever_there_is_one(found: list[Taken]) -> None:
    best = choose_taken(found)
    assert (best is None) == (not found)
    if best is not None:
        assert (best.doubt is None) == any(each.doubt is None for each in found)
        assert best.local <= best.latest
