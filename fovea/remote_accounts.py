"""Accounts of a library on another machine: one's own, and everybody's with a token of scope admin."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.errors import NotAllowed, NotFound
from fovea.remote import Remote

Json = dict[str, Any]


class RemoteAccounts:
    """See `fovea.questions.Accounts`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._own_login = ""

    def add_user(self, login: str, password: str, role: str) -> Json:
        who = {"login": login, "password": password, "role": role}
        return self._remote.read(self._remote.ask("POST", "users", json=who))

    def list_users(self) -> list[Json]:
        users: list[Json] = self._remote.list("users", limit=0)["items"]
        return users

    def find_user(self, login: str) -> Json:
        for one in self.list_users():
            if one["login"] == login.strip():
                return one
        raise NotFound(f"there is no account {login!r}")

    def is_own(self, login: str) -> bool:
        return login.strip() == self._own()

    def change_own_password(self, old: str, new: str) -> None:
        self._remote.ask("PUT", "session/password", json={"old": old, "new": new})

    def set_password(self, login: str, password: str) -> None:
        self._remote.ask("PATCH", self._user(login), json={"password": password})

    def change_user(self, login: str, *, role: str | None = None, disabled: bool | None = None) -> Json:
        asked = {name: value for name, value in (("role", role), ("disabled", disabled)) if value is not None}
        return self._remote.read(self._remote.ask("PATCH", self._user(login), json=asked))

    def delete_user(self, login: str) -> Json:
        return self._remote.read(self._remote.ask("DELETE", self._user(login)))

    def sessions(self, login: str) -> list[Json]:
        sessions: list[Json] = self._remote.list(self._below(login, "sessions"), limit=0)["items"]
        return sessions

    def end_session(self, login: str, session_id: str) -> None:
        self._remote.ask("DELETE", f"{self._below(login, 'sessions')}/{session_id}")

    def end_sessions(self, login: str) -> int:
        return int(self._remote.read(self._remote.ask("DELETE", self._below(login, "sessions")))["ended"])

    def tokens(self, login: str) -> list[Json]:
        tokens: list[Json] = self._remote.list(self._below(login, "tokens"), limit=0)["items"]
        return tokens

    def make_token(self, login: str, label: str, scopes: Sequence[str], expires_at: datetime | None) -> Json:
        if not self.is_own(login):
            raise NotAllowed(
                f"over HTTP everybody makes tokens of his own, and FOVEA_TOKEN is that of {self._own()}; "
                f"for {login} "
                "run `fovea user token` on the server"
            )
        ends = "never" if expires_at is None else expires_at.isoformat()
        new = {"name": label, "scopes": [str(scope) for scope in scopes], "expires_at": ends}
        made = self._remote.read(self._remote.ask("POST", "tokens", json=new))
        return {name: made[name] for name in ("id", "name", "scopes", "expires_at", "token")}

    def revoke_token(self, login: str, token_id: str) -> None:
        self._remote.ask("DELETE", f"{self._below(login, 'tokens')}/{token_id}")

    def revoke_tokens(self, login: str) -> int:
        return int(self._remote.read(self._remote.ask("DELETE", self._below(login, "tokens")))["ended"])

    def _own(self) -> str:
        if not self._own_login:
            self._own_login = str(self._remote.get("session")["account"]["login"])
        return self._own_login

    def _user(self, login: str) -> str:
        return f"users/{self.find_user(login)['id']}"

    def _below(self, login: str, what: str) -> str:
        """One's own are asked for without being an administrator."""
        return what if self.is_own(login) else f"{self._user(login)}/{what}"
