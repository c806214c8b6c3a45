"""Folders indexed in place: what was seen where, and which file of the library it is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.companions import folded, shot_of
from core.sidecar_names import edited_from
from core.terms import Term, name_words
from db.connect import Connection
from db.ingest import NewFile
from db.queries import load_queries
from db.terms import replace_terms_of_many

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Root:
    """A folder indexed in place. `location` is absolute, as media.store.to_location writes it."""

    id: int
    location: str
    name: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A file below a root as it was seen; `shown` is its path in the library. Sizes in bytes, times in ns."""

    root_id: int
    path: str
    shown: str
    bytes: int
    mtime_ns: int
    inode: int


def add_root(connection: Connection, owner_id: int, location: str, name: str) -> Root:
    """The root of this location, made when there is none."""
    values = {"owner_id": owner_id, "location": location, "name": name}
    row = connection.execute(load_queries("in_place")["add_root"], values).fetchone()
    assert row is not None  # noqa: S101 (an insert returns its row)
    return Root(**row)


def roots(connection: Connection, owner_id: int) -> list[Root]:
    """All roots of an owner."""
    rows = connection.execute(load_queries("in_place")["roots"], {"owner_id": owner_id}).fetchall()
    return [Root(**row) for row in rows]


def adopt(connection: Connection, inner: Root, outer: Root, prefix: str) -> None:
    """The files of `inner`, which lies at `prefix` below `outer`, are seen from there from now on."""
    sql = load_queries("in_place")
    values = {"inner_id": inner.id, "root_id": outer.id, "prefix": prefix}
    connection.execute(sql["adopt_sightings"], values)
    connection.execute(sql["drop_root"], values)


def looked(connection: Connection, root_id: int) -> None:
    """Note that a root was looked through just now."""
    connection.execute(load_queries("in_place")["looked"], {"root_id": root_id})


def sightings(connection: Connection, root_id: int, under: str) -> list[Row]:
    """All sightings below a root (or below its folder `under`)."""
    values = {"root_id": root_id, "under": under}
    return connection.execute(load_queries("in_place")["sightings"], values).fetchall()


def see(
    connection: Connection, seen: Seen, file_id: int | None, sha512: bytes | None, reason: str | None = None
) -> list[int]:
    """Keep what was seen and which file it is; answers the files that must be settled.

    A file that lay there before loses this path, unless it is its last.
    """
    values = {**asdict(seen), "file_id": file_id, "sha512": sha512, "reason": reason}
    row = connection.execute(load_queries("in_place")["see"], values).fetchone()
    _lay(connection, [(seen.root_id, seen.path, seen.shown, file_id)])
    former = row["former_file_id"] if row else None
    if former is not None and former != file_id and row is not None:
        forget_paths(connection, [former], [row["former_shown"]])
    return [each for each in dict.fromkeys((former, file_id)) if each is not None]


def move(connection: Connection, moved: Sequence[tuple[int, str, str]]) -> None:
    """Sightings (id, new path below the root, new path in the library) of renamed files."""
    ids, paths, shown = ([each[place] for each in moved] for place in range(3))
    sql = load_queries("in_place")
    connection.execute(sql["leave"], {"ids": ids})
    rows = connection.execute(sql["move"], {"ids": ids, "paths": paths, "shown": shown}).fetchall()
    _lay(connection, [(row["root_id"], row["path"], row["shown"], row["file_id"]) for row in rows])


def _lay(connection: Connection, found: Sequence[tuple[int, str, str, int | None]]) -> None:
    """Root, path below it, path in the library and file of what lies in place now."""
    lying = []
    for root_id, path, shown, file_id in found:
        name = shown.rpartition("/")[2]
        named = {"name": name, "key": folded(name), "shot": shot_of(name), "original": edited_from(name)}
        lying.append({"root_id": root_id, "path": path, "file_id": file_id, **named})
    with connection.cursor() as cursor:
        cursor.executemany(load_queries("in_place")["lay"], lying)


def forget_paths(connection: Connection, file_ids: Sequence[int], paths: Sequence[str]) -> None:
    """Paths that files no longer have, as parallel lists."""
    values = {"file_ids": list(file_ids), "paths": list(paths)}
    connection.execute(load_queries("in_place")["forget_paths"], values)


def drop_sighting(connection: Connection, root_id: int, path: str) -> Row | None:
    """Forget what was seen at a path; file_id, shown of it."""
    values = {"root_id": root_id, "path": path}
    return connection.execute(load_queries("in_place")["drop_sighting"], values).fetchone()


def set_missing(connection: Connection, sighting_ids: Sequence[int], *, missing: bool) -> list[int]:
    """Mark files as missing, or as there again; answers the files that must be settled."""
    values = {"ids": list(sighting_ids), "missing": missing}
    rows = connection.execute(load_queries("in_place")["set_missing"], values).fetchall()
    return [row["file_id"] for row in rows if row["file_id"] is not None]


def settle(connection: Connection, file_ids: Sequence[int]) -> list[Row]:
    """Make files say where they lie and whether they are missing, and their assets go by a path they have.

    Answers rows of id, asset_id, owner_id, missing (before), missing_now of files kept in place.
    """
    values = {"file_ids": sorted(set(file_ids))}
    if not file_ids:
        return []
    settled = connection.execute(load_queries("in_place")["settle_files"], values).fetchall()
    renamed = connection.execute(load_queries("in_place")["settle_paths"], values).fetchall()
    named = {row["id"]: [Term(kind="name", words=words) for words in name_words(row["path"])] for row in renamed}
    if named:
        replace_terms_of_many(connection, "ingest", "1", named)
    return settled


def is_held_elsewhere(connection: Connection, file_id: int, seen: Seen) -> bool:
    """Whether the file is also in the store or at another place than this."""
    values = {"file_id": file_id, "root_id": seen.root_id, "path": seen.path}
    row = connection.execute(load_queries("in_place")["is_held_elsewhere"], values).fetchone()
    return bool(row and row["held"])


def is_expelled(connection: Connection, owner_id: int, sha512: bytes) -> bool:
    """Whether a person removed these bytes from the library while the file stayed where it lies."""
    values = {"owner_id": owner_id, "sha512": sha512}
    row = connection.execute(load_queries("in_place")["is_expelled"], values).fetchone()
    return bool(row and row["expelled"])


def file_to_revise(connection: Connection, file_id: int) -> Row | None:
    """id, asset_id, role, sha512, bytes, content_whole, mime, kind, main of a file, locked."""
    return connection.execute(load_queries("in_place")["file_to_revise"], {"file_id": file_id}).fetchone()


def revise(connection: Connection, file_id: int, new: NewFile) -> None:
    """Keep what a file was as a revision, and what it is now."""
    sql = load_queries("in_place")
    connection.execute(sql["insert_revision"], {"file_id": file_id, "sha512": new.sha512})
    connection.execute(sql["revise_file"], new.values(file_id=file_id))


def revise_asset(connection: Connection, asset_id: int, new: NewFile) -> None:
    """The asset's main file has other bytes, but shows the same."""
    connection.execute(load_queries("in_place")["revise_asset"], new.values(asset_id=asset_id))
