"""Accounts, sessions and tokens."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from api.schemas.values import Id, Instant, Line, Secret, Wire

Role = Literal["administrator", "editor", "viewer"]
Scope = Literal["read", "write", "admin"]
Login = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00]*$")
]


class Account(Wire):
    """A person or program that may sign in."""

    id: Id
    login: str
    role: Role


class AccountList(Wire):
    items: list[Account]
    next: str | None = None


class Session(Wire):
    """Who is signed in, and until when."""

    account: Account
    expires_at: Instant | None = Field(description="null for a token for scripts without an end.")


class SignIn(Wire):
    login: Line = Field(max_length=1000)
    password: Secret


class NewAccount(Wire):
    login: Login
    password: Secret
    role: Role


class FirstStart(Wire):
    """Whether the library has its administrator."""

    claimed: bool


class Claim(Wire):
    """Makes the first administrator. `claim` is what stands after # in the one-time link."""

    claim: Secret
    login: Login
    password: Secret


class Token(Wire):
    """A token for scripts, without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None


class TokenList(Wire):
    items: list[Token]
    next: str | None = None


class NewToken(Wire):
    name: Line = Field(min_length=1, max_length=200)
    scopes: list[Scope] = Field(min_length=1, max_length=3)
    expires_at: AwareDatetime | None = None


class MadeToken(Token):
    """A new token; `token` is its secret, shown this once."""

    token: str
