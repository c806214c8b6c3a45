"""`fovea trash`: putting photos and videos aside, taking them back, and removing them for good."""

import sys
from typing import Annotated

import typer

from core.errors import BadRequest
from fovea.browse import summary_line
from fovea.output import out, print_json
from fovea.questions import asking

verbs = typer.Typer(help="What was put aside: seen, taken back, removed for good.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Which = Annotated[list[str], typer.Argument(metavar="ID|PATH…", help="Numbers, or paths in the library.")]


@verbs.command("list")
def list_trash(
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 means all.")] = 50,
    after: Annotated[str | None, typer.Option(help="The cursor a page before ended with.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what lies in the trash, the latest first.

    Example: fovea trash list
    """
    with asking() as library:
        found = library.list_trash(limit=limit, after=after)
    if as_json:
        print_json(found)
        return
    for item in found["items"]:
        out.print(f"{summary_line(item)}  (since {item['deleted_at'][:10]})", markup=False)
    if found["next"]:
        out.print(f"more: fovea trash list --limit {limit} --after {found['next']}", markup=False, style="dim")


@verbs.command("put")
def put(which: Which, as_json: AsJson = False) -> None:
    """Put photos or videos into the trash. Nothing is lost until it is emptied.

    Example: fovea trash put 17 2019/Lisbon/IMG_1.jpg
    """
    with asking() as library:
        ids = library.put_into_trash(which)
    _tell(ids, "put into the trash", as_json)


@verbs.command("restore")
def restore(which: Which, as_json: AsJson = False) -> None:
    """Take photos or videos out of the trash, with all that was known about them.

    Example: fovea trash restore 17
    """
    with asking() as library:
        ids = library.restore_from_trash(which)
    _tell(ids, "restored", as_json)


@verbs.command("empty")
def empty(
    older_than_days: Annotated[float, typer.Option(min=0, help="Only what was put there so long ago.")] = 0.0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove for good what lies in the trash. Files indexed in place stay where they lie.

    Example: fovea trash empty --older-than-days 30 --yes
    """
    if not yes:
        if not sys.stdin.isatty():
            raise BadRequest("this cannot be undone; say --yes")
        typer.confirm("Remove for good what lies in the trash?", abort=True)
    with asking() as library:
        done = library.empty_trash(older_than_days)
    if as_json:
        print_json(done)
        return
    out.print(f"{done['removed']} removed for good, {done['freed_bytes'] / 1e6:.1f} MB freed")
    if done["left"]:
        out.print(f"{done['left']} are being worked on just now; empty it again in a moment")


def _tell(ids: list[int], done: str, as_json: bool) -> None:
    if as_json:
        print_json({"items": [{"id": asset_id} for asset_id in ids], "next": None})
    else:
        out.print(f"{len(ids)} {done}")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(verbs, name="trash")
