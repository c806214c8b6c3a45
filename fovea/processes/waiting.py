"""Servers that are not there yet are waited for, with a line in the log instead of a traceback."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing

import psycopg

from core.errors import Conflict, ServiceAway
from db.connect import Database, connect
from db.migrated import compare_migrations
from fovea.adapters import open_bus, open_tokens
from fovea.settings import Settings

log = logging.getLogger(__name__)

WAIT_LIMIT_S = 60.0
_AGAIN_S = 1.0
_TELL_EVERY_S = 10.0


class Stopped(Exception):
    """Told to stop while waiting."""


def wait_for(
    what: str, is_there: Callable[[], None], stop: threading.Event, limit_s: float = WAIT_LIMIT_S
) -> None:
    """Call `is_there` until it raises no ServiceAway any more. Raises the last one after `limit_s`, Stopped."""
    deadline, tell_at = time.monotonic() + limit_s, 0.0
    while True:
        try:
            is_there()
        except (ServiceAway, psycopg.OperationalError) as error:
            now = time.monotonic()
            if now >= deadline:
                raise ServiceAway(f"gave up waiting for {what} after {limit_s:.0f} s: {error}") from error
            if now >= tell_at:
                tell_at = now + _TELL_EVERY_S
                log.warning("waiting for %s: %s", what, error)
            if stop.wait(_AGAIN_S):
                raise Stopped from error
        else:
            return


def wait_for_servers(settings: Settings, stop: threading.Event, *, tokens: bool = False) -> None:
    """Until the database is there and migrated, the broker answers, and the token store if it is needed."""
    url = settings.database_url
    wait_for("PostgreSQL", lambda: _database_answers(url), stop)
    wait_for("`fovea service migrate`", lambda: _is_migrated(url), stop)
    wait_for("the broker", lambda: _bus_answers(settings), stop)
    if tokens:
        wait_for_tokens(settings, stop)


def wait_for_database(settings: Settings, stop: threading.Event) -> None:
    """Until the database answers, whatever is in it."""
    wait_for("PostgreSQL", lambda: _database_answers(settings.database_url), stop)


def wait_for_tokens(settings: Settings, stop: threading.Event) -> None:
    """Until the store of sessions and tokens answers; the database must be migrated."""
    wait_for("the store of tokens", lambda: _tokens_answer(settings), stop)


def _database_answers(url: str) -> None:
    with connect(url) as connection:
        connection.execute("select 1")


def _is_migrated(url: str) -> None:
    with connect(url) as connection:
        missing, unknown = compare_migrations(connection)
    if unknown:
        raise Conflict(
            f"a newer Fovea has changed the database ({unknown[-1]} is not known here): update this one"
        )
    if missing:
        named = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
        raise ServiceAway(f"the database is behind this version of Fovea by {len(missing)} migrations ({named})")


def _bus_answers(settings: Settings) -> None:
    with closing(open_bus(settings, settings.database_url)) as bus:
        bus.depths()


def _tokens_answer(settings: Settings) -> None:
    with Database(settings.database_url, most=1) as database:
        open_tokens(settings, database).check()
