"""Putting assets into the trash, taking them out, and removing them for good.

What is in the trash is nowhere to be seen but there, and loses nothing. Whoever brings the same bytes in again
takes it out. Removing for good takes rows, previews, and those originals of the store that nobody else has; files
indexed in place are never touched, and a look through their folder does not bring them in again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.cursor import decode_cursor, encode_cursor
from core.errors import BadRequest, NotFound
from db import ingest as rows
from db import jobs, trash
from db.connect import Connection, Database
from library import view
from library.looking import REMOVED
from media.store import Store

Json = dict[str, Any]
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Emptied:
    """How many assets were removed for good, how many bytes that freed, and how many a worker holds."""

    removed: int
    freed_bytes: int
    left: int


def put(connection: Connection, owner_id: int, asset_id: int) -> None:
    """Into the trash. Raises NotFound."""
    if not trash.put(connection, owner_id, asset_id):
        raise NotFound(f"there is no asset {asset_id}, or you may not see it")
    jobs.notify(connection, "asset", owner_id, asset_id)


def restore(connection: Connection, owner_id: int, asset_id: int) -> None:
    """Out of the trash. Raises NotFound when it is not in it."""
    if not trash.restore(connection, owner_id, asset_id):
        raise NotFound(f"there is no asset {asset_id} in the trash, or you may not see it")
    jobs.notify(connection, "asset", owner_id, asset_id)


def list_trash(connection: Connection, owner_id: int, *, limit: int, after: str | None = None) -> Json:
    """A page of what lies in the trash, the latest first: `{"items", "next"}`. Raises BadRequest."""
    before: tuple[datetime, int] | None = None
    if after is not None:
        at, asset_id = decode_cursor(after, str, int)
        before = (_instant(str(at)), int(str(asset_id)))
    found = trash.trashed(connection, owner_id, limit + 1 if limit else None, before)
    more = bool(limit) and len(found) > limit
    found = found[:limit] if more else found
    end = encode_cursor([found[-1]["deleted_at"].isoformat(), found[-1]["id"]]) if more else None
    return {"items": [_item(row) for row in found], "next": end}


def ids_by_path(connection: Connection, owner_id: int, path: str) -> list[int]:
    """The assets in the trash that came under this path."""
    return trash.trashed_by_path(connection, owner_id, path)


def find(connection: Connection, owner_id: int, what: str) -> int:
    """The asset in the trash that a person means, by number or path. Raises NotFound, BadRequest for several."""
    if what.isdecimal() and len(what) < 19:
        return int(what)
    found = trash.trashed_by_path(connection, owner_id, what)
    if len(found) > 1:
        raise BadRequest(f"{what} is the path of several: {', '.join(map(str, found))}; name one by its number")
    if not found:
        raise NotFound(f"there is no {what} in the trash; `fovea trash list` shows what is")
    return found[0]


def empty(database: Database, store: Store, owner_id: int, older_than_s: float = 0.0) -> Emptied:
    """Remove for good what has been in the trash for so long."""
    removed = freed_bytes = 0
    while True:
        with database.transaction() as connection:
            rows.lock_owner(connection, owner_id)
            asset_ids = trash.doomed(connection, owner_id, older_than_s, _AT_ONCE)
            files = trash.files_of(connection, asset_ids)
            trash.remove(connection, asset_ids, [file["id"] for file in files], REMOVED)
            for asset_id in asset_ids:
                jobs.notify(connection, "asset", owner_id, asset_id)
        if not asset_ids:
            break
        removed += len(asset_ids)
        freed_bytes += sum(_let_go(database, store, file) for file in files)
    with database.transaction() as connection:
        return Emptied(removed, freed_bytes, trash.left(connection, owner_id, older_than_s))


def _let_go(database: Database, store: Store, file: Json) -> int:
    """Remove a file's previews and its bytes in the store unless somebody has them; how many bytes that freed."""
    sha512 = bytes(file["sha512"])
    with database.transaction() as connection:
        rows.lock_bytes(connection, sha512)  # who brings them in at this moment does it before or after
        if rows.others_with_bytes(connection, sha512)[1] == 0:
            store.derived(sha512).remove()
        if file["kept"] != "store" or trash.is_kept(connection, sha512):
            return 0
        store.remove(file["location"])
        return int(file["bytes"])


def _item(row: Json) -> Json:
    more = {"path": row["path"], "bytes": row["bytes"], "deleted_at": view.instant(row["deleted_at"])}
    return {**view.summary(row), **more}


def _instant(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest("the cursor `after` is not one that this list gave out") from error
    if value.tzinfo is None:
        raise BadRequest("the cursor `after` is not one that this list gave out")
    return value
