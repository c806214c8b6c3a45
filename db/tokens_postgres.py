"""The token store of the embedded shape: the tables `token` and `sign_in_attempt` of PostgreSQL."""

from collections.abc import Sequence

from psycopg import Cursor, Rollback
from psycopg.rows import class_row

from db.connect import Connection, Database
from db.queries import load_queries
from db.tokens import AttemptLimit, Kind, NewToken, StoredToken


class PostgresTokens:
    """See `db.tokens.TokenStore`."""

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

    def living(self, token_ids: Sequence[str]) -> set[str]:
        with self._database.statements() as connection:
            found = connection.execute(self._sql["living"], {"token_ids": list(token_ids)}).fetchall()
        return {row["id"] for row in found}

    def remove(self, account_id: int, token_id: str, kind: Kind) -> bool:
        values = {"account_id": account_id, "token_id": token_id, "kind": kind}
        with self._database.transaction() as connection:
            return connection.execute(self._sql["remove"], values).fetchone() is not None

    def remove_kind(self, account_id: int, kind: Kind, *, but: str | None = None) -> int:
        values = {"account_id": account_id, "kind": kind, "but": but}
        with self._database.transaction() as connection:
            return connection.execute(self._sql["remove_kind"], values).rowcount

    def remove_all(self) -> None:
        with self._database.transaction() as connection:
            connection.execute(self._sql["remove_all"])

    def for_backup(self) -> list[NewToken]:
        with self._database.transaction() as connection:
            rows = connection.execute(self._sql["for_backup"]).fetchall()
        return [NewToken("api", **{**row, "scopes": tuple(row["scopes"])}) for row in rows]

    def remove_expired(self) -> None:
        with self._database.transaction() as connection:
            connection.execute(self._sql["remove_expired"])
            connection.execute(self._sql["remove_expired_attempts"])

    def attempt(self, limits: Sequence[AttemptLimit]) -> float:
        keys = [limit.key_hash for limit in limits]
        pauses = [limit.pauses for limit in limits]
        values = {
            "keys": keys,
            "free": [one.free for one in pauses],
            "first_s": [one.first_s for one in pauses],
            "longest_s": [one.longest_s for one in pauses],
            "kept_s": [one.kept_s for one in pauses],
        }
        wait_s = 0.0
        with self._database.transaction() as connection, connection.transaction():
            noted = {bytes(row["key_hash"]) for row in connection.execute(self._sql["attempt"], values)}
            if refused := [key for key in keys if key not in noted]:
                found = connection.execute(self._sql["wait_s"], {"keys": refused}).fetchone()
                wait_s = max(0.01, found["wait_s"] if found else 0.0)
                raise Rollback
        return wait_s

    def forgive(self, *, all_of: bytes | None, last_of: bytes) -> None:
        with self._database.statements() as connection:
            connection.execute(self._sql["forgive"], {"all_of": all_of, "last_of": last_of})

    def check(self) -> None:
        with self._database.transaction() as connection:
            connection.execute("select 1")


def _tokens(connection: Connection) -> Cursor[StoredToken]:
    return connection.cursor(row_factory=class_row(StoredToken))
