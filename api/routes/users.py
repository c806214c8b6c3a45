"""Accounts: seen, made, changed and closed by administrators."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import Administrator, After, Limit, PartsDep
from api.schemas.accounts import Account, AccountChange, NewAccount, Person, PersonList
from api.schemas.problems import problems
from api.schemas.values import MOST_ID
from core.cursor import page_of
from core.errors import NotAllowed
from db import accounts as rows
from library import accounts, administration
from library.view import instant

router = APIRouter(prefix="/users", tags=["users"])

UserId = Annotated[int, Path(alias="id", ge=1, le=MOST_ID)]


@router.get("", responses=problems(400, 401, 403, 503))
def list_users(_: Administrator, parts: PartsDep, limit: Limit = 50, after: After = None) -> PersonList:
    """All accounts, disabled ones too, oldest first."""
    found, end = page_of(accounts.list_accounts(parts.database), lambda one: one.id, limit=limit, after=after)
    return PersonList(items=[_shown(one) for one in found], next=end)


@router.post("", status_code=201, responses=problems(400, 401, 403, 409, 503))
def add_user(new: NewAccount, _: Administrator, parts: PartsDep) -> Account:
    """Another account. Viewers look, editors also add and decide, administrators also manage."""
    made = accounts.add_account(parts.database, new.login, new.password, new.role)
    return Account(id=made.id, login=made.login, role=made.role)


@router.get("/{id}", responses=problems(401, 403, 404, 503))
def get_user(account_id: UserId, _: Administrator, parts: PartsDep) -> Person:
    """One account, and how much came in by it."""
    return _shown(administration.show_person(parts.database, account_id))


@router.patch("/{id}", responses=problems(400, 401, 403, 404, 409, 503))
def change_user(account_id: UserId, change: AccountChange, caller: Administrator, parts: PartsDep) -> Person:
    """Another role, another password, disabled or enabled: all that is asked, or nothing.

    409 where no active administrator would be left. It holds at once, in every API process; streams and uploads of
    the account that it may no longer have end within a second. One's own password is changed by
    `PUT /session/password`, which asks for the old one.
    """
    if change.password is not None and account_id == caller.account.id:
        raise NotAllowed("one's own password is changed by PUT /api/v1/session/password, with the old one")
    changed = administration.change(
        parts.database,
        parts.tokens,
        account_id,
        password=change.password,
        role=change.role,
        disabled=change.disabled,
    )
    return _shown(changed)


@router.delete("/{id}", responses=problems(401, 403, 404, 409, 503))
def delete_user(account_id: UserId, _: Administrator, parts: PartsDep) -> Person:
    """Close an account for ever. What its person brought and decided stays in the library; sessions, tokens and
    unfinished uploads end. Answers what the account was. 409 where no active administrator would be left."""
    return _shown(administration.delete(parts.database, parts.tokens, account_id))


def _shown(found: rows.Person) -> Person:
    times = {"created_at": instant(found.created_at), "disabled_at": instant(found.disabled_at)}
    return Person.model_validate({**asdict(found), **times})
