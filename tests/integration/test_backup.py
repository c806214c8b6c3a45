"""Backups of a real store and database: consistent, incremental, never half."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import BackupDamaged, BadRequest, InUse, NoRoom, NotFound
from db.connect import Database, connect
from db.tokens_postgres import PostgresTokens
from library import trash
from library.backup import BackupWish
from library.backup_place import BackupPlace, must_lie_apart
from library.restore import check, restore
from library.restore_files import RestoreWish
from library.verify import VerifyWish, verify
from tests.integration.api.stocked import jpeg
from tests.integration.backups import another_library, backed_up, bring_in, originals, small_library
from tests.integration.shelf import Shelf, taken_in
from tests.integration.test_verify import spoil
from tests.small_volumes import kinds, small_volume

RESTORED_EMPTY = (
    "select (select count(*) from asset) + (select count(*) from account where login is not null) as n"
)


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with small_library(database, database_url, tmp_path) as made:
        yield made


def test_a_second_snapshot_copies_only_what_is_new_and_each_keeps_what_it_names(
    shelf: Shelf, tmp_path: Path
) -> None:
    top = tmp_path / "backup"
    first = backed_up(shelf, top)
    before = {path: path.stat().st_mtime_ns for path in (top / "originals").rglob("*.jpg")}
    bring_in(shelf, tmp_path, 10)
    with shelf.database.transaction() as connection:
        trash.put(connection, 1, 1)
    gone = shelf.value("select location from file where asset_id = 1")
    assert trash.empty(shelf.database, shelf.store, 1).removed == 1
    second = backed_up(shelf, top)
    assert (second.files, second.copied_files) == (5, 1)
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())
    place = BackupPlace(top)
    assert place.names() == [first.name, second.name]
    assert gone in {each.location for each in place.find(first.name).files()}
    assert check(place.find(first.name), RestoreWish())["files"]["count"] == 5
    third = backed_up(shelf, top, BackupWish(keep=2))
    assert third.removed == [first.name] and third.freed_bytes > 0
    assert not (top / "originals" / gone).exists()
    assert third.copied_files == 0
    for name in place.names():
        assert check(place.find(name), RestoreWish())["files"]["count"] == 5
    assert len(list((top / "originals").rglob("*.jpg"))) == 5
    assert oct(top.stat().st_mode)[-3:] == "700"


def test_a_backup_while_files_come_and_go_is_consistent(shelf: Shelf, tmp_path: Path) -> None:
    stop = threading.Event()

    def come_and_go() -> None:
        number, door = 100, shelf.ingest()
        while not stop.is_set():
            bring_in(shelf, tmp_path, number, door)
            if number % 3 == 0:
                with shelf.database.transaction() as connection:
                    oldest = connection.execute("select min(id) as id from asset").fetchone()
                    assert oldest is not None
                    trash.put(connection, 1, oldest["id"])
                trash.empty(shelf.database, shelf.store, 1)
            number += 1

    busy = threading.Thread(target=come_and_go)
    busy.start()
    try:
        made = [backed_up(shelf, tmp_path / "backup") for _ in range(4)]
    finally:
        stop.set()
        busy.join()
    place = BackupPlace(tmp_path / "backup")
    for each in made:
        assert each.lacking == {}
        manifest = check(place.find(each.name), RestoreWish())
        assert manifest["assets"] == manifest["files"]["count"] == each.files
    assert made[-1].files > 5


def test_missing_and_damaged_files_are_named_and_the_rest_is_backed_up(
    shelf: Shelf, tmp_path: Path, postgres_url: str
) -> None:
    first, second, *_ = sorted(originals(shelf.store))
    spoil(shelf.store.data / "originals" / first)
    (shelf.store.data / "originals" / second).unlink()
    made = backed_up(shelf, tmp_path / "backup")
    assert made.files == 3
    assert made.lacking == {first: "it is damaged", second: "it is not there"}
    assert not (tmp_path / "backup" / "originals" / first).exists()
    snapshot = BackupPlace(tmp_path / "backup").find(None)
    with another_library(postgres_url, tmp_path / "again") as (url, store):
        with pytest.raises(BackupDamaged, match="2 files could not be backed up"):
            restore(url, store, PostgresTokens, snapshot, RestoreWish())
        done = restore(url, store, PostgresTokens, snapshot, RestoreWish(incomplete=True))
        assert (done.assets, done.files, len(done.lacking)) == (5, 3, 2)


def test_files_in_place_come_along_only_when_asked(shelf: Shelf, tmp_path: Path, postgres_url: str) -> None:
    album = tmp_path / "shelf"
    album.mkdir()
    for number in range(20, 22):
        (album / f"{number}.jpg").write_bytes(jpeg(number))
    taken_in(shelf, album)
    assert backed_up(shelf, tmp_path / "backup").files == 5
    made = backed_up(shelf, tmp_path / "backup", BackupWish(in_place=True))
    assert (made.files, made.copied_files) == (7, 2)
    lost = (album / "20.jpg").read_bytes()
    (album / "20.jpg").unlink()
    with another_library(postgres_url, tmp_path / "again") as (url, store):
        restore(url, store, PostgresTokens, BackupPlace(tmp_path / "backup").find(None), RestoreWish())
        with connect(url) as connection:
            rows = connection.execute(
                "select kept, location from file where asset_id > 5 order by location"
            ).fetchall()
        assert [row["kept"] for row in rows] == ["in_place", "store"]
        assert rows[0]["location"] == str(album / "21.jpg")
        assert store.path("store", rows[1]["location"]).read_bytes() == lost
        with Database(url) as database:
            assert verify(database, store, 1, VerifyWish(young_s=0)).findings == []


def test_what_a_cut_off_backup_left_is_no_snapshot_and_is_cleared(shelf: Shelf, tmp_path: Path) -> None:
    top = tmp_path / "backup"

    def stop(_files: int, _bytes: int, _name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backed_up(shelf, top, BackupWish(step=stop))
    assert BackupPlace(top).names() == []
    with pytest.raises(NotFound, match="no snapshot that is whole"):
        BackupPlace(top).find(None)
    # and as kill -9 leaves it
    (top / "running").write_text("running\n")
    (top / "snapshots" / ".2026-01-01T00-00-00Z").mkdir()
    (top / "snapshots" / ".2026-01-01T00-00-00Z" / "database.dump").write_bytes(b"half")
    (top / "originals" / "ab" / "cd").mkdir(parents=True)
    (top / "originals" / "ab" / "cd" / ".unfinished-1-x.jpg").write_bytes(b"half")
    made = backed_up(shelf, top)
    assert made.files == 5
    assert [path.name for path in (top / "snapshots").iterdir()] == [made.name]
    assert not (top / "originals" / "ab" / "cd" / ".unfinished-1-x.jpg").exists()
    assert check(BackupPlace(top).find(None), RestoreWish())["files"]["count"] == 5


def test_only_one_backup_at_a_time_has_a_folder(shelf: Shelf, tmp_path: Path) -> None:
    place = BackupPlace.prepare(tmp_path / "backup")
    with place.alone(), pytest.raises(InUse):
        backed_up(shelf, tmp_path / "backup")
    assert backed_up(shelf, tmp_path / "backup").files == 5


def test_a_destination_is_apart_and_holds_nothing_else(shelf: Shelf, tmp_path: Path) -> None:
    data, inbox = shelf.store.data, tmp_path / "inbox"
    for wrong in (data, data / "originals" / "backup", inbox / "x", tmp_path):
        with pytest.raises(BadRequest, match="apart from it"):
            must_lie_apart(wrong, data, [inbox])
    (tmp_path / "link").symlink_to(data)
    with pytest.raises(BadRequest, match="apart from it"):
        must_lie_apart(tmp_path / "link" / "backup", data, [inbox])
    must_lie_apart(tmp_path / "backup", data, [inbox])
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "precious.txt").write_text("mine")
    with pytest.raises(BadRequest, match="holds something else"):
        backed_up(shelf, tmp_path / "photos")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["precious.txt"]


@pytest.mark.skipif("mounted" not in kinds(), reason="only root can mount a small volume")
def test_too_little_room_is_said_before_anything_is_written(shelf: Shelf, tmp_path: Path) -> None:
    with small_volume(tmp_path / "small", "mounted", 1_000_000) as volume:
        with pytest.raises(NoRoom, match="bytes free"):
            backed_up(shelf, volume.folder)
        assert not list((volume.folder / "originals").iterdir())
        assert BackupPlace(volume.folder).names() == []
