"""The trash: hidden, restored with everything, brought in again, and removed for good down to the last file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from core.errors import BadRequest, NotFound, SidecarAlone
from core.terms import Term
from db.connect import Database
from db.terms import replace_terms
from library import browse, trash
from media.derived import DerivedFolder
from tests.integration.shelf import Shelf, looked_again, open_shelf, taken_in

OTHER_OWNER = 2


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path / "data") as made:
        with database.transaction() as connection:
            connection.execute("insert into account (login, role) values ('other', 'editor')")
        yield made


def picture(path: Path, number: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40 + number, 30), (10 * number, 80, 120)).save(path)
    return path


def _bring(shelf: Shelf, folder: Path, count: int) -> list[int]:
    door = shelf.ingest()
    made = [door.copy(picture(folder / "a.jpg", n), f"{n}.jpg", "command", 1) for n in range(count)]
    return [one.asset_id for one in made]


def _put(shelf: Shelf, *asset_ids: int) -> None:
    with shelf.database.transaction() as connection:
        for asset_id in asset_ids:
            trash.put(connection, 1, asset_id)


def _list(shelf: Shelf, limit: int = 50, after: str | None = None) -> tuple[list[int], str | None]:
    with shelf.database.transaction() as connection:
        found = trash.list_trash(connection, 1, limit=limit, after=after)
    return [item["id"] for item in found["items"]], found["next"]


def _library(shelf: Shelf) -> list[int]:
    with shelf.database.transaction() as connection:
        return sorted(item["id"] for item in browse.list_assets(connection, 1, limit=0)["items"])


def _empty(shelf: Shelf, older_than_s: float = 0.0) -> trash.Emptied:
    return trash.empty(shelf.database, shelf.store, 1, older_than_s)


def _stored(shelf: Shelf) -> list[Path]:
    return [path for path in shelf.store.originals.rglob("*") if path.is_file()]


def test_what_is_in_the_trash_is_nowhere_else_and_comes_back_with_everything(shelf: Shelf, tmp_path: Path) -> None:
    ids = [
        shelf.ingest().copy(picture(tmp_path / "a.jpg", n), f"{n}.jpg", "command", 1).asset_id for n in range(3)
    ]
    shelf.finish_jobs()
    with shelf.database.transaction() as connection:
        browse.decide(connection, 1, ids[1], {"rating": 5, "comment": "kept", "tags": ["sea"]})
        before = browse.show_asset(connection, 1, ids[1])
    _put(shelf, ids[1])
    assert (_list(shelf)[0], _library(shelf)) == ([ids[1]], [ids[0], ids[2]])
    with shelf.database.transaction() as connection:
        with pytest.raises(NotFound):
            browse.show_asset(connection, 1, ids[1])
        with pytest.raises(NotFound):
            trash.put(connection, 1, ids[1])
        with pytest.raises(NotFound):
            trash.restore(connection, OTHER_OWNER, ids[1])
        trash.restore(connection, 1, trash.find(connection, 1, "1.jpg"))
        assert browse.show_asset(connection, 1, ids[1]) == before
        with pytest.raises(NotFound):
            trash.restore(connection, 1, ids[1])


def test_the_list_has_pages_and_begins_with_the_latest(shelf: Shelf, tmp_path: Path) -> None:
    ids = [
        shelf.ingest().copy(picture(tmp_path / "a.jpg", n), f"{n}.jpg", "command", 1).asset_id for n in range(5)
    ]
    for asset_id in ids[:3]:
        _put(shelf, asset_id)
    _put(shelf, *ids[3:])  # at the same moment
    first, after = _list(shelf, limit=2)
    second, after = _list(shelf, limit=2, after=after)
    third, last = _list(shelf, limit=2, after=after)
    assert [*first, *second, *third] == [ids[4], ids[3], ids[2], ids[1], ids[0]]
    assert last is None
    with pytest.raises(BadRequest):
        _list(shelf, after="WyJ4IiwxXQ")


def test_the_same_bytes_brought_in_again_come_out_of_the_trash(shelf: Shelf, tmp_path: Path) -> None:
    source = picture(tmp_path / "a.jpg")
    first = shelf.ingest().copy(source, "a.jpg", "command", 1)
    _put(shelf, first.asset_id)
    again = shelf.ingest().copy(source, "b.jpg", "inbox", 1)
    assert (again.asset_id, again.is_new, again.restored) == (first.asset_id, False, True)
    assert _library(shelf) == [first.asset_id]


def test_a_sidecar_does_not_take_its_photo_out_of_the_trash(shelf: Shelf, tmp_path: Path) -> None:
    first = shelf.ingest().copy(picture(tmp_path / "a.jpg"), "a.jpg", "command", 1)
    _put(shelf, first.asset_id)
    (tmp_path / "a.jpg.json").write_text('{"photoTakenTime": {"timestamp": "1600000000"}}')
    with pytest.raises(SidecarAlone):
        shelf.ingest().copy(tmp_path / "a.jpg.json", "a.jpg.json", "command", 1)


def test_emptying_removes_rows_previews_and_originals(shelf: Shelf, tmp_path: Path) -> None:
    gone = shelf.ingest().copy(picture(tmp_path / "a.jpg", 1), "a.jpg", "command", 1)
    kept = shelf.ingest().copy(picture(tmp_path / "b.jpg", 2), "b.jpg", "command", 1)
    shelf.finish_jobs()
    derived = DerivedFolder(shelf.store.data, bytes.fromhex(gone.sha512))
    derived.path.mkdir(parents=True)
    derived.preview.write_bytes(b"preview")
    with shelf.database.transaction() as connection:
        replace_terms(connection, gone.asset_id, "text", "1", [Term("text", "secret words")])
        connection.execute(
            "insert into result (asset_id, analysis, version, data) values (%s, 'text', '1', '{}')",
            (gone.asset_id,),
        )
    _put(shelf, gone.asset_id)
    assert _empty(shelf, older_than_s=3600).removed == 0
    size = (tmp_path / "a.jpg").stat().st_size
    assert _empty(shelf) == trash.Emptied(removed=1, freed_bytes=size, left=0)
    assert [path.name.split(".")[0] for path in _stored(shelf)] == [kept.sha512]
    assert not derived.path.exists()
    for table in ("result", "term"):
        assert shelf.value(f"select count(*)::int from {table} where asset_id = %s", gone.asset_id) == 0  # noqa: S608
    assert (shelf.count("asset"), shelf.count("file"), shelf.count("file_path")) == (1, 1, 1)
    again = shelf.ingest().copy(tmp_path / "a.jpg", "a.jpg", "command", 1)
    assert again.is_new and again.asset_id != gone.asset_id
    assert len(_stored(shelf)) == 2


def test_what_another_account_has_as_well_stays_in_the_store(shelf: Shelf, tmp_path: Path) -> None:
    source = picture(tmp_path / "a.jpg")
    mine = shelf.ingest().copy(source, "a.jpg", "command", 1)
    theirs = shelf.ingest().copy(source, "a.jpg", "command", OTHER_OWNER)
    assert mine.asset_id != theirs.asset_id
    derived = DerivedFolder(shelf.store.data, bytes.fromhex(mine.sha512))
    derived.path.mkdir(parents=True)
    _put(shelf, mine.asset_id)
    assert _empty(shelf) == trash.Emptied(removed=1, freed_bytes=0, left=0)
    assert len(_stored(shelf)) == 1
    assert derived.path.is_dir()
    assert shelf.value("select id from asset") == theirs.asset_id


def test_what_a_worker_holds_is_left(shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.ingest().copy(picture(tmp_path / "a.jpg"), "a.jpg", "command", 1)
    with shelf.database.transaction() as connection:
        connection.execute("update job set state = 'running' where analysis = 'preview'")
    _put(shelf, made.asset_id)
    assert _empty(shelf) == trash.Emptied(removed=0, freed_bytes=0, left=1)
    shelf.finish_jobs()
    with shelf.database.transaction() as connection:
        connection.execute("update job set state = 'done'")
    assert _empty(shelf).removed == 1


def test_files_in_place_are_never_removed_nor_brought_in_again_by_a_look(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "Pictures"
    sources = [picture(folder / f"{n}.jpg", n) for n in range(2)]
    found = taken_in(shelf, folder)
    gone = next(one.asset_id for one in found.outcomes if one.path == "Pictures/0.jpg")
    assert gone is not None
    _put(shelf, gone)
    assert looked_again(shelf) == {"unchanged": 2}  # a look does not take it out of the trash
    assert _list(shelf)[0] == [gone]
    assert _empty(shelf).removed == 1
    assert all(source.is_file() for source in sources)
    assert looked_again(shelf) == {"unchanged": 1}
    sources[0].rename(folder / "renamed.jpg")
    assert looked_again(shelf) == {"unchanged": 1, "moved": 1}
    (folder / "copy.jpg").write_bytes((folder / "renamed.jpg").read_bytes())
    assert looked_again(shelf) == {"unchanged": 1, "refused": 1}
    assert shelf.count("asset") == 1
    assert taken_in(shelf, folder).counts["new"] == 1  # unless a person asks for it
    assert shelf.count("asset") == 2
