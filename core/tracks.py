"""The way a camera took while it was filming: points with their seconds, thinned to what a map can show."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.geo import EARTH_RADIUS_KM, is_plausible, plausible_altitude
from core.tags import number_of

LONGEST_S = 7 * 24 * 3600.0
_FIXES = (2.0, 3.0)  # a position by satellites in the plane, or in space; 0 and 1 are none

_Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """Where the camera was, `at_s` seconds after the video's start; `alt_m` above sea level, None if unknown."""

    at_s: float
    lat: float
    lon: float
    alt_m: float | None


def read_points(rows: Iterable[tuple[str, str, str, str, str]]) -> list[TrackPoint]:
    """Points in the order of time from rows of text: second, latitude, longitude, altitude, kind of fix.

    Rows without a second or a plausible position are left out, those taken before the satellites were found too;
    of several at the same second the first stays.
    """
    found: dict[float, TrackPoint] = {}
    for row in rows:
        at_s, lat, lon, alt_m, fix = (number_of(field) for field in row)
        if at_s is None or lat is None or lon is None or not 0 <= at_s <= LONGEST_S:
            continue
        if is_plausible(lat, lon) and (fix is None or fix in _FIXES):
            found.setdefault(at_s, TrackPoint(at_s, lat, lon, plausible_altitude(alt_m)))
    return [found[at_s] for at_s in sorted(found)]


def simplify(points: list[TrackPoint], tolerance_m: float = 3.0, most: int = 500) -> list[TrackPoint]:
    """As few of the points as keep the camera's place at every moment within `tolerance_m`, at most `most`: for
    long tracks the tolerance grows.

    Top-down time-ratio (Meratnia & de By, 2004): Douglas-Peucker, but each point is held against the place that
    the shortened track gives for its very second, so that standing still is kept, too.
    """
    if len(points) <= 2:
        return list(points)
    rows = _in_metres(points)
    while True:
        kept = _kept(rows, tolerance_m)
        if len(kept) <= max(most, 2):
            return [points[index] for index in kept]
        tolerance_m *= 1.5


def _in_metres(points: list[TrackPoint]) -> _Rows:
    """Second, east and north of the first point in metres: good enough within a video's reach."""
    at_s, lat, lon = (np.array([getattr(point, name) for point in points]) for name in ("at_s", "lat", "lon"))
    metres = np.radians(1.0) * EARTH_RADIUS_KM * 1000.0
    # The short way round, also across the date line.
    east = (lon - lon[0] + 180.0) % 360.0 - 180.0
    return np.stack([at_s, east * metres * np.cos(np.radians(lat[0])), (lat - lat[0]) * metres], axis=1)


def _kept(rows: _Rows, tolerance_m: float) -> list[int]:
    kept = {0, len(rows) - 1}
    spans = [(0, len(rows) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        inner = rows[first + 1 : last]
        share = (inner[:, 0] - rows[first, 0]) / (rows[last, 0] - rows[first, 0])
        expected = rows[first, 1:] + share[:, None] * (rows[last, 1:] - rows[first, 1:])
        away = np.hypot(*(inner[:, 1:] - expected).T)
        farthest = int(np.argmax(away))
        if away[farthest] > tolerance_m:
            middle = first + 1 + farthest
            kept.add(middle)
            spans += [(first, middle), (middle, last)]
    return sorted(kept)
