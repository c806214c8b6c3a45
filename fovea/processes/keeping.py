"""Keeping ledger, queue and tables in order while the platform runs."""

import logging
import time

import psycopg

from bus.messages import Bus
from core.errors import FoveaError
from db.connect import Database
from db.tokens import TokenStore
from library import activity
from library.deliver import reconcile, repair
from media.store import Store

log = logging.getLogger(__name__)

EVERY_S = 0.5
_REPAIR_EVERY_S = 20.0
_TIDY_EVERY_S = 60.0
_CLEAR_EVERY_S = 3600.0
_FORGOTTEN_S = 86400.0  # what a process is still writing was touched since


class Keeper:
    """The reconciler. Harmless when several do it, but one is enough."""

    def __init__(self, database: Database, bus: Bus, tokens: TokenStore, store: Store) -> None:
        self._database = database
        self._bus = bus
        self._tokens = tokens
        self._store = store
        self._repair_at = 0.0
        self._tidy_at = 0.0
        self._clear_at = 0.0

    def turn(self) -> None:
        """One look, to be called every EVERY_S. What is away is told and tried again with the next."""
        try:
            reconcile(self._database, self._bus)
            if time.monotonic() >= self._repair_at:
                repair(self._database, self._bus)
                self._repair_at = time.monotonic() + _REPAIR_EVERY_S
            if time.monotonic() >= self._tidy_at:
                self._tidy_at = time.monotonic() + _TIDY_EVERY_S
                activity.tidy(self._database)
                self._tokens.remove_expired()
            if time.monotonic() >= self._clear_at:
                self._clear_at = time.monotonic() + _CLEAR_EVERY_S
                self._store.clear_incoming(_FORGOTTEN_S)
        except (FoveaError, psycopg.Error, OSError) as error:
            log.warning("%s; trying again", error)
