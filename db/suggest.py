"""What a query may go on with: labels and words of the library, counted."""

from collections.abc import Sequence
from typing import Any

from db.connect import Connection
from db.queries import load_queries

Row = dict[str, Any]
_LOOKED_AT = 40
COUNTED_TO = 2000
"""What is on more assets is given with this count."""


def labels(connection: Connection, owner_id: int, typed: str, kinds: Sequence[str], most: int) -> list[Row]:
    """Rows of kind, label, count, the most frequent first; kinds out of object, tag, place, camera."""
    given = {"owner_id": owner_id, "typed": typed, "kinds": list(kinds), "most": most}
    given["counted_to"] = COUNTED_TO
    return connection.execute(load_queries("suggest")["labels"], given).fetchall()


def words(connection: Connection, owner_id: int, typed: str, kinds: Sequence[str], most: int) -> list[Row]:
    """The same for single words of text, speech, names and comments."""
    given = {"owner_id": owner_id, "typed": typed, "kinds": list(kinds), "most": most, "looked_at": _LOOKED_AT}
    given["counted_to"] = COUNTED_TO
    return connection.execute(load_queries("suggest")["words"], given).fetchall()


def named(connection: Connection, owner_id: int, field: str, typed: str, most: int) -> list[Row]:
    """Countries or lenses (`field`) with such a word, the most frequent first."""
    given = {"owner_id": owner_id, "field": field, "typed": _literal(typed), "most": most}
    return connection.execute(load_queries("suggest")["named"], given).fetchall()


def values(connection: Connection, owner_id: int, field: str, typed: str, most: int) -> list[Row]:
    """Rows of label, count: what a filter (kind, has, no, is, format, taken, rating) may be set to."""
    given = {"owner_id": owner_id, "field": field, "typed": typed, "most": most}
    return connection.execute(load_queries("suggest")["values"], given).fetchall()


def _literal(typed: str) -> str:
    """Signs that `like` would read as something else."""
    return typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
