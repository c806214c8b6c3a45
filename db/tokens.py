"""Sessions, tokens for scripts and the one-time claim. Only SHA-256 hashes of secrets are stored.

`TokenStore` is the seam between the two shapes: PostgreSQL in the embedded one, MongoDB in the deployed one.
A secret has 256 random bits, so a plain hash is enough: there is nothing to guess from a leaked table.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from psycopg import Cursor
from psycopg.rows import class_row

from db.connect import Connection, Database
from db.queries import load_queries

Kind = Literal["session", "api", "claim"]


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What is kept of a token. `id` names it to its owner and is no secret; times are aware instants."""

    id: str
    kind: Kind
    account_id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be kept. `token_hash` is the SHA-256 of its secret; no `expires_at` means for ever."""

    kind: Kind
    account_id: int
    token_hash: bytes
    name: str = ""
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None


class TokenStore(Protocol):
    """Every method raises ServiceAway when the store does not answer."""

    def add(self, new: NewToken) -> StoredToken: ...

    def find(self, token_hash: bytes, kinds: tuple[Kind, ...]) -> StoredToken | None:
        """The token with this hash and one of these kinds, unless it has expired or was revoked."""
        ...

    def of_account(self, account_id: int, kind: Kind) -> list[StoredToken]:
        """Newest first, without expired ones."""
        ...

    def remove(self, account_id: int, token_id: str) -> bool:
        """Revoke one token of an account; False when the account has none with this id."""
        ...

    def remove_kind(self, account_id: int, kind: Kind) -> None: ...

    def remove_expired(self) -> None: ...


class PostgresTokens:
    """The token store of the embedded shape: the table `token`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = load_queries("tokens")

    def add(self, new: NewToken) -> StoredToken:
        values = {
            "kind": new.kind,
            "account_id": new.account_id,
            "token_hash": new.token_hash,
            "name": new.name,
            "scopes": list(new.scopes),
            "expires_at": new.expires_at,
        }
        with self._database.transaction() as connection, _tokens(connection) as cursor:
            stored = cursor.execute(self._sql["add"], values).fetchone()
        assert stored is not None  # noqa: S101 - `insert … returning` answers its row or raises
        return stored

    def find(self, token_hash: bytes, kinds: tuple[Kind, ...]) -> StoredToken | None:
        values = {"token_hash": token_hash, "kinds": list(kinds)}
        with self._database.transaction() as connection, _tokens(connection) as cursor:
            return cursor.execute(self._sql["find"], values).fetchone()

    def of_account(self, account_id: int, kind: Kind) -> list[StoredToken]:
        values = {"account_id": account_id, "kind": kind}
        with self._database.transaction() as connection, _tokens(connection) as cursor:
            return cursor.execute(self._sql["of_account"], values).fetchall()

    def remove(self, account_id: int, token_id: str) -> bool:
        values = {"account_id": account_id, "token_id": token_id}
        with self._database.transaction() as connection:
            return connection.execute(self._sql["remove"], values).fetchone() is not None

    def remove_kind(self, account_id: int, kind: Kind) -> None:
        with self._database.transaction() as connection:
            connection.execute(self._sql["remove_kind"], {"account_id": account_id, "kind": kind})

    def remove_expired(self) -> None:
        with self._database.transaction() as connection:
            connection.execute(self._sql["remove_expired"])


def _tokens(connection: Connection) -> Cursor[StoredToken]:
    return connection.cursor(row_factory=class_row(StoredToken))
