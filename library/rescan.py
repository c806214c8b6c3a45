"""Folders indexed in place: taken in, and looked through again and again.

What is as it was (size, time of change, inode) is not read. A file that went and one that came with the same
inode, size and time are one file that was moved; so are two with the same bytes. Both keep their asset with all
that was found and decided. What is gone is marked as missing and comes back when the file does.
"""

import fcntl
import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from core.errors import BadRequest
from core.paths import clean_path
from db import in_place
from db.connect import Database
from db.deeds import Refusal
from db.in_place import Root
from library.deeds import Deed, doing, plain_reason
from library.ingest import Ingest
from library.looking import LookThrough, below
from library.looks import Rescanned, Wish
from library.walk import must_not_be_own
from media.store import Store, from_location, to_location

log = logging.getLogger(__name__)


class InPlace:
    """An owner's folders indexed in place. `closed` are folders inside of them that are not entered."""

    def __init__(
        self, database: Database, store: Store, ingest: Ingest, owner_id: int, closed: Sequence[Path] = ()
    ) -> None:
        self._database = database
        self._store = store
        self._ingest = ingest
        self._owner_id = owner_id
        self._closed = (store.data.resolve(), *closed)

    def roots(self) -> list[Root]:
        with self._database.transaction() as connection:
            return in_place.roots(connection, self._owner_id)

    def add(self, path: Path) -> tuple[Root, str]:
        """The root that `path` is or lies in, made when there is none; and the path below it.

        Roots below a new one become part of it. Raises BadRequest for Fovea's own data folder.
        """
        path = path.resolve()
        must_not_be_own(self._closed[0], path)
        for root in self.roots():
            if path.is_relative_to(from_location(root.location)):
                return root, below(root, path)
        with self._database.transaction() as connection:
            made = in_place.add_root(connection, self._owner_id, to_location(path), clean_path(path.name))
            for root in in_place.roots(connection, self._owner_id):
                inner = from_location(root.location)
                if root.id != made.id and inner.is_relative_to(path):
                    in_place.adopt(connection, root, made, below(made, inner))
        return made, ""

    def find(self, path: Path) -> tuple[Root, str]:
        """The root that `path` lies in. Raises BadRequest when it is in none."""
        path = path.resolve()
        for root in self.roots():
            if path.is_relative_to(from_location(root.location)):
                return root, below(root, path)
        raise BadRequest(f"{path} is not indexed in place; `fovea ingest --in-place` does that")

    def look(
        self,
        root: Root,
        under: str = "",
        wish: Wish | None = None,
    ) -> Rescanned:
        """Look through a root, or its folder `under`, and make the library agree with it."""
        with alone_in(self._store.data):
            return LookThrough(
                self._database, self._ingest, self._owner_id, root, under, self._closed, wish or Wish()
            ).run()

    def look_seen(
        self, root: Root, under: str = "", wish: Wish | None = None, *, always: bool = True
    ) -> Rescanned:
        """`look` as a deed on the page of activities, with how far it is. Not `always`: only if a file is read.

        Raises Cancelled when somebody asks for its end; what was entered stays, nothing more is marked as missing.
        """
        asked = wish or Wish()
        with ExitStack() as stack:
            deed: Deed | None = None
            done = 0

            def step(more: int, found: int, path: str | None) -> None:
                nonlocal deed, done
                done += more
                if deed is None and (always or path is not None):
                    began = doing(self._database, self._owner_id, "rescan", _title(root, under), total=found)
                    deed, more = stack.enter_context(began), done
                if deed is not None:
                    deed.advance(more, message=path)
                asked.step(more, found, path)

            looked = self.look(root, under, replace(asked, step=step))
            if deed is not None:
                for each in looked.outcomes:
                    if each.status == "refused":
                        reason = plain_reason(each.reason, Path(each.path).name)
                        deed.advance(0, refusal=Refusal(each.path, each.source, reason))
                rest = "; the next look goes on" if asked.stopped() else ""
                deed.advance(0, message=in_words(looked) + rest)
        return looked


@contextmanager
def alone_in(data: Path) -> Iterator[None]:
    """One look at a time, whoever takes it."""
    with (data / "rescan.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def in_words(found: Rescanned) -> str:
    """How many files of each status: "12 unchanged, 3 new"."""
    return ", ".join(f"{count} {status}" for status, count in found.counts.items() if count) or "nothing there"


def log_look(found: Rescanned) -> None:
    """One line in the log when a look found something."""
    for folder in found.unreadable:
        log.warning("%s cannot be looked into", folder)
    if any(count for status, count in found.counts.items() if status != "unchanged"):
        log.info("%s: %s", found.root.location, in_words(found))


def _title(root: Root, under: str) -> str:
    return clean_path(f"{root.name}/{from_location(under)}" if under else root.name)
