"""The inbox and --move never take a file from under its writer, and never the only whole copy of it."""

import mmap
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import NotRemoved, StillWritten
from db.connect import Database
from library import taken as taken_files
from library.arriving import CHANGING, NOT_WHOLE, OPEN, Arriving, Patience, Still, look_at
from library.inbox import Inbox, Waiting
from library.looks import Wish
from library.taken import Aside, Taken
from media.writers import being_written
from tests.integration.shelf import Shelf, open_shelf
from tests.media_files import media_files


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def told() -> list[Waiting]:
    return []


@pytest.fixture
def inbox(shelf: Shelf, tmp_path: Path, told: list[Waiting]) -> Inbox:
    def tell(waiting: list[Waiting]) -> None:
        told[:] = waiting

    return Inbox(tmp_path / "inbox", shelf.ingest(), lambda: 1, tell=tell)


PHOTO = media_files().path("bus").read_bytes()
FILM = (media_files().path("videos") / "small.mp4").read_bytes()


def sweeping(inbox: Inbox, until: Callable[[], bool], most_s: float = 60.0) -> None:
    """As `fovea up` does it, a second apart."""
    deadline = time.monotonic() + most_s
    while not until():
        assert time.monotonic() < deadline, "it never came to that"
        inbox.sweep()
        time.sleep(0.5)


def in_pieces(
    write: Callable[[Path, bytes, int], None], path: Path, data: bytes, pause_s: float
) -> threading.Thread:
    """Four pieces with pauses between, by a thread."""

    def run() -> None:
        for start in range(0, len(data), len(data) // 4 + 1):
            write(path, data[start : start + len(data) // 4 + 1], start)
            time.sleep(pause_s)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def append(path: Path, piece: bytes, _: int) -> None:
    with path.open("ab") as opened:
        opened.write(piece)


def into_place(path: Path, piece: bytes, start: int) -> None:
    """Into a file whose size was set ahead."""
    with path.open("r+b") as opened:
        opened.seek(start)
        opened.write(piece)


@pytest.mark.parametrize(("name", "data"), [("a.jpg", PHOTO), ("b.mp4", FILM)])
@pytest.mark.parametrize("how", ["appended", "size set ahead"])
def test_a_copy_that_pauses_is_stored_whole(
    shelf: Shelf, inbox: Inbox, told: list[Waiting], name: str, data: bytes, how: str
) -> None:
    """Opened anew for each piece, so that the kernel sees nobody in between."""
    path = inbox.folder / name
    if how == "size set ahead":
        with path.open("wb") as opened:
            opened.truncate(len(data))
    writer = in_pieces(append if how == "appended" else into_place, path, data, 2.5)
    sweeping(inbox, lambda: bool(told))
    assert told[0].path == name
    sweeping(inbox, lambda: shelf.count("file") == 1)
    writer.join()
    assert shelf.value("select bytes from file") == len(data)
    assert shelf.value("select damaged from file") is None
    assert [path.read_bytes() for path in shelf.store.originals.rglob("*") if path.is_file()] == [data]


def test_one_that_is_begun_anew_is_stored_whole(shelf: Shelf, inbox: Inbox) -> None:
    path = inbox.folder / "a.jpg"
    path.write_bytes(PHOTO[: len(PHOTO) // 2])
    sweeping(inbox, lambda: False if inbox.sweep() else path.stat().st_mtime < time.time() - 3)
    path.write_bytes(PHOTO)
    sweeping(inbox, lambda: shelf.count("file") == 1)
    assert shelf.value("select bytes from file") == len(PHOTO)


def test_who_holds_it_open_is_waited_for_however_long(shelf: Shelf, inbox: Inbox, told: list[Waiting]) -> None:
    path = inbox.folder / "a.jpg"
    path.write_bytes(PHOTO)
    os.utime(path, (1, 1))  # and an old time, as copies bear it
    holder = subprocess.Popen(
        [sys.executable, "-c", f"f = open({str(path)!r}, 'ab'); input()"], stdin=subprocess.PIPE
    )
    try:
        sweeping(inbox, lambda: being_written(path) is True)
        for _ in range(4):
            inbox.sweep()
        assert [each.reason for each in told] == [OPEN]
        with pytest.raises(StillWritten):
            shelf.ingest().move(path, "a.jpg", "command", 1)
        assert shelf.count("file") == 0
    finally:
        holder.communicate(b"\n")
    sweeping(inbox, lambda: shelf.count("file") == 1)
    assert told == []


def test_memory_that_is_mapped_counts_as_open(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(PHOTO)
    assert being_written(path) is False
    with path.open("r+b") as opened:
        mapped = mmap.mmap(opened.fileno(), 0)
    assert being_written(path) is True, "the file is closed, its memory is not"
    mapped.close()
    assert being_written(path) is False


def test_a_name_that_comes_at_the_end_is_waited_for(shelf: Shelf, inbox: Inbox, told: list[Waiting]) -> None:
    for name in ("a.jpg.part", ".a.jpg.Xk2f9a", "a.jpg.filepart"):
        (inbox.folder / name).write_bytes(PHOTO)
        os.utime(inbox.folder / name, (1, 1))
    for _ in range(3):
        inbox.sweep()
    assert shelf.count("file") == 0
    assert [each.path for each in told] == ["a.jpg.filepart", "a.jpg.part"]
    (inbox.folder / ".a.jpg.Xk2f9a").rename(inbox.folder / "a.jpg")
    sweeping(inbox, lambda: shelf.count("file") == 1)


def test_a_half_photo_is_taken_in_the_end_and_said_to_be_damaged(shelf: Shelf, tmp_path: Path) -> None:
    told: list[str] = []
    quick = Patience(closed_cut=Still(2.0, 1e9))
    inbox = Inbox(
        tmp_path / "inbox",
        shelf.ingest(),
        lambda: 1,
        patience=quick,
        tell=lambda waiting: told.extend(each.reason for each in waiting),
    )
    (inbox.folder / "half.jpg").write_bytes(PHOTO[:50_000])
    sweeping(inbox, lambda: shelf.count("file") == 1)
    assert NOT_WHOLE in told
    assert shelf.value("select damaged from asset") is not None


def test_waiting_grows_with_size_where_the_kernel_cannot_tell() -> None:
    patience = Patience()

    def needed_s(closed: bool, state: str, size: int) -> float:
        return patience.still(closed=closed, state=state).needed_s(size)

    for size in (10_000, 4_000_000_000):
        assert needed_s(True, "whole", size) < needed_s(False, "whole", size) < needed_s(False, "cut", size)
        assert needed_s(True, "whole", size) < needed_s(True, "silent", size) < needed_s(True, "cut", size)
    assert patience.whole.needed_s(4_000_000_000) > 10 * patience.whole.needed_s(10_000)


def test_where_the_kernel_cannot_tell_a_whole_file_stays_still_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("library.arriving.being_written", lambda _: None)  # a network folder
    path = tmp_path / "a.jpg"
    path.write_bytes(PHOTO)
    os.utime(path, (1, 1))
    arriving = Arriving(Patience(whole=Still(1.5, 1e12)))
    assert arriving.why_not(path, look_at(path)) == CHANGING
    assert arriving.why_not(path, look_at(path)) == CHANGING, "its time says nothing there"
    time.sleep(1.6)
    assert arriving.why_not(path, look_at(path)) is None


def test_what_was_taken_lies_aside_for_a_day(shelf: Shelf, inbox: Inbox) -> None:
    (inbox.folder / "trip").mkdir()
    (inbox.folder / "trip" / "a.jpg").write_bytes(PHOTO)
    sweeping(inbox, lambda: shelf.count("file") == 1)
    (aside,) = (inbox.folder / "taken").rglob("a.jpg")
    assert aside.read_bytes() == PHOTO and aside.parent.name == "trip"
    inbox.sweep()
    inbox.sweep()
    assert (shelf.count("file_path"), aside.exists()) == (1, True), "it is not looked at again"
    folders = shelf.in_place(inbox.folder)
    root, under = folders.add(inbox.folder.parent)
    assert not [each for each in folders.look(root, under, Wish(by_person=True)).outcomes if "taken" in each.path]


def at(folder: Path, age_s: float) -> Path:
    """A folder of `taken` as if it had been filled so long ago."""
    stamp = time.strftime("%Y-%m-%dT%H-%M-%SZ", time.gmtime(time.time() - age_s))
    (folder / "taken" / stamp).mkdir(parents=True)
    return folder / "taken" / stamp


@pytest.fixture
def changed_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test cannot set the time of a change, so what is young counts as old."""
    monkeypatch.setattr(taken_files, "_CHANGED_AFTER_S", 1e9)


@pytest.mark.usefixtures("changed_long_ago")
def test_aside_is_bounded_by_time_and_size_and_emptied_when_the_disk_fills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, middle, young = (at(tmp_path, age_s) for age_s in (90_000, 7000, 100))
    for folder in (old, middle, young):
        (folder / "a.jpg").write_bytes(PHOTO)
    (tmp_path / "taken" / "mine").mkdir()
    (tmp_path / "taken" / "mine" / "b.jpg").write_bytes(PHOTO)
    Taken(tmp_path, Aside()).tidy()
    assert [folder.exists() for folder in (old, middle, young)] == [False, True, True]
    Taken(tmp_path, Aside(most_bytes=len(PHOTO) + 1)).tidy()
    assert [folder.exists() for folder in (middle, young)] == [False, True]
    monkeypatch.setattr(taken_files, "_SCARCE_BYTES", 1 << 60)
    kept = Taken(tmp_path, Aside())
    kept.tidy()
    assert not young.exists()
    (tmp_path / "c.jpg").write_bytes(PHOTO)
    kept.put(tmp_path / "c.jpg", Path("c.jpg"))
    assert not (tmp_path / "c.jpg").exists()
    assert (tmp_path / "taken" / "mine" / "b.jpg").exists(), "a folder of somebody's own is none of ours"


def test_a_folder_called_taken_is_taken_in(shelf: Shelf, inbox: Inbox) -> None:
    (inbox.folder / "taken" / "by me").mkdir(parents=True)
    (inbox.folder / "taken" / "by me" / "a.jpg").write_bytes(PHOTO)
    sweeping(inbox, lambda: shelf.count("file") == 1)
    assert shelf.value("select path from asset") == "taken/by me/a.jpg"


def test_what_was_written_to_after_it_was_taken_comes_back(shelf: Shelf, inbox: Inbox) -> None:
    """Its writer still had the old name's file."""
    aside = at(inbox.folder, 90_000)
    (aside / "a.jpg").write_bytes(PHOTO)  # changed just now, so after it was taken
    inbox.sweep()
    assert (inbox.folder / "a.jpg").read_bytes() == PHOTO and not aside.exists()
    sweeping(inbox, lambda: shelf.count("file") == 1)


def test_nothing_goes_that_cannot_be_read_back(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(PHOTO)
    monkeypatch.setattr(type(shelf.store), "digest", lambda *_: b"other bytes")
    with pytest.raises(NotRemoved, match="reads back as other bytes"):
        shelf.ingest().move(path, "a.jpg", "command", 1)
    assert path.read_bytes() == PHOTO


def test_what_changes_while_it_is_read_stays(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(PHOTO)
    times = path.stat()
    whole = type(shelf.store).keep

    def meddle(self: object, received: object, sha512: bytes, extension: str) -> str:
        spoiled = bytearray(PHOTO)
        spoiled[1000] ^= 1
        path.write_bytes(spoiled)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # same size, same time
        return whole(self, received, sha512, extension)  # type: ignore[arg-type]

    monkeypatch.setattr(type(shelf.store), "keep", meddle)
    with pytest.raises(StillWritten, match="changed while it was read"):
        shelf.ingest().move(path, "a.jpg", "command", 1)
    assert path.exists()


def test_from_an_inbox_that_may_only_be_read_files_are_taken_once_and_it_is_said(
    shelf: Shelf, inbox: Inbox, told: list[Waiting], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox.folder / "a.jpg"
    path.write_bytes(PHOTO)

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Taken, "put", refuse)
    sweeping(inbox, lambda: shelf.count("file") == 1)
    reads: list[Path] = []
    monkeypatch.setattr(type(shelf.ingest()), "move", lambda _, source, *__: reads.append(source))
    for _ in range(3):
        inbox.sweep()
    assert reads == [] and path.exists()
    (waiting,) = told
    assert "stored, but cannot be removed here: Read-only file system" in waiting.reason


def test_a_file_that_is_being_copied_into_a_folder_in_place_waits_for_the_next_look(
    shelf: Shelf, tmp_path: Path
) -> None:
    album = tmp_path / "album"
    album.mkdir()
    (album / "whole.jpg").write_bytes(PHOTO)
    (album / "half.jpg").write_bytes(PHOTO[:60_000])
    opened = (album / "open.jpg").open("wb")
    opened.write(FILM)
    opened.flush()
    for path in album.iterdir():
        os.utime(path, (time.time() - 8, time.time() - 8))
    folders = shelf.in_place()
    root, under = folders.add(album)
    found = folders.look(root, under, Wish(settled_s=3.0))
    opened.close()
    reasons = {each.path: each.reason for each in found.outcomes if each.status == "busy"}
    assert reasons == {"album/half.jpg": NOT_WHOLE, "album/open.jpg": OPEN}
    assert found.counts["new"] == 1
