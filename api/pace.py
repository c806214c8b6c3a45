"""How many requests one caller may send: a store for each session, token or address that fills up again."""

import threading
import time

from api.errors import HttpError

_KEYS_MOST = 10_000


class Pace:
    """At most `burst` requests at once and `per_s` in the long run, for each key. Safe between threads.

    Counted in this process: several API processes let that many more through.
    """

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def spend(self, key: str) -> None:
        """Count one request. Raises HttpError 429 with Retry-After when there is none left."""
        now = time.monotonic()
        with self._lock:
            left = self._now(key, now)
            if left < 1:
                raise self._too_many(left)
            self._left[key] = (left - 1, now)
            if len(self._left) > _KEYS_MOST:
                self._forget_full(now)

    def must_have(self, key: str) -> None:
        """Raises HttpError 429 when the key has none left; counts nothing."""
        with self._lock:
            left = self._now(key, time.monotonic())
        if left < 1:
            raise self._too_many(left)

    def _now(self, key: str, now: float) -> float:
        left, at = self._left.get(key, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_s)

    def _too_many(self, left: float) -> HttpError:
        wait_s = max(1, round((1 - left) / self._per_s))
        detail = f"too many requests; try again in {wait_s} {'second' if wait_s == 1 else 'seconds'}"
        return HttpError(429, "Too many requests", detail, retry_s=wait_s)

    def _forget_full(self, now: float) -> None:
        """Whoever has all of his requests again need not be remembered."""
        self._left = {
            key: kept for key, kept in self._left.items() if kept[0] + (now - kept[1]) * self._per_s < self._burst
        }
