"""Rows of what a person said about which files are one asset."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from core.companions import Role
from core.media import Kind
from db.connect import Connection
from db.queries import load_queries

Row = dict[str, Any]


def _run(connection: Connection, name: str, **values: Any) -> None:
    connection.execute(load_queries("belonging")[name], values)


def _rows(connection: Connection, name: str, **values: Any) -> list[Row]:
    return connection.execute(load_queries("belonging")[name], values).fetchall()


def file(connection: Connection, owner_id: int, asset_id: int, sha512: bytes) -> Row | None:
    """id, asset_id, role, mime, sha512, apart, asset_sha512, kind, main of a file; None when it cannot be seen."""
    found = _rows(connection, "file", owner_id=owner_id, asset_id=asset_id, sha512=sha512)
    return found[0] if found else None


def files(connection: Connection, owner_id: int, asset_ids: Sequence[int]) -> list[Row]:
    """As `file`, with the asset's name: all files of these assets that can be seen."""
    return _rows(connection, "files", owner_id=owner_id, asset_ids=list(asset_ids))


def asset_of_file(connection: Connection, file_id: int) -> Row:
    """id, kind, path of an asset that is this file alone."""
    return _rows(connection, "asset_of_file", file_id=file_id)[0]


def move_file(connection: Connection, file_id: int, asset_id: int, role: Role) -> None:
    """Give a file to another asset."""
    _run(connection, "move_file", file_id=file_id, asset_id=asset_id, role=role)


def move_back(connection: Connection, moved: list[Row], from_id: int, to_id: int) -> None:
    """Give files (sha512, role) back, as far as they are still there."""
    _run(connection, "move_back", files=Jsonb(moved), from_id=from_id, to_id=to_id)


def hide(connection: Connection, asset_id: int, into_id: int) -> None:
    """An asset whose files are another's now is seen nowhere, and keeps what is known of it."""
    _run(connection, "hide", asset_id=asset_id, into_id=into_id)


def show(connection: Connection, asset_id: int) -> bool:
    """Let it be seen again; False when it is gone."""
    return bool(_rows(connection, "show", asset_id=asset_id))


def kind_of(connection: Connection, asset_id: int) -> Kind:
    """Whether an asset is a photo or a video."""
    return Kind(_rows(connection, "kind_of", asset_id=asset_id)[0]["kind"])


def set_apart(connection: Connection, asset_id: int, sha512: bytes, *, apart: bool) -> None:
    """Whether a sidecar says nothing."""
    _run(connection, "set_apart", asset_id=asset_id, sha512=sha512, apart=apart)


def add(connection: Connection, **decision: Any) -> Row:
    """Keep a decision, instead of those that say the opposite; columns of table `belonging`, and account_id."""
    hashes = [bytes.fromhex(each["sha512"]) for each in decision["files"]]
    _run(connection, "supersede", owner_id=decision["owner_id"], deed=decision["deed"], hashes=hashes)
    return _rows(connection, "add", **{**decision, "files": Jsonb(decision["files"])})[0]


def listed(
    connection: Connection, owner_id: int, asset_id: int, *, most: int | None, before_id: int | None = None
) -> list[Row]:
    """What was decided about an asset, the latest first; `most` None means all."""
    values = {"owner_id": owner_id, "asset_id": asset_id, "most": most, "before_id": before_id}
    return _rows(connection, "listed", **values)


def find(connection: Connection, owner_id: int, belonging_id: int) -> Row | None:
    """A decision that holds."""
    found = _rows(connection, "find", owner_id=owner_id, belonging_id=belonging_id)
    return found[0] if found else None


def undo(connection: Connection, belonging_id: int) -> Row:
    """A decision holds no longer."""
    return _rows(connection, "undo", belonging_id=belonging_id)[0]


def is_split_off(connection: Connection, owner_id: int, sha512: bytes) -> bool:
    """Whether a person took these bytes out of an asset: nothing joins them but a person."""
    return bool(_rows(connection, "split_off", owner_id=owner_id, sha512=sha512))


def joined_to(connection: Connection, owner_id: int, sha512: bytes) -> Row | None:
    """asset_id, role: where a person joined these bytes."""
    found = _rows(connection, "joined_to", owner_id=owner_id, sha512=sha512)
    return found[0] if found else None
