"""Verifying a library: has every stored file the bytes it came with, is anything missing, is anything extra?

The store is walked in the order of its names while the database is asked in the same order, so that memory does
not grow with the library. Nothing is taken for wrong at the first look: files come and go meanwhile, so every
doubt is asked about again. Nothing is ever removed, and nothing changed but what a wish names.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.errors import BadRequest, NotFound
from db import upkeep
from db.connect import Database
from library.deeds import Deed, doing
from library.findings import Finding, Verified
from library.lost_and_found import LostAndFound
from library.streams import in_step, spread
from library.unverified import Unverified
from library.verify_previews import check_previews
from media.stock import Stored, hash_pieces, pieces_of
from media.store import Store, from_location

Row = dict[str, Any]
Pair = tuple[Stored | None, Row | None]


@dataclass(frozen=True, slots=True)
class VerifyWish:
    """What is wanted. `quick`: existence and size alone. `since`: files that came in since then, and no orphans.

    `repair`: previews are queued again. `aside`: orphans and left-overs move to `<data>/lost+found`. `resume`: go
    on where the last one was cut off. `step(files, bytes, name)` hears of what was looked at. A file younger than
    `young_s` may be on its way in.
    """

    quick: bool = False
    since: datetime | None = None
    repair: bool = False
    aside: bool = False
    resume: bool = False
    most: int = 1000
    threads: int = 0
    young_s: float = 900.0
    begin: Callable[[int, int], None] = lambda _files, _bytes: None
    step: Callable[[int, int, str], None] = lambda _files, _bytes, _name: None


def verify(database: Database, store: Store, owner_id: int, wish: VerifyWish) -> Verified:
    """Look through everything, as a deed on the page of activities. Raises Cancelled when it is ended there."""
    with database.transaction() as connection:
        totals = upkeep.totals(connection, wish.since)
    files, size = totals.stored + totals.in_place, totals.stored_bytes + totals.in_place_bytes
    wish.begin(files, size)
    title = "quick" if wish.quick else "all bytes"
    with doing(database, owner_id, "verify", title, total=files) as deed:
        found = _Verification(database, store, wish, deed).run()
        deed.advance(0, message=in_words(found))
    return found


class _Verification:
    def __init__(self, database: Database, store: Store, wish: VerifyWish, deed: Deed) -> None:
        self._database = database
        self._store = store
        self._wish = wish
        self._deed = deed
        self._threads = wish.threads or min(4, os.cpu_count() or 1)
        self._progress = Unverified(store.data, wish.most)
        self._aside = LostAndFound(database, store)

    def run(self) -> Verified:
        found = self._progress.begin(resume=self._wish.resume)
        if found.files:
            self._advance(found.files, found.bytes, "")
        try:
            self._stored(found)
        finally:
            self._progress.save(found)  # from here on it goes on with what is looked at last
        self._in_place(found)
        self._left_over(found)
        check_previews(self._database, self._store, self._wish, found)
        found.finished = True
        self._progress.end()
        return found

    def _stored(self, found: Verified) -> None:
        for pair, finding in spread(self._look, self._pairs(), self._threads):
            stored, row = pair
            if finding is not None:
                found.add(self._settle(finding, pair))
            if row is None:
                self._progress.after = stored.location if stored is not None else self._progress.after
                continue
            found.files, found.bytes = found.files + 1, found.bytes + row["bytes"]
            self._progress.reached(found, row["location"], bytes(row["sha512"]))
            self._advance(1, row["bytes"], row["location"])

    def _pairs(self) -> Iterator[Pair]:
        """What the store has beside what it should have, from where an earlier look was cut off."""
        after = self._progress.after
        rows = upkeep.stored(self._ask, after=self._progress.after_sha512, since=self._wish.since)
        if self._wish.since is not None:  # orphans have no time of arrival
            return ((None, row) for row in rows)
        there = self._store.originals_after(after)
        return in_step(there, rows, lambda each: os.fsencode(each.location), lambda row: row["location"].encode())

    def _look(self, pair: Pair) -> tuple[Pair, Finding | None]:
        stored, row = pair
        if row is None:
            return pair, self._stranger(stored) if stored is not None else None
        finding = self._compare(row, stored)
        if finding is not None and not self._is_wanted(row):
            return pair, None  # removed for good meanwhile
        return pair, finding

    def _compare(self, row: Row, stored: Stored | None) -> Finding | None:
        name, wanted = row["location"], row["bytes"]
        try:
            if stored is None and not self._store.has(name):
                return Finding("missing", name)
            size = stored.bytes if stored is not None else wanted
            if size == wanted and not self._wish.quick:
                digest, size = hash_pieces(self._store.read(name))
                if size == wanted and digest != bytes(row["sha512"]):
                    return Finding("damaged", name, "its SHA-512 is another one")
        except NotFound:
            return Finding("missing", name)
        except OSError as error:
            return Finding("unreadable", name, error.strerror or str(error))
        return None if size == wanted else Finding("damaged", name, f"{size:,} bytes instead of {wanted:,}")

    def _stranger(self, stored: Stored) -> Finding | None:
        if time.time() - stored.changed_at < self._wish.young_s:
            return None
        with self._database.transaction() as connection:
            known = upkeep.is_known(connection, _as_text(stored.location))
        return None if known else Finding("orphan", _as_text(stored.location), f"{stored.bytes:,} bytes")

    def _settle(self, finding: Finding, pair: Pair) -> Finding:
        if finding.kind == "orphan" and self._wish.aside and pair[0] is not None:
            return self._aside.orphan(pair[0], finding)
        return finding

    def _in_place(self, found: Verified) -> None:
        rows = upkeep.in_place(self._ask, self._wish.since)
        for row, finding in spread(self._look_in_place, rows, self._threads):
            if finding is not None:
                found.add(finding)
            found.files, found.bytes = found.files + 1, found.bytes + row["bytes"]
            self._advance(1, row["bytes"], row["location"])

    def _look_in_place(self, row: Row) -> tuple[Row, Finding | None]:
        """Whoever owns the file may change it: only other bytes with the same size and time are damage."""
        path, name = from_location(row["location"]), row["location"]
        try:
            state = path.lstat()
            if (state.st_size, state.st_mtime_ns) != (row["seen_bytes"], row["mtime_ns"]):
                return row, Finding("changed", name)
            if not self._wish.quick and hash_pieces(pieces_of(path))[0] != bytes(row["sha512"]):
                finding = Finding("damaged", name, "other bytes though neither its size nor its time have changed")
                return row, finding if self._is_wanted(row, "in_place") else None
        except (FileNotFoundError, NotADirectoryError):
            return row, Finding("away", name, "" if row["missing"] else "not noted yet; `fovea rescan` does that")
        except OSError as error:
            return row, Finding("unreadable", name, error.strerror or str(error))
        return row, None

    def _left_over(self, found: Verified) -> None:
        if self._wish.since is None:
            for finding in self._aside.left_over(move=self._wish.aside):
                found.add(finding)

    def _is_wanted(self, row: Row, kept: str = "store") -> bool:
        with self._database.transaction() as connection:
            return upkeep.is_wanted(connection, bytes(row["sha512"]), row["location"], kept)

    def _ask(self, name: str, values: Row) -> list[Row]:
        """Each page in a transaction of its own: one that lasts for hours keeps the database from tidying up."""
        with self._database.transaction() as connection:
            return upkeep.asking(connection)(name, values)

    def _advance(self, files: int, size: int, name: str) -> None:
        self._deed.advance(files, message=name)
        self._wish.step(files, size, name)


def in_words(found: Verified) -> str:
    """ "120 files, 3 damaged", as the page of activities says it."""
    told = [f"{found.files} files", *(f"{count} {kind.replace('_', ' ')}" for kind, count in found.counts.items())]
    return ", ".join(told)


def _as_text(location: str) -> str:
    return os.fsencode(location).decode("utf-8", "backslashreplace")


def since_when(text: str, now: datetime) -> datetime:
    """ "30d" before now, or a date or time as ISO 8601 has it. Raises BadRequest."""
    try:
        if text.endswith("d"):
            return now - timedelta(days=float(text[:-1]))
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise BadRequest(
            f"{text!r} is neither a date such as 2026-05-03 nor a number of days such as 30d"
        ) from error
    return at if at.tzinfo else at.astimezone()
