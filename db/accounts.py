"""Accounts: who may sign in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from db.connect import Connection
from db.queries import load_queries

Role = Literal["administrator", "editor", "viewer"]


@dataclass(frozen=True, slots=True)
class Account:
    """A person or program that may sign in."""

    id: int
    login: str
    role: Role


@dataclass(frozen=True, slots=True)
class Person:
    """An account as those see it who manage accounts. Bytes and files: what came in by it and is in the
    library."""

    id: int
    login: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    brought_files: int
    brought_bytes: int


@dataclass(frozen=True, slots=True)
class SignInRow:
    """What a sign-in is checked against."""

    account: Account
    password_hash: str | None
    disabled_at: datetime | None


def _one(connection: Connection, name: str, **values: Any) -> Account | None:
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(load_queries("accounts")[name], values).fetchone()


def account_by_id(connection: Connection, account_id: int) -> Account | None:
    """The account unless it was disabled or has nobody yet."""
    return _one(connection, "by_id", account_id=account_id)


def accounts_by_ids(connection: Connection, account_ids: Sequence[int]) -> dict[int, Account]:
    """Those of several accounts that may act, by their ids."""
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        found = cursor.execute(load_queries("accounts")["by_ids"], {"account_ids": list(account_ids)}).fetchall()
    return {one.id: one for one in found}


def account_by_login(connection: Connection, login: str) -> SignInRow | None:
    """The account of this name, disabled or not, with the argon2id hash of its password."""
    row = connection.execute(load_queries("accounts")["by_login"], {"login": login}).fetchone()
    if row is None:
        return None
    return SignInRow(Account(row["id"], row["login"], row["role"]), row["password_hash"], row["disabled_at"])


def list_accounts(connection: Connection) -> list[Person]:
    """All accounts, disabled ones too, oldest first."""
    with connection.cursor(row_factory=class_row(Person)) as cursor:
        return cursor.execute(load_queries("accounts")["everyone"]).fetchall()


def person(connection: Connection, account_id: int) -> Person | None:
    """One account, disabled or not; None when there is none or it was deleted."""
    with connection.cursor(row_factory=class_row(Person)) as cursor:
        return cursor.execute(load_queries("accounts")["person"], {"account_id": account_id}).fetchone()


def lock_administrators(connection: Connection) -> list[int]:
    """Ids of the administrators who may act; they stay as they are until the transaction ends."""
    return [row["id"] for row in connection.execute(load_queries("accounts")["lock_administrators"])]


def password_hash(connection: Connection, account_id: int) -> str | None:
    """The argon2id hash of an account's password; None when it may not act."""
    row = connection.execute(load_queries("accounts")["password_hash"], {"account_id": account_id}).fetchone()
    return None if row is None else row["password_hash"]


def set_role(connection: Connection, account_id: int, role: Role) -> None:
    """What an account may do from now on."""
    connection.execute(load_queries("accounts")["set_role"], {"account_id": account_id, "role": role})


def set_disabled(connection: Connection, account_id: int, disabled: bool) -> None:
    """Whether an account may not act."""
    values = {"account_id": account_id, "disabled": disabled}
    connection.execute(load_queries("accounts")["set_disabled"], values)


def delete(connection: Connection, account_id: int) -> None:
    """Take name and password from an account for ever, and let go of what it has not finished sending."""
    connection.execute(load_queries("accounts")["delete"], {"account_id": account_id})
    connection.execute(load_queries("accounts")["end_uploads"], {"account_id": account_id})


def is_claimed(connection: Connection, owner_id: int) -> bool:
    """Whether the account that owns the library has, or had, its person."""
    row = connection.execute(load_queries("accounts")["is_claimed"], {"owner_id": owner_id}).fetchone()
    return row is not None and bool(row["claimed"])


def claim(connection: Connection, owner_id: int, login: str, password_hash: str) -> Account | None:
    """Give the library's account its person. None when somebody did before, or the name is taken."""
    try:
        with connection.transaction():
            return _one(connection, "claim", owner_id=owner_id, login=login, password_hash=password_hash)
    except UniqueViolation:
        return None


def add_account(connection: Connection, login: str, password_hash: str, role: Role) -> Account | None:
    """Another account. None when the name is taken."""
    return _one(connection, "add", login=login, password_hash=password_hash, role=role)


def set_password_hash(connection: Connection, account_id: int, password_hash: str) -> None:
    """Replace the hash of an account's password."""
    connection.execute(
        load_queries("accounts")["set_password_hash"],
        {"account_id": account_id, "password_hash": password_hash},
    )
