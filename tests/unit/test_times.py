"""Times as cameras write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.times import PRECISIONS, add_fraction, latest_of, parse_time
from core.utc_offsets import offset_from_gps, offset_of_instant, offset_of_wall, parse_offset, parse_zone

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WALLS = st.datetimes(datetime(1995, 1, 1), datetime(2026, 11, 19))
OFFSETS_MIN = st.one_of(
    st.integers(-12, 14).map(lambda hours: hours * 60),
    st.sampled_from([-570, -210, 210, 330, 345, 390, 525, 570, 765]),
)


@pytest.mark.parametrize(
    ("text", "wall", "offset_min"),
    [
        ("2019:03:21 11:04:22", datetime(2019, 3, 21, 11, 4, 22), None),
        ("2019:03:21 11:04:22.348+02:00", datetime(2019, 3, 21, 11, 4, 22, 348000), 120),
        ("2020-01-05T14:13:13-0800", datetime(2020, 1, 5, 14, 13, 13), -480),
        ("2023:11:15 12:30:00Z", datetime(2023, 11, 15, 12, 30), 0),
        ("2021:06:01 08:15", datetime(2021, 6, 1, 8, 15), None),
        ("1889:05:06\0", datetime(1889, 5, 6), None),
    ],
)
def test_times(text: str, wall: datetime, offset_min: int | None) -> None:
    found = parse_time(text, NOW)
    assert found is not None
    assert (found.wall, found.offset_min) == (wall, offset_min)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "1904:01:01 00:00:00",
        "1970:01:01 00:00:00",
        "1980:01:01 00:00:00",
        "2019:02:30 10:00:00",
        "2019:13:01 10:00:00",
        "2019:03:21 25:00:00",
        "1600:01:01 00:00:00",
        "1899:12:30 01:00:14",
        "1900:01:01 00:00:00",
        "2021:06:15 10:60:00",
        "0000:06:15 10:11:12",
        "03/05/2021",  # which of them is the month?
        "2019:03:21 11:04:22 and more",
    ],
)
def test_no_times(text: str) -> None:
    assert parse_time(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "wall", "precision"),
    [
        ("1978", datetime(1978, 1, 1), "year"),
        ("1978:00:00 00:00:00", datetime(1978, 1, 1), "year"),
        ("1978:  :     :  :  ", datetime(1978, 1, 1), "year"),
        ("1978:  :  ", datetime(1978, 1, 1), "year"),
        ("2021:06", datetime(2021, 6, 1), "month"),
        ("2021-06", datetime(2021, 6, 1), "month"),
        ("2021:06:00 00:00:00", datetime(2021, 6, 1), "month"),
        ("June 1978", datetime(1978, 6, 1), "month"),
        ("2021-W24", datetime(2021, 6, 1), "month"),
        ("2021:06:15", datetime(2021, 6, 15), "day"),
        ("2021:06:15   :  :  ", datetime(2021, 6, 15), "day"),
        ("20210615", datetime(2021, 6, 15), "day"),
        ("2021-W24-2", datetime(2021, 6, 15), "day"),
        ("2021-166", datetime(2021, 6, 15), "day"),
        ("21 March 2019", datetime(2019, 3, 21), "day"),
        ("25/12/2021", datetime(2021, 12, 25), "day"),
        ("2021:06:15 10:11", datetime(2021, 6, 15, 10, 11), "minute"),
        ("2015:08:22 24:08:19", datetime(2015, 8, 22, 0, 8, 19), "second"),
        ("2018-10-07T24:00:01", datetime(2018, 10, 7, 0, 0, 1), "second"),
        ("2021:06:15 10:11:60", datetime(2021, 6, 15, 10, 12), "second"),
        ("2021: 6: 5  9: 8: 7", datetime(2021, 6, 5, 9, 8, 7), "second"),
        ("2021/06/15 03:15:22 PM", datetime(2021, 6, 15, 15, 15, 22), "second"),
        ("20210615T101112Z", datetime(2021, 6, 15, 10, 11, 12), "second"),
        ("Tue 05 Mar 2019 02:13:31 PM CET", datetime(2019, 3, 5, 14, 13, 31), "second"),
        ("Tue, 05 Mar 2019 14:13:31 +0100", datetime(2019, 3, 5, 14, 13, 31), "second"),
        ("Fri Mar 23 02:08:05 2012", datetime(2012, 3, 23, 2, 8, 5), "second"),
        ("mar. 05 mars 2019 14:13:31", datetime(2019, 3, 5, 14, 13, 31), "second"),
        ("Di 05 Mär 2019 14:13:31 CET", datetime(2019, 3, 5, 14, 13, 31), "second"),
        ("2019年03月05日 14时13分31秒", datetime(2019, 3, 5, 14, 13, 31), "second"),
        ("2019. 03. 05. (화) 오후 02:13:31 KST", datetime(2019, 3, 5, 14, 13, 31), "second"),
        ("Вт 05 мар 2019 14:13:31 MSK", datetime(2019, 3, 5, 14, 13, 31), "second"),
        ("火 05 3月 2019 02:13:31 PM", datetime(2019, 3, 5, 14, 13, 31), "second"),
        ("ti 5. maaliskuuta 2019 14.13.31", datetime(2019, 3, 5, 14, 13, 31), "second"),
        ("15.06.2021 10:11:12", datetime(2021, 6, 15, 10, 11, 12), "second"),
    ],
)
def test_as_precise_as_it_is_written(text: str, wall: datetime, precision: str) -> None:
    found = parse_time(text, NOW)
    assert found is not None
    assert (found.wall, found.precision, found.doubt) == (wall, precision, None)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("2002:12:08 12:00:00", "default"),
        ("1970:01:01 01:00:00", "default"),
        ("1980:01:01 00:13:00", "default"),
        ("2000:01:01 00:00:00", "default"),
        ("2000:01:01 05:17:03", "default"),  # it counted on from there
        ("2007:01:01 00:00:00", "default"),
        ("2010:01:01 12:00:00", "default"),
        ("2010:01:01 12:00:01", None),
        ("1970", None),  # somebody wrote the year of a print
        ("2000:01:01", None),
        ("2027:01:01 00:00:00", "future"),
        ("2036:02:07 06:28:16", "future"),
        ("2038:01:19 03:14:07", "future"),
        ("2099", "future"),
    ],
)
def test_clocks_that_are_not_believed(text: str, doubt: str | None) -> None:
    found = parse_time(text, NOW)
    assert found is not None
    assert found.doubt == doubt


@pytest.mark.parametrize("text", ["ca. 1978", "c. 1978", "circa 1978", "~1978", "1978?", "1978~"])
def test_about(text: str) -> None:
    found = parse_time(text, NOW)
    assert found is not None
    assert (found.wall.year, found.precision, found.about) == (1978, "year", True)


@given(WALLS, st.sampled_from(PRECISIONS))
def test_what_is_written_less_precisely_is_read_so(wall: datetime, precision: str) -> None:
    length = {"year": 4, "month": 7, "day": 10, "minute": 16, "second": 19}[precision]
    found = parse_time(f"{wall:%Y:%m:%d %H:%M:%S}"[:length], NOW)
    assert found is not None
    assert found.precision == precision
    assert found.wall <= wall.replace(microsecond=0) <= latest_of(found.wall, found.precision)


@pytest.mark.parametrize(
    ("text", "minutes"), [("CET", 60), ("cest", 120), ("UTC", 0), ("GMT+2", 120), ("+05:45", 345), ("CST", None)]
)
def test_zones(text: str, minutes: int | None) -> None:
    assert parse_zone(text) == minutes


def test_a_wall_clock_may_be_ahead_of_utc() -> None:
    assert parse_time("2026:11:21 02:00:00", NOW) is not None  # it is this late in Kiribati


@given(st.text(max_size=40))
def test_any_text_gives_a_time_or_none(text: str) -> None:
    found = parse_time(text, NOW)
    assert found is None or found.wall.year >= 1826


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+05:45", 345), ("-09:30", -570), ("Z", 0), ("+1400", 840), ("+14:30", None), ("-13:00", None), ("", None)],
)
def test_offsets(text: str, minutes: int | None) -> None:
    assert parse_offset(text) == minutes


@given(WALLS, OFFSETS_MIN, st.integers(-170, 170))
def test_satellites_give_the_offset_back(wall: datetime, offset_min: int, off_s: int) -> None:
    gps = wall - timedelta(minutes=offset_min, seconds=off_s)
    assert offset_from_gps(wall, gps) == offset_min


@given(WALLS, st.timedeltas(timedelta(days=-3), timedelta(days=3)))
def test_satellites_never_give_an_offset_nobody_uses(wall: datetime, difference: timedelta) -> None:
    found = offset_from_gps(wall, wall - difference)
    assert found is None or (
        -720 <= found <= 840 and abs(difference - timedelta(minutes=found)) <= timedelta(minutes=3)
    )


def test_an_old_position_gives_no_offset() -> None:
    wall = datetime(2019, 3, 21, 11, 4)
    assert offset_from_gps(wall, wall - timedelta(hours=2, minutes=7)) is None
    assert offset_from_gps(wall, wall - timedelta(hours=1, minutes=15)) is None  # no clock is set like that
    assert offset_from_gps(wall, wall - timedelta(days=1)) is None


@given(WALLS, st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]))
def test_wall_and_instant_agree(instant: datetime, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    offset_min = offset_of_instant(instant, zone)
    assert offset_min is not None
    wall = instant + timedelta(minutes=offset_min)
    back = offset_of_wall(wall, zone)
    # Only the hour that clocks show twice in autumn is ambiguous; it is taken as the first.
    assert back == offset_min or (back is not None and back - offset_min in (30, 60))


@pytest.mark.parametrize(
    ("digits", "microsecond"), [("348", 348000), ("05", 50000), ("1234567", 123456), ("x", 0)]
)
def test_fractions(digits: str, microsecond: int) -> None:
    assert add_fraction(datetime(2019, 3, 21), digits).microsecond == microsecond


@pytest.mark.parametrize(
    ("text", "wall", "precision"),
    [
        # As phones write them whose system speaks these languages.
        ("2019:04:20 下午 03:00:00", "2019-04-20 15:00:00", "second"),
        ("2019:04:20 03:00:00 오후", "2019-04-20 15:00:00", "second"),
        ("2019:04:20 12:05:00 πμ", "2019-04-20 00:05:00", "second"),
        ("٢٠١٩:٠٤:٢٠ ١٥:٠٠:٠٠", "2019-04-20 15:00:00", "second"),
        ("2562:04:20 15:00:00", "2019-04-20 15:00:00", "second"),
        # Parts of the clock that are blank.
        ("2019:04:20 15:30:  ", "2019-04-20 15:30:00", "minute"),
        ("2019:04:20 15:  :  ", "2019-04-20 00:00:00", "day"),
    ],
)
def test_clocks_of_other_languages_and_blank_parts(text: str, wall: str, precision: str) -> None:
    found = parse_time(text, NOW)
    assert found is not None
    assert (found.wall.isoformat(" "), found.precision, found.doubt) == (wall, precision, None)
