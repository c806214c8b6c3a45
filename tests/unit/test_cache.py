"""The cache: whole files or none, the one used longest ago goes first, what is in use stays."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

import pytest

from core.errors import NoRoom
from media.cache import Cache


def filled(cache: Cache, name: str, data: bytes = b"x" * 1000) -> Path:
    def write(opened: IO[bytes]) -> bool:
        cache.make_room_for(len(data))
        return opened.write(data) == len(data)

    place = cache.place("originals", name)
    assert cache.fill(place, write)
    return place


def use(cache: Cache, place: Path) -> bool:
    handle = cache.open(place)
    if handle is not None:
        os.close(handle)
    return handle is not None


def age(place: Path, seconds: float) -> None:
    """As if it had been used last so long ago."""
    os.utime(place, (time.time() - seconds, place.stat().st_mtime))


def files(cache: Cache) -> set[str]:
    return {path.name for path in cache.folder.rglob("*") if path.is_file() and path.name != "shrinking"}


def test_a_file_is_there_whole_and_read_only(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 10_000)
    place = cache.place("originals", "abc.jpg")
    assert place == tmp_path / "originals" / "ab" / "abc.jpg"
    assert not use(cache, place)
    filled(cache, "abc.jpg", b"data")
    assert place.read_bytes() == b"data"
    assert place.stat().st_mode & 0o777 == 0o444
    assert use(cache, place)
    assert cache.fill(place, lambda _: pytest.fail("it is here"))


def test_what_failed_or_does_not_exist_leaves_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 10_000)

    def fail(opened: IO[bytes]) -> bool:
        opened.write(b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cache.fill(cache.place("originals", "abc.jpg"), fail)
    assert not cache.fill(cache.place("originals", "abc.jpg"), lambda _: False)
    assert files(cache) == set()


def test_the_one_used_longest_ago_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 10_000)
    for number in range(9):
        age(filled(cache, f"a{number}"), 1000 + number)
    assert use(cache, cache.place("originals", "a8")), "it was the oldest"
    filled(cache, "b0", b"x" * 3000)
    assert files(cache) == {"a0", "a1", "a2", "a3", "a4", "a8", "b0"}, "down to nine tenths"


def test_what_was_asked_for_just_now_stays(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 2_000)
    for number in range(9):
        age(filled(cache, f"a{number}"), 80)
    assert len(files(cache)) == 9, "too much, and all of it in use"
    for number in range(9):
        age(cache.place("originals", f"a{number}"), 100)
    filled(cache, "b0")
    assert files(cache) == {"b0"}


_HOLD = """
import sys, time
from pathlib import Path
from media.cache import Cache
cache = Cache(Path(sys.argv[1]), 1000)
assert cache.open(Path(sys.argv[2])) is not None
print("held", flush=True)
time.sleep(60)
"""


def test_what_another_process_holds_stays_until_that_ends(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1_000)
    place = filled(cache, "held")
    root = Path(__file__).parents[2]
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path), str(place)], stdout=subprocess.PIPE, cwd=root
    )
    with holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        age(place, 1000)
        age(filled(cache, "b0"), 1000)
        filled(cache, "b1")
        assert files(cache) == {"held", "b1"}
        holder.kill()
        holder.wait()
    filled(cache, "b2")
    assert "held" not in files(cache)


def test_a_full_disk_makes_room_or_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path, 1_000_000)
    for number in range(5):
        age(filled(cache, f"a{number}", b"x" * 10_000), 1000 - number)
    room = [3_000]

    class Usage:
        @property
        def free(self) -> int:
            return room[0] + sum(10_000 for number in range(5) if f"a{number}" not in files(cache))

    monkeypatch.setattr("media.cache._KEEP_FREE_BYTES", 0)
    monkeypatch.setattr("media.cache.shutil.disk_usage", lambda _: Usage())
    cache.make_room_for(20_000)
    assert files(cache) == {"a2", "a3", "a4"}
    with pytest.raises(NoRoom, match="full"):
        cache.make_room_for(100_000)


def test_a_file_received_here_is_taken_over_also_from_another_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path / "cache", 10_000)
    for name, far in (("near", False), ("far", True)):
        source = tmp_path / name
        source.write_bytes(b"data")
        if far:

            def refuse(self: Path, target: Path, rename: object = Path.rename, source: Path = source) -> Path:
                if self == source:
                    raise OSError(18, "Invalid cross-device link")
                return rename(self, target)  # type: ignore[operator, no-any-return]

            monkeypatch.setattr(Path, "rename", refuse)
        cache.adopt(source, cache.place("originals", name))
        assert cache.place("originals", name).read_bytes() == b"data"
        assert cache.place("originals", name).stat().st_mode & 0o222 == 0


def test_a_file_dropped_while_somebody_has_another_name_of_it_is_gone(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", 10_000)
    source = tmp_path / "upload"
    source.write_bytes(b"data")
    whole = tmp_path / "upload.whole"
    whole.hardlink_to(source)
    place = cache.place("originals", "abc")
    cache.adopt(whole, place)
    cache.drop(place)
    assert not use(cache, place)


def test_files_in_use_are_never_half_or_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.cache._STAYS_S", 0.0)
    wrong: list[str] = []

    def work(seed: int) -> None:
        cache = Cache(tmp_path, 20_000)
        for turn in range(150):
            name = f"{(turn * seed) % 30:02}"
            data = name.encode() * 1000
            while True:
                place = filled(cache, name, data)
                handle = cache.open(place)
                if handle is not None:
                    break
            for _ in range(2):
                try:
                    if place.read_bytes() != data:
                        wrong.append(f"{name} is half")
                except FileNotFoundError:
                    wrong.append(f"{name} is gone")
            os.close(handle)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 7, 11, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert list((tmp_path / "unfinished").iterdir()) == []


def test_what_killed_processes_left_is_cleared(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 10_000)
    fresh = cache.fresh_folder()
    (fresh / "preview.jpg").write_bytes(b"half")
    (tmp_path / "unfinished" / "abc.jpg").write_bytes(b"half")
    assert cache.clear_unfinished(age_s=60.0) == 0
    assert cache.clear_unfinished() == 2
    assert list((tmp_path / "unfinished").iterdir()) == []
