"""Long deeds: imports, exports, backups, re-runs; how far they are, and ending them."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import After, Limit, PartsDep, Reader, Writer
from api.schemas.activity import Deed, DeedList, RefusalList
from api.schemas.problems import problems
from api.schemas.values import MOST_ID
from api.tagged import TaggedRoute
from library import deeds

router = APIRouter(prefix="/activity/deeds", tags=["activity"], route_class=TaggedRoute)

DeedId = Annotated[int, Path(alias="id", ge=1, le=MOST_ID)]


@router.get("", responses=problems(400, 401, 403, 503))
def list_deeds(caller: Reader, parts: PartsDep, limit: Limit = 50, after: After = None) -> DeedList:
    """What takes long and how far it is, newest first; also what has ended."""
    with parts.database.transaction() as connection:
        return DeedList.model_validate(deeds.list_deeds(connection, caller.owner_id, limit=limit, after=after))


@router.get("/{id}", responses=problems(401, 403, 404, 503))
def get_deed(deed_id: DeedId, caller: Reader, parts: PartsDep) -> Deed:
    """One of them."""
    with parts.database.transaction() as connection:
        return Deed.model_validate(deeds.show_deed(connection, caller.owner_id, deed_id))


@router.get("/{id}/refusals", responses=problems(400, 401, 403, 404, 503))
def list_refusals(
    deed_id: DeedId, caller: Reader, parts: PartsDep, limit: Limit = 50, after: After = None
) -> RefusalList:
    """Every file of it that was not taken: why, and where it lies."""
    with parts.database.transaction() as connection:
        found = deeds.list_refusals(connection, caller.owner_id, deed_id, limit=limit, after=after)
    return RefusalList.model_validate(found)


@router.post("/{id}/cancel", responses=problems(401, 403, 404, 409, 503))
def cancel_deed(deed_id: DeedId, caller: Writer, parts: PartsDep) -> Deed:
    """Ask for its end. What was done until then stays; of a re-run, what has not begun is taken back."""
    with parts.database.transaction() as connection:
        return Deed.model_validate(deeds.cancel(connection, caller.owner_id, deed_id))
