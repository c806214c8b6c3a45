"""Numbers for Prometheus."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from api.deps import PartsDep, Reader
from api.schemas.problems import problems
from library import activity, browse

router = APIRouter(tags=["metrics"])


@router.get(
    "/metrics",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(401, 403, 503)},
    response_class=Response,
)
def get_metrics(caller: Reader, parts: PartsDep) -> Response:
    """The library and its jobs in Prometheus' text format; scrape it with a token of scope read."""
    with parts.database.transaction() as connection:
        totals = browse.status(connection, caller.owner_id)
        analyses = activity.list_analyses(connection, caller.owner_id)["items"]
    # Read from the database at each scrape: the same truth whichever process answers.
    registry = CollectorRegistry()
    assets = Gauge("fovea_assets", "Assets in the library", ["kind"], registry=registry)
    assets.labels("photo").set(totals["photos"])
    assets.labels("video").set(totals["videos"])
    Gauge("fovea_original_bytes", "Bytes of originals", registry=registry).set(totals["bytes"])
    jobs = Gauge("fovea_jobs", "Jobs by analysis and state", ["analysis", "state"], registry=registry)
    paused = Gauge("fovea_analysis_paused", "1 while paused", ["analysis"], registry=registry)
    for one in analyses:
        for state in ("waiting", "running", "done", "failed", "skipped"):
            jobs.labels(one["name"], state).set(one[state])
        paused.labels(one["name"]).set(one["paused"])
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
