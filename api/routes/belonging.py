"""Which files are one asset, as a person wants it: taking apart, joining, undoing."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import After, Limit, PartsDep, Reader, Writer
from api.schemas.belonging import Belonging, BelongingList, Join, Joined, Split
from api.schemas.problems import problems
from api.schemas.values import MOST_ID
from library import belonging

router = APIRouter(tags=["assets"])

AssetId = Annotated[int, Path(alias="id", ge=1, le=MOST_ID)]


@router.post("/assets/{id}/split", status_code=201, responses=problems(400, 401, 403, 404, 503))
def split_asset(asset_id: AssetId, wish: Split, caller: Writer, parts: PartsDep) -> Belonging:
    """Take a file out of an asset: it becomes one of its own. A sidecar stays, and says nothing any more."""
    sha512 = bytes.fromhex(wish.sha512)
    with parts.database.transaction() as connection:
        done = belonging.split(connection, caller.owner_id, caller.account.id, asset_id, sha512)
    return Belonging.model_validate(done)


@router.post("/assets/join", status_code=201, responses=problems(400, 401, 403, 404, 503))
def join_assets(wish: Join, caller: Writer, parts: PartsDep) -> Joined:
    """Make several assets one. The picture that all can show is shown, of several the first."""
    with parts.database.transaction() as connection:
        done = belonging.join(connection, caller.owner_id, caller.account.id, wish.asset_ids)
    return Joined.model_validate(done)


@router.get("/assets/{id}/belonging", responses=problems(400, 401, 403, 503))
def list_belonging(
    asset_id: AssetId, caller: Reader, parts: PartsDep, limit: Limit = 50, after: After = None
) -> BelongingList:
    """What was taken apart and joined by people, the latest first."""
    with parts.database.transaction() as connection:
        found = belonging.decisions(connection, caller.owner_id, asset_id, limit=limit, after=after)
    return BelongingList.model_validate(found)


@router.post("/belonging/{id}/undo", responses=problems(401, 403, 404, 503))
def undo_belonging(belonging_id: AssetId, caller: Writer, parts: PartsDep) -> Belonging:
    """Everything as it was before that decision."""
    with parts.database.transaction() as connection:
        return Belonging.model_validate(belonging.undo(connection, caller.owner_id, belonging_id))
