"""Accounts of the library on this machine, managed by whoever runs commands there."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from core.errors import NotAllowed
from db.accounts import Person, Role
from db.tokens import Kind, StoredToken
from fovea.open import Library
from library import accounts, administration
from library.view import instant

Json = dict[str, Any]


class LocalAccounts:
    """See `fovea.questions.Accounts`."""

    def __init__(self, library: Library) -> None:
        self._database = library.database
        self._tokens = library.tokens()

    def add_user(self, login: str, password: str, role: str) -> Json:
        given = cast("Role", role)
        if given == "administrator" and not accounts.is_claimed(self._database):
            made = accounts.claim_directly(self._database, login, password)
        else:
            made = accounts.add_account(self._database, login, password, given)
        return {"id": made.id, "login": made.login, "role": made.role}

    def list_users(self) -> list[Json]:
        return [_shown(one) for one in accounts.list_accounts(self._database)]

    def find_user(self, login: str) -> Json:
        return _shown(administration.show_person(self._database, self._id(login)))

    def is_own(self, login: str) -> bool:  # noqa: ARG002 - nobody is signed in here
        return False

    def change_own_password(self, old: str, new: str) -> None:  # noqa: ARG002
        raise NotAllowed("nobody is signed in here; set the password of an account by its name")

    def set_password(self, login: str, password: str) -> None:
        administration.change(self._database, self._tokens, self._id(login), password=password)

    def change_user(self, login: str, *, role: str | None = None, disabled: bool | None = None) -> Json:
        given = cast("Role | None", role)
        changed = administration.change(
            self._database, self._tokens, self._id(login), role=given, disabled=disabled
        )
        return _shown(changed)

    def delete_user(self, login: str) -> Json:
        return _shown(administration.delete(self._database, self._tokens, self._id(login)))

    def sessions(self, login: str) -> list[Json]:
        return [{**_kept(one), "current": False} for one in self._of(login, "session")]

    def end_session(self, login: str, session_id: str) -> None:
        administration.end_session(self._tokens, self._id(login), session_id)

    def end_sessions(self, login: str) -> int:
        return administration.end_sessions(self._tokens, self._id(login))

    def tokens(self, login: str) -> list[Json]:
        return [{**_kept(one), "scopes": one.scopes} for one in self._of(login, "api")]

    def make_token(self, login: str, label: str, scopes: Sequence[str], expires_at: datetime | None) -> Json:
        account = accounts.find_account(self._database, login)
        secret, kept = accounts.make_token(self._tokens, account, label, frozenset(scopes), expires_at)
        ends = instant(kept.expires_at)
        return {"id": kept.id, "name": kept.name, "scopes": kept.scopes, "expires_at": ends, "token": secret}

    def revoke_token(self, login: str, token_id: str) -> None:
        administration.revoke_token(self._tokens, self._id(login), token_id)

    def revoke_tokens(self, login: str) -> int:
        return administration.revoke_tokens(self._tokens, self._id(login))

    def _id(self, login: str) -> int:
        return accounts.find_account(self._database, login).id

    def _of(self, login: str, kind: Kind) -> list[StoredToken]:
        return administration.kept_of(self._database, self._tokens, self._id(login), kind)


def _shown(one: Person) -> Json:
    return {**asdict(one), "created_at": instant(one.created_at), "disabled_at": instant(one.disabled_at)}


def _kept(one: StoredToken) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "created_at": instant(one.created_at),
        "expires_at": instant(one.expires_at),
        "last_used_at": instant(one.last_used_at),
    }
