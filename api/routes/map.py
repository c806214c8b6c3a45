"""The map: assets with a position, in clusters."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import PartsDep, Reader
from api.schemas.problems import problems
from api.schemas.search import ClusterList
from api.tagged import TaggedRoute
from library import browse

router = APIRouter(tags=["map"], route_class=TaggedRoute)

Latitude = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]


@router.get("/map", responses=problems(400, 401, 403, 503))
def get_map(
    caller: Reader,
    parts: PartsDep,
    west: Longitude,
    south: Latitude,
    east: Longitude,
    north: Latitude,
    zoom: Annotated[float, Query(ge=0, le=24, allow_inf_nan=False)],
) -> ClusterList:
    """Clusters within a box, as a web map at this zoom needs them. West greater than east crosses 180°."""
    with parts.database.transaction() as connection:
        found = browse.map_clusters(connection, caller.owner_id, (west, south, east, north), zoom)
    return ClusterList.model_validate(found)
