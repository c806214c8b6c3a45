"""Where one is signed in, and signing out from there or everywhere."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.deps import After, Limit, PartsDep, SignedIn
from api.kept import list_sessions_of, must_manage
from api.schemas.accounts import Ended, SessionList
from api.schemas.problems import problems
from api.schemas.values import Line
from api.security import SIGNED_OUT, drop_cookie
from library import administration

router = APIRouter(prefix="/sessions", tags=["session"])

KeptId = Annotated[Line, Path(alias="id", max_length=100)]


@router.get("", responses=problems(400, 401, 403, 503))
def list_sessions(caller: SignedIn, parts: PartsDep, limit: Limit = 50, after: After = None) -> SessionList:
    """The caller's sessions, newest first: each browser that is signed in."""
    must_manage(caller)
    return list_sessions_of(parts, caller.account.id, caller, limit=limit, after=after)


@router.delete("", responses=problems(401, 403, 503))
def end_sessions(
    caller: SignedIn,
    request: Request,
    response: Response,
    parts: PartsDep,
    but_this: Annotated[bool, Query(description="Stay signed in here.")] = False,
) -> Ended:
    """Sign out everywhere. Tokens for scripts stay until they are revoked."""
    must_manage(caller)
    own = caller.token.id if but_this and caller.token.kind == "session" else None
    ended = administration.end_sessions(parts.tokens, caller.account.id, but=own)
    if own is None and caller.token.kind == "session":
        request.scope[SIGNED_OUT] = True
        drop_cookie(response)
    return Ended(ended=ended)


@router.delete("/{id}", status_code=204, responses=problems(401, 403, 404, 503))
def end_session(session_id: KeptId, caller: SignedIn, parts: PartsDep) -> None:
    """End one session; it is worth nothing from now on."""
    must_manage(caller)
    administration.end_session(parts.tokens, caller.account.id, session_id)
