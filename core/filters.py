"""What the fields of a query that are not words mean: dates, areas, circles, numbers, kinds, formats.

Each value prints as it is typed, and reading that again gives the same value.
"""

import math
import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from core.errors import BadRequest

THINGS = ("position", "date", "faces", "text", "speech", "objects")
_ALSO_CALLED = {
    "face": "faces",
    "object": "objects",
    "positions": "position",
    "gps": "position",
    "place": "position",
    "texts": "text",
    "said": "speech",
    "dates": "date",
    "time": "date",
    "taken": "date",
}
STATES = ("damaged",)
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_BOUND = re.compile(r"(>=|<=|>|<|=)?\s*(.+)", re.DOTALL)
_FORMATS = {"jpg": "jpeg", "tif": "tiff", "qt": "quicktime", "mov": "quicktime", "mkv": "matroska", "heif": "heic"}


@dataclass(frozen=True, slots=True)
class Taken:
    """From the first to the last day, both included; None = open on that side. Wall clock of the place."""

    first: date | None
    last: date | None

    def __str__(self) -> str:
        start = _short_start(self.first) if self.first else ""
        end = _short_end(self.last) if self.last else ""
        if self.first and self.last:
            if self.first == self.last:
                return _iso(self.first)
            if (self.first.year, self.first.month) == (self.last.year, self.last.month) and (
                len(end) == 7 and self.first.day == 1
            ):
                return end  # one whole month
            if start == end:
                return start
        return f"{start}..{end}"


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in degrees; west > east when it crosses the 180th meridian."""

    west: float
    south: float
    east: float
    north: float

    def __str__(self) -> str:
        return f"{self.west!r},{self.south!r},{self.east!r},{self.north!r}"


@dataclass(frozen=True, slots=True)
class Circle:
    """All within `radius_km` of a point, over the ground."""

    lat: float
    lon: float
    radius_km: float

    def __str__(self) -> str:
        return f'"{self.lat!r},{self.lon!r},{self.radius_km!r}"'


@dataclass(frozen=True, slots=True)
class Amount:
    """A number from `least` to `most`; None = open; `*_open` = the bound itself is not meant."""

    least: float | None
    most: float | None
    least_open: bool = False
    most_open: bool = False

    def __str__(self) -> str:
        if self.least is not None and self.most is not None:
            least, most = _number(self.least), _number(self.most)
            return least if least == most else f"{least}..{most}"
        if self.least is not None:
            return f">{'' if self.least_open else '='}{_number(self.least)}"
        return f"<{'' if self.most_open else '='}{_number(self.most or 0.0)}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few names: photo or video, a thing that is there, a file format."""

    name: str

    def __str__(self) -> str:
        return self.name


Value = Taken | Area | Circle | Amount | Choice


def read_taken(text: str) -> Taken:
    """`2019`, `2019-05`, `2019-05-03`, `2019..2021-06`, `..2020`, `2020..`."""
    start, dots, end = text.partition("..")
    first = _day(start, last=False) if start or not dots else None
    last = _day(end, last=True) if end else (None if dots else _day(start, last=True))
    if first is None and last is None:
        raise ValueError("needs a date")
    if first and last and first > last:
        raise ValueError("ends before it begins")
    return Taken(first, last)


def read_area(text: str) -> Area:
    """`west,south,east,north` in degrees."""
    west, south, east, north = _floats(text, 4)
    _check_place(south, west)
    _check_place(north, east)
    if south > north:
        raise ValueError("has its south above its north")
    return Area(west, south, east, north)


def read_circle(text: str) -> Circle:
    """`lat,lon,km`."""
    lat, lon, radius_km = _floats(text, 3)
    _check_place(lat, lon)
    if not 0 < radius_km <= 20_100:
        raise ValueError("needs a distance between 0 and 20100 km")
    return Circle(lat, lon, radius_km)


def read_amount(text: str) -> Amount:
    """`4`, `>=4`, `<60`, `2..4`."""
    least, dots, most = text.partition("..")
    if dots:
        bounds = _one_float(least), _one_float(most)
        if bounds[0] > bounds[1]:
            raise ValueError("ends before it begins")
        return Amount(*bounds)
    found = _BOUND.fullmatch(text)
    if found is None:
        raise ValueError("needs a number")
    sign, number = found[1] or "=", _one_float(found[2])
    if sign == "=":
        return Amount(number, number)
    open_ = len(sign) == 1
    if sign[0] == ">":
        return Amount(number, None, least_open=open_)
    return Amount(None, number, most_open=open_)


def read_kind(text: str) -> Choice:
    """`photo` or `video`, also in the plural."""
    name = text.lower().rstrip("s")
    name = {"picture": "photo", "image": "photo", "movie": "video", "film": "video"}.get(name, name)
    return _choice(name, ("photo", "video"))


def read_thing(text: str) -> Choice:
    """What an asset can have, in the singular or plural."""
    name = text.lower()
    return _choice(_ALSO_CALLED.get(name, name), THINGS)


def read_state(text: str) -> Choice:
    """What an asset can be: `damaged`."""
    name = text.lower()
    return _choice({"broken": "damaged", "truncated": "damaged"}.get(name, name), STATES)


def read_format(text: str) -> Choice:
    """`jpeg`, `heic`, `mov`, …: the second half of a MIME type, or what files are called."""
    name = text.lower().lstrip(".")
    if not re.fullmatch(r"[a-z0-9.+-]{1,40}", name):
        raise ValueError("needs a file format")
    return Choice(_FORMATS.get(name, name))


READERS: dict[str, tuple[Callable[[str], Value], str]] = {
    "taken": (read_taken, "taken:2019..2021-06"),
    "within": (read_area, "within:-9.5,38.6,-9.0,38.9 (west,south,east,north)"),
    "near": (read_circle, 'near:"38.71,-9.14,5" (latitude,longitude,km)'),
    "rating": (read_amount, "rating:>=4"),
    "duration": (read_amount, "duration:>60 (seconds)"),
    "kind": (read_kind, "kind:photo or kind:video"),
    "has": (read_thing, "has:position, has:date, has:faces, has:text, has:speech or has:objects"),
    "no": (read_thing, "no:position, no:date, no:faces, no:text, no:speech or no:objects"),
    "format": (read_format, "format:heic"),
    "is": (read_state, "is:damaged"),
}
"""Field → how its value is read, and an example to show when that fails."""


def read_value(field: str, text: str) -> Value:
    """The value of a field in READERS. Raises BadRequest with what was typed and an example."""
    reader, example = READERS[field]
    try:
        return reader(text.strip())
    except ValueError as error:
        raise BadRequest(f"{field}:{text} {error}; for example {example}") from None


def _choice(name: str, names: tuple[str, ...]) -> Choice:
    if name not in names:
        raise ValueError(f"is none of {', '.join(names)}")
    return Choice(name)


def _one_float(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("needs a number") from None
    if not math.isfinite(number):
        raise ValueError("needs a number")
    return number + 0.0  # -0.0 and 0.0 print differently and mean the same


def _floats(text: str, count: int) -> list[float]:
    parts = text.split(",")
    if len(parts) != count:
        raise ValueError(f"needs {count} numbers with commas between")
    return [_one_float(part) for part in parts]


def _check_place(lat: float, lon: float) -> None:
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError("is not on the globe")


def _day(text: str, *, last: bool) -> date:
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError("is not a date")
    year, month, day = (int(part) if part else None for part in found.groups())
    if year is None or year < 1:
        raise ValueError("is not a date")
    month = month or (12 if last else 1)
    if not 1 <= month <= 12:
        raise ValueError("has no such month")
    days = monthrange(year, month)[1]
    day = day if day is not None else (days if last else 1)
    if not 1 <= day <= days:
        raise ValueError("has no such day")
    return date(year, month, day)


def _iso(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}-{day.day:02d}"


def _short_start(day: date) -> str:
    if day.day != 1:
        return _iso(day)
    return f"{day.year:04d}" if day.month == 1 else f"{day.year:04d}-{day.month:02d}"


def _short_end(day: date) -> str:
    if day.day != monthrange(day.year, day.month)[1]:
        return _iso(day)
    return f"{day.year:04d}" if day.month == 12 else f"{day.year:04d}-{day.month:02d}"


def _number(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
