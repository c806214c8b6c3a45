"""Positions on the earth: what is a plausible one, distances, and positions written as text (ISO 6709)."""

import math
import re
from dataclasses import dataclass

EARTH_RADIUS_KM = 6371.0088
HIGHEST_M = 100_000.0
LOWEST_M = -12_000.0
WIDEST_RADIUS_M = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Position:
    """Where something was taken, WGS 84 degrees.

    `alt_m` metres above sea level, negative below; `direction_deg` where the camera looked, clockwise from
    north, 0 <= d < 360; `radius_m` how far off it may be; `source` where it comes from ("tag": the file).
    """

    lat: float
    lon: float
    alt_m: float | None = None
    direction_deg: float | None = None
    radius_m: float | None = None
    source: str = "tag"


def is_plausible(lat: float, lon: float) -> bool:
    """Whether degrees can be a place: finite, in range, and not (0, 0), which devices write for "unknown"."""
    if not (math.isfinite(lat) and math.isfinite(lon)):
        return False
    return abs(lat) <= 90 and abs(lon) <= 180 and not (abs(lat) < 1e-7 and abs(lon) < 1e-7)


def plausible_altitude(alt_m: float | None) -> float | None:
    """`alt_m` unless it is not a number or outside of what a camera on earth reaches."""
    if alt_m is None or not math.isfinite(alt_m):
        return None
    return alt_m if LOWEST_M <= alt_m <= HIGHEST_M else None


def plausible_direction(direction_deg: float | None) -> float | None:
    """A direction brought to 0 <= d < 360; None when more than one turn outside: noise."""
    if direction_deg is None or not math.isfinite(direction_deg) or not -360 <= direction_deg <= 360:
        return None
    turned = direction_deg % 360.0
    return 0.0 if turned >= 360.0 else turned  # -1e-20 % 360 is 360.0 in floating point


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance on a sphere, kilometres (haversine; at most 0.6 % off the ellipsoid)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((phi2 - phi1) / 2) ** 2
    half += math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half)))


_ISO_6709 = re.compile(
    r"([+-]\d{2}(?:\d{2}){0,2}(?:\.\d+)?)([+-]\d{3}(?:\d{2}){0,2}(?:\.\d+)?)([+-]\d+(?:\.\d+)?)?(?:CRS[\w:]*)?/?",
    re.ASCII,
)
_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?"
_NUMBERS = re.compile(rf"({_NUMBER})[\s,]+({_NUMBER})(?:[\s,]+({_NUMBER}))?", re.ASCII)


def parse_coordinates(text: str) -> Position | None:
    """A position from "lat lon [alt]" in degrees, or ISO 6709 ("+48.8577+002.2950+035.000/", also with
    minutes and seconds). None when the text is neither, or the place is not plausible."""
    text = text.strip()
    if len(text) > 200:
        return None
    if numbers := _NUMBERS.fullmatch(text):
        lat, lon = float(numbers[1]), float(numbers[2])
    elif numbers := _ISO_6709.fullmatch(text):
        lat, lon = _sexagesimal(numbers[1], 2), _sexagesimal(numbers[2], 3)
    else:
        return None
    if not is_plausible(lat, lon):
        return None
    return Position(lat, lon, plausible_altitude(float(numbers[3]) if numbers[3] else None))


def _sexagesimal(text: str, degree_digits: int) -> float:
    """Degrees from ±DD[MM[SS]][.fraction]; NaN when there are 60 or more minutes or seconds."""
    sign = -1.0 if text[0] == "-" else 1.0
    whole, _, fraction = text[1:].partition(".")
    parts = [whole[:degree_digits]] + [whole[i : i + 2] for i in range(degree_digits, len(whole), 2)]
    parts[-1] += "." + fraction if fraction else ""
    numbers = [float(part) for part in parts]
    if any(number >= 60 for number in numbers[1:]):
        return math.nan
    return sign * sum(number / 60.0**place for place, number in enumerate(numbers))
