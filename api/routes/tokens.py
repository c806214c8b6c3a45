"""Tokens for scripts: each account has its own."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import After, Limit, PartsDep, SignedIn
from api.schemas.accounts import MadeToken, NewToken, Token, TokenList
from api.schemas.problems import problems
from api.schemas.values import Line
from core.cursor import page_of
from core.errors import NotAllowed
from db.tokens import StoredToken
from library import accounts
from library.accounts import Caller
from library.view import instant

router = APIRouter(prefix="/tokens", tags=["tokens"])


@router.get("", responses=problems(400, 401, 403, 503))
def list_tokens(caller: SignedIn, parts: PartsDep, limit: Limit = 50, after: After = None) -> TokenList:
    """The caller's tokens, newest first, without their secrets."""
    _must_manage(caller)
    kept = parts.tokens.of_account(caller.account.id, "api")
    shown, end = page_of(kept, _place, limit=limit, after=after, descending=True)
    return TokenList(items=[Token.model_validate(_fields(one)) for one in shown], next=end)


@router.post("", status_code=201, responses=problems(400, 401, 403, 503))
def make_token(new: NewToken, caller: SignedIn, parts: PartsDep) -> MadeToken:
    """A new token; its secret is shown this once. It can do no more than who makes it."""
    _must_manage(caller)
    scopes = frozenset(new.scopes)
    for scope in scopes:
        caller.must(scope)
    secret, kept = accounts.make_token(parts.tokens, caller.account, new.name, scopes, new.expires_at)
    return MadeToken.model_validate({**_fields(kept), "token": secret})


@router.delete("/{id}", status_code=204, responses=problems(401, 403, 404, 503))
def remove_token(
    token_id: Annotated[Line, Path(alias="id", max_length=100)], caller: SignedIn, parts: PartsDep
) -> None:
    """Revoke a token; it is worth nothing from now on."""
    _must_manage(caller)
    accounts.remove_token(parts.tokens, caller.account, token_id)


def _must_manage(caller: Caller) -> None:
    """A token that leaked must not make others that outlive it, unless it may do everything anyway."""
    if caller.token.kind != "session" and "admin" not in caller.scopes:
        raise NotAllowed("tokens are managed after signing in, or with a token of scope admin")


def _place(kept: StoredToken) -> str:
    """Where a token stands in the list: by its time, then by its id."""
    return f"{int(kept.created_at.timestamp() * 1e6):020} {kept.id:>20}"


def _fields(kept: StoredToken) -> dict[str, object]:
    return {
        "id": kept.id,
        "name": kept.name,
        "scopes": kept.scopes,
        "created_at": instant(kept.created_at),
        "expires_at": instant(kept.expires_at),
        "last_used_at": instant(kept.last_used_at),
    }
