"""The store, the same questions to both adapters: a folder, and a real S3-compatible server (SeaweedFS)."""

import hashlib
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.errors import RefusedFile, TemporaryError
from media.s3_client import Address
from media.stock import hash_pieces
from media.store import Store
from media.store_folder import FolderStore
from media.store_s3 import S3Store
from tests.s3_server import S3Server, s3_server

CACHE_BYTES = 1_000_000_000


@dataclass
class Kept:
    """A store, and others of the same files as another machine would have them."""

    folder: Path
    address: Address | None
    store: Store

    def elsewhere(self) -> Store:
        """The store as a machine sees it that has nothing here yet."""
        if self.address is None:
            return FolderStore(self.folder)
        return S3Store(self.folder / f"elsewhere-{os.urandom(4).hex()}", self.address, CACHE_BYTES)


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture(params=["folder", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "folder":
        return Kept(tmp_path, None, FolderStore(tmp_path))
    address = request.getfixturevalue("server").bucket()
    return Kept(tmp_path, address, S3Store(tmp_path, address, CACHE_BYTES))


def some_bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def keep(store: Store, data: bytes, extension: str = "jpg") -> str:
    """As ingest does it; the location."""
    with store.receive() as received:
        for start in range(0, len(data), 1 << 20):
            received.write(data[start : start + (1 << 20)])
        return store.keep(received, received.close(), extension)


def sha(data: bytes) -> bytes:
    return hashlib.sha512(data).digest()


def originals(store: Store) -> list[str]:
    return [each.location for each in store.originals_after()]


def test_a_kept_file_is_named_by_its_hash_and_read_only(kept: Kept) -> None:
    data = some_bytes(300_000)
    location = keep(kept.store, data)
    name = sha(data).hex()
    assert location == f"{name[:2]}/{name[2:4]}/{name}.jpg"
    for store in (kept.store, kept.elsewhere()):
        assert store.has(location)
        path = store.path("store", location)
        assert path.read_bytes() == data
        assert path.stat().st_mode & 0o222 == 0
        assert path.name == f"{name}.jpg"
        assert store.place("store", location) == path
    assert list((kept.folder / "incoming").iterdir()) == []


def test_the_same_bytes_again_change_nothing(kept: Kept) -> None:
    data = some_bytes(1000)
    assert keep(kept.store, data) == keep(kept.store, data) == keep(kept.elsewhere(), data)
    assert len(originals(kept.store)) == 1
    assert kept.elsewhere().path("store", originals(kept.store)[0]).read_bytes() == data


def test_an_empty_file_is_refused(kept: Kept) -> None:
    with pytest.raises(RefusedFile, match="empty"):
        keep(kept.store, b"")
    assert originals(kept.store) == []


def test_what_is_not_kept_is_not_there(kept: Kept) -> None:
    with kept.store.receive() as received:
        received.write(b"abc")
        received.close()
    assert originals(kept.store) == []
    assert list((kept.folder / "incoming").iterdir()) == []
    location = f"00/00/{'0' * 128}.jpg"
    assert not kept.store.has(location)
    assert not kept.store.path("store", location).exists()
    with pytest.raises(FileNotFoundError):
        next(kept.store.read(location))


def test_many_keep_the_same_bytes_at_once(kept: Kept) -> None:
    data = some_bytes(2_000_000)
    stores = [kept.store, kept.elsewhere()] * 4
    with ThreadPoolExecutor(len(stores)) as threads:
        locations = set(threads.map(lambda store: keep(store, data), stores))
    assert originals(kept.store) == list(locations)
    assert kept.elsewhere().path("store", *locations).read_bytes() == data


def test_a_large_file(kept: Kept) -> None:
    data = some_bytes(40_000_001)
    location = keep(kept.store, data, "mp4")
    assert hash_pieces(kept.elsewhere().read(location)) == (sha(data), len(data))
    assert sha(kept.elsewhere().path("store", location).read_bytes()) == sha(data)


def test_a_part_of_an_original(kept: Kept) -> None:
    data = some_bytes(3_000_000)
    location = keep(kept.store, data)
    for store in (kept.store, kept.elsewhere()):
        for start, end in ((0, 1), (1_000_000, 2_999_999), (2_999_999, 3_000_000), (0, 3_000_000)):
            assert b"".join(store.read_part(location, start, end)) == data[start:end]
    with pytest.raises(FileNotFoundError):
        next(kept.store.read_part(f"00/00/{'0' * 128}.jpg", 0, 1))


def test_what_is_here_need_not_be_brought(kept: Kept) -> None:
    location = keep(kept.store, some_bytes(1000))
    assert kept.store.is_here(kept.store.place("store", location))
    other = kept.elsewhere()
    assert other.is_here(other.place("store", location)) == (kept.address is None)
    other.path("store", location)
    assert other.is_here(other.place("store", location))


def test_nothing_is_taken_while_the_disk_is_full(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.store._KEEP_FREE_BYTES", 1 << 60)
    with pytest.raises(TemporaryError, match="full"):
        kept.store.receive()
    assert originals(kept.store) == []


def test_a_death_between_keeping_and_entering_leaves_what_the_next_try_finds(kept: Kept) -> None:
    data = some_bytes(5000)
    received = kept.store.receive()
    received.write(data)
    location = kept.store.keep(received, received.close(), "jpg")
    again = kept.elsewhere()
    assert again.has(location)
    assert keep(again, data) == location
    assert again.path("store", location).read_bytes() == data


def test_what_killed_processes_left_is_cleared(kept: Kept) -> None:
    location = keep(kept.store, some_bytes(1000))
    (kept.folder / "incoming" / "incoming-abc").write_bytes(b"half")
    assert kept.store.clear_incoming() == 1
    assert list((kept.folder / "incoming").iterdir()) == []
    assert kept.store.has(location)


def test_while_others_work_only_what_nobody_touched_for_long_is_cleared(kept: Kept) -> None:
    incoming = kept.folder / "incoming"
    with kept.store.receive() as received:
        received.write(b"coming")
        forgotten = incoming / "incoming-forgotten"
        forgotten.write_bytes(b"half")
        old = time.time() - 100_000
        os.utime(forgotten, (old, old))
        assert kept.store.clear_incoming(86_400.0) == 1
        assert list(incoming.iterdir()) == [received.path]


def test_a_removed_original_is_gone(kept: Kept) -> None:
    location, other = keep(kept.store, some_bytes(1000)), keep(kept.store, some_bytes(1000, seed=2))
    kept.store.remove(location)
    kept.store.remove(location)
    assert not kept.store.has(location)
    assert not kept.store.path("store", location).exists()
    assert not kept.elsewhere().path("store", location).exists()
    assert originals(kept.store) == [other]


def test_files_in_place_are_used_where_they_lie(kept: Kept, tmp_path: Path) -> None:
    path = tmp_path / "café.jpg"
    path.write_bytes(b"abc")
    with kept.store.hold() as files:
        assert kept.store.path("in_place", str(path)) == files.bring(path) == path


def test_originals_are_listed_in_order_from_any_place_on(kept: Kept) -> None:
    sizes = {keep(kept.store, some_bytes(1000 + n, n)): 1000 + n for n in range(30)}
    found = list(kept.elsewhere().originals_after())
    assert [each.location for each in found] == sorted(sizes)
    assert {each.location: each.bytes for each in found} == sizes
    third = sorted(sizes)[3]
    assert [each.location for each in kept.store.originals_after(third)] == sorted(sizes)[4:]


def write_set(store: Store, sha512: bytes, **files: bytes) -> None:
    with store.derived(sha512).replacing() as fresh:
        for name, data in files.items():
            (fresh / name.replace("__", "-").replace("_", ".")).write_bytes(data)


def test_a_set_of_derived_files_is_there_for_all(kept: Kept) -> None:
    write_set(
        kept.store, sha(b"a"), preview_jpg=b"p", thumbnail_webp=b"t", frame__9000_jpg=b"9", frame__10500_jpg=b"p"
    )
    for store in (kept.store, kept.elsewhere()):
        derived = store.derived(sha(b"a"))
        assert derived.preview.read_bytes() == b"p"
        assert derived.thumbnail.read_bytes() == b"t"
        assert derived.frame(9000).read_bytes() == b"9"
        assert [(at_s, path.read_bytes()) for at_s, path in derived.frames()] == [(9.0, b"9"), (10.5, b"p")]
        assert derived.names() == {"preview.jpg", "thumbnail.webp", "frame-9000.jpg", "frame-10500.jpg"}
        assert derived.preview.suffix == ".jpg"
    assert list(kept.store.derived_hashes()) == [sha(b"a")]


def test_what_was_not_derived_is_not_there(kept: Kept) -> None:
    derived = kept.store.derived(sha(b"a"))
    assert not derived.preview.exists()
    assert derived.frames() == []
    assert derived.names() == set()
    assert not derived.copy_to(sha(b"b"))
    derived.remove()


def test_a_new_set_replaces_the_old_one_for_all(kept: Kept) -> None:
    other = kept.elsewhere()
    write_set(kept.store, sha(b"a"), preview_jpg=b"p", frame__0_jpg=b"0", frame__5000_jpg=b"5")
    assert other.derived(sha(b"a")).preview.read_bytes() == b"p"
    write_set(kept.store, sha(b"a"), preview_jpg=b"new", frame__7000_jpg=b"7")
    for store in (kept.store, other, kept.elsewhere()):
        assert store.derived(sha(b"a")).preview.read_bytes() == b"new"
        assert store.derived(sha(b"a")).names() == {"preview.jpg", "frame-7000.jpg"}


def test_a_set_that_failed_changes_nothing(kept: Kept) -> None:
    write_set(kept.store, sha(b"a"), preview_jpg=b"p")
    with pytest.raises(RuntimeError), kept.store.derived(sha(b"a")).replacing() as fresh:
        (fresh / "preview.jpg").write_bytes(b"half")
        raise RuntimeError
    for store in (kept.store, kept.elsewhere()):
        assert store.derived(sha(b"a")).preview.read_bytes() == b"p"


def test_a_set_is_given_to_another_and_let_go_of(kept: Kept) -> None:
    write_set(kept.store, sha(b"a"), preview_jpg=b"p", thumbnail_webp=b"t")
    assert kept.elsewhere().derived(sha(b"a")).copy_to(sha(b"b"))
    assert set(kept.store.derived_hashes()) == {sha(b"a"), sha(b"b")}
    kept.store.derived(sha(b"a")).remove()
    assert not kept.store.derived(sha(b"a")).preview.exists()
    assert not kept.elsewhere().derived(sha(b"a")).preview.exists()
    assert kept.elsewhere().derived(sha(b"b")).thumbnail.read_bytes() == b"t"
    assert list(kept.store.derived_hashes()) == [sha(b"b")]


def test_what_is_held_can_be_opened_by_its_path(kept: Kept) -> None:
    data = some_bytes(10_000)
    location = keep(kept.store, data)
    write_set(kept.store, sha(data), preview_jpg=b"p", frame__0_jpg=b"0")
    other = kept.elsewhere()
    with other.hold() as files:
        assert files.bring(other.place("store", location)).read_bytes() == data
        assert files.path("store", location).read_bytes() == data
        derived = files.derived(sha(data))
        assert [path.read_bytes() for path in (derived.preview, derived.frames()[0][1])] == [b"p", b"0"]


def test_it_answers(kept: Kept) -> None:
    assert kept.store.answers()
