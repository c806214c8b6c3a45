"""The library in numbers."""

from fastapi import APIRouter

from api.deps import PartsDep, Reader
from api.schemas.problems import problems
from api.schemas.search import LibraryStatus
from api.tagged import TaggedRoute
from library import browse

router = APIRouter(tags=["status"], route_class=TaggedRoute)


@router.get("/status", responses=problems(401, 403, 503))
def get_status(caller: Reader, parts: PartsDep) -> LibraryStatus:
    """How many photos and videos there are, and how much is still to be analysed."""
    with parts.database.transaction() as connection:
        return LibraryStatus.model_validate(browse.status(connection, caller.owner_id))
