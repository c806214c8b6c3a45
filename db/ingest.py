"""Rows of a file that enters the library."""

from dataclasses import dataclass

from core.media import Kind
from db.connect import Connection
from db.queries import load_queries


@dataclass(frozen=True, slots=True)
class NewFile:
    """A stored file about to be entered. `sha512` is the raw 64 bytes; `path` was cleaned."""

    owner_id: int
    kind: Kind
    mime: str
    sha512: bytes
    bytes: int
    path: str
    came_by: str
    kept: str
    location: str

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


def enter(connection: Connection, new: NewFile) -> tuple[int, bool]:
    """Insert asset, file and path, or only the path for bytes known already; (asset id, is new).

    The unique constraint decides between parallel arrivals of the same bytes: the loser waits for the winner's
    commit inside the insert, and then finds its asset.
    """
    sql = load_queries("ingest")
    values = {
        "owner_id": new.owner_id,
        "kind": new.kind.value,
        "sha512": new.sha512,
        "mime": new.mime,
        "name": new.name,
        "path": new.path,
        "bytes": new.bytes,
        "kept": new.kept,
        "location": new.location,
        "came_by": new.came_by,
    }
    row = connection.execute(sql["insert_asset"], values).fetchone()
    if row is not None:
        values["asset_id"] = row["id"]
        file_row = connection.execute(sql["insert_file"], values).fetchone()
        assert file_row is not None  # noqa: S101 (an insert without conflict clause returns its row)
        values["file_id"] = file_row["id"]
        connection.execute(sql["add_path"], values)
        return int(row["id"]), True
    known = connection.execute(sql["file_by_hash"], values).fetchone()
    if known is None:
        raise LookupError(f"asset {new.sha512.hex()[:12]} has no file row")
    values["file_id"] = known["file_id"]
    connection.execute(sql["add_path"], values)
    return int(known["asset_id"]), False
