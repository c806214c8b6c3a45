"""The map: assets with a position, in clusters."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import PartsDep, Reader
from api.schemas.problems import problems
from api.schemas.search import ClusterList, MonthList
from api.schemas.values import Line
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
    cell_px: Annotated[
        int, Query(ge=8, le=256, description="How far apart clusters stand, of 256 px a tile.")
    ] = 64,
    taken: Annotated[
        Line | None, Query(max_length=40, description="When, as search has it.", examples=["2019..2021-06"])
    ] = None,
) -> ClusterList:
    """Clusters within a box, as a web map at this zoom needs them. West greater than east crosses 180°."""
    box = (west, south, east, north)
    with parts.database.transaction() as connection:
        found = browse.map_clusters(connection, caller.owner_id, box, zoom, cell_px=cell_px, taken=taken)
    return ClusterList.model_validate(found)


@router.get("/map/months", responses=problems(401, 403, 503))
def get_map_months(caller: Reader, parts: PartsDep) -> MonthList:
    """How many assets with a position each month has, oldest first."""
    with parts.database.transaction() as connection:
        return MonthList.model_validate(browse.map_months(connection, caller.owner_id))
