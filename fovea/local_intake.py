"""Taking files in on the machine of the library: copied, moved, or indexed where they lie."""

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.progress import Progress

from core.errors import LeftAside, NotRemoved, PermanentError, StillWritten
from core.paths import clean_path
from core.sidecars import may_be_sidecar
from db import jobs
from db.deeds import Refusal
from fovea.found_files import files_below, left_aside, refused, tell_unreadable
from fovea.open import Library, open_library
from fovea.output import err
from fovea.processes.crew import Crew, plan_posts
from fovea.processes.only_one import alone
from library.deeds import Deed, doing, plain_reason
from library.deliver import reconcile, repair
from library.ingest import Ingest, Ingested
from library.looks import Outcome, Wish
from library.rescan import InPlace
from library.taken import TAKEN, Aside, Taken
from library.walk import must_not_be_own, spelled
from library.whence import local

Json = dict[str, Any]
_RECONCILE_EVERY_S = 0.5
_HOLD_S = 0.25


@contextmanager
def opened() -> Iterator["LocalIntake"]:
    """The library of FOVEA_DATA, ready to take files in."""
    with open_library(register=True) as library, closing(library.bus()) as bus:
        yield LocalIntake(library, Ingest(library.database, library.store, bus, _HOLD_S))


class LocalIntake:
    """See `fovea.questions.Intake`."""

    def __init__(self, library: Library, door: Ingest) -> None:
        self._library = library
        self._door = door

    def take(self, paths: Sequence[Path], *, move: bool, quiet: bool) -> list[Json]:
        library = self._library
        for path in paths:
            must_not_be_own(library.data, path)
        inbox = library.settings.inbox.resolve()
        aside = Aside(library.settings.inbox_taken_keep_s, library.settings.inbox_taken_most_bytes)
        taken = Taken(inbox, aside) if move and inbox.is_dir() else None
        batch = secrets.token_hex(8)

        def take(source: Path, name: str) -> Ingested:
            whence = local(source, batch)
            if not move:
                return self._door.copy(source, name, "command", library.owner_id, whence)

            def let_go(path: Path) -> None:
                taken.put(path, Path(name)) if taken else path.unlink()

            return self._door.move(source, name, "command", library.owner_id, whence, let_go)

        found = [each for path in paths for each in files_below(path, [library.data, inbox / TAKEN])]
        found.sort(key=lambda each: may_be_sidecar(each[1]))  # which belong to what comes before them
        items: list[Json] = []
        with (
            Progress(console=err, transient=True, disable=quiet or not err.is_terminal) as progress,
            doing(library.database, library.owner_id, "import", _title(paths), total=len(found)) as seen,
        ):
            for source, name in progress.track(found, description="Storing"):
                try:
                    done = asdict(take(source, name))
                    status = "new" if done.pop("is_new") else "known"
                    items.append({**done, "source": spelled(source), "status": status, "reason": None})
                except LeftAside:
                    items.append(left_aside(source, name))
                except (PermanentError, StillWritten, NotRemoved, OSError) as refusal:
                    reason = refusal.strerror if isinstance(refusal, OSError) else str(refusal)
                    items.append(refused(source, name, reason))
                _tell(seen, items[-1])
        self._door.flush()
        return items

    def index(self, paths: Sequence[Path], *, quiet: bool) -> list[Json]:
        """Register folders, and look through them as a person who asks for all that is in them."""
        library, closed = self._library, [self._library.settings.inbox.resolve()]
        for path in paths:
            must_not_be_own(library.data, path)
        folders = InPlace(library.database, library.store, self._door, library.owner_id, closed)
        items: list[Json] = []
        with (
            Progress(console=err, transient=True, disable=quiet or not err.is_terminal) as progress,
            doing(library.database, library.owner_id, "import", _title(paths)) as seen,
        ):
            bar = progress.add_task("Indexing", total=None)

            def tell(outcome: Outcome) -> None:
                progress.update(bar, advance=1, description=f"Indexing, {outcome.path}")
                told = _indexed(outcome)
                items.extend(told)
                for item in told:
                    _tell(seen, item)

            for path in paths:
                if path.is_symlink() or not (path.is_dir() or path.is_file()):
                    items.append(
                        refused(path, path.name, "not a plain file or folder (links and devices are not taken)")
                    )
                    _tell(seen, items[-1])
                    continue
                root, under = folders.add(path)
                found = folders.look(root, under, Wish(by_person=True, tell=tell))
                tell_unreadable(found.unreadable)
        self._door.flush()
        return items

    def wait(self, asset_ids: Sequence[int], *, quiet: bool) -> None:
        """Until the assets' analyses have ended; without `fovea up` the workers are ours for that time."""
        library = self._library
        if not _unfinished(library, asset_ids):
            return
        with alone(library.data) as ours, closing(library.bus()) as bus:
            crew = Crew(library, plan_posts()) if ours else None
            try:
                if crew:
                    with library.database.transaction() as connection:
                        jobs.recover(connection, all_running=True, count=False)
                    crew.children.start()
                with Progress(console=err, transient=True, disable=quiet or not err.is_terminal) as progress:
                    bar = progress.add_task("Analysing", total=None)
                    while (left := _unfinished(library, asset_ids)) > 0:
                        progress.update(bar, description=f"Analysing, {left} to do")
                        if crew:
                            crew.children.watch()
                            reconcile(library.database, bus)
                            repair(library.database, bus)
                        time.sleep(_RECONCILE_EVERY_S)
            finally:
                if crew:
                    crew.children.stop()


def _tell(seen: Deed, item: Json) -> None:
    """What became of a file, for the page of activities."""
    path = str(item["path"])
    match item["status"]:
        case "refused":
            reason = plain_reason(item["reason"], Path(path).name)
            seen.advance(message=path, refusal=Refusal(path, item["source"], reason))
        case "new":
            seen.advance(message=path, stored=1)
        case "left":  # what programs leave beside photos
            seen.advance(message=path)
        case _:
            seen.advance(message=path, known=1)


def _title(paths: Sequence[Path]) -> str:
    """What is taken in, as the page of activities shows it."""
    return ", ".join(clean_path(path.name or str(path)) for path in paths[:3]) + (" …" if len(paths) > 3 else "")


def _indexed(outcome: Outcome) -> list[Json]:
    source = Path(outcome.source)
    if outcome.status == "missing":
        return []
    if outcome.status == "left":
        return [left_aside(source, outcome.path)]
    if outcome.status in ("refused", "busy"):
        return [refused(source, outcome.path, outcome.reason)]
    told = {key: value for key, value in asdict(outcome).items() if key != "status"}
    return [{**told, "status": "new" if outcome.status in ("new", "changed") else "known"}]


def _unfinished(library: Library, asset_ids: Sequence[int]) -> int:
    with library.database.transaction() as connection:
        return jobs.count_unfinished(connection, list(asset_ids))
