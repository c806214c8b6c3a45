"""Taking files in, by copy, move, index and the watched folder, against a real store and PostgreSQL."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bus.postgres import PostgresBus
from core.errors import RefusedFile
from db.connect import Database
from library.deliver import deliver, reconcile, repair
from library.inbox import Inbox
from library.ingest import Ingest
from tests.integration.shelf import Shelf, open_shelf


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "pictures"
    (folder / "2019" / "Lisbon").mkdir(parents=True)
    for number in range(3):
        picture = Image.new("RGB", (40 + number, 30), (10 * number, 80, 120))
        picture.save(folder / "2019" / "Lisbon" / f"IMG_{number}.jpg")
    yield folder


def test_a_file_is_stored_once_read_only_and_its_jobs_are_delivered(shelf: Shelf, pictures: Path) -> None:
    source = pictures / "2019" / "Lisbon" / "IMG_0.jpg"
    first = shelf.ingest().copy(source, "2019/Lisbon/IMG_0.jpg", "command", 1)
    again = shelf.ingest().copy(source, "elsewhere/copy.jpg", "command", 1)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.asset_id == again.asset_id
    stored = [path for path in shelf.store.originals.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in stored] == [source.read_bytes()]
    assert stored[0].stat().st_mode & 0o222 == 0
    assert shelf.count("asset") == shelf.count("file") == 1
    assert shelf.count("file_path") == 2
    assert shelf.bus().depths(["preview", "metadata", "objects"]) == {"preview": 1, "metadata": 1, "objects": 0}
    assert list(shelf.store.incoming.iterdir()) == []


def test_twenty_parallel_arrivals_of_the_same_bytes_are_one_asset(shelf: Shelf, pictures: Path) -> None:
    source = pictures / "2019" / "Lisbon" / "IMG_1.jpg"
    done: list[bool] = []

    def arrive(number: int) -> None:
        done.append(shelf.ingest().copy(source, f"from {number}.jpg", "api", 1).is_new)

    threads = [threading.Thread(target=arrive, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 20
    assert sum(done) == 1
    assert shelf.count("asset") == 1
    assert shelf.count("job") == 2
    assert len([path for path in shelf.store.originals.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.jpg", b""),
        ("notes.jpg", b"just some words, not a picture at all"),
        ("page.png", b"<html><script>alert(1)</script></html>"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("zeros.jpg", bytes(4096)),
    ],
)
def test_what_is_no_photo_or_video_is_refused_and_leaves_nothing(
    shelf: Shelf, tmp_path: Path, name: str, content: bytes
) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(RefusedFile):
        shelf.ingest().copy(source, name, "command", 1)
    assert shelf.count("asset") == 0
    assert [path for path in shelf.store.originals.rglob("*") if path.is_file()] == []
    assert list(shelf.store.incoming.iterdir()) == []


def test_a_link_and_a_pipe_are_refused(shelf: Shelf, pictures: Path, tmp_path: Path) -> None:
    link, pipe = tmp_path / "link.jpg", tmp_path / "pipe.jpg"
    link.symlink_to(pictures / "2019" / "Lisbon" / "IMG_0.jpg")
    os.mkfifo(pipe)
    for source in (link, pipe):
        with pytest.raises(RefusedFile, match="not a plain file"):
            shelf.ingest().copy(source, source.name, "command", 1)


def test_a_file_indexed_in_place_stays_where_it_is(shelf: Shelf, pictures: Path) -> None:
    source = pictures / "2019" / "Lisbon" / "IMG_2.jpg"
    before = source.stat()
    done = shelf.ingest().index(source, "Lisbon/IMG_2.jpg", "command", 1)
    assert done.is_new
    assert source.stat() == before
    assert [path for path in shelf.store.originals.rglob("*") if path.is_file()] == []
    with shelf.database.transaction() as connection:
        row = connection.execute("select kept, location from file").fetchone()
    assert row == {"kept": "in_place", "location": str(source)}


def _age(folder: Path) -> None:
    """Make everything look as if it had been lying there for a minute."""
    then = time.time() - 60
    for path in folder.rglob("*"):
        os.utime(path, (then, then), follow_symlinks=False)


def _sweep(inbox: Inbox) -> None:
    inbox.sweep()
    _age(inbox.folder)
    inbox.sweep()
    inbox.sweep()


def test_the_inbox_empties_and_sets_aside_what_it_refuses(shelf: Shelf, tmp_path: Path, pictures: Path) -> None:
    inbox = Inbox(tmp_path / "inbox", shelf.ingest(), lambda: 1)
    (inbox.folder / "trip").mkdir()
    (pictures / "2019" / "Lisbon" / "IMG_0.jpg").rename(inbox.folder / "trip" / "IMG_0.jpg")
    (inbox.folder / "trip" / "notes.txt").write_text("no picture")
    (inbox.folder / "half.jpg.part").write_bytes(b"\xff\xd8 half of a file")
    (inbox.folder / "link.jpg").symlink_to(pictures / "2019" / "Lisbon" / "IMG_1.jpg")
    _sweep(inbox)
    assert shelf.count("asset") == 1
    aside = list((inbox.folder / "taken").rglob("*.jpg"))
    assert [path.relative_to(inbox.folder / "taken").parts[1:] for path in aside] == [("trip", "IMG_0.jpg")]
    left = sorted(
        str(path.relative_to(inbox.folder))
        for path in inbox.folder.rglob("*")
        if not path.is_dir() and path not in aside
    )
    assert left == [
        "half.jpg.part",
        "refused/link.jpg",
        "refused/link.jpg.reason.txt",
        "refused/trip/notes.txt",
        "refused/trip/notes.txt.reason.txt",
    ]
    assert "text" in (inbox.folder / "refused" / "trip" / "notes.txt.reason.txt").read_text()
    with shelf.database.transaction() as connection:
        row = connection.execute("select path, came_by from file_path").fetchone()
    assert row == {"path": "trip/IMG_0.jpg", "came_by": "inbox"}


def test_the_inbox_sets_hostile_names_aside_with_their_reasons(shelf: Shelf, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox", shelf.ingest(), lambda: 1)
    names = [b"\xff\xfe.jpg", b"l" * 255, "ü".encode() * 127, b"two\nlines\x1b[2J.jpg", b"." * 3 + b"x"]
    for name in names:
        (inbox.folder / os.fsdecode(name)).symlink_to("/etc/passwd")
    again = inbox.folder / "refused" / ("l" * 255)
    again.parent.mkdir()
    again.touch()
    _sweep(inbox)
    aside = [path for path in (inbox.folder / "refused").iterdir() if path.is_symlink()]
    assert len(aside) == 4
    reasons = list((inbox.folder / "refused").glob("*.reason.txt"))
    assert len(reasons) == 4
    for reason in reasons:
        text = reason.read_text(encoding="utf-8")
        assert "not a plain file" in text
        assert text.count("\n") == 1
        assert "\x1b" not in text


def test_a_text_that_is_called_like_a_reason_is_not_written_over(shelf: Shelf, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox", shelf.ingest(), lambda: 1)
    (inbox.folder / "a.txt").write_text("refused")
    mine = inbox.folder / "refused" / "a.txt.reason.txt"
    mine.parent.mkdir()
    mine.write_text("my own words")
    _sweep(inbox)
    assert mine.read_text() == "my own words"
    assert "text" in (inbox.folder / "refused" / "a (2).txt.reason.txt").read_text()


def test_a_file_that_breaks_the_code_does_not_stop_the_inbox(
    shelf: Shelf, tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(tmp_path / "inbox", shelf.ingest(), lambda: 1)
    sources = sorted(pictures.rglob("*.jpg"))
    (inbox.folder / "a.jpg").write_bytes(sources[0].read_bytes())
    (inbox.folder / "b.jpg").write_bytes(sources[1].read_bytes())
    whole = Ingest._keep

    def breaks(self: Ingest, received: Any, path: str, *rest: Any) -> Any:
        if path == "a.jpg":
            raise RecursionError("too deep")
        return whole(self, received, path, *rest)

    monkeypatch.setattr(Ingest, "_keep", breaks)
    _sweep(inbox)
    assert "RecursionError" in (inbox.folder / "refused" / "a.jpg.reason.txt").read_text()
    assert not (inbox.folder / "b.jpg").exists()


def test_a_file_still_being_copied_into_the_inbox_is_left_alone(
    shelf: Shelf, tmp_path: Path, pictures: Path
) -> None:
    inbox = Inbox(tmp_path / "inbox", shelf.ingest(), lambda: 1)
    whole = (pictures / "2019" / "Lisbon" / "IMG_0.jpg").read_bytes()
    growing = inbox.folder / "growing.jpg"
    growing.write_bytes(whole[:100])
    inbox.sweep()
    with growing.open("ab") as opened:
        opened.write(whole[100:])
    inbox.sweep()
    inbox.sweep()
    assert growing.exists()
    assert shelf.count("asset") == 0
    _sweep(inbox)
    assert not growing.exists()
    assert shelf.count("asset") == 1


def test_what_was_not_delivered_or_got_lost_is_delivered_again(shelf: Shelf, pictures: Path) -> None:
    bus = shelf.bus()
    shelf.ingest().copy(pictures / "2019" / "Lisbon" / "IMG_0.jpg", "a.jpg", "command", 1)
    with shelf.database.transaction() as connection:
        connection.execute("delete from delivery")
        connection.execute("update job set delivered_at = null")
    assert reconcile(shelf.database, bus) == 2
    assert sum(bus.depths(["preview", "metadata"]).values()) == 2
    with shelf.database.transaction() as connection:  # the queue is purged, an hour after the delivery
        connection.execute("delete from delivery")
        connection.execute("update job set delivered_at = now() - interval '1 hour'")
    assert repair(shelf.database, bus) == 2
    assert reconcile(shelf.database, bus) == 2
    assert repair(shelf.database, bus) == 0
    assert reconcile(shelf.database, bus) == 0


def test_a_queue_that_is_away_does_not_lose_the_file(shelf: Shelf, pictures: Path) -> None:
    away = PostgresBus("postgresql://nobody@/nothing?host=/nowhere")
    door = Ingest(shelf.database, shelf.store, away)
    assert door.copy(pictures / "2019" / "Lisbon" / "IMG_0.jpg", "a.jpg", "command", 1).is_new
    assert reconcile(shelf.database, shelf.bus()) == 2
    deliver(shelf.database, away, [])
