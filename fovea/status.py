"""`fovea status`: what is in the library and how far the analyses are."""

from typing import Annotated, Any

import typer
from rich.table import Table

from fovea.output import out, print_json
from fovea.questions import asking

_WAITING_MOST = 20


def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Count what is stored, and show each analysis: waiting, running, done, failed.

    Example: fovea status
    """
    with asking() as library:
        counts = library.status()
    if as_json:
        print_json(counts)
        return
    gigabytes = counts["bytes"] / 1e9
    out.print(f"{counts['photos']} photos, {counts['videos']} videos, {gigabytes:.2f} GB")
    table = Table(box=None, pad_edge=False)
    for heading in ("analysis", "waiting", "running", "done", "failed", "skipped"):
        table.add_column(heading, justify="left" if heading == "analysis" else "right")
    for each in counts["analyses"]:
        counted = [str(each[key]) for key in ("waiting", "running", "done", "failed", "skipped")]
        table.add_row(each["name"] + (" (paused)" if each["paused"] else ""), *counted)
    out.print(table)
    for each in counts["analyses"]:
        if each["failed"]:
            out.print(_about_failed(each), markup=False, highlight=False)
    if waiting := counts["inbox"]:
        out.print(f"the inbox waits for {len(waiting)} files:")
        for one in waiting[:_WAITING_MOST]:
            out.print(f"  {one['path']} ({one['bytes']:,} bytes): {one['reason']}", markup=False)


def _about_failed(analysis: dict[str, Any]) -> str:
    """What can be done about what failed."""
    name, failed, can_retry = analysis["name"], analysis["failed"], analysis["can_retry"]
    if not can_retry:
        return f"{name}: {failed} failed, and trying again would not help: `fovea show` says why"
    which = "" if can_retry == failed else f" {can_retry} of them"
    return f"{name}: {failed} failed; trying{which} again may help: fovea analyse {name} --failed"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(status)
