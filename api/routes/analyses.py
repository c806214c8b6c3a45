"""Activity: how far the analyses are, what failed, doing it again, pausing."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import Administrator, After, Limit, PartsDep, Reader, Writer
from api.schemas.activity import ActivityList, Concurrency, Cost, FailureList, Queued, Requeue, Which
from api.schemas.problems import problems
from api.schemas.values import Line
from api.tagged import TaggedRoute
from library import activity

router = APIRouter(prefix="/analyses", tags=["analyses"], route_class=TaggedRoute)

AnalysisName = Annotated[Line, Path(alias="name", min_length=1, max_length=100)]


@router.get("", responses=problems(400, 401, 403, 503))
def list_analyses(caller: Reader, parts: PartsDep, limit: Limit = 50, after: After = None) -> ActivityList:
    """Each analysis with what waits, runs, is done, failed, how fast it goes and how long it will take."""
    with parts.database.transaction() as connection:
        found = activity.list_analyses(connection, caller.owner_id, limit=limit, after=after)
    return ActivityList.model_validate(found)


@router.get("/{name}/failures", responses=problems(400, 401, 403, 404, 503))
def list_failures(
    name: AnalysisName, caller: Reader, parts: PartsDep, limit: Limit = 50, after: After = None
) -> FailureList:
    """Why assets failed, the most frequent reason first, with the first twenty assets of each."""
    with parts.database.transaction() as connection:
        found = activity.list_failures(connection, caller.owner_id, name, limit=limit, after=after)
    return FailureList.model_validate(found)


@router.get("/{name}/cost", responses=problems(401, 403, 404, 503))
def get_cost(
    name: AnalysisName,
    caller: Reader,
    parts: PartsDep,
    which: Annotated[Which, Query(description="What would be done again.")],
) -> Cost:
    """What doing it again would cost, by what it took before."""
    with parts.database.transaction() as connection:
        return Cost.model_validate(asdict(activity.cost(connection, caller.owner_id, name, which)))


@router.post("/{name}/requeue", responses=problems(401, 403, 404, 503))
def requeue_analysis(name: AnalysisName, what: Requeue, caller: Writer, parts: PartsDep) -> Queued:
    """Do it again: what failed, what is behind the current version, or all; of the library or of one asset."""
    with parts.database.transaction() as connection:
        done = activity.requeue(connection, caller.owner_id, name, what.which, what.asset_id)
    return Queued.model_validate(done)


@router.post("/{name}/concurrency", status_code=204, responses=problems(401, 403, 404, 503))
def set_concurrency(name: AnalysisName, wanted: Concurrency, _: Administrator, parts: PartsDep) -> None:
    """How many files of this analysis at once in each worker process, from within seconds on; null: as started."""
    with parts.database.transaction() as connection:
        activity.set_slots(connection, name, wanted.slots)


@router.post("/{name}/pause", status_code=204, responses=problems(401, 403, 404, 503))
def pause_analysis(name: AnalysisName, _: Administrator, parts: PartsDep) -> None:
    """Begin no more of this analysis; what runs ends first."""
    with parts.database.transaction() as connection:
        activity.set_paused(connection, name, True)


@router.post("/{name}/resume", status_code=204, responses=problems(401, 403, 404, 503))
def resume_analysis(name: AnalysisName, _: Administrator, parts: PartsDep) -> None:
    """Go on with a paused analysis."""
    with parts.database.transaction() as connection:
        activity.set_paused(connection, name, False)
