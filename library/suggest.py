"""Completing a query while it is typed."""

import re
from typing import Any

from core.filters import READERS, STATES, THINGS
from core.query import FIELDS, MOST_CHARACTERS, WORD_FIELDS
from db import suggest as db_suggest
from db.connect import Connection

Json = dict[str, Any]
_LAST = re.compile(r'(?P<sign>-?)(?:(?P<field>[A-Za-z]+):\s*)?(?P<typed>"[^"]*|[^\s":]*)$')
_LABELS = ("object", "tag", "place", "camera")
_WORDS = ("text", "said", "name", "comment")
_CHOICES = {
    "kind": ("photo", "video"),
    "has": THINGS,
    "no": THINGS,
    "is": STATES,
}  # offered also where nothing has them
_VALUES = ("kind", "has", "no", "is", "format", "taken", "rating")
_NAMED = ("country", "lens")


def suggest(connection: Connection, owner_id: int, typed: str, *, limit: int = 10) -> Json:
    """How the last part of what is typed may go on: `{"items": [{"text", "label", "field", "count"}]}`.

    `text` takes the place of that last part. Labels and places come before words, frequent ones first; names
    of fields last, with count 0.
    """
    found = _LAST.search(typed[-MOST_CHARACTERS:])
    if found is None:
        return {"items": []}
    sign, field, last = found["sign"], (found["field"] or "").lower() or None, found["typed"].lstrip('"')
    last = last.replace("\0", " ").encode("utf-8", "replace").decode("utf-8").strip()
    if field in _VALUES:
        items = _values(connection, owner_id, sign, field, last, limit)
    elif field in _NAMED:
        rows = db_suggest.named(connection, owner_id, field, last, limit)
        items = [_item(sign, field, row["label"], row["count"]) for row in rows]
    elif field is None or field in WORD_FIELDS:
        items = _from_library(connection, owner_id, sign, field, last, limit)
    else:
        items = []
    if field is None and '"' not in found["typed"]:
        items = items[:limit]
        named = (name for name in FIELDS if name.startswith(last.lower()))
        items += [{"text": f"{sign}{name}:", "label": name, "field": None, "count": 0} for name in named]
    return {"items": items[: limit + len(FIELDS)]}


def _values(connection: Connection, owner_id: int, sign: str, field: str, last: str, limit: int) -> list[Json]:
    counts = {row["label"]: row["count"] for row in db_suggest.values(connection, owner_id, field, last, limit)}
    for name in _CHOICES.get(field, ()):
        if name.startswith(last.lower()):
            counts.setdefault(name, 0)
    return [_item(sign, field, label, count) for label, count in counts.items()]


def _from_library(
    connection: Connection, owner_id: int, sign: str, field: str | None, last: str, limit: int
) -> list[Json]:
    if not last:
        return []
    kinds = WORD_FIELDS[field] if field else (*_LABELS, *_WORDS)
    rows = []
    if labels := [kind for kind in kinds if kind in _LABELS]:
        rows += db_suggest.labels(connection, owner_id, last, labels, limit)
    if words := [kind for kind in kinds if kind in _WORDS]:
        rows += db_suggest.words(connection, owner_id, last, words, limit)
    best: dict[str, Json] = {}
    for row in rows:
        item = _item(sign, field or row["kind"], row["label"], row["count"])
        best.setdefault(item["text"], item)  # "object:" takes labels and tags alike
    return list(best.values())[:limit]


def _item(sign: str, field: str, label: str, count: int) -> Json:
    plain = re.fullmatch(r"\w+", label) is not None and field not in READERS
    value = label if plain or field in READERS else '"' + label.replace('"', " ") + '"'
    return {"text": f"{sign}{field}:{value}", "label": label, "field": field, "count": count}
