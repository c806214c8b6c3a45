"""Accounts: who may sign in."""

from dataclasses import dataclass
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


def _one(connection: Connection, name: str, **values: Any) -> Account | None:
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(load_queries("accounts")[name], values).fetchone()


def account_by_id(connection: Connection, account_id: int) -> Account | None:
    """The account unless it was disabled or has nobody yet."""
    return _one(connection, "by_id", account_id=account_id)


def account_by_login(connection: Connection, login: str) -> tuple[Account, str | None] | None:
    """The account of this name with the argon2id hash of its password."""
    row = connection.execute(load_queries("accounts")["by_login"], {"login": login}).fetchone()
    return None if row is None else (Account(row["id"], row["login"], row["role"]), row["password_hash"])


def list_accounts(connection: Connection) -> list[Account]:
    """All accounts that may sign in, oldest first."""
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(load_queries("accounts")["everyone"]).fetchall()


def is_claimed(connection: Connection, owner_id: int) -> bool:
    """Whether the account that owns the library has its person."""
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
