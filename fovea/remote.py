"""Another machine's library over HTTP: one session, errors as the local verbs raise them, lists page by page."""

import hashlib
import ipaddress
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from core import errors
from core.paths import clean_line
from fovea.settings import Settings

Json = dict[str, Any]

PAGE = 1000
"""A list is asked for in pages of this many, however many are wanted."""
_CONNECT_S = 10.0
_ANSWER_S = 120.0
_LONGEST_DETAIL = 2000

_KINDS: Mapping[int, type[errors.FoveaError]] = {
    400: errors.BadRequest,
    403: errors.NotAllowed,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.RefusedFile,
    413: errors.OverQuota,
    415: errors.RefusedFile,
    423: errors.InUse,
    507: errors.NoRoom,
}
_LISTED = ("items", "close")  # what a page lists: of a search also what is only close in meaning
_AWAY = frozenset((429, 502, 503, 504))


class Answered(errors.ServiceAway):
    """The server is there, and says that it cannot do it now. `retry_s`: when to ask again."""

    def __init__(self, text: str, retry_s: float | None) -> None:
        super().__init__(text)
        self.retry_s = retry_s


class Remote:
    """A session with the server of FOVEA_URL as the holder of FOVEA_TOKEN. Use it in a `with`.

    Raises BadRequest for settings that cannot be right; what a request raises says `ask`.
    """

    def __init__(self, settings: Settings) -> None:
        self.url = _checked(settings.url)
        token = settings.token.get_secret_value().strip()
        if not token:
            raise errors.BadRequest(
                "FOVEA_URL names a server, but FOVEA_TOKEN is empty: make a token on the page, or on the server "
                "with `fovea user token NAME`"
            )
        if not (token.isascii() and token.isprintable()):
            raise errors.BadRequest("FOVEA_TOKEN holds characters that no token has")
        self._client = httpx.Client(
            base_url=f"{self.url}/api/v1/",
            headers={"Authorization": f"Bearer {token}"},
            verify=_trust(settings.ca_file),
            timeout=httpx.Timeout(_ANSWER_S, connect=_CONNECT_S),
        )

    def __enter__(self) -> "Remote":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        """One request below /api/v1/; `how` as httpx has it. Answers of 2xx come back.

        Raises what the same deed raises locally: BadRequest, NotFound, …; NotSignedIn and NotAllowed for a token
        that is not good for it, ServiceAway when the server cannot be reached, and its kind Answered for 429, 503.
        """
        try:
            answer = self._client.request(method, path, **how)
        except httpx.TransportError as error:
            raise errors.ServiceAway(self._why(error)) from error
        if answer.is_success:
            return answer
        raise self._refusal(answer)

    def get(self, place: str, /, **params: Any) -> Json:
        """The JSON of one answer; parameters that are None are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        return self.read(self.ask("GET", place, params=given))

    def sha512_of(self, path: str) -> str:
        """SHA-512 in hex of what a request answers, as it came. Raises as `ask`, ServiceAway when it broke off."""
        hashed = hashlib.sha512()
        try:
            with self._client.stream("GET", path, headers={"Accept-Encoding": "identity"}) as answer:
                if not answer.is_success:
                    answer.read()
                    raise self._refusal(answer)
                for piece in answer.iter_raw():
                    hashed.update(piece)
        except httpx.TransportError as error:
            raise errors.ServiceAway(self._why(error)) from error
        return hashed.hexdigest()

    def read(self, answer: httpx.Response) -> Json:
        """The JSON object of an answer. Raises ServiceAway when it is none."""
        try:
            value = answer.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise errors.ServiceAway(f"{self.url} answers, but not as Fovea does; is FOVEA_URL right?")
        return value

    def list(self, place: str, /, *, limit: int, after: str | None = None, **params: Any) -> Json:
        """A list as the local verbs have it; `limit` 0 means all. More than a page comes in several answers."""
        whole: Json | None = None
        while True:
            so_far = sum(len(whole.get(each, ())) for each in _LISTED) if whole else 0
            page = self.get(place, limit=min(PAGE, limit - so_far) if limit else PAGE, after=after, **params)
            longer = {each: whole[each] + page[each] for each in _LISTED if each in page} if whole else {}
            whole = {**whole, **longer, "next": page["next"]} if whole else page
            after = page["next"]
            if after is None or (limit and sum(len(whole.get(each, ())) for each in _LISTED) >= limit):
                return whole

    def _why(self, error: httpx.TransportError) -> str:
        text = str(error) or type(error).__name__
        if "CERTIFICATE_VERIFY_FAILED" in text:
            reason = text.rpartition("CERTIFICATE_VERIFY_FAILED]")[2].partition("(")[0].strip(" :")
            return (
                f"the certificate of {self.url} is not trusted ({reason}); with a certificate of your own, let "
                "FOVEA_CA_FILE name the certificate of its authority"
            )
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return f"{self.url} cannot be reached ({text}); does Fovea run there, and is FOVEA_URL right?"
        if isinstance(error, httpx.TimeoutException):
            return f"{self.url} does not answer in time; try again"
        return f"the connection to {self.url} broke ({text}); try again"

    def _refusal(self, answer: httpx.Response) -> errors.FoveaError:
        status, (kind, detail) = answer.status_code, _problem(answer)
        if answer.has_redirect_location:
            place = clean_line(answer.headers["Location"])
            return errors.BadRequest(f"{self.url} sends on to {place}; write that into FOVEA_URL")
        if status == 401:
            return errors.NotSignedIn(f"{self.url} does not know this FOVEA_TOKEN: it was revoked, or has expired")
        if not detail:
            detail = f"{self.url} answers {status} {answer.reason_phrase}"
            if answer.request.method != "HEAD" or status in _AWAY:  # to HEAD no answer says more
                return errors.ServiceAway(f"{detail}; is a Fovea behind it?")
        if status in _AWAY:
            retry_s = _seconds(answer.headers.get("Retry-After"))
            again = f"; try again in {retry_s:g} s" if retry_s and "try again" not in detail else ""
            return Answered(detail + again, retry_s)
        if status == 422:
            unreadable = {"unreadable-file": errors.UnreadableMedia, "cannot-be-done": errors.PermanentError}
            return unreadable.get(kind, errors.BadRequest)(detail)
        return errors.LeftAside(detail) if kind == "left-aside" else _KINDS.get(status, errors.FoveaError)(detail)


@contextmanager
def open_remote(settings: Settings) -> Iterator[Remote]:
    """A session for as long as the block runs."""
    with Remote(settings) as remote:
        yield remote


def _checked(url: str) -> str:
    """The address without a slash at its end. Raises BadRequest: it is none, or the token would go unencrypted."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("https", "http") or parts.username or parts.query or parts.fragment:
        raise errors.BadRequest("FOVEA_URL is no address of a Fovea, such as https://photos.example:8443")
    if parts.scheme == "http" and not _is_here(host):
        raise errors.BadRequest(
            "FOVEA_URL must begin with https://, or the token would cross the network unencrypted"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _trust(ca_file: str) -> ssl.SSLContext:
    """Certificates are always looked at: by this authority alone, or by those of the system."""
    if not ca_file:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise errors.BadRequest(f"FOVEA_CA_FILE: {ca_file} is no readable certificate in PEM") from error


def _problem(answer: httpx.Response) -> tuple[str, str]:
    """Kind and detail of an RFC 9457 problem; empty when the answer is none, as one of a proxy in between."""
    if answer.headers.get("Content-Type", "").partition(";")[0] != "application/problem+json":
        return "", ""
    try:
        told = answer.json()
        return str(told.get("type", "")).rpartition("#")[2], clean_line(str(told.get("detail", "")))[
            :_LONGEST_DETAIL
        ]
    except (ValueError, AttributeError):
        return "", ""


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdecimal() else None
