"""Files in pieces, by the tus protocol 1.0.0: announced, sent, gone on with after any break."""

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from api import tus
from api.bodies import stream_body
from api.deps import After, Limit, Parts, PartsDep, ReaderWriter, Writer
from api.errors import HttpError
from api.schemas.problems import problems
from api.schemas.uploads import UploadInPieces, UploadInPiecesList
from core.errors import BadRequest, Conflict, NotFound
from db.uploads import Upload
from library.accounts import Caller
from library.uploads import Announced, new_checksum
from library.view import instant
from media.partial import PartialFile

router = APIRouter(prefix="/uploads", tags=["uploads"])

UploadId = Annotated[str, Path(alias="id", pattern="^[0-9a-f]{32}$")]
Speaks = Annotated[str | None, Header(alias="Tus-Resumable", description="1.0.0; any other is refused with 412.")]
Check = Annotated[
    str | None,
    Header(alias="Upload-Checksum", description="Of the piece: `sha512 <Base64>`; sha1 and sha256 too."),
]
_WORDS = "`path <Base64>,sha512 <Base64 of hex>,source <Base64>`; source as in POST /assets."
_PIECE = {tus.PIECE: {"schema": {"type": "string", "format": "binary"}}}
_FAR = tus.described(Upload_Offset="How much is there.", Upload_Expires="Kept until then, unless more comes.")
_MADE = {"description": "Announced.", "headers": tus.described(Location="Where to send it.") | _FAR}
_KEPT = {"description": "The piece is on the disk.", "headers": _FAR}
_AT = {"description": "How much of it is there.", "headers": _FAR | tus.described(Upload_Length="Of the whole.")}
_ABLE = tus.described(Tus_Version="1.0.0", Tus_Extension="Which parts.", Tus_Max_Size="Bytes of one file.")
_FAILURES = (400, 401, 403, 404, 409, 410, 412, 413, 415, 423, 429, 460, 503, 507)


@router.options(
    "",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "What it can do.", "headers": _ABLE}, **problems(429)},
)
@router.options("/{id}", status_code=204, response_class=Response, include_in_schema=False)
def describe_uploads(parts: PartsDep) -> Response:
    """What this server can do of the protocol. Open to all."""
    return Response(status_code=204, headers=tus.capabilities(parts.settings.upload_max_bytes))


@router.get("", responses=problems(400, 401, 403, 429, 503))
def list_uploads(
    caller: ReaderWriter, parts: PartsDep, limit: Limit = 50, after: After = None
) -> UploadInPiecesList:
    """The caller's uploads, newest first: unfinished ones, and for a while those that ended."""
    found = parts.uploads.list_uploads(caller.account.id, limit=limit, after=after)
    items = [_shown(upload, offset) for upload, offset in found["items"]]
    return UploadInPiecesList(items=items, next=found["next"])


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses={201: _MADE, **problems(*(one for one in _FAILURES if one != 410))},
    openapi_extra={"requestBody": {"required": False, "content": _PIECE}},
)
async def create_upload(
    request: Request,
    caller: Writer,
    parts: PartsDep,
    upload_length: Annotated[int, Header(ge=0, le=2**63 - 1, description="Bytes of the whole file.")],
    upload_metadata: Annotated[
        str, Header(description="`path <Base64>,sha512 <Base64 of hex>,source <Base64>`.")
    ] = "",
    tus_resumable: Speaks = None,
    upload_checksum: Check = None,
) -> Response:
    """Announce a file; its first piece may come along. Room and quota are looked at before anything is stored."""
    tus.must_speak(tus_resumable)
    comes_along = request.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in request.headers
    if comes_along:
        tus.must_be_piece(request)
    metadata = tus.read_metadata(upload_metadata)
    announced = Announced(
        caller.owner_id,
        caller.account.id,
        tus.path_of(metadata),
        tus.sha512_of(metadata),
        upload_length,
        upload_metadata,
        "web" if caller.token.kind == "session" else "api",
        tus.source_of(metadata),
    )
    upload = await run_in_threadpool(parts.uploads.create, announced)
    headers = {"Location": f"{tus.ROOT}/{upload.id}"}
    if comes_along:
        headers |= await _receive(request, parts, upload, 0, upload_checksum)
    else:
        headers |= tus.progress(upload, 0, upload.expires_at.astimezone(UTC))
    return tus.answer(201, headers)


@router.get("/{id}", responses=problems(401, 403, 404, 429, 503))
def get_upload(upload_id: UploadId, caller: ReaderWriter, parts: PartsDep) -> UploadInPieces:
    """How much of a file is there, and what became of it."""
    upload = parts.uploads.find(caller.account.id, upload_id)
    return _shown(upload, 0 if upload.state == "refused" else parts.uploads.offset(upload))


@router.head(
    "/{id}",
    responses={200: _AT, **problems(401, 403, 404, 410, 412, 429, 503)},
    response_class=Response,
)
def look_at_upload(upload_id: UploadId, caller: Writer, parts: PartsDep, tus_resumable: Speaks = None) -> Response:
    """From where to go on, in the header Upload-Offset."""
    tus.must_speak(tus_resumable)
    upload = _open(parts, caller, upload_id)
    headers = tus.progress(upload, parts.uploads.offset(upload), upload.expires_at.astimezone(UTC))
    headers["Upload-Length"] = str(upload.bytes)
    if upload.metadata:
        headers["Upload-Metadata"] = upload.metadata
    return tus.answer(200, headers)


@router.patch(
    "/{id}",
    status_code=204,
    response_class=Response,
    responses={204: _KEPT, **problems(*_FAILURES)},
    openapi_extra={"requestBody": {"required": True, "content": _PIECE}},
)
async def send_piece(
    request: Request,
    upload_id: UploadId,
    caller: Writer,
    parts: PartsDep,
    upload_offset: Annotated[int, Header(ge=0, le=2**63 - 1, description="Where the piece begins.")],
    tus_resumable: Speaks = None,
    upload_checksum: Check = None,
) -> Response:
    """The next piece: the body's bytes, of any number. With the last one the file enters the library.

    X-Asset-Id and X-Asset-Status (new or known) then say what became of it; what is not a photo or video is
    refused with 415 and its reason. One request at a time sends to a file; a second one is answered 423.
    """
    tus.must_speak(tus_resumable)
    tus.must_be_piece(request)
    upload = await run_in_threadpool(_open, parts, caller, upload_id)
    return tus.answer(204, await _receive(request, parts, upload, upload_offset, upload_checksum))


@router.delete(
    "/{id}", status_code=204, response_class=Response, responses=problems(401, 403, 404, 412, 423, 429, 503)
)
def remove_upload(upload_id: UploadId, caller: Writer, parts: PartsDep, tus_resumable: Speaks = None) -> Response:
    """End an upload; what came of it is removed. A file that has entered the library stays there."""
    tus.must_speak(tus_resumable)
    parts.uploads.remove(parts.uploads.find(caller.account.id, upload_id))
    return tus.answer(204, {})


def _open(parts: Parts, caller: Caller, upload_id: str) -> Upload:
    upload = parts.uploads.find(caller.account.id, upload_id)
    if upload.state == "refused":
        raise HttpError(410, "Refused", upload.reason or "this file was refused")
    return upload


async def _receive(
    request: Request, parts: Parts, upload: Upload, offset: int, checksum_header: str | None
) -> dict[str, str]:
    """Take a piece in; headers that say how far the upload is now."""
    stream_body(request.scope)
    checksum = tus.read_checksum(checksum_header)
    if upload.state == "done":
        return _progress_of_done(upload, offset)
    try:
        held = await parts.senders.hold(upload.id, lambda: parts.uploads.hold(upload))
    except NotFound:  # another one may have finished it while this one waited
        upload = await run_in_threadpool(parts.uploads.find, upload.account_id, upload.id)
        if upload.state != "done":
            raise
        return _progress_of_done(upload, offset)
    try:
        if held.offset != offset:
            raise Conflict(f"{held.offset} bytes are there; go on from Upload-Offset: {held.offset}")
        declared = request.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared) > upload.bytes - offset:
            raise _too_much(upload)
        await _pour(request, parts, upload, held, checksum)
        if held.offset == upload.bytes:
            upload = await run_in_threadpool(lambda: parts.uploads.finish(upload, held, parts.ingest()))
            return tus.progress(upload, upload.bytes, upload.expires_at.astimezone(UTC))
        return tus.progress(upload, held.offset, await run_in_threadpool(parts.uploads.prolong, upload))
    finally:
        await run_in_threadpool(held.close)


def _progress_of_done(upload: Upload, offset: int) -> dict[str, str]:
    if offset != upload.bytes:
        raise Conflict(f"this file is there with all its {upload.bytes:,} bytes")
    return tus.progress(upload, upload.bytes, upload.expires_at.astimezone(UTC))


async def _pour(
    request: Request, parts: Parts, upload: Upload, held: PartialFile, checksum: tus.Checksum | None
) -> None:
    """The body into the file. A piece with a checksum counts as a whole or not at all."""
    running = new_checksum(checksum.algorithm) if checksum else None

    def write(chunk: bytes) -> None:
        if held.offset + len(chunk) > upload.bytes:
            raise _too_much(upload)
        if running is not None:
            running.update(chunk)
        held.write(chunk)

    if checksum is None:
        try:
            whole = await parts.senders.pour(request, upload.id, write)
        finally:
            await run_in_threadpool(held.sync)
        if not whole:
            raise BadRequest(f"the piece broke off; {held.offset} bytes are there: go on from there")
        return
    await run_in_threadpool(held.begin_checked)
    try:
        whole = await parts.senders.pour(request, upload.id, write)
        if not whole:
            raise BadRequest("the piece broke off before its checksum could be looked at; send it again")
        if running is not None and running.digest() != checksum.digest:
            raise HttpError(460, "Checksum mismatch", "the piece has another checksum; send it again")
        await run_in_threadpool(held.accept)
    finally:
        await run_in_threadpool(held.reject)


def _too_much(upload: Upload) -> HttpError:
    return HttpError(413, "Too large", f"the file was announced with {upload.bytes:,} bytes; this is more")


def _shown(upload: Upload, offset: int) -> UploadInPieces:
    status = None if upload.is_new is None else "new" if upload.is_new else "known"
    return UploadInPieces.model_validate(
        {
            "id": upload.id,
            "path": upload.path,
            "bytes": upload.bytes,
            "offset": 0 if upload.state == "refused" else offset,
            "state": upload.state,
            "asset_id": upload.asset_id,
            "status": status,
            "reason": upload.reason,
            "created_at": instant(upload.created_at),
            "expires_at": instant(upload.expires_at),
        }
    )
