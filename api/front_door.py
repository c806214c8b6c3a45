"""Behind a front door: whose word is taken for where a request came from, by HTTPS or not, and its name."""

from ipaddress import ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import occasions
from api.names import Names
from api.security import OTHER_NAME
from core.errors import BadRequest


class FrontDoor:
    """Takes X-Forwarded-For, X-Forwarded-Proto and X-Request-Id from the proxies named, and from nobody else.
    Marks requests for a name that is none of ours; api/security.py refuses them.

    proxies: addresses and networks by comma ("10.0.0.2, 172.16.0.0/12"), or "*" for whoever connects. Raises
    BadRequest for anything else.
    """

    def __init__(self, app: ASGIApp, proxies: str, names: Names) -> None:
        _must_be_readable(proxies)
        self._app = app
        self._names = names
        self._behind = ProxyHeadersMiddleware(app, proxies) if proxies else None  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked = Headers(scope=scope).getlist("host")
            if len(asked) > 1 or not self._names.knows(asked[0] if asked else None):
                scope[OTHER_NAME] = ", ".join(asked)[:300]
        if self._behind is None or scope["type"] != "http" or not self._is_trusted(scope):
            await self._app(scope, receive, send)
            return
        scope[occasions.TRUSTED] = Headers(scope=scope).get(occasions.HEADER)
        await self._behind(scope, receive, send)  # type: ignore[arg-type]

    def _is_trusted(self, scope: Scope) -> bool:
        client = scope.get("client")
        return self._behind is not None and client is not None and client[0] in self._behind.trusted_hosts


def _must_be_readable(proxies: str) -> None:
    """What cannot be read would be believed by nobody, and nobody would notice."""
    for one in (part.strip() for part in proxies.split(",") if proxies.strip() not in ("", "*")):
        try:
            ip_network(one)
        except ValueError as error:
            raise BadRequest(f"FOVEA_PROXIES: {one!r} is no address and no network: {error}") from error
