"""`fovea verify`: is every stored file what it was when it came, is anything missing, is anything extra?"""

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from fovea.long_work import long_work
from fovea.open import open_library
from fovea.output import err, out, print_json
from library.findings import MEANINGS, Verified
from library.verify import VerifyWish, since_when
from library.verify import verify as verify_library

_SHOWN_MOST = 20


def verify(
    quick: Annotated[bool, typer.Option("--quick", help="Existence and size only; reads no file.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Only what came in since then: 2026-05-03, or 30d.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the last one was cut off.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Have missing previews made again.")] = False,
    aside: Annotated[bool, typer.Option("--aside", help="Move unknown files to lost+found.")] = False,
    readers: Annotated[int, typer.Option(min=0, max=64, help="Files read at once; 0: up to 4.")] = 0,
    orphan_age_s: Annotated[
        float, typer.Option(min=0, help="Younger unknown files may be on their way in, and are left alone.")
    ] = 900.0,
    limit: Annotated[int, typer.Option(min=0, help="How many findings of a kind are listed; 0 means all.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare every stored file's SHA-512 with the database, and look for what is missing, extra or cut off.

    Works while Fovea runs, with low priority. Nothing is changed without --repair or --aside, and nothing is ever
    removed. Exit code 1 when something is wrong that was not put right.

    Example: fovea verify --quick
    """
    when = None if since is None else since_when(since, datetime.now(UTC))
    with open_library() as library, long_work("Verifying", quiet=as_json) as (begin, step):
        os.nice(10)  # not before: a database that had to be started is not to be slow for others
        wish = VerifyWish(quick, when, repair, aside, resume, limit, readers, orphan_age_s, begin=begin, step=step)
        found = verify_library(library.database, library.store, library.owner_id, wish)
    if as_json:
        print_json(found.as_json())
    else:
        _tell(found, quick)
    if not found.is_well:
        raise typer.Exit(1)


def _tell(found: Verified, quick: bool) -> None:
    for kind, meaning in MEANINGS.items():
        count = found.counts[kind]
        if not count:
            continue
        settled = f", {found.settled[kind]} of them put right" if found.settled[kind] else ""
        err.print(f"{kind.replace('_', ' ')}: {count}{settled} ({meaning})", style="yellow", markup=False)
        listed = [each for each in found.findings if each.kind == kind]
        for each in listed[:_SHOWN_MOST]:
            err.print(f"  {each.what}" + (f": {each.reason}" if each.reason else ""), markup=False)
        if count > _SHOWN_MOST:
            err.print(f"  … and {count - _SHOWN_MOST} more; --json lists them", markup=False)
    how = "are there with their sizes" if quick else "were read"
    well = "all is well" if found.is_well else "something is wrong"
    out.print(f"{found.files} files ({found.bytes / 1e9:.2f} GB) {how}, {found.previews} previews seen: {well}")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(verify)
