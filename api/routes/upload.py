"""Taking files in. The body is received by an async handler; all else runs in the thread pool."""

import hashlib
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.deps import Parts, PartsDep, Writer
from api.errors import HttpError
from api.schemas.assets import Upload
from api.schemas.problems import problems
from api.schemas.values import Line
from core.errors import BadRequest, TemporaryError
from library import browse
from library.ingest import CameBy, Ingested
from media.store import Receiving

router = APIRouter(tags=["assets"])

T = TypeVar("T")

_CHUNK_BYTES = 1 << 20  # a hop to a thread for each 64 KiB of the network would cost more than the writing
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/assets",
    status_code=201,
    responses={
        200: {"model": Upload, "description": "The same bytes are there already."},
        **problems(400, 401, 403, 413, 415, 503, 507),
    },
    openapi_extra={"requestBody": {"required": True, "content": _BINARY}},
)
async def upload_asset(
    request: Request,
    response: Response,
    caller: Writer,
    parts: PartsDep,
    path: Annotated[
        Line, Query(min_length=1, max_length=4000, description="Folders and name, as they are to be kept.")
    ],
    x_sha512: Annotated[str | None, Header(pattern="^[0-9a-fA-F]{128}$", description="Checked if given.")] = None,
) -> Upload:
    """Take a photo or video in: the body is the file's bytes. The same bytes again only add a path."""
    came_by: CameBy = "web" if caller.token.kind == "session" else "api"
    received = await run_in_threadpool(_begin, parts, request)
    check = hashlib.sha512() if x_sha512 else None
    try:
        await _receive(request, received, check, parts.settings.upload_max_bytes)
        if check is not None and check.hexdigest() != (x_sha512 or "").lower():
            raise BadRequest(f"{path}: its bytes have another SHA-512 than X-Sha512 says; send it again")
        done = await run_in_threadpool(_finish, parts, received, path, came_by, caller.owner_id)
        shown = await run_in_threadpool(_show, parts, caller.owner_id, done)
    finally:
        await run_in_threadpool(received.discard)
    response.status_code = 201 if done.is_new else 200
    return shown


def _begin(parts: Parts, request: Request) -> Receiving:
    most = parts.settings.upload_max_bytes
    declared = request.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    return _with_room(parts.store.receive)


async def _receive(request: Request, received: Receiving, check: "hashlib._Hash | None", most: int) -> None:
    """Write the body as it comes, in pieces of about a megabyte."""
    pending = bytearray()
    total = 0

    def write() -> None:
        _with_room(lambda: received.write(bytes(pending)))
        if check is not None:
            check.update(pending)
        pending.clear()

    try:
        async for chunk in request.stream():
            total += len(chunk)
            if total > most:
                raise _too_large(most)
            pending += chunk
            if len(pending) >= _CHUNK_BYTES:
                await run_in_threadpool(write)
        await run_in_threadpool(write)
    except ClientDisconnect as error:
        raise BadRequest("the upload broke off; nothing of it was stored") from error


def _finish(parts: Parts, received: Receiving, path: str, came_by: CameBy, owner_id: int) -> Ingested:
    return _with_room(lambda: parts.ingest().finish(received, path, came_by, owner_id))


def _show(parts: Parts, owner_id: int, done: Ingested) -> Upload:
    with parts.database.transaction() as connection:
        found = browse.summaries_of(connection, owner_id, [done.asset_id])
    status = "new" if done.is_new else "known"
    return Upload.model_validate({"asset": found[done.asset_id], "status": status, "path": done.path})


def _with_room(deed: Callable[[], T]) -> T:
    """The store says by a plain TemporaryError that the disk is full; on the wire that has its own status."""
    try:
        return deed()
    except TemporaryError as error:
        if type(error) is TemporaryError:
            raise HttpError(507, "No room", str(error)) from error
        raise


def _too_large(most: int) -> HttpError:
    return HttpError(413, "Too large", f"this server takes files of at most {most:,} bytes; nothing was stored")
