"""Similar pictures and similar faces."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from api.deps import PartsDep, Reader
from api.schemas.problems import problems
from api.schemas.search import SimilarAssetList, SimilarFaceList
from api.schemas.values import MOST_ID

router = APIRouter(tags=["similar"])

Most = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.get("/assets/{id}/similar", responses=problems(401, 403, 404, 503))
def list_similar_assets(
    asset_id: Annotated[int, Path(alias="id", ge=1, le=MOST_ID)], caller: Reader, parts: PartsDep, limit: Most = 50
) -> SimilarAssetList:
    """Assets that look like this one, the most similar first."""
    raise NotImplementedError


@router.get("/faces/{id}/similar", responses=problems(401, 403, 404, 503))
def list_similar_faces(
    face_id: Annotated[int, Path(alias="id", ge=1, le=MOST_ID)], caller: Reader, parts: PartsDep, limit: Most = 50
) -> SimilarFaceList:
    """Faces that look like this one, the most similar first, with the probability that it is the same person."""
    raise NotImplementedError


@router.post(
    "/similar",
    responses=problems(400, 401, 403, 413, 503),
    openapi_extra={"requestBody": {"required": True, "content": _BINARY}},
)
async def search_by_picture(
    request: Request, caller: Reader, parts: PartsDep, limit: Most = 50
) -> SimilarAssetList:
    """Assets that look like the picture that is sent. The picture is not kept."""
    raise NotImplementedError
