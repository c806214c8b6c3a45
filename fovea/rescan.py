"""`fovea rescan`: look through the folders indexed in place, and make the library agree with them."""

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from db.in_place import Root
from fovea.open import open_library
from fovea.output import err, out, print_json
from library.ingest import Ingest
from library.looks import Rescanned, Wish
from library.rescan import InPlace, in_words


def rescan(
    path: Annotated[Path | None, typer.Argument(help="A folder indexed in place, or one in it; else all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look through folders that were taken in with `ingest --in-place`.

    What is as it was is not read. Moved and renamed files keep everything; changed ones become a new revision;
    what is gone is marked as missing until it comes back. The page of activities shows how far it is.

    Example: fovea rescan ~/Pictures
    """
    with open_library(register=True) as library, closing(library.bus()) as bus:
        door = Ingest(library.database, library.store, bus)
        closed = [library.settings.inbox.resolve()]
        folders = InPlace(library.database, library.store, door, library.owner_id, closed)
        looks: list[tuple[Root, str]] = [folders.find(path)] if path else [(root, "") for root in folders.roots()]
        with Progress(console=err, transient=True, disable=as_json or not err.is_terminal) as progress:
            bar = progress.add_task("Looking", total=None)

            def step(more: int, count: int, path: str | None) -> None:
                progress.update(bar, advance=more, total=count, description=f"Looking, {path}" if path else None)

            found = []
            for root, under in looks:
                progress.reset(bar, description=f"Looking, {root.name}")
                found.append(folders.look_seen(root, under, Wish(step=step)))
    if as_json:
        print_json({"items": [_as_json(each) for each in found], "next": None})
        return
    for each in found:
        out.print(f"{each.root.location}: {in_words(each)}", markup=False)
        for folder in each.unreadable:
            err.print(f"not looked into: {folder}: it cannot be read", style="yellow", markup=False)
    if not found:
        out.print("no folder is indexed in place; `fovea ingest --in-place FOLDER` does that")


def _as_json(found: Rescanned) -> dict[str, object]:
    outcomes = [asdict(one) for one in found.outcomes]
    root = found.root
    told = {"location": root.location, "name": root.name, **found.counts}
    return {**told, "files": outcomes, "unreadable": found.unreadable}


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(rescan)
