"""Sidecars on their way in: found to be one, put beside their photo, and `metadata` read again."""

from pathlib import Path

from core.errors import SidecarAlone, TemporaryError
from core.paths import clean_path
from core.sidecars import MOST_BYTES, names_beside, sidecar_kind
from db import in_place, jobs
from db import ingest as rows
from db.connect import Connection
from library.joining import Arrival, Entered, Row, settle


def recognise(connection: Connection, source: Path, path: str, owner_id: int) -> str | None:
    """The media type when the file is a sidecar, else None. Raises SidecarAlone when its photo is not here."""
    content = _read(source)
    folder, _, name = path.rpartition("/")
    mime = None if content is None else sidecar_kind(name, content)
    if mime is not None and content is not None:
        _owner(connection, folder, name, content, owner_id)
    return mime


def enter(connection: Connection, arrival: Arrival) -> Entered:
    """Put a sidecar beside its photo. Raises SidecarAlone, TemporaryError."""
    new = arrival.new
    rows.lock_arrival(connection, new.owner_id, new.sha512)
    content = _read(arrival.place)
    if content is None:
        raise TemporaryError(f"{new.name} was taken away while it was being entered; send it again")
    asset_id = _owner(connection, new.path.rpartition("/")[0], new.name, content, new.owner_id)["asset_id"]
    file_id = rows.sidecar_of_asset(connection, asset_id, new.sha512)
    is_new = file_id is None
    begun: list[jobs.Waiting] = []
    if file_id is None:
        file_id = rows.insert_file(connection, new, asset_id, "sidecar")
        begun = rows.restart(connection, [asset_id], "metadata")
    else:
        rows.add_path(connection, new, file_id)
    if arrival.seen is not None:
        begun += settle(connection, in_place.see(connection, arrival.seen, file_id, new.sha512))
    jobs.notify(connection, "asset", new.owner_id, asset_id)
    return Entered(asset_id, file_id, "sidecar", is_new=is_new, begun=begun)


def _owner(connection: Connection, folder: str, name: str, content: bytes, owner_id: int) -> Row:
    prefix = f"{folder}/" if folder else ""
    names, stem = names_beside(name, content)
    paths = [clean_path(prefix + each) for each in names]
    found = rows.sidecar_owner(connection, owner_id, paths, prefix + stem if stem else None)
    if found is None:
        raise SidecarAlone(f"{name}: a sidecar without its photo; bring {names[0]} in first, or both together")
    return found


def _read(source: Path) -> bytes | None:
    try:
        with source.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError:
        return None
    return content if len(content) <= MOST_BYTES else None
