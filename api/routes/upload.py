"""Taking files in. The body is received by an async handler; all else runs in the thread pool."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api import tus
from api.deps import Parts, PartsDep, Writer
from api.receiving import receiving, with_room
from api.schemas.assets import Upload
from api.schemas.problems import problems
from api.schemas.values import Line
from core.paths import clean_line, clean_path
from library import browse
from library.accounts import Caller
from library.ingest import CameBy
from library.whence import sent
from media.store import Receiving

router = APIRouter(tags=["assets"])

_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_PATH = "Folders and name, as they are to be kept."
_SOURCE = (
    "Any name for the place the file comes from: this import, a card, a folder. Files of one source and folder "
    "lie beside each other: a sidecar goes to the photo beside it, never to one of the same name from elsewhere."
)


@router.post(
    "/assets",
    status_code=201,
    responses={
        200: {"model": Upload, "description": "The same bytes are there already; they have one more path."},
        **problems(400, 401, 403, 413, 415, 503, 507),
    },
    openapi_extra={"requestBody": {"required": True, "content": _BINARY}},
)
async def upload_asset(
    request: Request,
    response: Response,
    caller: Writer,
    parts: PartsDep,
    path: Annotated[Line, Query(min_length=1, max_length=4000, description=_PATH)],
    source: Annotated[Line, Query(max_length=tus.MOST_SOURCE, description=_SOURCE)] = "",
    x_sha512: Annotated[
        str | None, Header(pattern="^[0-9a-fA-F]{128}$", description="Of the body; checked when given.")
    ] = None,
) -> Upload:
    """Take a photo or video in: the body is the file's bytes. The same bytes again only add a path."""
    came_by: CameBy = "web" if caller.token.kind == "session" else "api"
    most_bytes = await run_in_threadpool(_room, parts, caller, request.headers.get("Content-Length", ""))
    async with receiving(parts.store, request, most_bytes, x_sha512) as received:
        done = await run_in_threadpool(_finish, parts, received, path, came_by, caller, source)
    response.status_code = 201 if done.status == "new" else 200
    return done


def _room(parts: Parts, caller: Caller, declared: str) -> int:
    """How many bytes may come. Raises OverQuota and NoRoom before the first one does."""
    most_bytes = parts.settings.upload_max_bytes
    size = int(declared) if declared.isdecimal() else None
    if size is None or size <= most_bytes:
        parts.uploads.must_have_room(caller.account.id, size)
    left = parts.uploads.room_of(caller.account.id)
    return most_bytes if left is None else min(most_bytes, left)


def _finish(parts: Parts, received: Receiving, path: str, came_by: CameBy, caller: Caller, source: str) -> Upload:
    whence = sent(clean_line(source), clean_path(path))
    done = with_room(lambda: parts.ingest().finish(received, path, came_by, caller.owner_id, whence))
    if done.is_new:
        parts.uploads.count_against(caller.account.id, caller.owner_id, bytes.fromhex(done.sha512))
    with parts.database.transaction() as connection:
        found = browse.summaries_of(connection, caller.owner_id, [done.asset_id])
    status = "new" if done.is_new else "known"
    told = {"status": status, "path": done.path, "role": done.role, "restored": done.restored}
    return Upload.model_validate({"asset": found[done.asset_id], **told})
