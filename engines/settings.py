"""An engine's settings: read strictly, so that a misspelt one is said and not silently ignored."""

from dataclasses import MISSING, fields
from typing import Any, TypeVar

from core.errors import BadRequest

T = TypeVar("T")


def read_settings(kind: type[T], engine: str, extra: dict[str, Any]) -> T:
    """Settings of `engine` from `extra`, defaults where nothing is said.

    `kind` is a frozen dataclass of plain values with defaults; its `__post_init__` may refuse values. Numbers may
    come as text, as they do from environment variables. Raises BadRequest for a name that does not exist or a
    value of the wrong type or range.
    """
    described: Any = kind
    known = {field.name: type(field.default) for field in fields(described) if field.default is not MISSING}
    unknown = sorted(set(extra) - set(known))
    if unknown:
        raise BadRequest(
            f"engine {engine} has no setting {', '.join(unknown)}; it has {', '.join(known) or 'none'}"
        )
    try:
        return kind(**{name: _as(known[name], name, value) for name, value in extra.items()})
    except ValueError as wrong:
        raise BadRequest(f"engine {engine}: {wrong}") from wrong


def _as(wanted: type, name: str, value: Any) -> Any:
    if wanted in (int, float) and isinstance(value, str | int | float) and not isinstance(value, bool):
        if wanted is int and not isinstance(value, str) and int(value) != value:
            raise ValueError(f"{name} must be a whole number, not {value!r}")
        try:
            return wanted(value)
        except ValueError:
            raise ValueError(f"{name} must be a number, not {value!r}") from None
    if wanted is bool and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise ValueError(f"{name} must be {wanted.__name__}, not {value!r}")
    return value


def check_fraction(**values: float) -> None:
    """Raise ValueError unless every value lies in 0..1."""
    for name, value in values.items():
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"{name} must lie in 0..1, not {value}")
