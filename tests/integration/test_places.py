"""Positions to towns, countries and time zones, with the real data."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.countries import code_of_number, country_name
from media.places import NEAR_KM, TimeZones, Towns
from media.weights import WeightStore, default_folder, load_manifest


def make_towns() -> Towns:
    weights = WeightStore(default_folder(os.environ), load_manifest())
    return Towns(weights.path("geonames-places"), weights.path("world-atlas") / "countries-50m.json")


@pytest.fixture(scope="module")
def towns() -> Towns:
    return make_towns()


@pytest.mark.parametrize(
    ("lat", "lon", "name", "country"),
    [
        (52.5189, 13.4003, "Berlin", "Germany"),  # nearest middle: the quarter of Mitte
        (41.2203, -96.0716, "Omaha", "United States"),  # nearest middle: Ralston, an enclave
        (48.8606, 2.3376, "Paris", "France"),
        (48.8245, 2.2735, "Issy-les-Moulineaux", "France"),  # a town of its own at Paris' edge
        (52.3989, 13.0657, "Potsdam", "Germany"),
        (48.5739, 7.8089, "Kehl", "Germany"),  # across the river from Strasbourg
        (48.5734, 7.7521, "Strasbourg", "France"),
        (43.7384, 7.4246, "Monaco", "Monaco"),
        (51.4994, -0.1245, "London", "United Kingdom"),
        (-34.91889, 138.59686, "Adelaide", "Australia"),
        (-33.9628, 18.4098, "Cape Town", "South Africa"),
        (46.0207, 7.7491, "Zermatt", "Switzerland"),
        (55.6985, 13.1951, "Lund", "Sweden"),
    ],
)
def test_towns(towns: Towns, lat: float, lon: float, name: str, country: str) -> None:
    place = towns.place_of(lat, lon)
    assert (place.name, place.country) == (name, country)


@pytest.mark.parametrize(
    ("lat", "lon", "country"),
    [
        (24, 5, "Algeria"),
        (75, -40, "Greenland"),
        (66, 105, "Russia"),
        (67, -175, "Russia"),  # beyond the date line
        (-16.8, 179.99, "Fiji"),
        (-75, 0, "Antarctica"),
        (0, -30, None),  # at sea
        (90, 0, None),
    ],
)
def test_far_from_any_town(towns: Towns, lat: float, lon: float, country: str | None) -> None:
    place = towns.place_of(lat, lon)
    assert (place.name, place.admin, place.country) == (None, None, country)
    assert place.distance_km > NEAR_KM
    assert place.nearest


_TOWNS: list[Towns] = []


@settings(deadline=None, max_examples=200)
@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_position_has_an_answer(lat: float, lon: float) -> None:
    if not _TOWNS:
        _TOWNS.append(make_towns())
    place = _TOWNS[0].place_of(lat, lon)
    assert (place.name is not None) == (place.distance_km <= NEAR_KM)
    assert place.country_code is None or country_name(place.country_code)


def test_every_town_is_of_a_known_country(towns: Towns) -> None:
    codes = {towns._town(index)["country_code"] for index in range(0, len(towns._spans), 25)}
    assert len(codes) > 150
    assert all(country_name(code) for code in codes)
    assert code_of_number("276") == "DE"


@pytest.mark.parametrize(
    ("lat", "lon", "zone"),
    [
        (41.2203, -96.0716, "America/Chicago"),
        (-33.9, 151.2, "Australia/Sydney"),
        (27.7, 85.3, "Asia/Kathmandu"),
        (0, -30, "Etc/GMT+2"),
        (0, -180, "Etc/GMT-12"),
    ],
)
def test_time_zones(lat: float, lon: float, zone: str) -> None:
    found = TimeZones().zone_of(lat, lon)
    assert found is not None
    assert found.key == zone
