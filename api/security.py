"""What guards every request: headers, the cookie, and patience with wrong passwords."""

import secrets
import time
from urllib.parse import urlsplit

from fastapi import Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import occasions, write_only
from api.bodies import Body
from api.errors import HttpError, respond
from api.leases import KEY as LEASE
from api.leases import Leases
from api.meter import Meter
from core.errors import NotAllowed

COOKIE = "__Host-fovea"
DEVICE_COOKIE = "__Host-fovea-device"
CHANGE_HEADER = "X-Fovea"
OTHER_NAME = "fovea.other_name"
"""In a request's scope: a name that it asked for and that is none of this server's (api/front_door.py)."""
SIGNED_OUT = "fovea.signed_out"
"""True in the scope of a request that ended its session, or came with one that has ended."""
CLEARED = '"cache"'
"""What a browser then lets go of: every answer that it kept (Clear-Site-Data)."""
_READING = frozenset(("GET", "HEAD", "OPTIONS"))

# No Strict-Transport-Security here: on "localhost" it would reach every other server of that name, and lock people
# out after a new certificate of their own. A front door with a real certificate adds it.
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    # What the API answers, originals from strangers among it, never runs as a page.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


def page_policy(nonce: str) -> str:
    """The Content-Security-Policy of a page: what is served from here, and no script or style but our own.

    Nor attributes `style=`: Angular and MapLibre set styles through the DOM's own objects, which no policy stops.
    """
    return (
        "default-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
        f"script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; "
        "worker-src 'self' blob:; manifest-src 'self'"
    )


def new_nonce() -> str:
    """A word that only this answer's own styles carry."""
    return secrets.token_urlsafe(16)


class Shield:
    """Outermost: security headers on every answer, each one counted, a problem instead of a broken connection."""

    def __init__(self, app: ASGIApp, meter: Meter, leases: Leases) -> None:
        self._app = app
        self._meter = meter
        self._leases = leases

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send, self._meter, occasions.begin(scope.get(occasions.TRUSTED)))
        body = Body(scope, receive)
        self._meter.begin()
        try:
            must_be_called_so(scope)
            must_be_from_here(scope)
            await self._app(scope, body.receive, answer.send)
        except CutOff:
            return  # the server cuts the connection, as the answer is not whole
        except Exception as error:
            if answer.began:
                raise  # too late for another answer: the server logs it and cuts the connection
            scope.pop(write_only.KEY, None)
            await respond(error)(scope, receive, answer.send)
        finally:
            self._meter.end()
            if (lease := scope.get(LEASE)) is not None:
                self._leases.give_back(lease)


class CutOff(Exception):
    """Who is being answered may have no more of it."""


class _Answer:
    """Stands between a handler and the server: what every answer has in common."""

    def __init__(self, scope: Scope, send: Send, meter: Meter, request_id: str) -> None:
        self._scope = scope
        self._send = send
        self._meter = meter
        self._request_id = request_id
        self._came_at = time.monotonic()
        self._empty = False
        self.began = False

    async def send(self, message: Message) -> None:
        """The next part of the answer. Raises CutOff."""
        if message["type"] == "http.response.start":
            self.began = True
            if write_only.is_emptied(self._scope, message):
                self._empty = True
                message = write_only.emptied(self._scope, message)
            self._meter.answered(self._scope, message["status"], time.monotonic() - self._came_at)
            self._add_headers(MutableHeaders(scope=message))
        elif message["type"] == "http.response.body":
            lease = self._scope.get(LEASE)
            if lease is not None and lease.over is not None and lease.tell is None and message.get("more_body"):
                raise CutOff  # an answer that is told so ends by itself
            if self._empty:
                message = {**message, "body": b""}
        await self._send(message)

    def _add_headers(self, headers: MutableHeaders) -> None:
        headers[occasions.HEADER] = self._request_id
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        path = self._scope["path"]
        if path.startswith("/api/v1/uploads"):
            headers.setdefault("Tus-Resumable", "1.0.0")  # tus asks for it on every answer
        if path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")
        lease = self._scope.get(LEASE)
        if lease is not None and lease.over is not None:
            headers["Connection"] = "close"  # of an upload, the rest is not read
        if self._scope.get(SIGNED_OUT):
            headers["Clear-Site-Data"] = CLEARED


def must_be_called_so(scope: Scope) -> None:
    """The front door has looked at the name that was asked for. Raises HttpError 421."""
    other = scope.get(OTHER_NAME)
    if other is not None:
        raise HttpError(
            421,
            "Another server",
            f"this server is not called {other!r}; if it is, name it in FOVEA_HOSTS (docs/settings.md)",
        )


def must_be_from_here(scope: Scope) -> None:
    """A change asked for by a page of another site is refused, whatever it carries. Raises NotAllowed.

    Browsers say where a page is from (Origin, Sec-Fetch-Site) and let no page forge it; scripts send neither. This
    also covers signing in, where no cookie and no header is there yet to tell.
    """
    if scope["method"] in _READING:
        return
    headers = Headers(scope=scope)
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is not None:  # as the browser sees it, whatever name a proxy in between gives the host
        foreign = site not in ("same-origin", "none")
    else:
        foreign = origin is not None and _host_of(origin) != headers.get("Host", "").lower()
    if foreign:
        raise NotAllowed("a change cannot be asked for by a page of another site")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def set_cookie(response: Response, secret: str, lasts_s: int) -> None:
    """Give the browser its session. `__Host-` ties it to this host, HTTPS and the whole site."""
    response.set_cookie(COOKIE, secret, max_age=lasts_s, path="/", secure=True, httponly=True, samesite="strict")


def set_device_cookie(response: Response, secret: str, lasts_s: int) -> None:
    """Let the browser be known again when it signs in. It stays when a session ends, and lets nobody in."""
    response.set_cookie(
        DEVICE_COOKIE, secret, max_age=lasts_s, path="/", secure=True, httponly=True, samesite="strict"
    )


def drop_cookie(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


def must_be_ours(request: Request) -> None:
    """A change by cookie carries a header that no form or link of another site can send. Raises NotAllowed."""
    if request.method not in _READING and request.headers.get(CHANGE_HEADER) != "1":
        raise NotAllowed(f"a change by cookie needs the header {CHANGE_HEADER}: 1")
