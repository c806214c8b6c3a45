"""Pictures and originals."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse

from api.delivery import deliver_derived, deliver_file, deliver_moving_part, deliver_original
from api.deps import PartsDep, Reader
from api.schemas.problems import problems
from api.schemas.values import MOST_ID, Line

router = APIRouter(prefix="/assets", tags=["media"])

Version = Annotated[
    Line | None,
    Query(max_length=100, description="The asset's `picture_version`: with it the answer may be kept for ever."),
]
AssetId = Annotated[int, Path(alias="id", ge=1, le=MOST_ID)]


def _binary(media_type: str, *statuses: int) -> dict[int | str, dict[str, object]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {
        200: {"description": "The file.", "content": content},
        206: {"description": "The asked for range of it.", "content": content},
        304: {"description": "What the client has is current."},
        **problems(401, 403, 404, 416, 503, *statuses),
    }


@router.get("/{id}/thumbnail", responses=_binary("image/webp"), response_class=FileResponse)
@router.head("/{id}/thumbnail", include_in_schema=False)
def get_thumbnail(
    asset_id: AssetId, request: Request, caller: Reader, parts: PartsDep, v: Version = None
) -> Response:
    """A WebP of 320 px at most, also of what lies in the trash. 404 with Retry-After until it is made."""
    return deliver_derived(parts, request, caller.owner_id, asset_id, "thumbnail", version=v)


@router.get("/{id}/preview", responses=_binary("image/jpeg"), response_class=FileResponse)
@router.head("/{id}/preview", include_in_schema=False)
def get_preview(
    asset_id: AssetId, request: Request, caller: Reader, parts: PartsDep, v: Version = None
) -> Response:
    """A JPEG of 1440 px at most; of a video its poster. 404 with Retry-After until it is made."""
    return deliver_derived(parts, request, caller.owner_id, asset_id, "preview", version=v)


@router.get("/{id}/frames/{ms}", responses=_binary("image/jpeg"), response_class=FileResponse)
@router.head("/{id}/frames/{ms}", include_in_schema=False)
def get_frame(
    asset_id: AssetId,
    ms: Annotated[int, Path(ge=0, le=MOST_ID)],
    request: Request,
    caller: Reader,
    parts: PartsDep,
    v: Version = None,
) -> Response:
    """A key frame of a video as JPEG; which there are, the asset's `frames` say."""
    return deliver_derived(parts, request, caller.owner_id, asset_id, "frame", ms=ms, version=v)


@router.get("/{id}/original", responses=_binary("application/octet-stream"), response_class=FileResponse)
@router.head("/{id}/original", include_in_schema=False)
def get_original(
    asset_id: AssetId,
    request: Request,
    caller: Reader,
    parts: PartsDep,
    v: Version = None,
    download: Annotated[bool, Query(description="As an attachment, to be saved under its name.")] = False,
) -> Response:
    """The file as it came, byte for byte; ranges are served."""
    return deliver_original(parts, request, caller.owner_id, asset_id, download, v)


@router.get("/{id}/moving-part", responses=_binary("video/mp4"), response_class=FileResponse)
@router.head("/{id}/moving-part", include_in_schema=False)
def get_moving_part(asset_id: AssetId, request: Request, caller: Reader, parts: PartsDep) -> Response:
    """The film of a photo that moves: a file of its own, or taken out of the photo; ranges are served."""
    return deliver_moving_part(parts, request, caller.owner_id, asset_id)


@router.get("/{id}/files/{sha512}", responses=_binary("application/octet-stream"), response_class=FileResponse)
@router.head("/{id}/files/{sha512}", include_in_schema=False)
def get_file(
    asset_id: AssetId,
    sha512: Annotated[str, Path(pattern="^[0-9a-fA-F]{128}$", description="As `files` of the asset has it.")],
    request: Request,
    caller: Reader,
    parts: PartsDep,
) -> Response:
    """One file of an asset byte for byte: raw picture, moving part, variant, sidecar; ranges are served."""
    return deliver_file(parts, request, caller.owner_id, asset_id, bytes.fromhex(sha512))
