"""`fovea files`: which files are one photo or video, as a person wants it."""

from typing import Annotated, Any

import typer

from core.errors import NotFound
from fovea.output import out, print_json
from fovea.questions import asking

verbs = typer.Typer(help="Which files are one photo: take apart, join, undo.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
What = Annotated[str, typer.Argument(metavar="ID|PATH", help="A number, or a path in the library.")]


@verbs.command("split")
def split(
    what: What,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Its path, name, or beginning of its SHA-512.")],
    as_json: AsJson = False,
) -> None:
    """Take a file out of a photo: it becomes a photo or video of its own. A sidecar says nothing any more.

    Example: fovea files split 17 DSC_0001.MOV
    """
    with asking() as library:
        asset = library.show(what)
        done = library.split(asset["id"], _chosen(asset, file))
    _tell([done], as_json)


@verbs.command("join")
def join(
    which: Annotated[list[str], typer.Argument(metavar="ID|PATH…", help="Two or more; see show for numbers.")],
    as_json: AsJson = False,
) -> None:
    """Make several photos and videos one; the picture that all can show is the one that is shown.

    Example: fovea files join 17 18
    """
    with asking() as library:
        done = library.join([library.show(what)["id"] for what in which])
    if as_json:
        print_json(done)
    else:
        _tell(done["items"], as_json)


@verbs.command("decisions")
def decisions(what: What, as_json: AsJson = False) -> None:
    """List what was taken apart and joined, the latest first.

    Example: fovea files decisions 17
    """
    with asking() as library:
        found = library.belonging(library.show(what)["id"])
    if as_json:
        print_json(found)
    else:
        _tell(found["items"], as_json)


@verbs.command("undo")
def undo(
    decision: Annotated[int, typer.Argument(help="Its number, as split, join and decisions tell it.")],
    as_json: AsJson = False,
) -> None:
    """Make everything as it was before a decision.

    Example: fovea files undo 3
    """
    with asking() as library:
        done = library.undo_belonging(decision)
    _tell([done], as_json)


def _chosen(asset: dict[str, Any], file: str) -> str:
    found = {
        each["sha512"]
        for each in asset["files"]
        if file in each["paths"]
        or any(path.rpartition("/")[2] == file for path in each["paths"])
        or (len(file) >= 6 and each["sha512"].startswith(file.lower()))
    }
    if len(found) != 1:
        raise NotFound(f"{asset['name']} has {len(found) or 'no'} files called {file}; fovea show lists them")
    return str(found.pop())


def _tell(items: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(items[0] if len(items) == 1 else {"items": items, "next": None})
        return
    for item in items:
        undone = " (undone)" if item["undone_at"] else f"; fovea files undo {item['id']} takes it back"
        other = "a sidecar of it" if item["other_id"] is None else str(item["other_id"])
        verb = "taken out of" if item["deed"] == "split" else "joined to"
        out.print(f"{item['id']}: {other} {verb} {item['asset_id']}{undone}", markup=False)


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(verbs, name="files")
