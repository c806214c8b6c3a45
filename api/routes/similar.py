"""Similar pictures and similar faces."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from api.deps import After, Parts, PartsDep, Reader
from api.receiving import receiving
from api.schemas.problems import problems
from api.schemas.search import SimilarAssetList, SimilarFaceList
from api.schemas.values import MOST_ID
from api.tagged import TaggedRoute
from library import similar
from library.picture_search import similar_to_picture
from media.store import Receiving

router = APIRouter(tags=["similar"], route_class=TaggedRoute)

Most = Annotated[int, Query(ge=0, le=1000, description="How many at most; 0 means 500.")]
AnyId = Annotated[int, Path(alias="id", ge=1, le=MOST_ID)]
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.get("/assets/{id}/similar", responses=problems(400, 401, 403, 404, 503))
def list_similar_assets(
    asset_id: AnyId, caller: Reader, parts: PartsDep, limit: Most = 50, after: After = None
) -> SimilarAssetList:
    """Assets that look like this one, the most similar first, as far as that says more than chance.

    None until it was analysed.
    """
    with parts.database.transaction() as connection:
        found = similar.similar_assets(connection, caller.owner_id, asset_id, limit=limit, after=after)
    return SimilarAssetList.model_validate(found)


@router.get("/faces/{id}/similar", responses=problems(400, 401, 403, 404, 503))
def list_similar_faces(
    face_id: AnyId, caller: Reader, parts: PartsDep, limit: Most = 50, after: After = None
) -> SimilarFaceList:
    """Faces that look like this one, the most similar first, as far as that says more than chance."""
    with parts.database.transaction() as connection:
        found = similar.similar_faces(connection, caller.owner_id, face_id, limit=limit, after=after)
    return SimilarFaceList.model_validate(found)


@router.post(
    "/similar",
    responses=problems(400, 401, 403, 413, 415, 503, 507),
    openapi_extra={"requestBody": {"required": True, "content": _BINARY}},
)
async def search_by_picture(
    request: Request, caller: Reader, parts: PartsDep, limit: Most = 50, after: After = None
) -> SimilarAssetList:
    """Assets that look like the picture that is sent. The picture is not kept."""
    async with receiving(parts.store, request, parts.settings.picture_max_bytes) as received:
        return await run_in_threadpool(_look, parts, caller.owner_id, received, limit, after)


def _look(parts: Parts, owner_id: int, received: Receiving, limit: int, after: str | None) -> SimilarAssetList:
    received.close()
    found = similar_to_picture(
        parts.database, parts.engines, parts.child, owner_id, received.path, limit=limit, after=after
    )
    return SimilarAssetList.model_validate(found)
