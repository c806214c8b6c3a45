"""The trash: putting assets into it, taking them out, emptying it."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import Administrator, After, Limit, PartsDep, Reader, Writer
from api.schemas.assets import Asset
from api.schemas.problems import problems
from api.schemas.trash import Emptied, TrashList
from api.schemas.values import MOST_ID
from library import browse, trash

router = APIRouter(tags=["trash"])

AssetId = Annotated[int, Path(alias="id", ge=1, le=MOST_ID)]
_DAY_S = 86_400.0


@router.delete("/assets/{id}", status_code=204, responses=problems(401, 403, 404, 503))
def trash_asset(asset_id: AssetId, caller: Writer, parts: PartsDep) -> None:
    """Put an asset into the trash. It keeps everything, and is nowhere else to be seen."""
    with parts.database.transaction() as connection:
        trash.put(connection, caller.owner_id, asset_id)


@router.post("/assets/{id}/restore", responses=problems(401, 403, 404, 503))
def restore_asset(asset_id: AssetId, caller: Writer, parts: PartsDep) -> Asset:
    """Take an asset out of the trash. Bringing the same file in again does so, too."""
    with parts.database.transaction() as connection:
        trash.restore(connection, caller.owner_id, asset_id)
        return Asset.model_validate(browse.show_asset(connection, caller.owner_id, asset_id))


@router.get("/trash", responses=problems(400, 401, 403, 503))
def list_trash(caller: Reader, parts: PartsDep, limit: Limit = 50, after: After = None) -> TrashList:
    """What lies in the trash, the latest first."""
    with parts.database.transaction() as connection:
        return TrashList.model_validate(trash.list_trash(connection, caller.owner_id, limit=limit, after=after))


@router.delete("/trash", responses=problems(401, 403, 503))
def empty_trash(
    caller: Administrator,
    parts: PartsDep,
    older_than_days: Annotated[
        float, Query(ge=0, le=36_500, description="Only what was put there so long ago.")
    ] = 0.0,
) -> Emptied:
    """Remove for good what lies in the trash. Files indexed in place stay where they lie."""
    done = trash.empty(parts.database, parts.store, caller.owner_id, older_than_days * _DAY_S)
    return Emptied.model_validate(asdict(done))
