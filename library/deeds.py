"""Long deeds, seen on the page of activities while they go on: an import, an export, a backup, a re-run.

with doing(database, owner_id, "import", "Pictures/2019", total=len(found)) as deed:
    for each in found:
        take(each)
        deed.advance(message=each.name, stored=1)      # raises Cancelled when somebody asked for its end
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from core.cursor import decode_cursor, encode_cursor
from core.errors import Conflict, FoveaError, NotFound, ServiceAway
from db import deeds, jobs
from db.connect import Connection, Database
from db.deeds import Refusal
from library.view import instant

log = logging.getLogger(__name__)

Json = dict[str, Any]
_WRITE_EVERY_S = 0.5
_BEAT_EVERY_S = 20.0


class Cancelled(Conflict):
    """Somebody asked for the end of the deed; what was done until then stays."""


class Deed:
    """One deed that is going on. Safe between threads."""

    def __init__(self, database: Database, owner_id: int, deed_id: int) -> None:
        self.id = deed_id
        self._database = database
        self._owner_id = owner_id
        self._step = 0
        self._message: str | None = None
        self._total: int | None = None
        self._stored = self._known = 0
        self._refusals: list[Refusal] = []
        self._counts = [0, 0, 0]
        self._written = time.monotonic()
        self._lock = threading.Lock()

    def advance(
        self,
        step: int = 1,
        *,
        message: str | None = None,
        total: int | None = None,
        stored: int = 0,
        known: int = 0,
        refusal: Refusal | None = None,
    ) -> None:
        """So many more are done, of which some were stored, known already, or refused.

        Raises Cancelled when somebody asked for the end.
        """
        with self._lock:
            self._step += step
            self._stored += stored
            self._known += known
            self._refusals += [refusal] if refusal else []
            self._counts = [a + b for a, b in zip(self._counts, (stored, known, int(bool(refusal))), strict=True)]
            self._message = message if message is not None else self._message
            self._total = total if total is not None else self._total
            due = time.monotonic() - self._written >= _WRITE_EVERY_S
        if due:
            self.write()

    def write(self) -> None:
        """Write down how far it is. A database that is away does not end the deed. Raises Cancelled."""
        with self._lock:
            step, message, total = self._step, self._message, self._total
            stored, known, refusals = self._stored, self._known, self._refusals
            self._written = time.monotonic()
            try:
                with self._database.transaction() as connection:
                    asked = deeds.beat(
                        connection,
                        self.id,
                        step,
                        total=total,
                        message=message,
                        stored=stored,
                        known=known,
                        refusals=refusals,
                    )
                    jobs.notify(connection, "activity", self._owner_id, 0)
            except (ServiceAway, psycopg.OperationalError) as error:
                log.warning("how far a deed is could not be written down: %s", error)
                return
            self._step = self._stored = self._known = 0
            self._refusals = []
        if asked:
            raise Cancelled("somebody asked for its end; what was done until then stays")

    @property
    def summary(self) -> str | None:
        """What became of its files, in words; None where nothing was said of them."""
        stored, known, refused = self._counts
        words = [f"{stored} stored"] if stored else []
        words += [f"{known} known already"] if known else []
        words += [f"{refused} refused; what was refused stays where it is"] if refused else []
        return ", ".join(words) or None


@contextmanager
def doing(database: Database, owner_id: int, kind: str, title: str, *, total: int | None = None) -> Iterator[Deed]:
    """A deed from its beginning to its end, however it ends. `kind` is one word: import, export, backup, …"""
    with database.transaction() as connection:
        deed_id = deeds.begin(connection, owner_id, kind, title[:1000], total=total, analysis=None)
        jobs.notify(connection, "activity", owner_id, 0)
    deed = Deed(database, owner_id, deed_id)
    stop = threading.Event()
    beating = threading.Thread(target=_beat, args=(deed, stop), name=f"deed {deed_id}", daemon=True)
    beating.start()
    state, message = "failed", None
    try:
        yield deed
        state, message = "done", deed.summary if kind == "import" else None
    except Cancelled:
        state = "cancelled"
        raise
    except KeyboardInterrupt:
        state, message = "cancelled", "interrupted"
        raise
    except BaseException as error:
        message = str(error) or type(error).__name__
        raise
    finally:
        stop.set()
        beating.join()
        _end(deed, database, state, message)


def begin_rerun(connection: Connection, owner_id: int, analysis: str, which: str, total: int) -> int:
    """A re-run of many assets as a deed; its jobs say how far it is."""
    title = f"{analysis}: {'failed' if which == 'retryable' else which}"
    return deeds.begin(connection, owner_id, "rerun", title, total=total, analysis=analysis)


def list_deeds(connection: Connection, owner_id: int, *, limit: int, after: str | None = None) -> Json:
    """Deeds, newest first: `{"items", "next"}`. `limit` 0 means all."""
    before_id = None if after is None else int(str(decode_cursor(after, int)[0]))
    rows = deeds.listed(connection, owner_id, most=None if limit == 0 else limit + 1, before_id=before_id)
    more = 0 < limit < len(rows)
    rows = rows[:limit] if more else rows
    return {"items": [_shown(row) for row in rows], "next": encode_cursor([rows[-1]["id"]]) if more else None}


def show_deed(connection: Connection, owner_id: int, deed_id: int) -> Json:
    """One deed. Raises NotFound."""
    rows = deeds.listed(connection, owner_id, most=1, deed_id=deed_id)
    if not rows:
        raise NotFound(f"there is no deed {deed_id}, or you may not see it")
    return _shown(rows[0])


def list_refusals(
    connection: Connection, owner_id: int, deed_id: int, *, limit: int, after: str | None = None
) -> Json:
    """Files of a deed that were not taken: `{"items": [{"path", "kept", "reason"}], "next"}`. Raises NotFound."""
    show_deed(connection, owner_id, deed_id)
    after_id = 0 if after is None else int(str(decode_cursor(after, int)[0]))
    rows = deeds.refusals(connection, deed_id, None if limit == 0 else limit + 1, after_id)
    more = 0 < limit < len(rows)
    rows = rows[:limit] if more else rows
    told = ("path", "kept", "reason")
    items = [{**{n: row[n] for n in told}, "refused_at": instant(row["refused_at"])} for row in rows]
    return {"items": items, "next": encode_cursor([rows[-1]["id"]]) if more else None}


def tell_refused(database: Database, owner_id: int, refusal: Refusal) -> None:
    """A file in the inbox was not taken and went aside."""
    with database.transaction() as connection:
        deeds.refuse_by_itself(connection, owner_id, "inbox", "what was put into it", refusal)
        jobs.notify(connection, "activity", owner_id, 0)


def plain_reason(reason: str | None, name: str) -> str:
    """A reason without the name of the file, so that what was refused for one reason stands together."""
    told = (reason or "it could not be read").strip()
    return told.removeprefix(f"{name}: ").removeprefix(f"{name} is ")


def cancel(connection: Connection, owner_id: int, deed_id: int) -> Json:
    """Ask for the end of a deed. A re-run's jobs that have not begun become what they were before.

    Raises NotFound, Conflict when it has ended already.
    """
    shown = show_deed(connection, owner_id, deed_id)
    going_on, analysis = deeds.ask_to_cancel(connection, owner_id, deed_id)
    if not going_on or shown["state"] not in ("waiting", "running"):
        raise Conflict(f"this has ended already: {shown['state']}")
    if analysis is not None:
        deeds.take_back(connection, owner_id, analysis)
        deeds.finish(connection, deed_id, "cancelled")
    jobs.notify(connection, "activity", owner_id, 0)
    return show_deed(connection, owner_id, deed_id)


def reap(database: Database) -> None:
    """Write down what has ended without saying so: for whoever tidies up, now and then."""
    with database.transaction() as connection:
        for owner_id in deeds.reap(connection):
            jobs.notify(connection, "activity", owner_id, 0)


def _beat(deed: Deed, stop: threading.Event) -> None:
    while not stop.wait(_BEAT_EVERY_S):
        try:
            deed.write()
        except Cancelled:
            continue  # the deed's own next step hears of it


def _end(deed: Deed, database: Database, state: str, message: str | None) -> None:
    try:
        with suppress(Cancelled):
            deed.write()
        with database.transaction() as connection:
            owner_id = deeds.finish(connection, deed.id, state, message)
            if owner_id is not None:
                jobs.notify(connection, "activity", owner_id, 0)
    except (FoveaError, psycopg.Error) as error:
        log.warning("the end of a deed could not be written down: %s", error)


def _shown(row: dict[str, Any]) -> Json:
    names = ["id", "kind", "title", "state", "done", "total", "message", "cancel_asked"]
    names += ["stored", "known", "refused", "reasons"]
    shown = {name: row[name] for name in names}
    return {**shown, "began_at": instant(row["began_at"]), "ended_at": instant(row["ended_at"])}
