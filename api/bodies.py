"""How much a request's body may hold and how slowly it may come. A route that streams its body asks for more."""

import asyncio
import contextlib
import time

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from api.leases import KEY as LEASE
from core.errors import NotSignedIn

MOST_BYTES = 1 << 20
"""Of a body that is held in memory: JSON. What streams to the disk has limits of its own."""
PATIENCE_S = 30.0
"""For the whole of such a body."""
SILENCE_S = 60.0
"""Of a body that streams: from one piece to the next."""
_LOOK_EVERY_S = 0.4
_KEY = "fovea.body"


class Body:
    """Stands between the server and a handler that reads its body."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self._most: int | None = MOST_BYTES
        self._came = 0
        self._ended = False
        self._began = time.monotonic()
        self._declared = _declared(scope)
        scope[_KEY] = self

    def stream(self) -> None:
        """The handler writes the body away as it comes, and counts for itself."""
        self._most = None

    async def receive(self) -> Message:
        """The next part of the body. Raises HTTPException 413 and 408."""
        if self._ended:
            return await self._receive()  # only the end of the connection follows, whenever that is
        if self._most is not None and (self._declared > self._most or self._came > self._most):
            raise HTTPException(413, f"a body like this has at most {self._most:,} bytes")
        left_s = SILENCE_S if self._most is None else self._began + PATIENCE_S - time.monotonic()
        message = await self._next(time.monotonic() + max(left_s, 0.01))
        if message["type"] == "http.request":
            self._came += len(message.get("body", b""))
            if self._most is not None and self._came > self._most:
                raise HTTPException(413, f"a body like this has at most {self._most:,} bytes")
            if not message.get("more_body", False):
                self._ended = True
        return message

    async def _next(self, until: float) -> Message:
        """What comes next. Raises HTTPException 408 when that is too late, NotSignedIn when nobody may send
        more."""
        while (left_s := until - time.monotonic()) > 0:
            self._must_go_on()
            with contextlib.suppress(TimeoutError):
                message = await asyncio.wait_for(self._receive(), min(left_s, _LOOK_EVERY_S))
                self._must_go_on()
                return message
        raise HTTPException(408, "the body of the request came too slowly")

    def _must_go_on(self) -> None:
        lease = self._scope.get(LEASE)
        if lease is not None and lease.over is not None:
            raise NotSignedIn(f"{lease.over}; what had come of an upload in pieces is kept")


def stream_body(scope: Scope) -> None:
    """Called by a handler that writes its body away as it comes."""
    body = scope.get(_KEY)
    if isinstance(body, Body):
        body.stream()


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
