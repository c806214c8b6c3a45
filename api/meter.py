"""Requests counted and timed, by route as it is written down: never by address, so that there are few of them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from starlette.types import Scope

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Meter:
    """Of this process alone; each replica is asked for its own. Safe between threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "fovea_api_requests",
            "Requests answered by this process",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "fovea_api_request_seconds",
            "Until the answer began",
            ["route"],
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self._open = Gauge(
            "fovea_api_requests_open",
            "Requests being answered now, streams of events too",
            registry=self.registry,
        )

    def begin(self) -> None:
        """A request came."""
        self._open.inc()

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Its answer began."""
        route = _route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def end(self) -> None:
        """It is done with."""
        self._open.dec()


def _route_of(scope: Scope) -> str:
    """The route as written: "/api/v1/assets/{id}". All that is no part of the API is one."""
    written = getattr(scope.get("route"), "path", "")
    if written.startswith("/api/"):
        return str(written)
    if not written or written.startswith("/{"):  # nothing of ours, or a page of the web app
        return "other"
    for prefix in ("/api/v1", "/api"):  # a router's route is written down without what the router hangs below
        if scope["path"].startswith(f"{prefix}/"):
            return f"{prefix}{written}"
    return "other"
