"""One of several processes works, the others stand by: a lock of PostgreSQL, alive as long as its connection."""

import logging
import threading

import psycopg

from core.errors import ServiceAway
from db.connect import Connection, connect

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0


class Standby:
    """Tries to be the one, in a thread of its own. Whoever dies loses the lock with its connection.

    When the connection breaks, two may believe to be the one for a second: what they do must bear that.
    """

    def __init__(self, url: str, what: str) -> None:
        self._url = url
        self._what = what
        self._mine = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"standby-{what}", daemon=True)
        self._thread.start()

    @property
    def mine(self) -> bool:
        """Whether this process is the one now."""
        return self._mine.is_set()

    def wait(self, most_s: float) -> bool:
        """Wait until this process is the one, or for `most_s`; whether it is."""
        return self._mine.wait(most_s)

    def close(self) -> None:
        """Let another one take over."""
        self._stop.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with connect(self._url, autocommit=True) as connection:
                    self._hold(connection)
            except (ServiceAway, psycopg.Error) as error:
                log.warning("%s: %s; trying again", self._what, error)
            self._mine.clear()
            self._stop.wait(_LOOK_EVERY_S)

    def _hold(self, connection: Connection) -> None:
        told = False
        while not self._stop.is_set():
            if self._mine.is_set():
                connection.execute("select 1")  # fails when the connection is gone, and the lock with it
            elif _try_lock(connection, self._what):
                log.info("%s: this process does the work", self._what)
                self._mine.set()
            elif not told:
                told = True
                log.info("%s: another process does the work; standing by", self._what)
            self._stop.wait(_LOOK_EVERY_S)


def _try_lock(connection: Connection, what: str) -> bool:
    row = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0)) as got", (f"fovea {what}",))
    return bool((row.fetchone() or {}).get("got"))
