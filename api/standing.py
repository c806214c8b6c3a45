"""Whether the servers that the API needs are there: asked with little patience, and once a second at most."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg

from core.errors import FoveaError

T = TypeVar("T")

PATIENCE_S = 2.0
_REMEMBERED_S = 1.0
AWAY = (FoveaError, OSError, psycopg.Error)


@dataclass
class _Server:
    """One server: how it is asked, in a thread of its own, and what it said last."""

    ask: Callable[[], Any]
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "standing"))
    asking: "Future[Any] | None" = None
    asked_at: float = 0.0
    answered_at: float = float("-inf")
    is_there: bool = False


class Standing:
    """Anybody may ask whether the API is ready; the servers behind it do not feel it. Safe between threads."""

    def __init__(self, questions: Mapping[str, Callable[[], Any]]) -> None:
        """Name → what raises when the server is away, whichever way."""
        self._servers = {name: _Server(ask) for name, ask in questions.items()}

    def look(self) -> dict[str, bool]:
        """Name → whether it answered in time. One that still owes an earlier answer is away."""
        now = time.monotonic()
        for server in self._servers.values():
            if server.asking is None and now - server.answered_at >= _REMEMBERED_S:
                server.asking, server.asked_at = server.thread.submit(server.ask), now
        for server in self._servers.values():
            self._settle(server)
        return {name: server.is_there for name, server in self._servers.items()}

    def call(self, name: str, question: Callable[[], T]) -> T | None:
        """Ask a server something else, in its own thread; None when no answer came in time."""
        asking = self._servers[name].thread.submit(question)
        try:
            return asking.result(PATIENCE_S)
        except (TooLate, *AWAY):
            asking.cancel()
            return None

    def close(self) -> None:
        """End the threads; one that still waits for an answer is left behind. Who asks later starts new ones."""
        for server in self._servers.values():
            ended, server.thread, server.asking = server.thread, ThreadPoolExecutor(1, "standing"), None
            ended.shutdown(wait=False, cancel_futures=True)

    def _settle(self, server: _Server) -> None:
        asking = server.asking
        if asking is None:
            return
        try:
            # Counted from when it was asked: who comes while it hangs does not wait all over again.
            error = asking.exception(max(0.0, server.asked_at + PATIENCE_S - time.monotonic()))
        except TooLate:
            server.is_there = False
            return
        server.is_there, server.answered_at, server.asking = error is None, time.monotonic(), None
