"""Signing in and out, and one's own password."""

from fastapi import APIRouter, Request, Response

from api.deps import Parts, PartsDep, SignedIn, client_address
from api.devices import described
from api.schemas.accounts import Account, PasswordChange, Session, SignIn
from api.schemas.problems import problems
from api.security import DEVICE_COOKIE, SIGNED_OUT, drop_cookie, set_cookie, set_device_cookie
from db import accounts as rows
from db.tokens import StoredToken
from library import accounts, administration
from library.view import instant

router = APIRouter(tags=["session"])


@router.post("/session", responses=problems(401, 429, 503))
def sign_in(who: SignIn, request: Request, response: Response, parts: PartsDep) -> Session:
    """Sign in with name and password; the session comes as a cookie, and another that lets this browser be
    known."""
    address = client_address(request)
    known = _known_device(parts, request, who.login)
    parts.patience.attempt(address, who.login, known=known)
    account, password_hash = accounts.sign_in(parts.database, who.login, who.password)
    parts.patience.succeeded(address, who.login, known=known)
    return begin_session(parts, account, password_hash, request, response)


@router.get("/session", responses=problems(401, 503))
def get_session(caller: SignedIn) -> Session:
    """Who is signed in."""
    return _session(caller.account, caller.token, caller.scopes)


@router.delete("/session", status_code=204, responses=problems(401, 403, 503))
def sign_out(caller: SignedIn, request: Request, response: Response, parts: PartsDep) -> None:
    """End the session of the cookie, or revoke the token that was sent. The browser lets go of what it kept."""
    parts.tokens.remove(caller.account.id, caller.token.id, caller.token.kind)
    request.scope[SIGNED_OUT] = caller.token.kind == "session"
    drop_cookie(response)


@router.put("/session/password", status_code=204, responses=problems(400, 401, 403, 429, 503))
def change_password(
    change: PasswordChange, caller: SignedIn, request: Request, response: Response, parts: PartsDep
) -> None:
    """Another password for oneself; the old one is asked for. All other sessions end; tokens stay until
    revoked."""
    address, login = client_address(request), caller.account.login
    parts.patience.attempt(address, login, known=caller.token.id)
    own = caller.token.id if caller.token.kind == "session" else None
    administration.change_password(
        parts.database, parts.tokens, caller.account, change.old, change.new, session_id=own
    )
    parts.patience.succeeded(address, login, known=caller.token.id)
    if own is not None:
        _let_be_known(parts, caller.account, None, response)


def begin_session(
    parts: Parts, account: rows.Account, password_hash: str, request: Request, response: Response
) -> Session:
    """Start a session and put its secret into the answer's cookie."""
    secret, kept = accounts.start_session(parts.tokens, account, described(request, client_address(request)))
    accounts.must_still_fit(parts.database, parts.tokens, account, password_hash, kept)
    set_cookie(response, secret, int(accounts.SESSION_LASTS.total_seconds()))
    _let_be_known(parts, account, request.cookies.get(DEVICE_COOKIE), response)
    return _session(account, kept, accounts.scopes_of(account, kept))


def _let_be_known(parts: Parts, account: rows.Account, shown: str | None, response: Response) -> None:
    secret = accounts.know_device(parts.tokens, account, shown)
    if secret is not None:
        set_device_cookie(response, secret, int(accounts.DEVICE_LASTS.total_seconds()))


def _known_device(parts: Parts, request: Request, login: str) -> str | None:
    """What a browser shows from which this very account has signed in before."""
    shown = request.cookies.get(DEVICE_COOKIE)
    if not shown:
        return None
    with parts.database.transaction() as connection:
        found = rows.account_by_login(connection, login.strip())
    if found is None or not accounts.is_known_device(parts.tokens, found.account.id, shown):
        return None
    return shown


def _session(account: rows.Account, kept: StoredToken, scopes: frozenset[str]) -> Session:
    who = Account(id=account.id, login=account.login, role=account.role)
    return Session.model_validate(
        {"account": who, "scopes": sorted(scopes), "expires_at": instant(kept.expires_at)}
    )
