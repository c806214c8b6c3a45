"""Verifying a library: real files in a real store, each wrong in its own way."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from db.connect import Database
from library import deeds
from library.findings import Finding, Verified
from library.verify import VerifyWish, since_when, verify
from media.derived import DerivedFolder
from media.store_folder import FolderStore
from tests.integration.api.stocked import jpeg
from tests.integration.shelf import Shelf, open_shelf, taken_in

NOW = VerifyWish(young_s=0)


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path / "data") as made:
        door = made.ingest()
        for number in range(6):
            source = tmp_path / f"IMG_{number}.jpg"
            source.write_bytes(jpeg(number))
            door.copy(source, f"IMG_{number}.jpg", "command", 1)
        yield made


def looked(shelf: Shelf, wish: VerifyWish = NOW) -> Verified:
    return verify(shelf.database, shelf.store, 1, wish)


def found(verified: Verified) -> dict[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for finding in verified.findings:
        kinds.setdefault(finding.kind, []).append(finding.what)
    return kinds


def locations(shelf: Shelf) -> list[str]:
    return [
        row["location"] for row in shelf.rows("select location from file where kept = 'store' order by location")
    ]


def spoil(path: Path) -> None:
    """Flip one bit, and leave size and time as they were."""
    state = path.stat()
    path.chmod(0o644)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def test_a_whole_library_is_well(shelf: Shelf) -> None:
    verified = looked(shelf)
    assert verified.is_well and verified.finished and verified.findings == []
    assert verified.files == 6
    assert verified.bytes == shelf.value("select sum(bytes)::bigint from file")
    rows = shelf.rows("select kind, title, state, done::int, total::int, message from deed")
    assert rows == [
        {"kind": "verify", "title": "all bytes", "state": "done", "done": 6, "total": 6, "message": "6 files"}
    ]


def test_damaged_missing_and_shortened_files_are_told_apart(shelf: Shelf) -> None:
    first, second, third, *_ = locations(shelf)
    folder = shelf.store.data / "originals"
    spoil(folder / first)
    (folder / second).unlink()
    (folder / third).chmod(0o644)
    with (folder / third).open("r+b") as opened:
        opened.truncate(100)
    verified = looked(shelf)
    assert found(verified) == {"damaged": [first, third], "missing": [second]}
    assert not verified.is_well
    quick = looked(shelf, replace(NOW, quick=True))
    assert found(quick) == {"damaged": [third], "missing": [second]}, "a flipped bit is only seen by reading"
    assert all((folder / each).exists() for each in (first, third)), "nothing was removed"


def test_unknown_files_are_told_once_they_are_old_enough_and_moved_only_when_asked(shelf: Shelf) -> None:
    folder = shelf.store.data / "originals"
    strangers = ["00/stray.txt", "aa/bb/" + "cd" * 64 + ".jpg", "zz.jpg", "caf\\xe9.jpg"]
    for name in strangers[:3]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"whose is it?")
    (folder / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"no text can hold this name")
    assert looked(shelf, VerifyWish()).is_well, "a file that came just now is on its way in"
    verified = looked(shelf)
    assert sorted(found(verified)["orphan"]) == sorted(strangers)
    assert verified.files == 6 and not verified.is_well
    moved = looked(shelf, replace(NOW, aside=True))
    assert moved.is_well and moved.settled["orphan"] == 4
    lost = shelf.store.data / "lost+found" / "originals"
    assert (lost / strangers[1]).read_bytes() == b"whose is it?"
    assert (lost / os.fsdecode(b"caf\xe9.jpg")).exists()
    assert looked(shelf).findings == []


def test_a_file_that_comes_in_while_it_is_looked_for_is_no_orphan(shelf: Shelf, tmp_path: Path) -> None:
    """Ingest and the trash go on while the store is verified again and again."""
    stop = threading.Event()

    def bring_in() -> None:
        door = shelf.ingest()
        number = 100
        while not stop.is_set():
            source = tmp_path / f"new_{number}.jpg"
            source.write_bytes(jpeg(number))
            door.copy(source, source.name, "command", 1)
            number += 1

    busy = threading.Thread(target=bring_in)
    busy.start()
    try:
        until = time.monotonic() + 3
        while time.monotonic() < until:
            verified = looked(shelf, VerifyWish(young_s=5, aside=True, threads=2))
            assert verified.findings == []
    finally:
        stop.set()
        busy.join()
    assert looked(shelf).is_well
    assert looked(shelf).files > 10


def test_files_in_place_are_away_changed_or_damaged(shelf: Shelf, tmp_path: Path) -> None:
    album = tmp_path / "album"
    album.mkdir()
    for number in range(20, 24):
        (album / f"{number}.jpg").write_bytes(jpeg(number))
    taken_in(shelf, album)
    assert looked(shelf).files == 10
    (album / "20.jpg").unlink()
    (album / "21.jpg").write_bytes(jpeg(99))
    spoil(album / "22.jpg")
    verified = looked(shelf)
    assert found(verified) == {
        "away": [str(album / "20.jpg")],
        "changed": [str(album / "21.jpg")],
        "damaged": [str(album / "22.jpg")],
    }
    taken_in(shelf, album)  # the changed one becomes a new revision, which is what counts from then on
    assert found(looked(shelf)) == {"away": [str(album / "20.jpg")], "damaged": [str(album / "22.jpg")]}
    (album / "22.jpg").unlink()
    assert looked(shelf).is_well, "what lies elsewhere is not Fovea's to keep"


def make_previews(shelf: Shelf) -> dict[int, DerivedFolder]:
    made = {}
    shelf.finish_jobs()
    for row in shelf.rows("select id, sha512 from asset order by id"):
        derived = made[row["id"]] = DerivedFolder(shelf.store.data, bytes(row["sha512"]))
        with derived.replacing() as folder:
            picture = Image.new("RGB", (64, 48), (row["id"], 9, 9))
            picture.save(folder / "preview.jpg")
            picture.save(folder / "thumbnail.webp")
    return made


def test_missing_and_cut_off_previews_are_told_and_made_again_when_asked(shelf: Shelf) -> None:
    previews = make_previews(shelf)
    assert looked(shelf).is_well and looked(shelf).previews == 6
    one, two, three, *_ = previews
    previews[one].thumbnail.unlink()
    previews[two].preview.write_bytes(previews[two].preview.read_bytes()[:-20])
    shutil.rmtree(previews[three].path)
    verified = looked(shelf)
    assert [(each.kind, each.asset_ids, each.reason) for each in verified.findings] == [
        ("preview", (one,), "thumbnail.webp"),
        ("preview", (two,), "preview.jpg"),
        ("preview", (three,), "preview.jpg, thumbnail.webp"),
    ]
    assert not verified.is_well
    waiting = "select asset_id from job where analysis = 'preview' and state = 'waiting' order by asset_id"
    assert shelf.rows(waiting) == []
    assert looked(shelf, replace(NOW, repair=True)).is_well
    assert [row["asset_id"] for row in shelf.rows(waiting)] == [one, two, three]
    assert looked(shelf).findings == [], "what is on its way is not told again"


def test_left_overs_of_a_day_ago_are_told_and_fresh_ones_are_not(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shelf.store.data / "incoming" / "incoming-abc").write_bytes(b"half")
    uploads = shelf.store.data / "uploads"
    uploads.mkdir()
    (uploads / ("0" * 32)).write_bytes(b"half")
    (uploads / ("1" * 32)).write_bytes(b"half, and wanted")
    with shelf.database.transaction() as connection:
        connection.execute(
            "insert into upload (id, owner_id, account_id, path, bytes, came_by, expires_at)"
            " values (%s, 1, 1, 'x.jpg', 100, 'web', now() + interval '1 day')",
            ["1" * 32],
        )
    assert looked(shelf).findings == []
    monkeypatch.setattr("library.lost_and_found._LEFT_S", 0.0)
    verified = looked(shelf)
    assert found(verified) == {"left_over": ["incoming/incoming-abc", f"uploads/{'0' * 32}"]}
    assert verified.is_well, "it is in nobody's way"
    assert looked(shelf, replace(NOW, aside=True)).settled["left_over"] == 2
    assert (shelf.store.data / "lost+found" / "incoming" / "incoming-abc").read_bytes() == b"half"
    assert looked(shelf).findings == []


def test_what_was_cut_off_is_gone_on_with(shelf: Shelf) -> None:
    damaged, *_, missing = locations(shelf)
    spoil(shelf.store.data / "originals" / damaged)
    (shelf.store.data / "originals" / missing).unlink()
    (shelf.store.data / "originals" / "00.txt").write_bytes(b"before all others")
    read: list[str] = []

    def stop_after_three(_files: int, _bytes: int, name: str) -> None:
        read.append(name)
        if len(read) == 3:
            raise deeds.Cancelled("enough")

    with pytest.raises(deeds.Cancelled):
        looked(shelf, replace(NOW, threads=1, step=stop_after_three))
    again: list[str] = []
    verified = looked(shelf, replace(NOW, resume=True, step=lambda _f, _b, name: again.append(name)))
    assert found(verified) == {"orphan": ["00.txt"], "damaged": [damaged], "missing": [missing]}
    assert verified.files == 6
    # what was done when it was cut off, in one step, and then only what was left
    assert again[0] == "" and len(again) < 6 and set(again[1:]) | set(read) == set(locations(shelf))
    assert not (shelf.store.data / "verify.json").exists()


def test_only_what_came_lately(shelf: Shelf) -> None:
    shelf.rows("update file set added_at = now() - interval '9 days' where id > 2 returning id")
    first = shelf.value("select location from file where id = 1")
    fifth = shelf.value("select location from file where id = 5")
    for location in (first, fifth):
        spoil(shelf.store.data / "originals" / location)
    now = shelf.value("select now()")
    verified = looked(shelf, replace(NOW, since=since_when("7d", now)))
    assert found(verified) == {"damaged": [first]}
    assert verified.files == 2


def test_findings_are_counted_even_where_they_are_not_listed() -> None:
    verified = Verified(most=2)
    for number in range(5):
        verified.add(Finding("orphan", str(number)))
    assert verified.counts["orphan"] == 5
    assert [each.what for each in verified.findings] == ["0", "1"]


def test_the_command_ends_with_one_when_something_is_wrong(shelf: Shelf) -> None:
    environment = {**os.environ, "FOVEA_DATABASE_URL": shelf.url, "FOVEA_DATA": str(shelf.store.data)}

    def run(*arguments: str) -> tuple[int, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "fovea.main", "verify", "--json", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    code, told = run()
    assert (code, told["well"], told["files"]) == (0, True, 6)
    spoil(shelf.store.data / "originals" / locations(shelf)[0])
    code, told = run()
    assert (code, told["well"], told["counts"]["damaged"]) == (1, False, 1)
    assert told["findings"][0]["what"] == locations(shelf)[0]
    assert run("--since", "last week")[0] == 2
    code, told = run("--resume")
    assert code == 1 and "no verification was cut off" in told


def test_ten_thousand_files_take_no_more_memory_than_a_thousand(tmp_path: Path) -> None:
    """The walk holds the listings of a few folders, whatever there is."""
    import tracemalloc  # noqa: PLC0415

    from media.stock import stored_files  # noqa: PLC0415

    peaks = []
    for count in (1000, 10_000):
        store = FolderStore(tmp_path / str(count))
        for number in range(count):
            name = f"{number * 2654435761 % 2**32:08x}"
            folder = store.originals / name[:2] / name[2:4]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
        tracemalloc.start()
        names = ""
        seen = 0
        for stored in stored_files(store.originals):
            assert stored.location > names
            names, seen = stored.location, seen + 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert seen == count
    assert peaks[1] < peaks[0] * 3
