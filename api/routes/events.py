"""News of the library while it changes, as server-sent events."""

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

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
async def listen(caller: Reader, parts: PartsDep) -> StreamingResponse:
    """News as they happen, as server-sent events.

    `asset` {id}: it was added or changed. `activity` {}: analyses moved, once a second at most. `reload` {}: some
    news were lost, look at everything again.
    """
    return StreamingResponse(
        parts.events.stream(caller.owner_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
