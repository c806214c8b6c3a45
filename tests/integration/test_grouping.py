"""Taking apart and joining by a person: undone without a trace, and kept through everything that may come."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import BadRequest, NotFound
from db.connect import Database
from library import belonging, browse, trash
from tests.integration.shelf import Shelf, looked_again, open_shelf, taken_in
from tests.integration.test_belonging import claimed, roles, takeout
from tests.integration.test_joining import film, picture, raw_picture


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path / "data") as made:
        yield made


PAIRED = [["live A.MOV", "original A.JPG", "raw A.DNG"]]
APART = [["live A.MOV", "original A.JPG"], ["original A.DNG"]]


def shot(folder: Path) -> list[Path]:
    return [
        picture(folder / "A.JPG", 1, "2021:05:01 10:00:02"),
        film(folder / "A.MOV", 2, None, "2021-05-01T10:00:00"),
        raw_picture(folder / "A.DNG", "2021:05:01 10:00:02"),
    ]


def sha512_of(shelf: Shelf, name: str) -> bytes:
    sql = "select f.sha512 from file f join file_path p on p.file_id = f.id where p.path like %s limit 1"
    return bytes(shelf.value(sql, f"%{name}"))


def asset_of(shelf: Shelf, name: str) -> int:
    sql = "select f.asset_id from file f join file_path p on p.file_id = f.id where p.path like %s limit 1"
    return int(shelf.value(sql, f"%{name}"))


def split(shelf: Shelf, name: str) -> dict[str, int]:
    asset_id, sha512 = asset_of(shelf, name), sha512_of(shelf, name)
    with shelf.database.transaction() as connection:
        return belonging.split(connection, 1, 1, asset_id, sha512)


def undo(shelf: Shelf, decision: int) -> None:
    with shelf.database.transaction() as connection:
        belonging.undo(connection, 1, decision)


def seen(shelf: Shelf) -> int:
    return int(shelf.value("select count(*)::int from asset where deleted_at is null"))


@pytest.mark.parametrize("in_place", [True, False])
def test_taken_apart_it_stays_so(shelf: Shelf, tmp_path: Path, in_place: bool) -> None:
    folder = tmp_path / "in"
    files = shot(folder)
    for path in [] if in_place else files:
        shelf.ingest().copy(path, path.name, "command", 1)
    if in_place:
        taken_in(shelf, folder)
    assert roles(shelf) == PAIRED
    shelf.finish_jobs()
    decision = split(shelf, "A.DNG")
    assert roles(shelf) == APART
    waiting = shelf.rows("select analysis from job where asset_id = %s order by 1", decision["other_id"])
    assert "preview" in {row["analysis"] for row in waiting}
    # again, moved, and again from elsewhere
    for path in files:
        shelf.ingest().copy(path, path.name, "command", 1)
    if in_place:
        folder.rename(tmp_path / "moved")
        (tmp_path / "moved").rename(folder)
        (folder / "A.DNG").rename(folder / "B.DNG")
        looked_again(shelf)
        (folder / "B.DNG").rename(folder / "A.DNG")
        looked_again(shelf)
    assert {"live A.MOV", "original A.JPG"} in [set(each) for each in roles(shelf)]
    undo(shelf, decision["id"])
    assert seen(shelf) == 1
    with pytest.raises(NotFound):
        undo(shelf, decision["id"])


def test_a_split_holds_when_the_file_comes_back_after_all(shelf: Shelf, tmp_path: Path) -> None:
    files = shot(tmp_path / "in")
    for path in files:
        shelf.ingest().copy(path, path.name, "command", 1)
    decision = split(shelf, "A.DNG")
    with shelf.database.transaction() as connection:
        trash.put(connection, 1, decision["other_id"])
    trash.empty(shelf.database, shelf.store, 1, 0.0)
    assert seen(shelf) == 1
    shelf.ingest().copy(files[2], "A.DNG", "command", 1)
    assert roles(shelf) == APART


def test_joined_it_stays_so_and_undoing_gives_all_back(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    photo = picture(folder / "one.jpg", 1)
    moving = film(folder / "two.mov", 3)
    text = takeout(folder / "two.mov.json", 1400000000)
    for path in (moving, text, photo):
        shelf.ingest().copy(path, path.name, "command", 1)
    before = roles(shelf)
    ids = [asset_of(shelf, name) for name in ("two.mov", "one.jpg")]
    with shelf.database.transaction() as connection:
        browse.decide(connection, 1, ids[0], {"tags": ["sea"], "rating": 4})
        done = belonging.join(connection, 1, 1, ids)
    assert done["asset_id"] == ids[1]
    assert roles(shelf) == [["live two.mov", "original one.jpg", "sidecar two.mov.json"]]
    with shelf.database.transaction() as connection:
        shown = browse.show_asset(connection, 1, ids[1])
        assert [tag["label"] for tag in shown["tags"]] == ["sea"]
        assert shown["moving_part"] == {"source": "file"}
        with pytest.raises(NotFound):
            browse.show_asset(connection, 1, ids[0])
        assert trash.list_trash(connection, 1, limit=0)["items"] == []
        with pytest.raises(NotFound):
            trash.restore(connection, 1, ids[0])
    trash.empty(shelf.database, shelf.store, 1, 0.0)  # what is hidden is not in the trash
    for path in (moving, text, photo):
        shelf.ingest().copy(path, path.name, "command", 1)
    assert seen(shelf) == 1
    undo(shelf, done["items"][0]["id"])
    assert roles(shelf) == before
    with shelf.database.transaction() as connection:
        shown = browse.show_asset(connection, 1, ids[0])
    assert (shown["rating"], [tag["label"] for tag in shown["tags"]]) == (4, ["sea"])


def test_a_sidecar_that_is_not_its_says_nothing(shelf: Shelf, tmp_path: Path) -> None:
    photo = picture(tmp_path / "in" / "IMG_1.jpg", 1)
    text = takeout(tmp_path / "in" / "IMG_1.jpg.json", 1400000000)
    for path in (photo, text):
        shelf.ingest().copy(path, path.name, "command", 1)
    assert [len(job["sidecars"]) for job in claimed(shelf)] == [1]
    decision = split(shelf, "IMG_1.jpg.json")
    shelf.ingest().copy(text, text.name, "command", 1)
    assert [len(job["sidecars"]) for job in claimed(shelf)] == [0]
    undo(shelf, decision["id"])
    assert [len(job["sidecars"]) for job in claimed(shelf)] == [1]


def test_what_cannot_be_done_is_said(shelf: Shelf, tmp_path: Path) -> None:
    photo = picture(tmp_path / "IMG_1.jpg", 1)
    asset_id = shelf.ingest().copy(photo, photo.name, "command", 1).asset_id
    with shelf.database.transaction() as connection:
        with pytest.raises(BadRequest, match="is shown"):
            belonging.split(connection, 1, 1, asset_id, sha512_of(shelf, "IMG_1.jpg"))
        with pytest.raises(NotFound):
            belonging.split(connection, 1, 1, asset_id, bytes(64))
        with pytest.raises(BadRequest, match="at least two"):
            belonging.join(connection, 1, 1, [asset_id, asset_id])
        with pytest.raises(NotFound):
            belonging.join(connection, 1, 1, [asset_id, asset_id + 99])
