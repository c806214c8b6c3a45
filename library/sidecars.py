"""Sidecars on their way in: found to be one, put beside their photo, and `metadata` read again."""

import hashlib
from pathlib import Path

from core.errors import LeftAside, SidecarAlone, TemporaryError
from core.litter import is_litter
from core.sidecar_names import Wanted, edited_from, names_beside
from core.sidecars import MOST_BYTES, may_be_sidecar, sidecar_kind
from db import in_place, jobs
from db import ingest as rows
from db.connect import Connection
from db.ingest import NewFile
from library.joining import Arrival, Entered, Row, settle


def recognise(source: Path, name: str) -> str | None:
    """The media type when the file is a sidecar, else None. Raises LeftAside for other JSON than a photo's."""
    content = _read(source)
    mime = None if content is None else sidecar_kind(name, content)
    if mime is None and name.lower().endswith(".json"):
        raise LeftAside(f"{name} says nothing about a photo")
    return mime


def find_photo(connection: Connection, new: NewFile, source: Path, disk: Path | None) -> int:
    """The asset that a sidecar belongs to. Raises SidecarAlone, TemporaryError.

    disk: the folder in which it lies and its photo may lie, too.
    """
    content = _read(source)
    if content is None:
        raise TemporaryError(f"{new.name} was taken away while it was being entered; send it again")
    wanted = names_beside(new.name, content)
    near = _ranked(rows.beside(connection, new, wanted), wanted)
    together = [row for row in near if row["together"]]
    if together:
        return int(together[0]["asset_id"])
    photo = _photo_on_disk(disk, wanted) if disk is not None else None
    if photo is not None:
        known = rows.file_by_hash(connection, new.owner_id, _hash(photo))
        if known is None or known["trashed"]:
            raise SidecarAlone(f"{new.name}: {photo.name} beside it is not in the library")
        return int(known["asset_id"])
    untold = {int(row["asset_id"]) for row in near if not row["told"]}
    if len(untold) == 1:
        return untold.pop()
    if near:
        raise SidecarAlone(f"{new.name}: photos of this name came several times; send it together with its own")
    raise SidecarAlone(
        f"{new.name}: a sidecar without its photo; bring {wanted.names[0]} in first, or both together"
    )


def enter(connection: Connection, arrival: Arrival) -> Entered:
    """Put a sidecar beside its photo. Raises SidecarAlone, TemporaryError."""
    new = arrival.new
    rows.lock_arrival(connection, new.owner_id, new.sha512)
    asset_id = find_photo(connection, new, arrival.place, arrival.disk)
    file_id = rows.sidecar_of_asset(connection, asset_id, new.sha512)
    is_new = file_id is None
    begun: list[jobs.Waiting] = []
    if file_id is None:
        file_id = rows.insert_file(connection, new, asset_id, "sidecar")
        begun = rows.restart(connection, [asset_id, *rows.edited_versions(connection, asset_id)], "metadata")
    else:
        rows.add_path(connection, new, file_id)
    if arrival.seen is not None:
        begun += settle(connection, in_place.see(connection, arrival.seen, file_id, new.sha512))
    jobs.notify(connection, "asset", new.owner_id, asset_id)
    return Entered(asset_id, file_id, "sidecar", is_new=is_new, begun=begun)


def _ranked(found: list[Row], wanted: Wanted) -> list[Row]:
    """Those whose name fits best. An edited version counts where its original is not there."""
    fitting = [(place, row) for row in found if (place := wanted.place_of(row["name"])) is not None]
    whole = [each for each in fitting if each[0] < 200 or each[1]["original"] is None] or fitting
    best = min((place for place, _ in whole), default=None)
    if best is None:
        return found  # edited versions of it
    return [row for place, row in whole if place == best]


def _photo_on_disk(folder: Path, wanted: Wanted) -> Path | None:
    """The file in a folder whose name fits best."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return None
    names = [name for name in names if not may_be_sidecar(name) and not is_litter(name)]
    places = {name: place for name in names if (place := wanted.place_of(name)) is not None}
    if not places:
        places = {name: 0 for name in names if edited_from(name) in wanted.originals}
    best = min(places, key=lambda name: (places[name], name), default=None)
    return None if best is None or not (folder / best).is_file() else folder / best


def _hash(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha512").digest()
    except OSError as error:
        raise TemporaryError(f"{path.name} cannot be read; send it again") from error


def _read(source: Path) -> bytes | None:
    try:
        with source.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError:
        return None
    return content if len(content) <= MOST_BYTES else None
