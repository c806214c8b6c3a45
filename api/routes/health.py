"""Whether the server lives, and whether it can work."""

import psycopg
from fastapi import APIRouter, Response

from api.deps import Parts, PartsDep
from api.schemas.search import Health
from core.errors import ServiceAway

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
def get_live() -> Health:
    """The process answers. Open to all."""
    return Health(status="ok")


@router.get("/ready", responses={503: {"model": Health, "description": "Something it needs is away."}})
def get_ready(response: Response, parts: PartsDep) -> Health:
    """Whether everything is there that the server needs. Open to all."""
    checks = {"database": _database(parts), "store": _store(parts)}
    if all(state == "ok" for state in checks.values()):
        return Health(status="ok", checks=checks)
    response.status_code = 503
    return Health(status="away", checks=checks)


def _database(parts: Parts) -> str:
    try:
        with parts.database.transaction() as connection:
            connection.execute("select 1")
    except (ServiceAway, psycopg.OperationalError):
        return "away"
    return "ok"


def _store(parts: Parts) -> str:
    return "ok" if parts.store.answers() else "away"
