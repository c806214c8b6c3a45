"""What takes long ends with the right to it: a stream of events, an upload, a file on its way out.

Each request that showed a session or token holds a lease. Twice a second the leases that are older than a moment
are looked at, all with two questions, however many there are; one whose token or account is gone, or may no more
what the request needs, is over. Short requests are done before anybody looks.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from core.errors import FoveaError
from db import accounts
from db.accounts import Account
from db.connect import Database
from db.tokens import StoredToken, TokenStore
from library.accounts import Caller, scopes_of

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.4
KEY = "fovea.lease"
"""Where a request's scope holds its lease."""


@dataclass(eq=False)
class Lease:
    """The right to go on with one request. `over` is why there is none any more."""

    token: StoredToken
    account: Account
    needs: frozenset[str]
    over: str | None = None
    follows_role: bool = False
    """Whether it is also over when the role changes at all."""
    began: float = field(default_factory=time.monotonic)
    tell: Callable[[], None] | None = None
    """Called once, from another thread, when it is over."""

    def end(self, why: str) -> None:
        """Whoever works on the request notices by `over`, or is told."""
        self.over = why
        if self.tell is not None:
            self.tell()


class Leases:
    """The leases of this process. Safe between threads."""

    def __init__(self, database: Database, tokens: TokenStore) -> None:
        self._database = database
        self._tokens = tokens
        self._held: set[Lease] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look, in a thread of its own."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more, and wait for the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def take(self, caller: Caller, needs: frozenset[str]) -> Lease:
        """For a request that has just shown who sends it, and may what it needs."""
        lease = Lease(caller.token, caller.account, needs)
        with self._lock:
            self._held.add(lease)
        return lease

    def give_back(self, lease: Lease) -> None:
        """The request is done with."""
        with self._lock:
            self._held.discard(lease)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            with suppress(
                FoveaError, psycopg.Error, OSError
            ):  # who is away is told of elsewhere; nobody is cut off
                self.look()

    def look(self) -> None:
        """End every lease that is over. Raises ServiceAway."""
        before = time.monotonic() - LOOK_EVERY_S / 2
        with self._lock:
            held = [lease for lease in self._held if lease.began <= before and lease.over is None]
        if not held:
            return
        living = self._tokens.living(sorted({lease.token.id for lease in held}))
        with self._database.statements() as connection:
            active = accounts.accounts_by_ids(connection, sorted({lease.account.id for lease in held}))
        for lease in held:
            why = _why_over(lease, active.get(lease.account.id), lease.token.id in living)
            if why is not None:
                _log.info("a request of %s ends: %s", lease.account.login, why)
                lease.end(why)


def _why_over(lease: Lease, account: Account | None, lives: bool) -> str | None:
    if not lives:
        return "the session or token was ended, or has expired"
    if account is None:
        return "the account is not active any more"
    if not lease.needs <= scopes_of(account, lease.token):
        return f"the account is {account.role} now"
    if lease.follows_role and account.role != lease.account.role:
        return f"the account is {account.role} now"
    return None
