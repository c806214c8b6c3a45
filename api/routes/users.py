"""Accounts: seen and made by administrators."""

from fastapi import APIRouter

from api.deps import Administrator, After, Limit, PartsDep
from api.schemas.accounts import Account, AccountList, NewAccount
from api.schemas.problems import problems
from core.cursor import page_of
from library import accounts

router = APIRouter(prefix="/users", tags=["users"])


@router.get("", responses=problems(400, 401, 403, 503))
def list_users(_: Administrator, parts: PartsDep, limit: Limit = 50, after: After = None) -> AccountList:
    """All accounts that may sign in, oldest first."""
    found, end = page_of(accounts.list_accounts(parts.database), lambda one: one.id, limit=limit, after=after)
    return AccountList(items=[Account(id=one.id, login=one.login, role=one.role) for one in found], next=end)


@router.post("", status_code=201, responses=problems(400, 401, 403, 409, 503))
def add_user(new: NewAccount, _: Administrator, parts: PartsDep) -> Account:
    """Another account. Viewers look, editors also add and decide, administrators also manage."""
    made = accounts.add_account(parts.database, new.login, new.password, new.role)
    return Account(id=made.id, login=made.login, role=made.role)
