"""The library in numbers."""

from importlib.metadata import version

from fastapi import APIRouter

from api.deps import PartsDep, Reader
from api.schemas.problems import problems
from api.schemas.search import LibraryStatus
from library import activity

router = APIRouter(tags=["status"])


@router.get("/status", responses=problems(401, 403, 503))
def get_status(caller: Reader, parts: PartsDep) -> LibraryStatus:
    """How many photos and videos there are, and how much is still to be analysed."""
    with parts.database.transaction() as connection:
        totals = activity.library_totals(connection, caller.owner_id)
    return LibraryStatus(**totals, version=version("fovea"))
