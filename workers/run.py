"""The one loop of all workers: take a message, claim its job, analyse in a thread, save, acknowledge."""

import logging
import os
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import closing
from contextvars import copy_context
from dataclasses import replace
from typing import Any, Protocol

import psycopg

from bus.messages import Bus, Message
from core.errors import PermanentError, ServiceAway, TemporaryError
from db import jobs, results
from db.connect import Database
from library import joining, occasions
from library.deliver import deliver
from media.store import Files, JobFiles, Lease
from workers.catalogue import AnyAnalysis
from workers.contract import NotApplicable, Source, Tools

log = logging.getLogger(__name__)

LEASE_S = 60.0
_BEAT_S = 10.0
_TURN_S = 1.0
_HANDING_BACK_S = 10.0
_ATTEMPTS_MOST = 3
_FIRST_PAUSE_S = 5.0
_AWAY_PAUSE_S = 15.0
HUNG_EXIT_CODE = 75


class Places(Protocol):
    """How many files of each analysis may be worked on at once in this process (workers/concurrency.py)."""

    def free(self) -> list[str]: ...

    def take(self, analysis: str) -> bool: ...

    def leave(self, analysis: str) -> None: ...

    def end(self) -> None:
        """This process is about to end for a file that hangs: all others are to be handed back."""

    def is_ending(self) -> bool: ...

    def wait_for_others(self, most_s: float) -> None:
        """Until nobody but the caller works on a file."""


class _HandedBack(Exception):
    """The process ends for another file."""


class _Hangs(Exception):
    """The file took longer than its limit; its thread cannot be stopped."""


class Slot:
    """Works on one job at a time. `name` is its name in the ledger, unique while it lives."""

    def __init__(
        self,
        name: str,
        analyses: dict[str, AnyAnalysis],
        tools: Tools,
        database: Database,
        store: JobFiles,
        bus: Bus,
        places: Places,
        rest_after_s: float = 300.0,
    ) -> None:
        self.name = name
        self._analyses = analyses
        self._tools = tools
        self._database = database
        self._store = store
        self._bus = bus
        self._places = places
        self._rest_after_s = rest_after_s
        self.turned_at = time.monotonic()
        """When the slot last showed that it lives: with each turn of its loop, and with each beat of a lease."""
        self._worked_at = time.monotonic()
        self._opened: dict[str, Any] = {}
        self._versions: dict[str, str] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    def run(self, stop: threading.Event, idle: Callable[[], object]) -> None:
        """Work until `stop`; `idle` is called whenever nothing came for a while."""
        with closing(self._bus):  # one that waits no longer must be given no more messages
            while not stop.is_set() and not self._places.is_ending():
                self.turned_at = time.monotonic()
                try:
                    message = self._bus.receive(self._places.free(), wait_s=2.0)
                    if message is None:
                        idle()
                        self._rest()
                    else:
                        self._handle(message)
                        self._worked_at = time.monotonic()
                except (ServiceAway, psycopg.OperationalError) as error:
                    log.warning("%s: %s; trying again", self.name, error)
                    stop.wait(random.uniform(0.5, 1.5))  # noqa: S311 (so that not all come back at once)
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _rest(self) -> None:
        if time.monotonic() - self._worked_at >= self._rest_after_s:
            for name, opened in self._opened.items():
                if (rest := self._analyses[name].rest) is not None:
                    rest(opened)

    def _handle(self, message: Message) -> None:
        if not self._places.take(message.analysis):  # another slot took the last place meanwhile
            self._bus.acknowledge(message)
            with self._database.statements() as connection:
                jobs.undeliver(connection, message.job_id)
            return
        try:
            with self._database.statements() as connection:
                claimed = jobs.claim(connection, message.job_id, self.name, LEASE_S)
            if claimed is not None:
                with occasions.during(**self._occasion(claimed)), self._store.hold_for(_lease(claimed)) as files:
                    self._work(claimed, files)
        except _Hangs:
            self._bus.acknowledge(message)
            self._end_process()
        finally:
            self._places.leave(message.analysis)
        self._bus.acknowledge(message)

    def _end_process(self) -> None:
        """A thread cannot be stopped from outside: the process ends, and is started anew. The other slots hand
        their files back first, so that no try and no death counts against them."""
        self._places.end()
        self._places.wait_for_others(_HANDING_BACK_S)
        os._exit(HUNG_EXIT_CODE)

    def _work(self, job: jobs.Claimed, files: Files) -> None:
        analysis = self._analyses[job.analysis]
        began = time.monotonic()
        source = Source(
            asset_id=job.asset_id,
            owner_id=job.owner_id,
            kind=job.kind,
            mime=job.mime,
            name=job.name,
            place=self._store.place(job.kept, job.location),
            duration_s=job.duration_s,
            derived=files.derived(job.sha512),
            beside=tuple(self._store.place(*each.split(":", 1)) for each in job.sidecars),
            others=tuple(
                (each["sha512"], self._store.place(each["kept"], each["location"])) for each in job.others
            ),
            width=job.width,
            height=job.height,
            bring=files.bring,
        )
        if analysis.read is not None:
            with self._database.transaction() as connection:
                source = replace(source, given=analysis.read(connection, source, self._version(analysis)))
        future = self._thread.submit(copy_context().run, self._analyse, analysis, source)
        try:
            result = self._wait(future, job, analysis.limit_for(source))
            self._save(job, analysis, source, result, time.monotonic() - began)
        except _Hangs:
            raise
        except _HandedBack:
            self._hand_back(job)
        except NotApplicable as reason:
            self._end(job, "skipped", str(reason), began)
        except PermanentError as error:
            self._end(job, "failed", _told(error, source), began, permanent=True)
        except ServiceAway as away:
            self._put_off(job, away)
        except TemporaryError as error:
            log.warning("%s of %s: %s", job.analysis, job.name, _told(error, source))
            self._try_again(job, _told(error, source), began)
        except Exception as error:
            log.exception("%s of %s failed", job.analysis, job.name)
            self._try_again(job, f"{type(error).__name__}: {error}", began)

    def _analyse(self, analysis: AnyAnalysis, source: Source) -> object:
        if analysis.name not in self._opened:
            self._opened[analysis.name] = analysis.open(self._tools, analysis.settings())
        return analysis.analyse(self._opened[analysis.name], source)

    def _wait(self, future: "Future[object]", job: jobs.Claimed, limit_s: float) -> object:
        deadline = time.monotonic() + limit_s
        beat_at = time.monotonic() + _BEAT_S
        while True:
            try:
                return future.result(timeout=min(_TURN_S, max(0.1, deadline - time.monotonic())))
            except NotYet:
                if future.done():
                    raise  # the analysis itself raised a TimeoutError
            if time.monotonic() >= deadline:
                self._try_again(job, f"took longer than its limit of {limit_s:.0f} s", time.monotonic() - limit_s)
                log.error("%s hangs on %s; this worker ends itself", job.analysis, job.name)
                raise _Hangs
            if self._places.is_ending():
                raise _HandedBack
            if time.monotonic() >= beat_at:
                beat_at = time.monotonic() + _BEAT_S
                self._beat(job)

    def _beat(self, job: jobs.Claimed) -> None:
        self.turned_at = time.monotonic()
        self._bus.keep_alive()
        try:
            with self._database.statements() as connection:
                jobs.extend_lease(connection, job.id, self.name, LEASE_S)
        except (ServiceAway, psycopg.OperationalError) as error:
            log.warning("%s: could not extend the lease: %s", self.name, error)

    def _save(
        self, job: jobs.Claimed, analysis: AnyAnalysis, source: Source, result: object, seconds: float
    ) -> None:
        version = self._version(analysis)
        with self._database.transaction() as connection:
            if not jobs.finish(connection, job.id, self.name, "done", version=version, seconds=seconds):
                log.warning("%s of %s was taken over by another worker", job.analysis, job.name)
                return
            with connection.pipeline():  # what nobody waits for goes to the server together
                results.save_result(connection, job.asset_id, analysis.name, version, dict(analysis.data(result)))
                analysis.save(connection, source, version, result)
                jobs.notify(connection, "asset", job.owner_id, job.asset_id)
                created = jobs.begin_next(connection, job.asset_id, analysis.name, job.lane)
        if analysis.name == "preview":
            created += self._show_better(job, "")
        deliver(self._database, self._bus, created)

    def _end(self, job: jobs.Claimed, state: str, reason: str, began: float, *, permanent: bool = False) -> None:
        seconds = time.monotonic() - began
        with self._database.transaction() as connection:
            version = self._version(self._analyses[job.analysis])
            told: dict[str, Any] = {"version": version, "error": reason, "seconds": seconds}
            jobs.finish(connection, job.id, self.name, state, permanent=permanent, **told)
            created = jobs.follow_ups(connection, job.asset_id, job.lane)
            jobs.notify(connection, "asset", job.owner_id, job.asset_id)
        if job.analysis == "preview" and state == "failed":
            created += self._show_better(job, reason)
        deliver(self._database, self._bus, created)

    def _show_better(self, job: jobs.Claimed, reason: str) -> list[jobs.Waiting]:
        """Another file of the asset takes the place of one that cannot be shown, or not whole."""
        with self._database.transaction() as connection:
            return joining.show_better(connection, job.owner_id, job.asset_id, job.sha512, reason)

    def _try_again(self, job: jobs.Claimed, error: str, began: float) -> None:
        if job.attempts >= _ATTEMPTS_MOST:
            self._end(job, "failed", f"{error} (tried {job.attempts} times)", began)
            return
        with self._database.statements() as connection:
            jobs.retry(connection, job.id, self.name, _FIRST_PAUSE_S * 3 ** (job.attempts - 1), error)

    def _put_off(self, job: jobs.Claimed, away: ServiceAway) -> None:
        """The file is not to blame: this try does not count. If it is the database that is away, this raises too,
        and the job keeps its lease until that runs out."""
        log.warning("%s of %s: %s; again in %.0f s", job.analysis, job.name, away, _AWAY_PAUSE_S)
        with self._database.statements() as connection:
            jobs.put_off(connection, job.id, self.name, _AWAY_PAUSE_S, str(away))

    def _hand_back(self, job: jobs.Claimed) -> None:
        """Another file of this process hangs: this one is not to blame, and is begun anew elsewhere."""
        with self._database.statements() as connection:
            jobs.put_off(connection, job.id, self.name, 0.0, "its worker ended for another file; trying again")

    def _occasion(self, job: jobs.Claimed) -> dict[str, object]:
        """What lines of the log bear while the job is worked on."""
        return {"job": job.id, "asset": job.asset_id, "analysis": job.analysis, "worker": self.name}

    def _version(self, analysis: AnyAnalysis) -> str:
        if analysis.name not in self._versions:
            self._versions[analysis.name] = analysis.full_version(self._tools)
        return self._versions[analysis.name]


def _lease(job: jobs.Claimed) -> Lease:
    return Lease(job.id, job.lease_key)


def _told(error: Exception, source: Source) -> str:
    """What went wrong. The store names files by their hash, which tells nobody anything; the asset has a name."""
    kept = source.place.name
    return str(error).replace(f"{kept}: ", "").replace(kept, source.name)
