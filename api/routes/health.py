"""Whether the server lives, and whether it can work."""

from fastapi import APIRouter, Response

from api.deps import PartsDep
from api.schemas.search import Health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
def get_live() -> Health:
    """The process answers. Open to all."""
    return Health(status="ok")


@router.get("/ready", responses={503: {"model": Health, "description": "Something it needs is away."}})
def get_ready(response: Response, parts: PartsDep) -> Health:
    """Whether everything is there that the server needs, and what is away: `checks`. Open to all."""
    checks = {name: "ok" if there else "away" for name, there in parts.standing.look().items()}
    if all(state == "ok" for state in checks.values()):
        return Health(status="ok", checks=checks)
    response.status_code = 503
    return Health(status="away", checks=checks)
