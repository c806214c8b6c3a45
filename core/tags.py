"""Taking numbers and texts out of a file's raw tags, which may hold anything."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

Tags = Mapping[str, Any]
"""Values by "Group:Name", as ExifTool gives them with its numeric values."""


def number_of(value: object) -> float | None:
    """A finite number, from a number or a text that is one ("undef", "inf" and NaN are none)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def first_number(tags: Tags, names: Iterable[str], least: float, most: float) -> float | None:
    """The first of the named tags whose number lies within `least` and `most`."""
    for name in names:
        number = number_of(tags.get(name))
        if number is not None and least <= number <= most:
            return number
    return None


def text_of(tags: Tags, name: str) -> str:
    """A tag as text; empty when it is missing. A model called "5" comes as a number, a list by its first."""
    value = tags.get(name)
    if isinstance(value, list):
        value = value[0] if value else None
    return "" if value is None or isinstance(value, dict) else str(value)


def first_text(tags: Tags, names: Iterable[str]) -> str:
    """The first of the named tags that holds more than white space and NUL characters."""
    for name in names:
        text = text_of(tags, name)
        if text.strip().strip("\0").strip():
            return text
    return ""
