"""Times as cameras write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.times import (
    add_fraction,
    offset_from_gps,
    offset_of_instant,
    offset_of_wall,
    parse_offset,
    parse_time,
)

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
        "2027:01:01 00:00:00",  # later than now
        "1600:01:01 00:00:00",
        "21 March 2019",
        "2019:03:21 11:04:22 and more",
    ],
)
def test_no_times(text: str) -> None:
    assert parse_time(text, NOW) is None


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
