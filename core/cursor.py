"""Where a page of a list ended, as one word that fits into an address."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from core.errors import BadRequest

T = TypeVar("T")
Part = str | int | float | None
_LONGEST = 2000


def encode_cursor(parts: Sequence[Part]) -> str:
    """The cursor that names the last item of a page by the values the list is ordered by."""
    text = json.dumps(list(parts), separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[Part]:
    """The values in a cursor, one for each of `kinds` (str, int, float). Raises BadRequest for any other text."""
    if len(cursor) > _LONGEST:
        raise BadRequest("the cursor `after` is not one that this list gave out")
    try:
        text = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), b"-_", validate=True)
        parts = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the cursor `after` is not one that this list gave out") from error
    fits = isinstance(parts, list) and len(parts) == len(kinds)
    if not fits or any(type(part) is not kind for part, kind in zip(parts, kinds, strict=True)):
        raise BadRequest("the cursor `after` is not one that this list gave out")
    if any(isinstance(part, int) and abs(part) >= 2**63 for part in parts):
        raise BadRequest("the cursor `after` is not one that this list gave out")
    if any(isinstance(part, str) and "\0" in part for part in parts):
        raise BadRequest("the cursor `after` is not one that this list gave out")
    return list(parts)


def page_of(
    items: Sequence[T], key: Callable[[T], str | int], *, limit: int, after: str | None, descending: bool = False
) -> tuple[list[T], str | None]:
    """A page of a list that is short enough to be held: what comes after the cursor, and where the next begins.

    In the order of `key`, which is unique; `limit` 0 means all. Raises BadRequest.
    """
    left = sorted(items, key=key, reverse=descending)
    if after is not None and left:
        last: Any = decode_cursor(after, type(key(left[0])))[0]
        left = [item for item in left if (key(item) < last if descending else key(item) > last)]
    elif after is not None:
        return [], None
    kept = left[:limit] if limit else left
    return kept, encode_cursor([key(kept[-1])]) if len(kept) < len(left) else None
