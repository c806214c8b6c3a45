"""Connections to PostgreSQL: a pool, and transactions that end one way or the other."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from core.errors import ServiceAway

Connection = psycopg.Connection[DictRow]


# A server that is gone without a word (a cable, a firewall that forgot us) is noticed within half a minute; by
# themselves Linux and libpq wait for hours. Sockets of the same machine need none of it, and take no notice.
_PATIENCE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# Instants come as UTC, whatever zone the server was set up for.
_OPTIONS = "-c timezone=UTC"


def connect(url: str, *, autocommit: bool = False) -> Connection:
    """One connection outside the pool, for a worker or a listener. Raises ServiceAway."""
    try:
        return psycopg.connect(url, autocommit=autocommit, row_factory=dict_row, options=_OPTIONS, **_PATIENCE)
    except psycopg.OperationalError as error:
        raise ServiceAway(failure_in_words(error)) from error


def is_full(error: BaseException) -> bool:
    """Whether the server's disk has no room left, as far as its complaint tells."""
    return isinstance(error, psycopg.errors.DiskFull) or "No space left on device" in str(error)


def failure_in_words(error: BaseException) -> str:
    """Why the database could not do its work, for a person."""
    if is_full(error):
        return "the disk of the database is full; free some space and try again. What is stored is safe"
    return f"PostgreSQL does not answer: {error}"


# The commit comes back before it is on disk: a crash of the server loses the last half second, in order.
NOT_DURABLE = "-c synchronous_commit=off"


def _check(connection: Connection) -> None:
    """Refuse a connection whose server went away: its socket can then be read, and only then the server is asked.

    psycopg's own check asks each time, which costs as much as a small statement.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)


class Database:
    """A pool of connections. `transaction()` gives one; it commits at the end, or rolls back on an error.

    durable: a commit is on disk when it comes back. What can be worked out again may do without.
    """

    def __init__(self, url: str, *, most: int = 8, durable: bool = True) -> None:
        self.url = url
        options = _OPTIONS if durable else f"{_OPTIONS} {NOT_DURABLE}"
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            connection_class=psycopg.Connection[DictRow],
            kwargs={"row_factory": dict_row, "options": options, **_PATIENCE},
            min_size=1,
            max_size=most,
            open=False,
            check=_check,
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

    @contextmanager
    def statements(self) -> Iterator[Connection]:
        """A connection on which each statement is a transaction of its own: a third of the round trips for one."""
        with self.transaction() as connection:
            connection.autocommit = True
            try:
                yield connection
            finally:
                if not connection.closed:
                    connection.autocommit = False

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
