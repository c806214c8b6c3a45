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


class Person(Account):
    """An account as administrators see it, and what came in by it."""

    created_at: Instant
    disabled_at: Instant | None = Field(description="Since when nobody acts by it; null: somebody may.")
    brought_files: int = Field(description="Files of the library that were sent by this account.")
    brought_bytes: int


class PersonList(Wire):
    items: list[Person]
    next: str | None = None


class AccountChange(Wire):
    """What is left out stays as it is."""

    role: Role | None = None
    disabled: bool | None = Field(
        default=None, description="true ends the sessions; tokens wait until it is enabled."
    )
    password: Secret | None = Field(default=None, description="For who lost it; all sessions of the account end.")


class PasswordChange(Wire):
    old: Secret
    new: Secret


class Session(Wire):
    """Who is signed in, what he may do, and until when."""

    account: Account
    scopes: list[Scope]
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
    expires_at: AwareDatetime | Literal["never"] | None = Field(
        default=None, description="null, or left out: in 90 days."
    )


class MadeToken(Token):
    """A new token; `token` is its secret, shown this once."""

    token: str


class SignedInFrom(Wire):
    """A session: one browser that is signed in."""

    id: str
    name: str = Field(description="From where, in words.", examples=["Firefox on Linux, from 192.168.1.7"])
    current: bool = Field(description="Whether it is the one that asks.")
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None


class SessionList(Wire):
    items: list[SignedInFrom]
    next: str | None = None


class Ended(Wire):
    """How many sessions or tokens have ended."""

    ended: int
