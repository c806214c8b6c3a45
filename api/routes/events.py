"""News of the library while it changes, as server-sent events."""

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from api import leases
from api.deps import PartsDep, Reader
from api.schemas.problems import problems

router = APIRouter(tags=["events"])


@router.get(
    "/events",
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        **problems(401, 403, 503),
    },
    response_class=StreamingResponse,
)
async def listen(request: Request, caller: Reader, parts: PartsDep) -> StreamingResponse:
    """News as they happen, as server-sent events.

    `asset` {id}: it was added or changed. `activity` {}: analyses moved, once a second at most. `reload` {}: some
    news were lost, look at everything again. `ended` {}: the session or token has ended or its role has changed,
    and with it the stream.
    """
    lease: leases.Lease = request.scope[leases.KEY]
    lease.follows_role = True
    return StreamingResponse(
        parts.events.stream(caller.owner_id, lease),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
