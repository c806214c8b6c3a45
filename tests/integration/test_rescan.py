"""Folders indexed in place: moved, renamed, changed, removed and brought back, with all that is known kept."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import piexif  # type: ignore[import-untyped]
import pytest
from PIL import Image

from core.errors import BadRequest
from db.connect import Database
from library import deeds
from library.looks import Wish
from media.derived import DerivedFolder
from tests.integration.shelf import Shelf, looked_again, open_shelf, taken_in


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path / "data") as made:
        yield made


def picture(path: Path, number: int, quality: int = 75) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.linear_gradient("L").resize((30 + number % 200, 20 + number // 200)).rotate(number).save(
        path, quality=quality
    )
    return path


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "Pictures"
    for number in range(3):
        picture(folder / "2019" / "Lisbon" / f"IMG_{number}.jpg", number)
    picture(folder / "2020" / "IMG_9.png", 9)
    return folder


def _known(shelf: Shelf) -> dict[str, tuple[int, str, int]]:
    """Path → asset, what a person said, number of jobs that are done."""
    rows = shelf.rows(
        "select path, id, comment,"
        " (select count(*)::int from job j where j.asset_id = a.id and state = 'done') as done from asset a"
    )
    return {row["path"]: (row["id"], row["comment"], row["done"]) for row in rows}


def _derived(shelf: Shelf, asset_id: int) -> DerivedFolder:
    return DerivedFolder(shelf.store.data, bytes(shelf.value("select sha512 from asset where id = %s", asset_id)))


def test_a_folder_is_indexed_once_and_nothing_is_done_twice(shelf: Shelf, album: Path) -> None:
    first = taken_in(shelf, album)
    assert first.counts["new"] == 4
    assert sorted(_known(shelf)) == [
        "Pictures/2019/Lisbon/IMG_0.jpg",
        "Pictures/2019/Lisbon/IMG_1.jpg",
        "Pictures/2019/Lisbon/IMG_2.jpg",
        "Pictures/2020/IMG_9.png",
    ]
    assert looked_again(shelf) == {"unchanged": 4}
    again = taken_in(shelf, album)
    assert {one.status for one in again.outcomes} == {"unchanged"}
    assert {one.asset_id for one in again.outcomes} == {one.asset_id for one in first.outcomes}
    assert shelf.count("asset") == 4
    assert [path for path in shelf.store.originals.rglob("*") if path.is_file()] == []


def test_a_renamed_folder_of_a_thousand_files_keeps_everything(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "Pictures" / "old name"
    for number in range(1000):
        picture(folder / f"IMG_{number:04}.jpg", number, quality=30)
    assert taken_in(shelf, tmp_path / "Pictures").counts["new"] == 1000
    shelf.finish_jobs()
    with shelf.database.transaction() as connection:
        connection.execute("update asset set comment = 'about ' || name, rating = 4")
        connection.execute(
            "insert into result (asset_id, analysis, version, data) select id, 'objects', '1', '{}' from asset"
        )
    before = _known(shelf)
    folder.rename(tmp_path / "Pictures" / "new name")
    assert looked_again(shelf) == {"moved": 1000}
    after = _known(shelf)
    assert {path.replace("old name", "new name"): kept for path, kept in before.items()} == after
    assert shelf.value("select count(*)::int from job where state <> 'done'") == 0
    assert shelf.value("select count(*)::int from result") == 1000
    assert shelf.value("select count(*)::int from file_path where path like '%%old name%%'") == 0
    assert shelf.value("select count(*)::int from term where words like '%%new name%%'") == 1000
    assert shelf.value("select count(*)::int from term where words like '%%old name%%'") == 0
    places = [Path(row["location"]) for row in shelf.rows("select location from file")]
    assert all(place.is_file() for place in places)
    assert looked_again(shelf) == {"unchanged": 1000}


def test_a_copy_that_takes_the_place_of_the_original_is_known_by_its_bytes(shelf: Shelf, album: Path) -> None:
    """As a backup is restored or a disk exchanged: other inodes, other times."""
    taken_in(shelf, album)
    shelf.finish_jobs()
    before = _known(shelf)
    shutil.copytree(album / "2019", album / "2021")
    shutil.rmtree(album / "2019")
    assert looked_again(shelf) == {"unchanged": 1, "moved": 3}
    assert {path.replace("2019", "2021"): kept for path, kept in before.items()} == _known(shelf)


def test_a_file_moved_over_another_takes_its_place(shelf: Shelf, album: Path) -> None:
    taken_in(shelf, album)
    lisbon = album / "2019" / "Lisbon"
    before = _known(shelf)
    (lisbon / "IMG_0.jpg").replace(lisbon / "IMG_1.jpg")
    assert looked_again(shelf) == {"unchanged": 2, "moved": 1}
    after = shelf.rows("select a.id, f.missing_since is not null as missing, f.location from asset a join file f"
                       " on f.asset_id = a.id order by a.id")  # fmt: skip
    assert [row["missing"] for row in after] == [False, True, False, False]
    assert after[0]["id"] == before["Pictures/2019/Lisbon/IMG_0.jpg"][0]
    assert after[0]["location"] == str(lisbon / "IMG_1.jpg")
    assert looked_again(shelf) == {"unchanged": 3}


def test_what_is_missing_is_marked_and_comes_back_with_the_file(shelf: Shelf, album: Path, tmp_path: Path) -> None:
    taken_in(shelf, album)
    shelf.finish_jobs()
    before = _known(shelf)
    away = tmp_path / "away"
    album.rename(away)
    assert looked_again(shelf) == {"missing": 4}
    assert shelf.value("select count(*)::int from file where missing_since is not null") == 4
    assert looked_again(shelf) == {}
    away.rename(album)
    assert looked_again(shelf) == {"returned": 4}
    assert shelf.value("select count(*)::int from file where missing_since is not null") == 0
    assert _known(shelf) == before


def test_analyses_that_failed_while_the_file_was_missing_run_when_it_is_back(shelf: Shelf, album: Path) -> None:
    taken_in(shelf, album)
    shelf.finish_jobs()
    moved = album.rename(album.with_name("away"))
    looked_again(shelf)
    with shelf.database.transaction() as connection:
        connection.execute("update job set state = 'failed' where analysis = 'objects'")
    moved.rename(album)
    looked_again(shelf)
    assert shelf.value("select count(*)::int from job where analysis = 'objects' and state = 'waiting'") == 4


def test_a_file_changed_in_place_is_a_new_revision_of_its_asset(shelf: Shelf, album: Path) -> None:
    taken_in(shelf, album)
    shelf.finish_jobs()
    source = album / "2019" / "Lisbon" / "IMG_0.jpg"
    asset_id = _known(shelf)["Pictures/2019/Lisbon/IMG_0.jpg"][0]
    former = bytes(shelf.value("select sha512 from asset where id = %s", asset_id))
    picture(source, 150)
    assert looked_again(shelf) == {"unchanged": 3, "changed": 1}
    present = bytes(shelf.value("select sha512 from asset where id = %s", asset_id))
    assert present != former
    assert bytes(shelf.value("select sha512 from revision where asset_id = %s", asset_id)) == former
    assert shelf.count("asset") == 4
    waiting = shelf.rows("select analysis from job where asset_id = %s and state = 'waiting'", asset_id)
    assert {row["analysis"] for row in waiting} == {"preview", "metadata"}  # the others follow


def test_changed_metadata_alone_does_not_analyse_the_picture_again(shelf: Shelf, album: Path) -> None:
    taken_in(shelf, album)
    shelf.finish_jobs()
    source = album / "2019" / "Lisbon" / "IMG_0.jpg"
    asset_id, _, done = _known(shelf)["Pictures/2019/Lisbon/IMG_0.jpg"]
    former = DerivedFolder(
        shelf.store.data, bytes(shelf.value("select sha512 from asset where id = %s", asset_id))
    )
    former.path.mkdir(parents=True)
    former.preview.write_bytes(b"the preview")
    piexif.insert(piexif.dump({"0th": {piexif.ImageIFD.ImageDescription: b"written later"}}), str(source))
    assert looked_again(shelf) == {"unchanged": 3, "changed": 1}
    waiting = shelf.rows("select analysis from job where asset_id = %s and state = 'waiting'", asset_id)
    assert [row["analysis"] for row in waiting] == ["metadata"]
    assert _known(shelf)["Pictures/2019/Lisbon/IMG_0.jpg"][2] == done - 1
    present = DerivedFolder(
        shelf.store.data, bytes(shelf.value("select sha512 from asset where id = %s", asset_id))
    )
    assert present.preview.read_bytes() == b"the preview"
    assert not former.path.exists()


def test_one_of_two_copies_that_is_changed_becomes_a_picture_of_its_own(shelf: Shelf, album: Path) -> None:
    copy = shutil.copy(album / "2020" / "IMG_9.png", album / "2020" / "copy.png")
    taken_in(shelf, album)
    assert shelf.count("asset") == 4
    picture(Path(copy), 77)
    assert looked_again(shelf) == {"unchanged": 4, "new": 1}
    assert shelf.count("asset") == 5
    assert shelf.count("revision") == 0


def test_what_is_refused_is_read_once_and_again_when_a_person_asks(shelf: Shelf, album: Path) -> None:
    (album / "notes.txt").write_text("no picture")
    os.mkfifo(album / "pipe.jpg")
    (album / "link.jpg").symlink_to(album / "2020" / "IMG_9.png")
    assert {one.path: one.reason for one in taken_in(shelf, album).outcomes if one.status == "refused"} == {
        "Pictures/notes.txt": "notes.txt: a text file"
    }
    assert looked_again(shelf) == {"unchanged": 4}
    assert taken_in(shelf, album).counts["refused"] == 1


def test_names_that_no_text_can_hold_are_indexed_and_found_again(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    made = picture(tmp_path / "plain.jpg", 5)
    folder.mkdir()
    for name in (b"caf\xe9.jpg", b"two\nlines.jpg", b"back\\slash.jpg", "\u202egpj.jpg".encode()):
        target = folder / os.fsdecode(name)
        target.write_bytes(made.read_bytes() + name)
    assert taken_in(shelf, folder).counts["new"] == 4
    assert (shelf.count("asset"), shelf.count("file")) == (1, 4)  # they show the same: three are variants
    assert looked_again(shelf) == {"unchanged": 4}
    for row in shelf.rows("select kept, location from file"):
        assert shelf.store.path(row["kept"], row["location"]).is_file()


def test_the_data_folder_is_never_indexed(shelf: Shelf, album: Path, tmp_path: Path) -> None:
    folders = shelf.in_place()
    for own in (shelf.store.data, shelf.store.originals):
        with pytest.raises(BadRequest, match="data folder"):
            folders.add(own)
    picture(shelf.store.data / "derived" / "preview.jpg", 99)
    found = taken_in(shelf, tmp_path)  # which has the data folder in it
    assert found.counts["new"] == 4


def test_a_folder_above_takes_over_the_files_of_one_below(shelf: Shelf, album: Path) -> None:
    taken_in(shelf, album / "2019")
    before = {kept[0] for kept in _known(shelf).values()}
    assert taken_in(shelf, album).counts["new"] == 1
    assert shelf.count("root") == 1
    assert before < {kept[0] for kept in _known(shelf).values()}
    assert looked_again(shelf) == {"unchanged": 4}
    assert taken_in(shelf, album / "2020").counts["unchanged"] == 1


def test_what_cannot_be_looked_into_is_not_taken_for_gone(
    shelf: Shelf, album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_in(shelf, album)
    closed = album / "2019" / "Lisbon"
    listing = os.scandir

    def scandir(folder: Path) -> object:  # nothing is closed to root, as whom tests may run
        if Path(folder) == closed:
            raise PermissionError(13, "Permission denied", str(folder))
        return listing(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert looked_again(shelf) == {"unchanged": 1}


def test_a_file_being_written_is_left_for_the_next_time(shelf: Shelf, album: Path) -> None:
    folders = shelf.in_place()
    root, _ = folders.add(album)
    assert folders.look(root, wish=Wish(settled_s=60)).counts["busy"] == 4
    then = time.time() - 100
    for path in album.rglob("*"):
        os.utime(path, (then, then))
    assert folders.look(root, wish=Wish(settled_s=60)).counts["new"] == 4


def _deeds(shelf: Shelf) -> list[dict[str, object]]:
    rows = shelf.rows("select kind, title, state, done::int, total::int, message from deed order by id")
    return [dict(row) for row in rows]


def test_a_look_is_a_deed_that_says_how_far_it_is(shelf: Shelf, album: Path) -> None:
    taken_in(shelf, album)
    folders = shelf.in_place()
    (root,) = folders.roots()
    assert folders.look_seen(root, always=False).counts["unchanged"] == 4
    assert _deeds(shelf) == [], "the server's look that reads nothing is not worth a line"
    (album / "2020" / "IMG_9.png").unlink()
    folders.look_seen(root, always=False)
    assert _deeds(shelf) == []
    picture(album / "2021" / "IMG_20.jpg", 20)
    os.utime(album / "2019" / "Lisbon" / "IMG_0.jpg", (1, 1))
    seen = folders.look_seen(root, always=False)
    assert {status: count for status, count in seen.counts.items() if count} == {"unchanged": 3, "new": 1}
    deed = {"kind": "rescan", "title": "Pictures", "state": "done", "done": 4, "total": 4}
    assert _deeds(shelf) == [{**deed, "message": "3 unchanged, 1 new"}]
    folders.look_seen(root)
    assert _deeds(shelf)[1:] == [{**deed, "message": "4 unchanged"}], "what a person asks for is always seen"


def test_a_look_ends_when_somebody_asks_and_goes_on_the_next_time(
    shelf: Shelf, album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_in(shelf, album)
    (album / "2020" / "IMG_9.png").unlink()
    for number in range(20, 30):
        picture(album / "2021" / f"IMG_{number}.jpg", number)
    monkeypatch.setattr(deeds, "_WRITE_EVERY_S", 0.0)
    folders = shelf.in_place()
    (root,) = folders.roots()

    def ask_for_its_end(_more: int, _found: int, path: str | None) -> None:
        if path == "Pictures/2021/IMG_23.jpg":
            with shelf.database.transaction() as connection:
                deeds.cancel(connection, 1, shelf.value("select id from deed"))

    with pytest.raises(deeds.Cancelled):
        folders.look_seen(root, wish=Wish(step=ask_for_its_end), always=False)
    assert shelf.count("asset") == 4 + 5
    assert shelf.value("select count(*)::int from file where missing_since is not null") == 0
    assert (_deeds(shelf)[0]["state"], _deeds(shelf)[0]["done"], _deeds(shelf)[0]["total"]) == ("cancelled", 8, 13)
    assert looked_again(shelf) == {"unchanged": 8, "new": 5, "missing": 1}
