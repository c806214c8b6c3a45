"""Signing in and out."""

from fastapi import APIRouter, Request, Response

from api.deps import Parts, PartsDep, SignedIn, client_address
from api.schemas.accounts import Account, Session, SignIn
from api.schemas.problems import problems
from api.security import drop_cookie, set_cookie
from db import accounts as rows
from db.tokens import StoredToken
from library import accounts
from library.view import instant

router = APIRouter(tags=["session"])


@router.post("/session", responses=problems(401, 429, 503))
def sign_in(who: SignIn, request: Request, response: Response, parts: PartsDep) -> Session:
    """Sign in with name and password; the session comes as a cookie."""
    address = client_address(request)
    parts.patience.attempt(address, who.login)
    account = accounts.sign_in(parts.database, who.login, who.password)
    parts.patience.succeeded(address, who.login)
    return begin_session(parts, account, response)


@router.get("/session", responses=problems(401, 503))
def get_session(caller: SignedIn) -> Session:
    """Who is signed in."""
    return _session(caller.account, caller.token)


@router.delete("/session", status_code=204, responses=problems(401, 403, 503))
def sign_out(caller: SignedIn, response: Response, parts: PartsDep) -> None:
    """End the session of the cookie, or revoke the token that was sent."""
    parts.tokens.remove(caller.account.id, caller.token.id)
    drop_cookie(response)


def begin_session(parts: Parts, account: rows.Account, response: Response) -> Session:
    """Start a session and put its secret into the answer's cookie."""
    secret, kept = accounts.start_session(parts.tokens, account)
    set_cookie(response, secret, int(accounts.SESSION_LASTS.total_seconds()))
    return _session(account, kept)


def _session(account: rows.Account, kept: StoredToken) -> Session:
    who = Account(id=account.id, login=account.login, role=account.role)
    return Session(account=who, expires_at=instant(kept.expires_at))
