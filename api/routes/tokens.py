"""Tokens for scripts: each account has its own."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import After, Limit, PartsDep, SignedIn
from api.kept import list_tokens_of, must_manage, token_fields
from api.schemas.accounts import Ended, MadeToken, NewToken, TokenList
from api.schemas.problems import problems
from api.schemas.values import Line
from library import accounts, administration

router = APIRouter(prefix="/tokens", tags=["tokens"])


@router.get("", responses=problems(400, 401, 403, 503))
def list_tokens(caller: SignedIn, parts: PartsDep, limit: Limit = 50, after: After = None) -> TokenList:
    """The caller's tokens, newest first, without their secrets."""
    must_manage(caller)
    return list_tokens_of(parts, caller.account.id, limit=limit, after=after)


@router.post("", status_code=201, responses=problems(400, 401, 403, 503))
def make_token(new: NewToken, caller: SignedIn, parts: PartsDep) -> MadeToken:
    """A new token; its secret is shown this once. It can do no more than who makes it, and ends in 90 days unless
    another end is asked for, or `never`."""
    must_manage(caller)
    scopes = frozenset(new.scopes)
    for scope in scopes:
        caller.must(scope)
    expires_at = new.expires_at
    if expires_at is None:
        expires_at = datetime.now(UTC) + accounts.TOKEN_LASTS
    ends = None if expires_at == "never" else expires_at
    secret, kept = accounts.make_token(parts.tokens, caller.account, new.name, scopes, ends)
    return MadeToken.model_validate({**token_fields(kept), "token": secret})


@router.delete("", responses=problems(401, 403, 503))
def remove_tokens(caller: SignedIn, parts: PartsDep) -> Ended:
    """Revoke all of one's tokens, the one that is sent with this, too."""
    must_manage(caller)
    return Ended(ended=administration.revoke_tokens(parts.tokens, caller.account.id))


@router.delete("/{id}", status_code=204, responses=problems(401, 403, 404, 503))
def remove_token(
    token_id: Annotated[Line, Path(alias="id", max_length=100)], caller: SignedIn, parts: PartsDep
) -> None:
    """Revoke a token; it is worth nothing from now on."""
    must_manage(caller)
    administration.revoke_token(parts.tokens, caller.account.id, token_id)
