"""Handing jobs of the ledger to the queue: right after a commit, and again when something was lost."""

import logging
import time

from bus.messages import Bus, Message
from core.errors import ServiceAway
from db import jobs
from db.connect import Database

log = logging.getLogger(__name__)

LOST_AFTER_S = 30.0
"""No delivery is missed before this: with a repair every 20 s, a purged queue is filled again within a minute."""
_DEAD_AT_ONCE = 500


def deliver(database: Database, bus: Bus, created: list[jobs.Waiting]) -> None:
    """Publish jobs that were just committed. If the queue is away they stay undelivered for the reconciler."""
    if not created:
        return
    try:
        bus.publish([Message(job.id, job.analysis, job.lane) for job in created])
        with database.statements() as connection:
            jobs.mark_delivered(connection, created)
    except ServiceAway as error:
        log.warning("%d jobs will be delivered later: %s", len(created), error)


class Outbox:
    """Committed jobs on their way to the queue, handed over together once the oldest is `hold_s` old.

    For who enters many files: one delivery costs about as much as entering a file. Whatever is still in here when
    the process dies, the reconciler delivers.
    """

    def __init__(self, database: Database, bus: Bus, hold_s: float) -> None:
        self._database = database
        self._bus = bus
        self._hold_s = hold_s
        self._jobs: list[jobs.Waiting] = []
        self._oldest_at = 0.0

    def add(self, created: list[jobs.Waiting]) -> None:
        """Take jobs that were just committed."""
        now = time.monotonic()
        if not self._jobs:
            self._oldest_at = now
        self._jobs += created
        if now - self._oldest_at >= self._hold_s:
            self.flush()

    def flush(self) -> None:
        """Hand over what there is."""
        created, self._jobs = self._jobs, []
        deliver(self._database, self._bus, created)


def reconcile(database: Database, bus: Bus) -> int:
    """Make queue and ledger agree: free dead workers' jobs, deliver what waits; how many were delivered.

    Cheap enough to run every second. Raises ServiceAway.
    """
    with database.transaction() as connection:
        freed = jobs.recover(connection)
    if freed:
        log.warning("%d jobs of dead workers were freed", freed)
    delivered = 0
    while True:
        with database.transaction() as connection:
            waiting = jobs.take_undelivered(connection)
            # Published before the commit: if publishing fails, they are still undelivered afterwards.
            bus.publish([Message(job.id, job.analysis, job.lane) for job in waiting])
        delivered += len(waiting)
        if len(waiting) < 1000:
            return delivered


def repair(database: Database, bus: Bus) -> int:
    """The slower look: jobs that assets lack, and jobs whose delivery got lost; how many were mended.

    To be called every 20 s. Raises ServiceAway.
    """
    with database.transaction() as connection:
        mended = jobs.create_missing(connection)
    mended += _read_dead_letters(database, bus)
    missing = _missing(database, bus)
    with database.transaction() as connection:
        again = sum(jobs.deliver_again(connection, *each, LOST_AFTER_S) for each in missing.items())
        again += jobs.deliver_overtaken(connection, LOST_AFTER_S)
    if again:
        log.warning("%d jobs that the queue has lost are delivered again", again)
    return mended + again


def _missing(database: Database, bus: Bus) -> dict[str, int]:
    """Analysis → how many more jobs wait than its queue holds.

    Asked before and after the queue is: what comes or goes meanwhile is not taken for lost. Which ones are lost,
    nobody knows; those delivered first are the likeliest, and no more are doubled than were lost.
    """
    with database.transaction() as connection:
        before = jobs.delivered_but_waiting(connection)
    if not before:
        return {}
    depths = bus.depths(list(before))
    with database.transaction() as connection:
        after = jobs.delivered_but_waiting(connection)
    missing = {name: min(count, after.get(name, 0)) - depths.get(name, 0) for name, count in before.items()}
    return {name: count for name, count in missing.items() if count > 0}


def _read_dead_letters(database: Database, bus: Bus) -> int:
    """Jobs that the broker gave up are the ledger's again."""
    buried = 0
    while letters := bus.dead(_DEAD_AT_ONCE):
        with database.transaction() as connection:
            buried += jobs.bury(connection, [letter.job_id for letter in letters])
        for letter in letters:
            bus.acknowledge(letter)
    if buried:
        log.warning("%d jobs were given to workers again and again and never begun", buried)
    return buried
