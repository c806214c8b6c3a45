"""One look through a folder indexed in place: what is new, moved, changed, gone or back, and what follows."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import LeftAside, PermanentError, SidecarAlone, TemporaryError
from core.paths import clean_path
from core.sidecars import may_be_sidecar
from db import in_place
from db.connect import Database
from db.in_place import Root, Seen
from library.arriving import CHANGING, may_still_be_written
from library.deliver import deliver
from library.ingest import Ingest, Ingested, hash_in_place
from library.joining import settle
from library.looks import Outcome, Rescanned, Wish
from library.walk import Look, Walk, spelled
from media.store import from_location, to_location

log = logging.getLogger(__name__)

Row = dict[str, Any]
REMOVED = "removed from the library by a person; the file was left where it lies"


class LookThrough:
    """One look through a root."""

    def __init__(
        self,
        database: Database,
        ingest: Ingest,
        owner_id: int,
        root: Root,
        under: str,
        closed: Sequence[Path],
        wish: Wish,
    ) -> None:
        self._database = database
        self._ingest = ingest
        self._owner_id = owner_id
        self._root = root
        self._under = under
        self._closed = closed
        self._by_person = wish.by_person
        self._not_after_ns = time.time_ns() - int(wish.settled_s * 1e9) if wish.settled_s else None
        self._tell = wish.tell
        self._step = wish.step
        self._files = 0
        self._stopped = wish.stopped
        self._found = Rescanned(root)
        self._gone: dict[str, Row] = {}

    def run(self) -> Rescanned:
        top = from_location(self._root.location)
        walk = Walk(top / from_location(self._under) if self._under else top, self._closed)
        looks = {below(self._root, path): look for path, look in walk.files()}
        self._files = len(looks)
        self._step(0, self._files, None)
        unreadable = [below(self._root, path) for path in walk.unreadable]
        self._found.unreadable = [spelled(path) for path in walk.unreadable]
        with self._database.transaction() as connection:
            known = {row["path"]: row for row in in_place.sightings(connection, self._root.id, self._under)}
        self._gone = {
            path: row
            for path, row in known.items()
            if path not in looks and not any(_is_below(path, folder) for folder in unreadable)
        }
        fresh, changed = self._compare(looks, known)
        told = len(self._found.outcomes)
        self._step(self._files - told - len(fresh) - len(changed), self._files, None)
        fresh = self._move_by_inode(fresh, looks)
        self._read_all(fresh, changed, looks, known)
        if not self._stopped():
            self._mark_missing()
        with self._database.transaction() as connection:
            in_place.looked(connection, self._root.id)
        return self._found

    def _compare(self, looks: dict[str, Look], known: dict[str, Row]) -> tuple[list[str], list[str]]:
        """Paths not seen before, and paths whose file is not as it was. What came back is marked so."""
        fresh, changed, back = [], [], []
        for path, look in looks.items():
            row = known.get(path)
            if row is None:
                fresh.append(path)
            elif (row["bytes"], row["mtime_ns"], row["inode"]) != (look.bytes, look.mtime_ns, look.inode):
                changed.append(path)
            elif row["file_id"] is None and self._by_person:
                fresh.append(path)
            elif row["missing"]:
                back.append(row)
            elif row["file_id"] is not None:
                self._leave(path, row)
        if fresh:  # the photo that a sidecar waited for may be among them
            lonely = (row for row in known.values() if row["file_id"] is None and may_be_sidecar(row["path"]))
            listed = set(fresh) | set(changed)
            changed += [row["path"] for row in lonely if row["path"] in looks and row["path"] not in listed]
        self._bring_back(back)
        return fresh, changed

    def _bring_back(self, back: list[Row]) -> None:
        if not back:
            return
        with self._database.transaction() as connection:
            files = in_place.set_missing(connection, [row["id"] for row in back], missing=False)
            begun = settle(connection, files)
        deliver(self._database, self._ingest.bus, begun)
        for row in back:
            self._note(row["path"], row["shown"], "returned", row["asset_id"], row["sha512"])

    def _move_by_inode(self, fresh: list[str], looks: dict[str, Look]) -> list[str]:
        """Take renamed files over as they are; answers the paths that remain."""
        by_look = {
            (row["inode"], row["bytes"], row["mtime_ns"]): row
            for row in self._gone.values()
            if not (self._by_person and row["file_id"] is None)
        }
        moved: list[tuple[Row, str]] = []
        rest = []
        for path in fresh:
            look = looks[path]
            row = by_look.pop((look.inode, look.bytes, look.mtime_ns), None)
            if row is None:
                rest.append(path)
            else:
                moved.append((row, path))
        self._move(moved)
        return rest

    def _move(self, moved: list[tuple[Row, str]]) -> None:
        if not moved:
            return
        with self._database.transaction() as connection:
            in_place.move(connection, [(row["id"], path, self._shown(path)) for row, path in moved])
            held = [row for row, _ in moved if row["file_id"] is not None]
            in_place.forget_paths(connection, [row["file_id"] for row in held], [row["shown"] for row in held])
            begun = settle(connection, [row["file_id"] for row in held])
        deliver(self._database, self._ingest.bus, begun)
        for row, path in moved:
            del self._gone[row["path"]]
            self._note(path, self._shown(path), "moved", row["asset_id"], row["sha512"])

    def _read_all(
        self, fresh: list[str], changed: list[str], looks: dict[str, Look], known: dict[str, Row]
    ) -> None:
        for path in sorted({*fresh, *changed}, key=lambda each: (may_be_sidecar(each), each)):
            if self._stopped():
                return
            look = looks[path]
            if self._not_after_ns is not None and (why := self._why_not_yet(path, look)):
                self._note(path, self._shown(path), "busy", reason=why)
                continue
            self._read(path, look, known.get(path))

    def _why_not_yet(self, path: str, look: Look) -> str | None:
        """What is being copied here waits for the next look."""
        if self._not_after_ns is not None and look.mtime_ns > self._not_after_ns:
            return CHANGING
        with suppress(OSError):  # what is wrong with it is said when it is read
            return may_still_be_written(self._source(path), time.time() - look.mtime_ns / 1e9)
        return None

    def _read(self, path: str, look: Look, row: Row | None) -> None:
        """Read a file and enter it. One that cannot be taken is noted with its reason and not read again."""
        shown = self._shown(path)
        seen = Seen(self._root.id, path, shown, look.bytes, look.mtime_ns, look.inode)
        source = self._source(path)
        sha512: bytes | None = None
        try:
            hashed = hash_in_place(source)
            sha512 = hashed.sha512
            if self._is_settled_by_hash(seen, row, sha512):
                return
            arrival = self._ingest.look_at(
                source, shown, "command", self._owner_id, hashed, seen=seen, restores=self._by_person
            )
            former = row["file_id"] if row is not None else None
            done = None if former is None else self._ingest.revise(arrival, former)
            status = "changed" if done is not None else None
            done = done or self._ingest.enter(arrival)
            self._note_entered(path, done, status)
        except LeftAside as litter:
            self._refuse(seen, str(litter), sha512, "left")
        except PermanentError as refusal:
            self._refuse(seen, str(refusal), None if isinstance(refusal, SidecarAlone) else sha512)
        except (TemporaryError, OSError) as trouble:
            log.info("%s stays for the next look: %s", source.name, trouble)
            self._note(path, shown, "busy", reason=str(trouble))

    def _is_settled_by_hash(self, seen: Seen, row: Row | None, sha512: bytes) -> bool:
        """Same bytes as before, as a file that went, or as one that was removed from the library."""
        if row is not None and row["file_id"] is not None and bytes(row["sha512"] or b"") == sha512:
            with self._database.transaction() as connection:
                begun = settle(connection, in_place.see(connection, seen, row["file_id"], sha512))
            deliver(self._database, self._ingest.bus, begun)
            status = "returned" if row["missing"] else "unchanged"
            self._note(seen.path, seen.shown, status, row["asset_id"], sha512)
            return True
        went = next(
            (
                each
                for each in self._gone.values()
                if each["file_id"] is not None and bytes(each["sha512"] or b"") == sha512
            ),
            None,
        )
        if went is not None:
            self._replace(went, seen, sha512)
            return True
        if self._by_person:
            return False
        with self._database.transaction() as connection:
            expelled = in_place.is_expelled(connection, self._owner_id, sha512)
        if expelled:
            self._refuse(seen, REMOVED, sha512)
        return expelled

    def _replace(self, went: Row, seen: Seen, sha512: bytes) -> None:
        """A file went and its bytes are here now: it was moved, perhaps over another one."""
        with self._database.transaction() as connection:
            dropped = in_place.drop_sighting(connection, seen.root_id, seen.path)
        self._move([(went, seen.path)])
        with self._database.transaction() as connection:
            files = in_place.see(connection, seen, went["file_id"], sha512)
            if dropped is not None and dropped["file_id"] is not None:
                in_place.forget_paths(connection, [dropped["file_id"]], [dropped["shown"]])
                files.append(dropped["file_id"])
            begun = settle(connection, files)
        deliver(self._database, self._ingest.bus, begun)

    def _refuse(self, seen: Seen, reason: str, sha512: bytes | None, status: str = "refused") -> None:
        with self._database.transaction() as connection:
            settle(connection, in_place.see(connection, seen, None, sha512, reason))
        self._note(seen.path, seen.shown, status, reason=reason)

    def _mark_missing(self) -> None:
        lost = [row for row in self._gone.values() if not row["missing"]]
        if not lost:
            return
        with self._database.transaction() as connection:
            settle(connection, in_place.set_missing(connection, [row["id"] for row in lost], missing=True))
        for row in lost:
            if row["file_id"] is not None:
                self._note(row["path"], row["shown"], "missing", row["asset_id"], row["sha512"])

    def _note_entered(self, path: str, done: Ingested, status: str | None) -> None:
        told = status or ("new" if done.is_new else "known")
        source = spelled(self._source(path))
        self._tell_of(
            Outcome(source, done.path, told, done.asset_id, done.sha512, role=done.role, restored=done.restored)
        )

    def _note(
        self,
        path: str,
        shown: str,
        status: str,
        asset_id: int | None = None,
        sha512: bytes | None = None,
        reason: str | None = None,
    ) -> None:
        told = bytes(sha512).hex() if sha512 else None
        self._tell_of(Outcome(spelled(self._source(path)), shown, status, asset_id, told, reason))

    def _tell_of(self, outcome: Outcome) -> None:
        self._found.counts[outcome.status] += 1
        self._found.outcomes.append(outcome)
        self._tell(outcome)
        if outcome.status != "missing":  # which is no file among those found
            self._step(1, self._files, outcome.path)

    def _leave(self, path: str, row: Row) -> None:
        if self._by_person:
            self._note(path, row["shown"], "unchanged", row["asset_id"], row["sha512"])
        else:  # of most files there is nothing to tell
            self._found.counts["unchanged"] += 1

    def _source(self, path: str) -> Path:
        top = from_location(self._root.location)
        return top / from_location(path) if path else top

    def _shown(self, path: str) -> str:
        name = str(from_location(path)) if path else ""
        return clean_path(f"{self._root.name}/{name}" if name else self._root.name)


def _is_below(path: str, folder: str) -> bool:
    return folder in ("", path) or path.startswith(folder + "/")


def below(root: Root, path: Path) -> str:
    """A path below a root as table `sighting` has it."""
    relative = path.relative_to(from_location(root.location))
    return "" if relative == Path() else to_location(relative)
