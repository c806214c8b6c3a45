"""`fovea ingest`: files and folders of this machine into the library."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from core.errors import BadRequest, PermanentError
from db import jobs
from fovea.open import Library, open_library
from fovea.output import err, out, print_json
from fovea.processes.crew import Crew, plan_posts
from fovea.processes.only_one import alone
from library.deliver import reconcile, repair
from library.ingest import Ingest

_RECONCILE_EVERY_S = 0.5


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders; folders with all that is in them.")],
    copy: Annotated[bool, typer.Option("--copy", help="Leave the files where they are (the default).")] = False,
    move: Annotated[bool, typer.Option("--move", help="Remove each file once its bytes are safe.")] = False,
    in_place: Annotated[bool, typer.Option("--in-place", help="Index the files where they lie.")] = False,
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
    with open_library(register=True) as library:
        items = _take(library, paths, "move" if move else "index" if in_place else "copy", quiet=as_json)
        if wait:
            _wait(library, [item["asset_id"] for item in items if item["asset_id"] is not None], quiet=as_json)
    refused = [item for item in items if item["status"] == "refused"]
    if as_json:
        print_json({"items": items, "next": None})
    else:
        new = sum(item["status"] == "new" for item in items)
        out.print(f"{new} new, {len(items) - new - len(refused)} known already, {len(refused)} refused")
    if refused:
        raise typer.Exit(1)


def _take(library: Library, paths: list[Path], how: str, *, quiet: bool) -> list[dict[str, Any]]:
    door = Ingest(library.database, library.store, library.bus())
    deed = {"copy": door.copy, "move": door.move, "index": door.index}[how]
    found = [each for path in paths for each in _walk(path)]
    items: list[dict[str, Any]] = []
    with Progress(console=err, transient=True, disable=quiet or not err.is_terminal) as progress:
        for source, name in progress.track(found, description="Storing"):
            try:
                done = asdict(deed(source, name, "command", library.owner_id))
                status = "new" if done.pop("is_new") else "known"
                items.append({**done, "source": str(source), "status": status, "reason": None})
            except (PermanentError, OSError) as refusal:
                reason = refusal.strerror if isinstance(refusal, OSError) else str(refusal)
                refused = {"asset_id": None, "path": name, "sha512": None, "source": str(source)}
                items.append({**refused, "status": "refused", "reason": reason})
                err.print(f"refused: {source}: {reason}", style="yellow", markup=False)
    return items


def _walk(path: Path) -> Iterator[tuple[Path, str]]:
    """Files below a path with the name each gets in the library: the folder's own name and what is below it."""
    if path.is_symlink() or not path.is_dir():
        yield path, path.name
        return
    top = path.resolve()
    for folder, names, files in os.walk(top):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            source = Path(folder) / name
            if name.startswith(".") or not stat.S_ISREG(source.lstat().st_mode):
                continue
            yield source, str(Path(top.name) / source.relative_to(top))


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
