"""Numbers for Prometheus (docs/operators/metrics.md)."""

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily

from api.deps import Parts, PartsDep, Reader
from api.schemas.problems import problems
from db import metrics

router = APIRouter(tags=["metrics"])

_STATES = ("waiting", "running", "done", "failed", "skipped")
_OUTCOMES = ("done", "failed", "skipped")


@router.get(
    "/metrics",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(401, 403, 503)},
    response_class=Response,
)
def get_metrics(caller: Reader, parts: PartsDep) -> Response:  # noqa: ARG001 - who calls must be somebody
    """The platform and this process in Prometheus' text format; scrape it with a token of scope read."""
    with parts.database.transaction() as connection:
        totals = metrics.library(connection)
        analyses = metrics.analyses(connection)
    names = [row["name"] for row in analyses]
    depths = parts.standing.call("broker", lambda: parts.ingest().bus.depths_by_lane(names))
    # Read from database and queue at each scrape: the same truth whichever process answers.
    found = [*_library(totals), *_jobs(analyses), *_queue(depths), _servers(parts)]
    shared = CollectorRegistry()
    shared.register(_Once(found))
    written = generate_latest(shared) + generate_latest(parts.meter.registry)
    return Response(written, media_type=CONTENT_TYPE_LATEST)


class _Once:
    """What was found, as a registry asks for it."""

    def __init__(self, found: list[Metric]) -> None:
        self._found = found

    def collect(self) -> list[Metric]:
        return self._found


def _library(totals: dict[str, Any]) -> list[Metric]:
    assets = GaugeMetricFamily("fovea_assets", "Assets in the library", labels=["kind"])
    assets.add_metric(["photo"], totals["photos"])
    assets.add_metric(["video"], totals["videos"])
    return [assets, GaugeMetricFamily("fovea_original_bytes", "Bytes of originals", value=totals["bytes"])]


def _jobs(analyses: list[dict[str, Any]]) -> list[Metric]:
    by_name = ["analysis"]
    states = GaugeMetricFamily("fovea_jobs", "Jobs by analysis and state", labels=["analysis", "state"])
    paused = GaugeMetricFamily("fovea_analysis_paused", "1 while paused", labels=by_name)
    oldest = GaugeMetricFamily(
        "fovea_job_oldest_waiting_seconds",
        "How long the longest waiting job has been due",
        labels=by_name,
    )
    seconds = SummaryMetricFamily(
        "fovea_job_seconds", "Jobs that ended, and how long they took", labels=["analysis", "outcome"]
    )
    attempts = CounterMetricFamily("fovea_job_attempts", "How often jobs were begun", labels=by_name)
    deaths = CounterMetricFamily("fovea_job_deaths", "How often a worker died holding a job", labels=by_name)
    for row in analyses:
        name = row["name"]
        for state in _STATES:
            states.add_metric([name, state], row[state])
        paused.add_metric([name], row["paused"])
        oldest.add_metric([name], row["oldest_s"] or 0.0)
        for outcome in _OUTCOMES:
            seconds.add_metric([name, outcome], row[f"ended_{outcome}"], row[f"seconds_{outcome}"])
        attempts.add_metric([name], row["attempts"])
        deaths.add_metric([name], row["deaths"])
    return [states, paused, oldest, seconds, attempts, deaths]


def _queue(depths: dict[tuple[str, str], int] | None) -> list[Metric]:
    """Nothing while the queue is away: no number is no zero."""
    queued = GaugeMetricFamily("fovea_queue_messages", "Not yet taken from the queue", labels=["analysis", "lane"])
    for (name, lane), count in sorted((depths or {}).items()):
        queued.add_metric([name, lane], count)
    return [queued]


def _servers(parts: Parts) -> Metric:
    up = GaugeMetricFamily("fovea_server_up", "1 while the server answers the API", labels=["server"])
    for name, there in parts.standing.look().items():
        up.add_metric([name], there)
    return up
