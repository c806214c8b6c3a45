"""News for web pages: one connection per process listens to PostgreSQL and passes on to all who are connected."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from api.leases import Lease
from core.errors import ServiceAway
from db.connect import Connection, connect

_log = logging.getLogger(__name__)

CHANNEL = "fovea_event"
HEARTBEAT_S = 15.0
ACTIVITY_S = 1.0
_MOST_PENDING = 500  # a page that reads slower than this is told to look at everything again
_LISTEN_S = 0.2  # how soon the listener notices that it should end
_RETRY_S = 2.0


@dataclass
class Listener:
    """One connected page: the assets that changed since it was last told."""

    owner_id: int
    loop: asyncio.AbstractEventLoop
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    assets: dict[int, None] = field(default_factory=dict)
    moved: bool = False
    lost: bool = False
    ended: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with `ended`, for who waits for something else."""


Change = Callable[[Listener], None]


def _end(listener: Listener) -> None:
    listener.ended = True
    listener.over.set()


class EventHub:
    """Passes what happens in the database to every listener of the same owner. Safe between threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.listening = threading.Event()

    def start(self) -> None:
        """Begin to listen, in a thread of its own."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)
        self._thread.start()

    def end_streams(self) -> None:
        """Stop listening and end every stream; returns at once."""
        self._stop.set()
        self._tell_all(_end)

    def close(self) -> None:
        """End every stream and wait for the thread."""
        self.end_streams()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    async def stream(
        self, owner_id: int, lease: Lease | None = None, heartbeat_s: float = HEARTBEAT_S
    ) -> AsyncIterator[str]:
        """Server-sent events for one page, until it goes, its lease is over, or the hub closes; a comment at least
        each heartbeat."""
        listener = Listener(owner_id, asyncio.get_running_loop())
        with self._lock:
            self._listeners.append(listener)
        if lease is not None:
            lease.tell = lambda: self._tell(listener, _end)
        last_activity = 0.0
        try:
            yield "retry: 3000\n\n: connected\n\n"
            while not (listener.ended or self._stop.is_set() or (lease is not None and lease.over)):
                try:
                    await asyncio.wait_for(listener.woken.wait(), heartbeat_s)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                listener.woken.clear()
                if listener.ended:
                    break
                assets, moved, lost = listener.assets, listener.moved, listener.lost
                listener.assets, listener.moved, listener.lost = {}, False, False
                if lost:
                    yield "event: reload\ndata: {}\n\n"
                for asset_id in assets:
                    yield f'event: asset\ndata: {{"id": {asset_id}}}\n\n'
                if moved:
                    # Jobs end many times a second: a page hears of it once a second at most.
                    with suppress(TimeoutError):
                        left_s = last_activity + ACTIVITY_S - time.monotonic()
                        await asyncio.wait_for(listener.over.wait(), max(0.0, left_s))
                        break
                    last_activity = time.monotonic()
                    yield "event: activity\ndata: {}\n\n"
            if lease is not None and lease.over:
                yield "event: ended\ndata: {}\n\n"
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with connect(self._url, autocommit=True) as connection:
                    self._listen(connection)
            except (ServiceAway, psycopg.Error) as error:
                if not self._stop.is_set():
                    _log.warning("no news from the database for now: %s", error)
                    self._stop.wait(_RETRY_S)
            self.listening.clear()

    def _listen(self, connection: Connection) -> None:
        connection.execute(f"listen {CHANNEL}")
        self.listening.set()
        self._tell_all(lambda one: setattr(one, "lost", True))  # whatever happened while nobody listened
        while not self._stop.is_set():
            for news in connection.notifies(timeout=_LISTEN_S):
                self._pass_on(news.payload)

    def _pass_on(self, payload: str) -> None:
        try:
            news = json.loads(payload)
            event, owner_id, asset_id = str(news["event"]), int(news["owner_id"]), int(news.get("id") or 0)
        except (ValueError, KeyError, TypeError):
            _log.warning("unreadable news from the database: %.200s", payload)
            return

        def note(one: Listener) -> None:
            one.moved = True
            if event == "asset" and asset_id:
                one.assets[asset_id] = None
                if len(one.assets) > _MOST_PENDING:
                    one.assets, one.lost = {}, True

        with self._lock:
            listeners = [one for one in self._listeners if one.owner_id == owner_id]
        for listener in listeners:
            self._tell(listener, note)

    def _tell_all(self, change: Change) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            self._tell(listener, change)

    def _tell(self, listener: Listener, change: Change) -> None:
        def on_its_loop() -> None:
            change(listener)
            listener.woken.set()

        with suppress(RuntimeError):  # its loop has ended, and the stream with it
            listener.loop.call_soon_threadsafe(on_its_loop)
