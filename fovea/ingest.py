"""`fovea ingest`: files and folders of this machine into the library."""

import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import BadRequest
from fovea.output import err, out, print_json
from fovea.questions import taking_in
from library.deeds import plain_reason


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders; folders with all that is in them.")],
    copy: Annotated[bool, typer.Option("--copy", help="Leave the files where they are (the default).")] = False,
    move: Annotated[bool, typer.Option("--move", help="Remove each file once its bytes are safe.")] = False,
    in_place: Annotated[bool, typer.Option("--in-place", help="Index them where they lie; see rescan.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when every analysis has ended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take photos and videos into the library. The same file again is known, and nothing is done twice.

    With FOVEA_URL they are sent to a library on another machine; what broke off goes on in the next run.

    Example: fovea ingest ~/Pictures --wait
    """
    if copy + move + in_place > 1:
        raise BadRequest("--copy, --move and --in-place exclude each other")
    missing = [path for path in paths if not os.path.lexists(path)]
    if missing:
        raise BadRequest(f"there is no {', '.join(map(str, missing))}")
    with taking_in() as intake:
        items = intake.index(paths, quiet=as_json) if in_place else intake.take(paths, move=move, quiet=as_json)
        if wait:
            intake.wait([item["asset_id"] for item in items if item["asset_id"] is not None], quiet=as_json)
    refused = [item for item in items if item["status"] == "refused"]
    if as_json:
        print_json({"items": items, "next": None})
    else:
        out.print(_summary(items))
        for line in _refused_lines(refused):
            err.print(line, markup=False, style="yellow")
    if refused:
        raise typer.Exit(1)


def _refused_lines(refused: list[dict[str, Any]]) -> list[str]:
    """Why, how many for each reason, and where they are."""
    counts = Counter(plain_reason(item["reason"], Path(item["path"]).name) for item in refused)
    lines = [f"refused: {count} × {reason}" for reason, count in counts.most_common()]
    return [*lines, "what was refused stays where it is"] if lines else []


def _summary(items: list[dict[str, Any]]) -> str:
    new = [item for item in items if item["status"] == "new"]
    refused = sum(item["status"] == "refused" for item in items)
    left = sum(item["status"] == "left" for item in items)
    joined = sum(item["role"] not in ("original", None) for item in new)
    restored = sum(bool(item["restored"]) for item in items)
    parts = [f"{len(new)} new", f"{len(items) - len(new) - refused - left} known already", f"{refused} refused"]
    parts += [f"{left} left aside (they say nothing about a photo)"] if left else []
    parts += [f"{joined} of the new ones joined others as raw, live, sidecar or variant"] if joined else []
    parts += [f"{restored} came out of the trash"] if restored else []
    return ", ".join(parts)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(ingest)
