"""What handlers ask for, by annotation: the parts of the server, and who is calling."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Query, Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api import leases, write_only
from api.events import EventHub
from api.leases import Leases
from api.meter import Meter
from api.pace import Pace
from api.patience import Patience, network_of
from api.pieces import Senders
from api.schemas.values import Line
from api.security import COOKIE, SIGNED_OUT, must_be_ours
from api.settings import ApiSettings
from api.standing import Standing
from core.errors import NotSignedIn
from db.connect import Database
from db.tokens import TokenStore
from engines.door import EngineDoor
from library.accounts import Caller, caller_of
from library.ingest import Ingest
from library.uploads import Uploads
from media.child import Child
from media.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """All that the handlers work with, composed by whoever starts the server.

    `ingest` gives an `Ingest` for the calling thread.
    """

    database: Database
    tokens: TokenStore
    store: Store
    data: Path
    engines: EngineDoor
    child: Child
    ingest: Callable[[], Ingest]
    events: EventHub
    settings: ApiSettings
    patience: Patience
    pace: Pace
    pace_of_strangers: Pace
    uploads: Uploads
    senders: Senders
    meter: Meter
    standing: Standing
    leases: Leases


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(_parts)]


_cookie = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session", description="Set by signing in.")
_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="A token for scripts.")


def _caller(
    needs: SecurityScopes,
    request: Request,
    parts: PartsDep,
    session: Annotated[str | None, Depends(_cookie)],
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """Who calls, by token or else by cookie, with the scopes that the route needs. Each has a pace to keep."""
    network = network_of(client_address(request))
    parts.pace_of_strangers.must_have(network)
    try:
        caller = _who(parts, token.credentials if token else None, session)
    except NotSignedIn:
        request.scope[SIGNED_OUT] = session is not None
        parts.pace_of_strangers.spend(network)
        raise
    parts.pace.spend(caller.token.id)
    if token is None:
        must_be_ours(request)
    for scope in needs.scopes:
        caller.must(scope)
    request.scope[write_only.KEY] = "write" in needs.scopes and "read" not in caller.scopes
    request.scope[leases.KEY] = parts.leases.take(caller, frozenset(needs.scopes))
    return caller


def _who(parts: Parts, token: str | None, session: str | None) -> Caller:
    if token is not None:
        return caller_of(parts.database, parts.tokens, token, "api")
    if session is not None:
        return caller_of(parts.database, parts.tokens, session, "session")
    raise NotSignedIn("sign in, or send a token: Authorization: Bearer TOKEN")


Reader = Annotated[Caller, Security(_caller, scopes=["read"])]
Writer = Annotated[Caller, Security(_caller, scopes=["write"])]
ReaderWriter = Annotated[Caller, Security(_caller, scopes=["read", "write"])]
Administrator = Annotated[Caller, Security(_caller, scopes=["admin"])]
SignedIn = Annotated[Caller, Security(_caller, scopes=[])]

Limit = Annotated[int, Query(ge=0, le=100_000, description="How many at most; 0 means all.")]
After = Annotated[Line | None, Query(max_length=2000, description="`next` of the page before.")]


def client_address(request: Request) -> str:
    """Where the request came from; behind a proxy the server has put the true address there already."""
    return request.client.host if request.client else "unknown"
