"""`fovea backup`: the whole library, consistent, into a folder of its own, while everything runs."""

import os
from pathlib import Path
from typing import Annotated

import typer

from fovea.long_work import long_work
from fovea.open import open_library
from fovea.output import err, out, print_json
from library.backup import BackedUp, BackupWish, back_up
from library.backup_place import must_lie_apart

_SHOWN_MOST = 20


def backup(
    destination: Annotated[
        Path, typer.Argument(metavar="DEST", help="A folder for backups alone; made if need be.")
    ],
    keep: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Afterwards remove all but the newest N snapshots.")
    ] = None,
    with_in_place: Annotated[
        bool, typer.Option("--with-in-place", help="Also files that were indexed where they lie.")
    ] = False,
    with_previews: Annotated[
        bool, typer.Option("--with-previews", help="Also previews, which can be made again.")
    ] = False,
    with_certificate: Annotated[
        bool, typer.Option("--with-certificate", help="Also the TLS certificate and its private key.")
    ] = False,
    readers: Annotated[int, typer.Option(min=0, max=64, help="Files copied at once; 0: up to 4.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make one more snapshot in DEST: database, originals, sidecars, API tokens. Works while Fovea runs.

    Files that DEST has already are not copied again, so several snapshots take little more room than one. What
    was cut off is never taken for a backup. Not in it, unless asked for: files indexed in place, previews, the TLS
    key. Never in it: settings and passwords of services, model weights, unfinished uploads, sessions. Exit code 1
    when files are missing or damaged; all others are in the snapshot then.

    Example: fovea backup /mnt/backup/fovea --keep 7
    """
    with open_library() as library, long_work("Backing up", quiet=as_json) as (begin, step):
        os.umask(0o077)
        os.nice(10)  # not before: a database that had to be started is not to be slow for others
        must_lie_apart(destination, library.data, [library.settings.inbox])
        wish = BackupWish(with_in_place, with_previews, with_certificate, keep, readers, begin, step)
        made = back_up(
            library.database, library.store, library.tokens(), library.owner_id, destination.resolve(), wish
        )
        same_disk = made.folder.stat().st_dev == library.data.stat().st_dev
    if as_json:
        print_json(_as_json(made))
    else:
        _tell(made, same_disk=same_disk)
    if made.lacking:
        raise typer.Exit(1)


def _tell(made: BackedUp, *, same_disk: bool) -> None:
    copied = f"{made.copied_files} of them new ({made.copied_bytes / 1e9:.2f} GB)"
    out.print(f"{made.folder}: {made.files} files ({made.bytes / 1e9:.2f} GB), {copied}", markup=False)
    if made.removed:
        out.print(f"{len(made.removed)} older snapshots removed, {made.freed_bytes / 1e9:.2f} GB freed")
    if same_disk:
        err.print("it lies on the same disk as the library: that disk's end is the end of both", style="yellow")
    for location, why in list(made.lacking.items())[:_SHOWN_MOST]:
        err.print(f"not in the backup: {location}: {why}", style="yellow", markup=False)
    if len(made.lacking) > _SHOWN_MOST:
        err.print(f"… and {len(made.lacking) - _SHOWN_MOST} more", style="yellow")


def _as_json(made: BackedUp) -> dict[str, object]:
    return {
        "name": made.name,
        "folder": str(made.folder),
        "files": made.files,
        "bytes": made.bytes,
        "copied_files": made.copied_files,
        "copied_bytes": made.copied_bytes,
        "dump_bytes": made.dump_bytes,
        "lacking": [{"location": location, "reason": why} for location, why in made.lacking.items()],
        "removed": made.removed,
        "freed_bytes": made.freed_bytes,
    }


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(backup)
