"""Taking apart and joining by a person: which files are one asset. Kept for ever, and every deed can be undone.

What was joined keeps its own asset, hidden, with all that is known of it; undoing shows it again.
"""

from collections.abc import Sequence
from typing import Any

from core.companions import Role, Shot, is_raw
from core.cursor import decode_cursor, encode_cursor
from core.errors import BadRequest, NotFound
from core.media import Kind
from db import belonging, jobs
from db import ingest as rows
from db.connect import Connection
from library import browse, view
from library.joining import name_asset

Json = dict[str, Any]
Row = dict[str, Any]


def split(connection: Connection, owner_id: int, account_id: int | None, asset_id: int, sha512: bytes) -> Json:
    """Take a file out of an asset: it becomes one of its own; a sidecar says nothing any more.

    Answers the decision. Raises NotFound, BadRequest for the main file.
    """
    rows.lock_owner(connection, owner_id)
    file = belonging.file(connection, owner_id, asset_id, sha512)
    if file is None:
        raise NotFound(f"asset {asset_id} has no file of these bytes, or you may not see it")
    if file["main"]:
        raise BadRequest("this is the file that is shown; take the others out")
    other_id = None
    if file["role"] == "sidecar":
        belonging.set_apart(connection, asset_id, sha512, apart=True)
    else:
        other = belonging.asset_of_file(connection, file["id"])
        other_id = other["id"]
        belonging.move_file(connection, file["id"], other_id, "original")
        name_asset(connection, other_id, other["path"])
        _begin(connection, other_id)
    moved = [{"sha512": sha512.hex(), "role": file["role"]}]
    kept = belonging.add(
        connection,
        owner_id=owner_id,
        deed="split",
        asset_id=asset_id,
        other_id=other_id,
        asset_sha512=file["asset_sha512"],
        other_sha512=sha512,
        files=moved,
        account_id=account_id,
    )
    _changed(connection, owner_id, asset_id, other_id)
    return _shown(kept)


def join(connection: Connection, owner_id: int, account_id: int | None, asset_ids: Sequence[int]) -> Json:
    """Make several assets one: `{"asset_id", "items"}`, the one that is shown and a decision for each other.

    The main one is the picture that all can show, of several the first. Raises NotFound, BadRequest.
    """
    wanted = list(dict.fromkeys(asset_ids))
    if len(wanted) < 2:
        raise BadRequest("name at least two photos or videos to be joined")
    rows.lock_owner(connection, owner_id)
    files = belonging.files(connection, owner_id, wanted)
    missing = set(wanted) - {file["asset_id"] for file in files}
    if missing:
        raise NotFound(f"there is no asset {min(missing)}, or you may not see it")
    mains = [file for file in files if file["main"]]
    main = min(mains, key=lambda each: Shot(Kind(each["kind"]), each["mime"], each["name"]).rank)
    items = []
    for other in mains:
        if other is not main:
            own = [file for file in files if file["asset_id"] == other["asset_id"]]
            items.append(_take_in(connection, owner_id, account_id, main, other, own))
    _changed(connection, owner_id, main["asset_id"], None)
    return {"asset_id": main["asset_id"], "items": items}


def decisions(
    connection: Connection, owner_id: int, asset_id: int, *, limit: int = 0, after: str | None = None
) -> Json:
    """What was taken apart and joined, the latest first: `{"items", "next"}`. `limit` 0 means all."""
    before_id = None if after is None else int(str(decode_cursor(after, int)[0]))
    most = None if limit == 0 else limit + 1
    found = belonging.listed(connection, owner_id, asset_id, most=most, before_id=before_id)
    more = 0 < limit < len(found)
    found = found[:limit] if more else found
    return {"items": [_shown(row) for row in found], "next": encode_cursor([found[-1]["id"]]) if more else None}


def undo(connection: Connection, owner_id: int, belonging_id: int) -> Json:
    """Everything as it was before a decision. Raises NotFound when there is none that holds."""
    rows.lock_owner(connection, owner_id)
    found = belonging.find(connection, owner_id, belonging_id)
    if found is None:
        raise NotFound(f"there is no decision {belonging_id} that could be undone")
    asset_id, other_id, moved = found["asset_id"], found["other_id"], found["files"]
    if asset_id is None or (other_id is None and moved[0]["role"] != "sidecar"):
        raise NotFound("what was decided about is gone")
    if other_id is None:
        belonging.set_apart(connection, asset_id, found["other_sha512"], apart=False)
    elif found["deed"] == "split":
        belonging.move_back(connection, moved, other_id, asset_id)
        belonging.hide(connection, other_id, asset_id)
    else:
        belonging.show(connection, other_id)
        belonging.move_back(connection, moved, asset_id, other_id)
        _begin(connection, other_id)
    kept = belonging.undo(connection, belonging_id)
    _changed(connection, owner_id, asset_id, other_id)
    return _shown(kept)


def _take_in(
    connection: Connection, owner_id: int, account_id: int | None, main: Row, other: Row, files: list[Row]
) -> Json:
    moved = []
    for file in files:
        role = _role_in(main, file)
        belonging.move_file(connection, file["id"], main["asset_id"], role)
        moved.append({"sha512": file["sha512"].hex(), "role": file["role"], "now": role})
    belonging.hide(connection, other["asset_id"], main["asset_id"])
    _keep_words(connection, owner_id, main["asset_id"], other["asset_id"])
    jobs.notify(connection, "asset", owner_id, other["asset_id"])
    kept = belonging.add(
        connection,
        owner_id=owner_id,
        deed="join",
        asset_id=main["asset_id"],
        other_id=other["asset_id"],
        asset_sha512=main["sha512"],
        other_sha512=other["sha512"],
        files=moved,
        account_id=account_id,
    )
    return _shown(kept)


def _begin(connection: Connection, asset_id: int) -> None:
    """What was not looked at yet in an asset that is seen again, or for the first time."""
    kind = belonging.kind_of(connection, asset_id)
    jobs.start_asset(connection, asset_id, kind, "arrivals")
    jobs.follow_ups(connection, asset_id, "arrivals")


def _role_in(main: Row, file: Row) -> Role:
    if file["role"] == "sidecar":
        return "sidecar"
    if is_raw(file["mime"]):
        return "raw"
    return "live" if file["mime"].startswith("video/") and main["kind"] == "photo" else "variant"


def _keep_words(connection: Connection, owner_id: int, asset_id: int, other_id: int) -> None:
    """A person's tags of what is hidden stay in sight."""
    own, others = (rows.decided_tags(connection, each) for each in (asset_id, other_id))
    if set(others) - set(own):
        browse.decide(connection, owner_id, asset_id, {"tags": [*own, *others]})


def _changed(connection: Connection, owner_id: int, asset_id: int, other_id: int | None) -> None:
    """What is known of the files as a whole is read anew; the reconciler delivers the jobs."""
    for each in (asset_id, other_id):
        if each is not None:
            rows.restart(connection, [each], "metadata")
            jobs.notify(connection, "asset", owner_id, each)


def _shown(row: Row) -> Json:
    return {
        "id": row["id"],
        "deed": row["deed"],
        "asset_id": row["asset_id"],
        "other_id": row["other_id"],
        "files": [{"sha512": each["sha512"], "role": each["role"]} for each in row["files"]],
        "decided_at": view.instant(row["decided_at"]),
        "undone_at": view.instant(row["undone_at"]),
    }
