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


@pytest.fixture(scope="module")
def zones() -> TimeZones:
    return TimeZones()


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


# Places whose side of the border anybody can check on a map: bridges, border posts, twin towns.
BORDER_SPOTS = [
    (31.740, -106.487, "Mexico"),  # Ciudad Juárez; the nearest middle is El Paso's
    (31.7600, -106.4900, "United States"),  # El Paso
    (48.5734, 7.7990, "France"),  # Strasbourg's harbour; Kehl is nearer
    (48.5739, 7.8150, "Germany"),  # Kehl
    (42.20848, -83.09805, "Canada"),  # LaSalle, across the river from Wyandotte
    (43.0896, -79.0849, "Canada"),  # Niagara Falls
    (43.0962, -79.0377, "United States"),
    (32.5520, -117.0430, "United States"),  # San Ysidro, close to Tijuana
    (32.5330, -117.0380, "Mexico"),  # Tijuana
    (27.4760, -99.5160, "Mexico"),  # Nuevo Laredo
    (27.5060, -99.5075, "United States"),  # Laredo
    (-25.5163, -54.5854, "Brazil"),  # Foz do Iguaçu; nearer to Ciudad del Este's middle
    (-25.5090, -54.6110, "Paraguay"),
    (-25.5970, -54.5730, "Argentina"),  # Puerto Iguazú
    (-30.8930, -55.5350, "Brazil"),  # Sant'Ana do Livramento and Rivera share a street
    (-30.9050, -55.5510, "Uruguay"),
    (7.8170, -72.4420, "Venezuela"),  # San Antonio del Táchira
    (36.1408, -5.3536, "Gibraltar"),
    (36.1650, -5.3480, "Spain"),  # La Línea
    (43.7440, 7.4090, "France"),  # Beausoleil above Monaco
    (41.9060, 12.4480, "Italy"),  # Rome, 300 m from the Vatican's wall
    (52.3440, 14.5680, "Poland"),  # Słubice, the Oder between it and Frankfurt
    (52.3400, 14.5480, "Germany"),
    (51.1500, 15.0080, "Poland"),  # Zgorzelec
    (59.3760, 28.1900, "Estonia"),  # Narva
    (59.3730, 28.2200, "Russia"),  # Ivangorod
    (65.8480, 24.1500, "Finland"),  # Tornio
    (55.0400, -7.4000, "Ireland"),  # Muff; Derry is the large town near it
    (54.9950, -7.3200, "United Kingdom"),
    (31.6040, 74.5780, "India"),  # Attari; Lahore is the large town near it
    (31.6050, 74.5500, "Pakistan"),  # Wagah
    (1.4655, 103.7578, "Malaysia"),  # Johor Bahru
    (1.4400, 103.7860, "Singapore"),
    (22.5431, 114.0579, "China"),  # Shenzhen
    (22.5050, 114.1280, "Hong Kong"),  # Fanling
    (13.6550, 102.5640, "Cambodia"),  # Poipet
    (29.4900, 34.8950, "Egypt"),  # Taba; nearer to Eilat than to any town of Egypt
    (29.5310, 35.0050, "Jordan"),  # Aqaba
    (40.1240, 124.3900, "China"),  # Dandong
    (-4.2700, 15.2800, "Republic of the Congo"),  # Brazzaville, Kinshasa across the river
    (-17.9167, 25.8500, "Zimbabwe"),  # Victoria Falls
    (-17.8519, 25.8285, "Zambia"),  # Livingstone
    (6.1300, 1.2100, "Togo"),  # Lomé
    (6.1200, 1.1800, "Ghana"),  # Aflao
    (-1.6800, 29.2300, "Democratic Republic of the Congo"),  # Goma
    (-1.7000, 29.2600, "Rwanda"),  # Gisenyi
    (-2.6000, 140.9900, "Indonesia"),  # the border post of Skouw
    (-2.6200, 141.0300, "Papua New Guinea"),  # Wutung
]


@pytest.mark.parametrize(("lat", "lon", "country"), BORDER_SPOTS)
def test_a_town_across_the_border_does_not_count(
    towns: Towns, lat: float, lon: float, country: str, zones: TimeZones
) -> None:
    assert towns.place_of(lat, lon, zones.name_of).country == country


@pytest.mark.parametrize(
    ("lat", "lon", "name", "country"),
    [
        (31.740, -106.487, "Ciudad Juárez", "Mexico"),
        (48.5734, 7.7990, "Strasbourg", "France"),
        (42.20848, -83.09805, "LaSalle", "Canada"),
        (55.50, 3.50, None, None),  # the middle of the North Sea: its zone is no country's
        (43.20, 6.70, "Ramatuelle", "France"),  # a kilometre off the coast, still in its waters
        (41.2203, -96.0716, "Omaha", "United States"),
    ],
)
def test_towns_by_zone(
    towns: Towns, zones: TimeZones, lat: float, lon: float, name: str | None, country: str | None
) -> None:
    place = towns.place_of(lat, lon, zones.name_of)
    assert (place.name, place.country) == (name, country)


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
