"""`fovea ingest`: files and folders of this machine into the library."""

import os
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from core.errors import BadRequest, PermanentError
from core.paths import clean_line, clean_path
from db import jobs
from fovea.open import Library, open_library
from fovea.output import err, out, print_json
from fovea.processes.crew import Crew, plan_posts
from fovea.processes.only_one import alone
from library.deeds import doing
from library.deliver import reconcile, repair
from library.ingest import Ingest
from library.looks import Outcome, Wish
from library.rescan import InPlace
from library.walk import Walk, must_not_be_own, spelled

_RECONCILE_EVERY_S = 0.5
_HOLD_S = 0.25


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders; folders with all that is in them.")],
    copy: Annotated[bool, typer.Option("--copy", help="Leave the files where they are (the default).")] = False,
    move: Annotated[bool, typer.Option("--move", help="Remove each file once its bytes are safe.")] = False,
    in_place: Annotated[bool, typer.Option("--in-place", help="Index them where they lie; see rescan.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when every analysis has ended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take photos and videos into the library. The same file again is known, and nothing is done twice.

    Example: fovea ingest ~/Pictures --wait
    """
    if copy + move + in_place > 1:
        raise BadRequest("--copy, --move and --in-place exclude each other")
    missing = [path for path in paths if not os.path.lexists(path)]
    if missing:
        raise BadRequest(f"there is no {', '.join(map(str, missing))}")
    with open_library(register=True) as library, closing(library.bus()) as bus:
        for path in paths:
            must_not_be_own(library.data, path)
        door = Ingest(library.database, library.store, bus, _HOLD_S)
        if in_place:
            items = _index(library, door, paths, quiet=as_json)
        else:
            items = _take(library, door, paths, move=move, quiet=as_json)
        door.flush()
        if wait:
            _wait(library, [item["asset_id"] for item in items if item["asset_id"] is not None], quiet=as_json)
    refused = [item for item in items if item["status"] == "refused"]
    if as_json:
        print_json({"items": items, "next": None})
    else:
        out.print(_summary(items))
    if refused:
        raise typer.Exit(1)


def _summary(items: list[dict[str, Any]]) -> str:
    new = [item for item in items if item["status"] == "new"]
    refused = sum(item["status"] == "refused" for item in items)
    joined = sum(item["role"] not in ("original", None) for item in new)
    restored = sum(bool(item["restored"]) for item in items)
    parts = [f"{len(new)} new", f"{len(items) - len(new) - refused} known already", f"{refused} refused"]
    parts += [f"{joined} of the new ones joined others as raw, live, sidecar or variant"] if joined else []
    parts += [f"{restored} came out of the trash"] if restored else []
    return ", ".join(parts)


def _take(library: Library, door: Ingest, paths: list[Path], *, move: bool, quiet: bool) -> list[dict[str, Any]]:
    deed = door.move if move else door.copy
    found = [each for path in paths for each in _walk(path, library.data)]
    items: list[dict[str, Any]] = []
    with (
        Progress(console=err, transient=True, disable=quiet or not err.is_terminal) as progress,
        doing(library.database, library.owner_id, "import", _title(paths), total=len(found)) as seen,
    ):
        for source, name in progress.track(found, description="Storing"):
            try:
                done = asdict(deed(source, name, "command", library.owner_id))
                status = "new" if done.pop("is_new") else "known"
                items.append({**done, "source": spelled(source), "status": status, "reason": None})
            except (PermanentError, OSError) as refusal:
                reason = refusal.strerror if isinstance(refusal, OSError) else str(refusal)
                items.append(_refused(source, name, reason))
            seen.advance(message=clean_path(name))
    return items


def _title(paths: list[Path]) -> str:
    """What is taken in, as the page of activities shows it."""
    return ", ".join(clean_path(path.name or str(path)) for path in paths[:3]) + (" …" if len(paths) > 3 else "")


def _refused(source: Path, name: str, reason: str | None) -> dict[str, Any]:
    err.print(clean_line(f"refused: {spelled(source)}: {reason}"), style="yellow", markup=False)
    told = {"asset_id": None, "path": clean_path(name), "sha512": None, "role": None, "restored": False}
    return {**told, "source": spelled(source), "status": "refused", "reason": reason}


def _index(library: Library, door: Ingest, paths: list[Path], *, quiet: bool) -> list[dict[str, Any]]:
    """Register folders, and look through them as a person who asks for all that is in them."""
    folders = InPlace(library.database, library.store, door, library.owner_id, [library.settings.inbox.resolve()])
    items: list[dict[str, Any]] = []
    with (
        Progress(console=err, transient=True, disable=quiet or not err.is_terminal) as progress,
        doing(library.database, library.owner_id, "import", _title(paths)) as seen,
    ):
        bar = progress.add_task("Indexing", total=None)

        def tell(outcome: Outcome) -> None:
            progress.update(bar, advance=1, description=f"Indexing, {outcome.path}")
            seen.advance(message=outcome.path)

        for path in paths:
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                items.append(
                    _refused(path, path.name, "not a plain file or folder (links and devices are not taken)")
                )
                continue
            root, under = folders.add(path)
            found = folders.look(root, under, Wish(by_person=True, tell=tell))
            items += [item for outcome in found.outcomes for item in _indexed(outcome)]
            _tell_unreadable(found.unreadable)
    return items


def _indexed(outcome: Outcome) -> list[dict[str, Any]]:
    source = Path(outcome.source)
    if outcome.status == "missing":
        return []
    if outcome.status in ("refused", "busy"):
        return [_refused(source, outcome.path, outcome.reason)]
    told = {key: value for key, value in asdict(outcome).items() if key != "status"}
    return [{**told, "status": "new" if outcome.status in ("new", "changed") else "known"}]


def _walk(path: Path, data: Path) -> list[tuple[Path, str]]:
    """Files below a path with the name each gets in the library: the folder's own name and what is below it."""
    if path.is_symlink() or not path.is_dir():
        return [(path, path.name)]
    walk = Walk(path.resolve(), [data])
    found = [(source, str(Path(walk.top.name) / source.relative_to(walk.top))) for source, _ in walk.files()]
    _tell_unreadable([spelled(folder) for folder in walk.unreadable])
    return found


def _tell_unreadable(folders: list[str]) -> None:
    for folder in folders:
        err.print(clean_line(f"not looked into: {folder}: it cannot be read"), style="yellow", markup=False)


def _wait(library: Library, asset_ids: list[int], *, quiet: bool) -> None:
    """Until the assets' analyses have ended; without `fovea up` the workers are ours for that time."""
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


def _unfinished(library: Library, asset_ids: list[int]) -> int:
    with library.database.transaction() as connection:
        return jobs.count_unfinished(connection, asset_ids)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(ingest)
