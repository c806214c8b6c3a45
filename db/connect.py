"""Connections to PostgreSQL: a pool, and transactions that end one way or the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from core.errors import ServiceAway

Connection = psycopg.Connection[DictRow]


def connect(url: str, *, autocommit: bool = False) -> Connection:
    """One connection outside the pool, for a worker or a listener. Raises ServiceAway."""
    try:
        return psycopg.connect(url, autocommit=autocommit, row_factory=dict_row, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise ServiceAway(f"PostgreSQL does not answer: {error}") from error


class Database:
    """A pool of connections. `transaction()` gives one; it commits at the end, or rolls back on an error."""

    def __init__(self, url: str, *, most: int = 8) -> None:
        self.url = url
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            connection_class=psycopg.Connection[DictRow],
            kwargs={"row_factory": dict_row},
            min_size=1,
            max_size=most,
            open=False,
            check=ConnectionPool.check_connection,
        )
        self._pool.open()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection inside a transaction. Raises ServiceAway when none is to be had in time."""
        try:
            with self._pool.connection(timeout=15) as connection:
                yield connection
        except PoolTimeout as error:
            raise ServiceAway("PostgreSQL does not answer") from error

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
