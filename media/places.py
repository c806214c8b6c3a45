"""Where a position is: the nearest town, its region and country, and the time zone. All offline.

Towns are GeoNames' (CC BY 4.0) of 1,000 people and more; country outlines are Natural Earth's at 1:50 million.
"""

import gzip
import json
import math
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from core.countries import code_of_number, country_name
from core.geo import EARTH_RADIUS_KM, distance_km

NEAR_KM = 30.0
"""Further from the nearest town than this, a position is not "in" that town."""
REACH_KM = 0.02
"""A town reaches this far times the root of its population: 800 people a square kilometre."""
FARTHEST_REACH_KM = 25.0
FARTHEST_KM = 100.0
"""Towns further away say nothing about a position, not even its country."""
FEWEST_PEOPLE = 50.0
"""What a place without a known population counts as."""

_TOWN = re.compile(rb'\{[^{}]*?"latitude":(-?[\d.e-]+),"longitude":(-?[\d.e-]+),"population":(\d+)[^{}]*\}')

_Points = NDArray[np.float64]
ZoneName = Callable[[float, float], str | None]
"""The name of the time zone of a latitude and longitude in degrees."""
_AT_SEA = "Etc/"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a position is. `name` and `admin` (region, else district) are None in the wilderness, all three at
    sea. `nearest` is the town or suburb whose middle is nearest, `distance_km` how far that is."""

    name: str | None
    admin: str | None
    country: str | None
    country_code: str | None
    nearest: str
    distance_km: float


class Towns:
    """All towns in memory: about 35 MB, 0.5 s to read; an answer takes about 0.5 ms.

    The nearest middle of a town alone names too many suburbs: a place a kilometre from a suburb's middle and
    four from a city's is mostly the city's. So distances are weighed by the cube root of the population, among
    the towns large enough to reach that far (docs/decisions/places.md has the cases).
    """

    def __init__(self, towns_gz: Path, countries_json: Path) -> None:
        """`towns_gz`: gzipped JSON list of places (weight "geonames-places"); `countries_json`: world-atlas."""
        self._text = gzip.decompress(towns_gz.read_bytes())
        found = list(_TOWN.finditer(self._text))
        self._spans = np.array([match.span() for match in found], dtype=np.int64)
        numbers = np.array([match.groups() for match in found], dtype=np.float64)
        by_latitude = np.argsort(numbers[:, 0], kind="stable")
        self._spans, numbers = self._spans[by_latitude], numbers[by_latitude]
        self._lat, self._lon, self._people = numbers[:, 0], numbers[:, 1], numbers[:, 2]
        self._on_sphere = _unit_vectors(self._lat, self._lon)
        self._countries_json = countries_json

    def place_of(self, lat: float, lon: float, zone_of: ZoneName | None = None) -> Place:
        """The place of a position in degrees.

        `zone_of` answers the time zone of a position. With it only towns count that are in the position's own:
        where a border runs between town and position, zones mostly differ, and their outlines are finer than any
        of countries at hand (decision 074). On the high seas all count.
        """
        around, away_km = self._around(lat, lon)
        zone = zone_of(lat, lon) if zone_of is not None else None
        by_zone = zone_of is not None and zone is not None and not zone.startswith(_AT_SEA)

        def counts(index: np.int64) -> bool:
            return not by_zone or (zone_of is not None and zone_of(self._lat[index], self._lon[index]) == zone)

        first = next((at for at, index in enumerate(around) if counts(index)), None)
        if first is None or away_km[first] > NEAR_KM:
            code = self._town(around[first])["country_code"] if by_zone and first is not None else None
            return self._wilderness(lat, lon, around, code)
        near = self._town(around[first])
        chosen, least = near, away_km[first] / _weight(self._people[around[first]])
        for index, to_km in zip(around[first + 1 :], away_km[first + 1 :], strict=True):
            people = self._people[index]
            reach_km = min(REACH_KM * math.sqrt(people), FARTHEST_REACH_KM)
            if to_km <= reach_km and to_km / _weight(people) < least:
                town = self._town(index)
                if town["country_code"] == near["country_code"] and counts(index):
                    chosen, least = town, to_km / _weight(people)
        code = chosen["country_code"]
        admin = chosen.get("state") or chosen.get("county")
        return Place(chosen["city"], admin, country_name(code) or code, code, near["city"], float(away_km[first]))

    def _around(self, lat: float, lon: float) -> tuple[NDArray[np.int64], _Points]:
        """The towns within FARTHEST_KM, nearest first, and how far each is."""
        here = _unit_vectors_of(lat, lon)
        # Only the band of latitudes within reach: a fiftieth of the towns, and no threads of a matrix library.
        reach_deg = math.degrees(FARTHEST_KM / EARTH_RADIUS_KM)
        first, last = np.searchsorted(self._lat, [lat - reach_deg, lat + reach_deg])
        away_km = EARTH_RADIUS_KM * np.arccos(np.clip(self._on_sphere[first:last] @ here, -1.0, 1.0))
        close = np.flatnonzero(away_km <= FARTHEST_KM)
        close = close[np.argsort(away_km[close], kind="stable")]
        return first + close, away_km[close]

    def _wilderness(self, lat: float, lon: float, around: NDArray[np.int64], code: str | None = None) -> Place:
        """No town is here; the country as known, or by its outline."""
        nearest = around[0] if around.size else np.argmax(self._on_sphere @ _unit_vectors_of(lat, lon))
        code = code or self._countries.country_of(lat, lon)
        away_km = distance_km(lat, lon, self._lat[nearest], self._lon[nearest])
        return Place(None, None, country_name(code) if code else None, code, self._town(nearest)["city"], away_km)

    def _town(self, index: np.int64) -> dict[str, str]:
        start, end = self._spans[index]
        town: dict[str, str] = json.loads(self._text[start:end])
        return town

    @cached_property
    def _countries(self) -> "_Countries":
        return _Countries(json.loads(self._countries_json.read_bytes()))


class TimeZones:
    """Time zones by position (timezonefinder; its outlines stay on disk, about 35 MB of memory)."""

    def __init__(self) -> None:
        from timezonefinder import TimezoneFinder  # noqa: PLC0415  # 0.2 s that only a position needs

        self._finder = TimezoneFinder(in_memory=False)
        self._lock = threading.Lock()  # its answers come by seeking in shared files

    def name_of(self, lat: float, lon: float) -> str | None:
        """The name of the time zone of a position in degrees, at sea the nautical one."""
        with self._lock:
            return self._finder.timezone_at(lat=float(lat), lng=float(lon) if lon > -180 else 180.0)

    def zone_of(self, lat: float, lon: float) -> ZoneInfo | None:
        """The same as a time zone; None where this machine's time zone database does not know it."""
        name = self.name_of(lat, lon)
        if name is None:
            return None
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return None


class _Countries:
    """Outlines of countries, for the question in which one a position lies."""

    def __init__(self, topology: dict[str, Any]) -> None:
        scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
        arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]
        self._outlines: list[tuple[str, list[_Points]]] = []
        for country in topology["objects"]["countries"]["geometries"]:
            shapes = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
            rings = [_ring(ring, arcs) for shape in shapes for ring in shape]
            code = code_of_number(str(country.get("id", ""))) or _CODES_BY_NAME.get(country["properties"]["name"])
            if code:
                self._outlines.append((code, rings))

    def country_of(self, lat: float, lon: float) -> str | None:
        """The two-letter code of the country around a position; None at sea."""
        for code, rings in self._outlines:
            # A ring within a ring is a hole: inside an odd number of rings is inside the country.
            if sum(_is_inside(ring, lat, lon) for ring in rings) % 2:
                return code
        return None


# Natural Earth numbers no country that ISO does not.
_CODES_BY_NAME = {"Kosovo": "XK", "Somaliland": "SO", "N. Cyprus": "CY"}


def _ring(numbers: list[int], arcs: list[_Points]) -> _Points:
    """A closed line from TopoJSON's arcs; ~n is arc n backwards. Longitudes run on beyond ±180 where the line
    crosses the date line; a line around a pole is closed over the pole."""
    ring = np.concatenate([arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers])
    ring[:, 0] = np.unwrap(ring[:, 0], period=360.0)
    if abs(ring[-1, 0] - ring[0, 0]) > 180:
        pole = math.copysign(90.0, ring[:, 1].mean())
        ring = np.concatenate([ring, [[ring[-1, 0], pole], [ring[0, 0], pole], ring[0]]])
    return ring


def _is_inside(ring: _Points, lat: float, lon: float) -> bool:
    """Whether a line from the position to the east crosses the ring an odd number of times."""
    x, y = ring[:, 0], ring[:, 1]
    if not y.min() <= lat <= y.max():
        return False
    x0, y0, x1, y1 = x[:-1], y[:-1], x[1:], y[1:]
    spans = (y0 > lat) != (y1 > lat)
    crossing = x0[spans] + (lat - y0[spans]) / (y1[spans] - y0[spans]) * (x1[spans] - x0[spans])
    return any(np.count_nonzero(crossing > lon + turn) % 2 for turn in (-360.0, 0.0, 360.0))


def _weight(people: float) -> float:
    return float(max(people, FEWEST_PEOPLE) ** (1 / 3))


def _unit_vectors_of(lat: float, lon: float) -> _Points:
    point: _Points = _unit_vectors(np.array([lat]), np.array([lon]))[0]
    return point


def _unit_vectors(lat: _Points, lon: _Points) -> _Points:
    """Points on the unit sphere, n × 3: the nearest of them by angle has the greatest dot product."""
    phi, lam = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)
