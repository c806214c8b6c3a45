"""Positions: what is plausible, distances, ISO 6709."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.geo import distance_km, is_plausible, parse_coordinates, plausible_altitude, plausible_direction

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+34.0533-118.2423/", (34.0533, -118.2423, None)),  # as an iPhone writes it
        ("+48.8577+002.2950+035.000CRSWGS_84/", (48.8577, 2.295, 35.0)),
        ("-4012.22-07500.25-050/", (-40.20366667, -75.00416667, -50.0)),  # degrees and minutes
        ("+401213.1-0750015.1/", (40.20363889, -75.00419444, None)),  # degrees, minutes and seconds
        ("33.1268 -117.3273", (33.1268, -117.3273, None)),  # as ExifTool's numbers
        ("-33.9 151.2 -12.5", (-33.9, 151.2, -12.5)),
    ],
)
def test_coordinates_in_text(text: str, expected: tuple[float, float, float | None]) -> None:
    found = parse_coordinates(text)
    assert found is not None
    assert (found.lat, found.lon) == pytest.approx(expected[:2])
    assert found.alt_m == expected[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0 0",
        "+00.0000+000.0000/",
        "91 0",
        "+34.0533",
        "nan nan",
        "inf 1",
        "1e999 1",
        "+406099-0750015/",
        "x" * 999,
    ],
)
def test_no_coordinates(text: str) -> None:
    assert parse_coordinates(text) is None


@given(st.text(alphabet="+-.0123456789 /eE,", max_size=60))
def test_any_text_gives_a_plausible_position_or_none(text: str) -> None:
    found = parse_coordinates(text)
    assert found is None or is_plausible(found.lat, found.lon)


@given(LATITUDES, LONGITUDES)
def test_decimal_degrees_come_back(lat: float, lon: float) -> None:
    found = parse_coordinates(f"{lat:+010.6f}{lon:+011.6f}/")
    if found is None:
        assert not is_plausible(round(lat, 6), round(lon, 6))
    else:
        assert distance_km(found.lat, found.lon, lat, lon) < 0.001


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_distance_is_a_distance(lat1: float, lon1: float, lat2: float, lon2: float) -> None:
    there, back = distance_km(lat1, lon1, lat2, lon2), distance_km(lat2, lon2, lat1, lon1)
    assert 0 <= there <= 20_016
    assert there == pytest.approx(back, abs=1e-6)
    assert distance_km(lat1, lon1, lat1, lon1) == 0


def test_distance_paris_london() -> None:
    assert distance_km(48.8566, 2.3522, 51.5074, -0.1278) == pytest.approx(343.6, abs=0.5)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_directions_lie_within_the_circle(direction: float) -> None:
    found = plausible_direction(direction)
    assert found is None or 0 <= found < 360


def test_signs_and_limits() -> None:
    assert plausible_direction(-90.0) == 270.0
    assert plausible_direction(360.0) == 0.0
    assert plausible_altitude(-430.5) == -430.5
    assert plausible_altitude(1e9) is None
    assert not is_plausible(math.nan, 1)
    assert not is_plausible(0, 0)
    assert is_plausible(0, 1)
