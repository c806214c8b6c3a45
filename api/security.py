"""What guards every request: headers, the cookie, and patience with wrong passwords."""

import hashlib
import secrets
import time
from urllib.parse import urlsplit

from fastapi import Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import occasions
from api.bodies import Body
from api.errors import HttpError, respond
from api.meter import Meter
from core.errors import NotAllowed
from db.tokens import AttemptLimit, TokenStore

COOKIE = "__Host-fovea"
CHANGE_HEADER = "X-Fovea"
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

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, began = False, time.monotonic()
        request_id = occasions.begin(scope.get(occasions.TRUSTED))
        body = Body(scope, receive)

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._meter.answered(scope, message["status"], time.monotonic() - began)
                headers = MutableHeaders(scope=message)
                headers[occasions.HEADER] = request_id
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/v1/uploads"):
                    headers.setdefault("Tus-Resumable", "1.0.0")  # tus asks for it on every answer
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        self._meter.begin()
        try:
            must_be_from_here(scope)
            await self._app(scope, body.receive, guarded)
        except Exception as error:
            if started:
                raise  # too late for another answer: the server logs it and cuts the connection
            await respond(error)(scope, receive, guarded)
        finally:
            self._meter.end()


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


def drop_cookie(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


def must_be_ours(request: Request) -> None:
    """A change by cookie carries a header that no form or link of another site can send. Raises NotAllowed."""
    if request.method not in _READING and request.headers.get(CHANGE_HEADER) != "1":
        raise NotAllowed(f"a change by cookie needs the header {CHANGE_HEADER}: 1")


class Patience:
    """Refuses who failed too often of late: by name and address, and by address alone with ten times the patience.

    Counted in the token store, so that several API processes count together.
    """

    def __init__(self, tokens: TokenStore, most: int, window_s: float) -> None:
        self._tokens = tokens
        self._most = most
        self._window_s = window_s

    def attempt(self, address: str, login: str | None = None) -> None:
        """Note an attempt before its outcome is known. Raises HttpError 429 with Retry-After."""
        limits = [AttemptLimit(_key("address", address), self._most * _PER_ADDRESS)]
        if login is not None:
            limits.insert(0, AttemptLimit(_name_key(address, login), self._most))
        left_s = self._tokens.attempt(limits, self._window_s)
        if left_s > 0:
            wait_s = int(left_s) + 1
            detail = f"too many failed attempts; try again in {wait_s} seconds"
            raise HttpError(429, "Too many attempts", detail, retry_s=wait_s)

    def succeeded(self, address: str, login: str | None = None) -> None:
        """The name showed that it belongs here: its failures are forgotten, the address's earlier ones stay."""
        all_of = None if login is None else _name_key(address, login)
        self._tokens.forgive(all_of=all_of, last_of=_key("address", address))


_PER_ADDRESS = 10


def _name_key(address: str, login: str) -> bytes:
    return _key("name", login.strip().casefold()[:100], address)


def _key(*parts: str) -> bytes:
    """Of one size, and readable for nobody: people type passwords where a name belongs."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).digest()
