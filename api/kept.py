"""Sessions and tokens as they are shown, to whom they belong and to administrators."""

from typing import Any

from api.deps import Parts
from api.schemas.accounts import SessionList, SignedInFrom, Token, TokenList
from core.cursor import page_of
from core.errors import NotAllowed
from db.tokens import StoredToken
from library import administration
from library.accounts import Caller
from library.view import instant


def must_manage(caller: Caller) -> None:
    """A token that leaked must not make others that outlive it, nor lock its owner out, unless it may do
    everything anyway. Raises NotAllowed."""
    if caller.token.kind != "session" and "admin" not in caller.scopes:
        raise NotAllowed("sessions and tokens are managed after signing in, or with a token of scope admin")


def list_sessions_of(
    parts: Parts, account_id: int, caller: Caller, *, limit: int, after: str | None
) -> SessionList:
    """The sessions of an account, newest first. Raises NotFound."""
    kept = administration.kept_of(parts.database, parts.tokens, account_id, "session")
    shown, end = page_of(kept, _place, limit=limit, after=after, descending=True)
    items = [
        SignedInFrom(id=one.id, name=one.name, current=one.id == caller.token.id, **_times(one)) for one in shown
    ]
    return SessionList(items=items, next=end)


def list_tokens_of(parts: Parts, account_id: int, *, limit: int, after: str | None) -> TokenList:
    """The tokens for scripts of an account, newest first, without their secrets. Raises NotFound."""
    kept = administration.kept_of(parts.database, parts.tokens, account_id, "api")
    shown, end = page_of(kept, _place, limit=limit, after=after, descending=True)
    return TokenList(items=[Token.model_validate(token_fields(one)) for one in shown], next=end)


def token_fields(kept: StoredToken) -> dict[str, Any]:
    """A token without its secret."""
    return {"id": kept.id, "name": kept.name, "scopes": kept.scopes, **_times(kept)}


def _place(kept: StoredToken) -> str:
    """Where it stands in the list: by its time, then by its id."""
    return f"{int(kept.created_at.timestamp() * 1e6):020} {kept.id:>20}"


def _times(kept: StoredToken) -> dict[str, Any]:
    return {
        "created_at": instant(kept.created_at),
        "expires_at": instant(kept.expires_at),
        "last_used_at": instant(kept.last_used_at),
    }
