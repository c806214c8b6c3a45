"""Where a page of a list ended, as one word that fits into an address."""

import base64
import json
from collections.abc import Sequence

from core.errors import BadRequest

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
