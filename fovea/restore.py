"""`fovea restore`: a library out of a backup, into an empty data folder or an empty database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import Conflict
from db.embedded import EmbeddedPostgres
from fovea.adapters import open_store, open_tokens
from fovea.long_work import long_work
from fovea.output import err, out, print_json
from fovea.processes.only_one import is_served
from fovea.questions import must_be_here
from fovea.settings import Settings
from library.backup_place import BackupPlace, Snapshot
from library.restore import Restored, check
from library.restore import restore as restore_library
from library.restore_files import RestoreWish


def restore(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A folder that `fovea backup` wrote to.")],
    snapshot: Annotated[str | None, typer.Option(metavar="NAME", help="Which snapshot; else the newest.")] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Only list the snapshots.")] = False,
    check_only: Annotated[
        bool, typer.Option("--check", help="Only read all of it and compare; nothing is written.")
    ] = False,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Also a snapshot that lacks files, which it names.")
    ] = False,
    readers: Annotated[int, typer.Option(min=0, max=64, help="Files copied at once; 0: two.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Bring a library back: every file compared with its SHA-512, the database in one piece, or nothing at all.

    Fovea must not run meanwhile, and the library must be empty: a fresh FOVEA_DATA, or an empty database behind
    FOVEA_DATABASE_URL. Everything a person decided is there again; previews that are not in the backup are made
    again once Fovea runs. Whoever was signed in signs in again.

    Example: FOVEA_DATA=~/fovea-again fovea restore /mnt/backup/fovea
    """
    place = BackupPlace(source.resolve())
    place.check_form()
    if list_all:
        _list(place, as_json=as_json)
        return
    chosen = place.find(snapshot)
    with long_work("Checking" if check_only else "Restoring", quiet=as_json) as (begin, step):
        wish = RestoreWish(incomplete, readers, begin, step)
        if check_only:
            manifest = check(chosen, wish)
            done = None
        else:
            done = _restore(chosen, wish)
    if done is None:
        _tell_checked(chosen, manifest, as_json=as_json)
    else:
        _tell(done, as_json=as_json)


def _restore(chosen: Snapshot, wish: RestoreWish) -> Restored:
    settings = Settings()
    must_be_here(settings)
    data = settings.data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    if is_served(data):
        raise Conflict(f"a fovea command runs the workers of {data}; stop it first")
    with _database(settings, data) as url:
        return restore_library(
            url, open_store(settings), lambda database: open_tokens(settings, database), chosen, wish
        )


@contextmanager
def _database(settings: Settings, data: Path) -> Iterator[str]:
    if settings.database_url:
        yield settings.database_url
        return
    embedded = EmbeddedPostgres(data)
    try:
        yield embedded.start()
    finally:
        embedded.release()


def _list(place: BackupPlace, *, as_json: bool) -> None:
    found = []
    for name in place.names():
        known: dict[str, Any] = Snapshot(place, place.snapshots / name).described()
        lacking = len(known["lacking"])
        found.append({"name": name, "assets": known["assets"], **known["files"], "lacking": lacking})
    if as_json:
        print_json({"items": found, "next": None})
        return
    for each in found:
        lacks = f", {each['lacking']} files lack" if each["lacking"] else ""
        out.print(f"{each['name']}  {each['assets']} photos and videos, {each['bytes'] / 1e9:.2f} GB{lacks}")


def _tell_checked(chosen: Snapshot, manifest: dict[str, Any], *, as_json: bool) -> None:
    files = manifest["files"]
    if as_json:
        print_json({"name": chosen.name, "whole": True, **files, "lacking": list(manifest["lacking"])})
    else:
        out.print(
            f"{chosen.name}: {files['count']} files ({files['bytes'] / 1e9:.2f} GB) and the database are whole"
        )


def _tell(done: Restored, *, as_json: bool) -> None:
    if as_json:
        told = {name: getattr(done, name) for name in ("name", "assets", "files", "bytes", "tokens", "previews")}
        print_json({**told, "lacking": done.lacking, "migrated": done.migrated})
        return
    out.print(
        f"{done.name}: {done.assets} photos and videos, {done.files} files ({done.bytes / 1e9:.2f} GB) are back"
    )
    if done.previews:
        out.print(f"{done.previews} previews will be made again once Fovea runs")
    if done.migrated:
        out.print(f"the database was brought forward by {len(done.migrated)} migrations")
    for location, why in done.lacking.items():
        err.print(f"was not in the backup: {location}: {why}", style="yellow", markup=False)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(restore)
