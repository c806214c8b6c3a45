"""Why an asset passes a filter: the fact that the filter looked at, in words."""

from collections.abc import Callable, Mapping
from typing import Any

from core.evidence import Why
from core.filters import Circle
from core.geo import distance_km
from core.query import Clause
from core.taken_words import IMPLAUSIBLE_WORDS
from library.taken_json import taken_local

Facts = Mapping[str, Any]


def filter_reason(clause: Clause, facts: Facts) -> list[Why]:
    """At most one reason; none for what was excluded or is searched as words. `facts` are the asset's columns."""
    fact = _FACTS.get(clause.field or "")
    if clause.negated or fact is None:
        return []
    return [Why(kind=str(clause.field), text=fact(clause, facts))]


def _position(clause: Clause, facts: Facts) -> str:
    lat, lon = facts["lat"], facts["lon"]
    where = f"{lat:.5f}, {lon:.5f}"
    if isinstance(clause.value, Circle):
        return f"{where}, {distance_km(lat, lon, clause.value.lat, clause.value.lon):.1f} km away"
    return where


def _taken(facts: Facts) -> str:
    local = taken_local({**facts}) or ""
    doubt = f" ({IMPLAUSIBLE_WORDS})" if facts["doubted_local"] else ""
    return local.replace("T", " ")[: len("2022-05-03 14:12:04")] + doubt


_FACTS: dict[str, Callable[[Clause, Facts], str]] = {
    "taken": lambda _, facts: _taken(facts),
    "within": _position,
    "near": _position,
    "kind": lambda _, facts: str(facts["kind"]),
    "has": lambda clause, _: clause.text,
    "no": lambda clause, _: clause.text,
    "is": lambda _, facts: str(facts["damaged"]),
    "country": lambda _, facts: str(facts["place_country"]),
    "lens": lambda _, facts: str(facts["lens"]),
    "rating": lambda _, facts: str(facts["rating"]),
    "duration": lambda _, facts: f"{facts['duration_s']:.1f} s",
    "format": lambda _, facts: str(facts["mime"]),
}
