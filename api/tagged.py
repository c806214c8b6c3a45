"""Answers of lists and assets carry an ETag: a client that has them already is told so in a few bytes."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

CACHE = "private, no-cache"
"""Kept by the one browser that asked, and asked for anew each time: what changed is seen at once."""


class TaggedRoute(APIRoute):
    """A route whose GET answers 304 to If-None-Match while its JSON is the same."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        if "GET" in (more.get("methods") or ()):
            same = {"description": "What the client has is current."}
            more["responses"] = {304: same, **(more.get("responses") or {})}
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def tagged(request: Request) -> Response:
            answer = await handle(request)
            if request.method != "GET" or answer.status_code != 200 or not hasattr(answer, "body"):
                return answer
            etag = f'W/"{hashlib.blake2b(answer.body, digest_size=16).hexdigest()}"'
            headers = {"ETag": etag, "Cache-Control": CACHE, "Vary": "Authorization, Cookie"}
            if is_current(request, etag):
                return Response(status_code=304, headers=headers)
            answer.headers.update(headers)
            return answer

        return tagged


def is_current(request: Request, etag: str) -> bool:
    """Whether the client has this very answer (If-None-Match; weak comparison, RFC 9110 13.1.2)."""
    asked = request.headers.get("If-None-Match")
    if asked is None:
        return False
    plain = etag.removeprefix("W/")
    return asked.strip() == "*" or plain in (one.strip().removeprefix("W/") for one in asked.split(","))
