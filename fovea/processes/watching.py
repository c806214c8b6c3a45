"""Watching folders: the inbox, and those indexed in place."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing

import psycopg

from core.errors import FoveaError
from db import inbox, jobs
from fovea.open import Library
from library.deeds import Cancelled, tell_refused
from library.inbox import Inbox, Waiting
from library.ingest import Ingest
from library.looks import Wish
from library.rescan import InPlace, log_look
from library.taken import Aside

log = logging.getLogger(__name__)

_HOLD_S = 0.25  # many files put into the inbox together are delivered together
_SWEEP_EVERY_S = 1.0
_SETTLED_S = 3.0  # a file in place that changed just now may still be written to
_ASK_EVERY_S = 1.0


class Watch:
    """Both loops, each for a thread of its own. `may_work`: whether it is this process that works (now)."""

    def __init__(
        self, library: Library, stop: threading.Event, may_work: Callable[[], bool] = lambda: True
    ) -> None:
        self._library = library
        self._stop = stop
        self._may_work = may_work
        self._ingest = Ingest(library.database, library.store, library.bus(), _HOLD_S)
        settings = library.settings
        self._inbox = Inbox(
            settings.inbox.resolve(),
            self._ingest,
            lambda: library.owner_id,
            aside=Aside(settings.inbox_taken_keep_s, settings.inbox_taken_most_bytes),
            tell=self._tell,
            refused=lambda refusal: tell_refused(library.database, library.owner_id, refusal),
        )

    def _tell(self, waiting: list[Waiting]) -> None:
        library = self._library
        rows = [(each.path, each.bytes, each.since, each.reason) for each in waiting]
        with library.database.transaction() as connection:
            inbox.set_waiting(connection, library.owner_id, rows)
            jobs.notify(connection, "activity", library.owner_id, 0)

    def watch_inbox(self, tick: Callable[[], None] = lambda: None) -> None:
        """Until told to stop; `tick` is called again and again while it goes on."""

        def stopped() -> bool:
            tick()
            return self._stop.is_set() or not self._may_work()

        while not self._stop.is_set():
            if not stopped():
                try:
                    self._inbox.sweep(stopped)
                except (FoveaError, OSError, psycopg.OperationalError) as error:
                    log.warning("inbox: %s; trying again", error)
            self._stop.wait(_SWEEP_EVERY_S)

    def look_in_place(self) -> None:
        """Look through folders indexed in place again and again; what is being written to waits."""
        library = self._library
        if library.settings.rescan_every_s <= 0:
            return
        with closing(library.bus()) as bus:
            door = Ingest(library.database, library.store, bus)
            closed = [library.settings.inbox.resolve()]
            folders = InPlace(library.database, library.store, door, library.owner_id, closed)
            wish = Wish(settled_s=_SETTLED_S, stopped=lambda: self._stop.is_set() or not self._may_work())
            while not self._stop.is_set():
                while not self._may_work() and not self._stop.wait(_ASK_EVERY_S):
                    pass
                try:
                    for root in folders.roots():
                        log_look(folders.look_seen(root, wish=wish, always=False))
                except Cancelled:
                    log.info("looking through folders in place was ended; the next look goes on")
                except (FoveaError, OSError, psycopg.Error) as error:
                    log.warning("folders indexed in place: %s; trying again", error)
                self._stop.wait(library.settings.rescan_every_s)
