"""Handing out a large original that is not on this machine from where it is kept, without bringing all of it."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from api.errors import problem_response
from api.ranges import all_inside, only_one, well_formed
from core.errors import NotFound
from media.store import Store


def stream_original(
    store: Store, request: Request, row: dict[str, Any], headers: dict[str, str], media_type: str
) -> Response:
    """All of it, or the one range that is asked for (of several: all of it). Raises NotFound, ServiceAway."""
    size = row["bytes"]
    asked = request.headers.get("range")
    same = request.headers.get("if-range", headers["ETag"]) == headers["ETag"]
    if asked is not None and not (same and well_formed(asked)):
        asked = None
    if asked is not None and not all_inside(asked, size):
        outside = {"Content-Range": f"bytes */{size}"}
        return problem_response(416, "Range outside of the file", f"the file has {size} bytes", headers=outside)
    part = only_one(asked, size) if asked is not None else None
    start, end = part or (0, size)
    headers = {**headers, "Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    return StreamingResponse(_begun(store, row, start, end), status, headers, media_type)


def _begun(store: Store, row: dict[str, Any], start: int, end: int) -> Iterator[bytes]:
    """What cannot be read is said before the first byte goes out."""
    pieces = store.read_part(row["location"], start, end)
    try:
        first = next(pieces, b"")
    except FileNotFoundError as error:
        raise NotFound(f"{row['name']} is not where it was stored: run `fovea verify`") from error
    return chain((first,), pieces)
