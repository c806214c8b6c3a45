"""Sessions and tokens of other accounts, seen and ended by administrators."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import Administrator, After, Limit, PartsDep
from api.kept import list_sessions_of, list_tokens_of
from api.routes.users import UserId
from api.schemas.accounts import Ended, SessionList, TokenList
from api.schemas.problems import problems
from api.schemas.values import Line
from library import administration

router = APIRouter(prefix="/users/{id}", tags=["users"])

SessionId = Annotated[Line, Path(max_length=100)]
TokenId = Annotated[Line, Path(max_length=100)]


@router.get("/sessions", responses=problems(400, 401, 403, 404, 503))
def list_user_sessions(
    account_id: UserId, caller: Administrator, parts: PartsDep, limit: Limit = 50, after: After = None
) -> SessionList:
    """Where somebody is signed in, newest first."""
    return list_sessions_of(parts, account_id, caller, limit=limit, after=after)


@router.delete("/sessions", responses=problems(401, 403, 404, 503))
def end_user_sessions(account_id: UserId, _: Administrator, parts: PartsDep) -> Ended:
    """Sign somebody out everywhere."""
    administration.show_person(parts.database, account_id)
    return Ended(ended=administration.end_sessions(parts.tokens, account_id))


@router.delete("/sessions/{session_id}", status_code=204, responses=problems(401, 403, 404, 503))
def end_user_session(account_id: UserId, session_id: SessionId, _: Administrator, parts: PartsDep) -> None:
    """End one session of somebody."""
    administration.end_session(parts.tokens, account_id, session_id)


@router.get("/tokens", responses=problems(400, 401, 403, 404, 503))
def list_user_tokens(
    account_id: UserId, _: Administrator, parts: PartsDep, limit: Limit = 50, after: After = None
) -> TokenList:
    """Somebody's tokens for scripts, newest first, without their secrets."""
    return list_tokens_of(parts, account_id, limit=limit, after=after)


@router.delete("/tokens", responses=problems(401, 403, 404, 503))
def remove_user_tokens(account_id: UserId, _: Administrator, parts: PartsDep) -> Ended:
    """Revoke all tokens of somebody."""
    administration.show_person(parts.database, account_id)
    return Ended(ended=administration.revoke_tokens(parts.tokens, account_id))


@router.delete("/tokens/{token_id}", status_code=204, responses=problems(401, 403, 404, 503))
def remove_user_token(account_id: UserId, token_id: TokenId, _: Administrator, parts: PartsDep) -> None:
    """Revoke one token of somebody."""
    administration.revoke_token(parts.tokens, account_id, token_id)
