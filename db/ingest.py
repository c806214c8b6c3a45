"""Rows of a file that enters the library: found again by its bytes, joined to an asset, or an asset of its own."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.companions import Role, folded, shot_of
from core.media import Kind
from core.sidecar_names import Wanted, edited_from
from db.connect import Connection
from db.jobs import Waiting
from db.queries import load_queries

Row = dict[str, Any]
Digest = bytes


@dataclass(frozen=True, slots=True)
class NewFile:
    """A stored file about to be entered. `sha512` is the raw 64 bytes; `path` was cleaned.

    `content`, `content_whole`, `pair_id` and `damaged` are as in table `file`, `folder` and `batch` as in
    `file_place`.
    """

    owner_id: int
    kind: Kind
    mime: str
    sha512: bytes
    bytes: int
    path: str
    came_by: str
    kept: str
    location: str
    content: Digest | None = None
    content_whole: Digest | None = None
    pair_id: str | None = None
    damaged: str | None = None
    folder: str = ""
    batch: str = ""

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    def values(self, **more: Any) -> Row:
        """Parameters of the statements in db/ingest.sql."""
        told = {"kind": self.kind.value, "name": self.name, "folder": self.folder or folder_in_library(self.path)}
        named = {"key": folded(self.name), "shot": shot_of(self.name), "original": edited_from(self.name)}
        return {**asdict(self), **told, **named, **more}


def folder_in_library(path: str) -> str:
    """Where a file lay of which only its path in the library is known."""
    return f"path:{path.rpartition('/')[0]}"


def lock_owner(connection: Connection, owner_id: int) -> None:
    """Until this transaction ends nothing else is entered for this owner."""
    connection.execute(load_queries("ingest")["lock_owner"], {"owner_id": owner_id})


def lock_bytes(connection: Connection, sha512: bytes) -> None:
    """Until this transaction ends these bytes are neither entered nor taken out of the store by anybody else."""
    connection.execute(load_queries("ingest")["lock_bytes"], {"key": _lock_key(sha512)})


def lock_arrival(connection: Connection, owner_id: int, sha512: bytes) -> None:
    """`lock_owner` and `lock_bytes` in one statement."""
    values = {"owner_id": owner_id, "key": _lock_key(sha512)}
    connection.execute(load_queries("ingest")["lock_arrival"], values)


def _lock_key(sha512: bytes) -> int:
    return int.from_bytes(sha512[:8], "big", signed=True)


def file_by_hash(connection: Connection, owner_id: int, sha512: bytes) -> Row | None:
    """file_id, asset_id, kept, missing, trashed, main of the file with these bytes."""
    values = {"owner_id": owner_id, "sha512": sha512}
    return connection.execute(load_queries("ingest")["file_by_hash"], values).fetchone()


def revision_by_hash(connection: Connection, owner_id: int, sha512: bytes) -> Row | None:
    """asset_id, trashed of the asset that had these bytes before."""
    values = {"owner_id": owner_id, "sha512": sha512}
    return connection.execute(load_queries("ingest")["revision_by_hash"], values).fetchone()


def files_by_content(connection: Connection, new: NewFile) -> list[Row]:
    """Files with the same key of content: id, asset_id, mime, kept, location, trashed."""
    if new.content is None:
        return []
    return connection.execute(load_queries("ingest")["files_by_content"], new.values()).fetchall()


def companions(connection: Connection, new: NewFile) -> list[Row]:
    """Main files that may belong to it, the likeliest first: id, asset_id, mime, pair_id, kind, kept, location,
    name, trashed, same_shot, together."""
    return connection.execute(load_queries("ingest")["companions"], new.values()).fetchall()


def take_moving_part(connection: Connection, new: NewFile, asset_id: int) -> list[Row]:
    """Take over the file that has the same content identifier from a photo that has not; id, owner_id of that."""
    if new.pair_id is None:
        return []
    values = new.values(asset_id=asset_id)
    return connection.execute(load_queries("ingest")["take_moving_part"], values).fetchall()


def beside(connection: Connection, new: NewFile, wanted: Wanted) -> list[Row]:
    """What lay beside a sidecar and may be its photo: asset_id, mime, kind, name, original, together, told."""
    names = {"keys": wanted.keys, "shots": list(wanted.shots), "originals": wanted.originals}
    values = new.values(**names, prefix=folded(wanted.prefix) if wanted.prefix else None)
    return connection.execute(load_queries("ingest")["beside"], values).fetchall()


def link_edited(connection: Connection, new: NewFile, asset_id: int) -> list[int]:
    """Note what a new asset is an edited version of, and what is one of it; the assets that learnt it."""
    values = new.values(asset_id=asset_id)
    sql = load_queries("ingest")
    learnt = [row["id"] for row in connection.execute(sql["link_edited"], values).fetchall()]
    if learnt and learnt != [asset_id]:
        connection.execute(sql["take_over_sidecars"], values)
    return learnt


def decided_tags(connection: Connection, asset_id: int) -> list[str]:
    """The tags that a person gave an asset."""
    row = connection.execute(load_queries("ingest")["decided_tags"], {"asset_id": asset_id}).fetchone()
    return list(row["tags"]) if row else []


def edited_versions(connection: Connection, asset_id: int) -> list[int]:
    """The assets that are edited versions of this one."""
    rows = connection.execute(load_queries("ingest")["edited_versions"], {"asset_id": asset_id}).fetchall()
    return [row["id"] for row in rows]


def sidecar_of_asset(connection: Connection, asset_id: int, sha512: bytes) -> int | None:
    """The id of the sidecar of these bytes that the asset has already."""
    values = {"asset_id": asset_id, "sha512": sha512}
    row = connection.execute(load_queries("ingest")["sidecar_of_asset"], values).fetchone()
    return None if row is None else int(row["file_id"])


def insert_asset(connection: Connection, new: NewFile) -> tuple[int, int]:
    """A new asset with its main file: (asset id, file id)."""
    row = connection.execute(load_queries("ingest")["insert_asset"], new.values()).fetchone()
    assert row is not None  # noqa: S101 (an insert returns its row)
    return int(row["id"]), insert_file(connection, new, int(row["id"]), "original")


def insert_file(connection: Connection, new: NewFile, asset_id: int, role: Role) -> int:
    """A further file of an asset, with its path; the file's id."""
    sql = load_queries("ingest")
    row = connection.execute(sql["insert_file"], new.values(asset_id=asset_id, role=role)).fetchone()
    assert row is not None  # noqa: S101 (an insert returns its row)
    connection.execute(sql["add_path"], new.values(file_id=row["id"]))
    return int(row["id"])


def enter(connection: Connection, new: NewFile) -> tuple[int, bool]:
    """Insert asset, file and path, or only the path for bytes known already; (asset id, is new).

    Looks at nothing but the bytes; `library.joining` is what arrivals go through.
    """
    lock_owner(connection, new.owner_id)
    known = file_by_hash(connection, new.owner_id, new.sha512)
    if known is None:
        return insert_asset(connection, new)[0], True
    add_path(connection, new, known["file_id"])
    return int(known["asset_id"]), False


def add_path(connection: Connection, new: NewFile, file_id: int) -> bool:
    """One more path of a file; False when it is known already."""
    row = connection.execute(load_queries("ingest")["add_path"], new.values(file_id=file_id)).fetchone()
    return row is not None


def shorten_name(connection: Connection, asset_id: int, file_id: int) -> list[str]:
    """An asset is shown under the shortest name of its main file's copies; all their paths, that one first.

    None of them when the file is not the main one.
    """
    values = {"asset_id": asset_id, "file_id": file_id}
    return [row["path"] for row in connection.execute(load_queries("ingest")["shorten_name"], values)]


def keep_in_store(connection: Connection, file_id: int, location: str) -> None:
    """A file indexed in place is in the store now."""
    connection.execute(load_queries("ingest")["keep_in_store"], {"file_id": file_id, "location": location})


def set_main(connection: Connection, asset_id: int, new: NewFile) -> None:
    """Make a file that was inserted already the main one; all that was found in the former is forgotten."""
    sql = load_queries("ingest")
    connection.execute(sql["set_main"], new.values(asset_id=asset_id))
    connection.execute(sql["forget_answers"], {"asset_id": asset_id})


def demote_main(connection: Connection, asset_id: int, role: Role) -> None:
    """Give the present main file another role."""
    connection.execute(load_queries("ingest")["demote_main"], {"asset_id": asset_id, "role": role})


def restart(connection: Connection, asset_ids: Sequence[int], analysis: str | None = None) -> list[Waiting]:
    """Do one analysis of these assets again, or (None) those that failed."""
    values = {"asset_ids": list(asset_ids), "analysis": analysis}
    rows = connection.execute(load_queries("ingest")["restart_jobs"], values).fetchall()
    return [Waiting(row["id"], row["analysis"], row["lane"]) for row in rows]


def others_with_bytes(connection: Connection, sha512: bytes) -> tuple[int, int]:
    """How many files of any owner have these bytes, and how many of them are main files."""
    row = connection.execute(load_queries("ingest")["others_with_bytes"], {"sha512": sha512}).fetchone()
    return (0, 0) if row is None else (row["files"], row["main_files"])


def restore_asset(connection: Connection, asset_id: int) -> bool:
    """Out of the trash; False when it was not in it."""
    # by its row, for in a pipeline the count of a statement is not there yet
    row = connection.execute(load_queries("ingest")["restore_asset"], {"asset_id": asset_id}).fetchone()
    return row is not None


def main_file(connection: Connection, asset_id: int) -> Row | None:
    """kept, location, mime, damaged, failed (no preview can be made of it) of an asset's main file."""
    return connection.execute(load_queries("ingest")["main_file"], {"asset_id": asset_id}).fetchone()


def better_file(connection: Connection, asset_id: int, sha512: bytes, reason: str) -> Row | None:
    """Note that the main file (if these are its bytes) is broken for `reason`; if it is, a whole file of the same
    picture: its id and what NewFile has."""
    values = {"asset_id": asset_id, "sha512": sha512, "reason": reason}
    return connection.execute(load_queries("ingest")["better_file"], values).fetchone()


def promote(connection: Connection, file_id: int) -> None:
    """Make a file the main one of its asset, after `demote_main`."""
    connection.execute(load_queries("ingest")["promote"], {"file_id": file_id})


def main_hash(connection: Connection, asset_id: int) -> bytes:
    """The SHA-512 of an asset's main file; empty when there is no such asset."""
    row = connection.execute(load_queries("ingest")["main_hash"], {"asset_id": asset_id}).fetchone()
    return bytes(row["sha512"]) if row else b""
