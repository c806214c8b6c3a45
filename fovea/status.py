"""`fovea status`: what is in the library and how far the analyses are."""

from typing import Annotated

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
    if waiting := counts["inbox"]:
        out.print(f"the inbox waits for {len(waiting)} files:")
        for each in waiting[:_WAITING_MOST]:
            out.print(f"  {each['path']} ({each['bytes']:,} bytes): {each['reason']}", markup=False)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(status)
