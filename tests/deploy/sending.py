"""Sending files through the front door as a patient client does: what broke is sent again until it is there."""

import hashlib
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

_PAUSE_S = 1.0
_TOO_MANY = 429
_SERVER_FAILED = 500


@dataclass
class Sending:
    """Files on their way, by a few at a time. `statuses` is every answer there was, with how often it came."""

    client: httpx.Client
    root: Path
    limit_s: float = 600.0
    statuses: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4))
    _pending: list["Future[None]"] = field(default_factory=list)

    def begin(self, files: list[Path]) -> None:
        """Start sending; returns at once."""
        self._pending += [self._threads.submit(self._send, path) for path in files]

    def done(self) -> int:
        """How many files have arrived."""
        return sum(each.done() for each in self._pending)

    def wait(self) -> None:
        """Until all have arrived. Raises what went wrong for good."""
        for each in self._pending:
            each.result(self.limit_s)
        self._threads.shutdown()

    def _send(self, path: Path) -> None:
        content = path.read_bytes()
        sha512 = hashlib.sha512(content).hexdigest()
        deadline = time.monotonic() + self.limit_s
        while True:
            try:
                answer = self.client.post(
                    "assets",
                    params={"path": str(path.relative_to(self.root))},
                    content=content,
                    headers={"X-SHA512": sha512},
                )
                self._count(str(answer.status_code))
                if answer.is_success:
                    assert answer.json()["status"] in {"new", "known"}
                    return
                if answer.status_code < _SERVER_FAILED and answer.status_code != _TOO_MANY:
                    answer.raise_for_status()
                assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.text[:500]
            except httpx.TransportError as error:
                self._count(type(error).__name__)
            if time.monotonic() > deadline:
                raise AssertionError(f"{path.name} could not be sent: {self.statuses}")
            time.sleep(_PAUSE_S)

    def _count(self, what: str) -> None:
        with self._lock:
            self.statuses[what] = self.statuses.get(what, 0) + 1
