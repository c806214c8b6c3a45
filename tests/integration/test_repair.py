"""A stored original that rotted is made whole by the good file, whichever way that comes, and nothing is lost."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from db.connect import Database
from db.tokens_postgres import PostgresTokens
from library.backup_place import BackupPlace
from library.inbox import Inbox
from library.ingest import hash_in_place
from library.restore import restore
from library.restore_files import RestoreWish
from media.s3_client import Address
from media.stock import hash_pieces
from media.store_s3 import S3Store
from tests.integration.backups import another_library, backed_up, originals
from tests.integration.shelf import Shelf, open_shelf, taken_in
from tests.integration.test_store import CACHE_BYTES, keep, sha, some_bytes
from tests.media_files import media_files
from tests.s3_server import S3Server, s3_server

PHOTO = media_files().path("bus").read_bytes()


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "outside" / "a.jpg"
    path.parent.mkdir()
    path.write_bytes(PHOTO)
    os.utime(path, (1, 1))
    return path


def flipped(data: bytes) -> bytes:
    return data[:40_000] + bytes([data[40_000] ^ 4]) + data[40_001:]


ROTS: dict[str, Callable[[bytes], bytes | None]] = {
    "a byte flipped": flipped,
    "cut short": lambda data: data[: len(data) // 2],
    "emptied": lambda _: b"",
    "longer": lambda data: data + b"\0",
    "gone": lambda _: None,
}


def rot(shelf: Shelf, how: str) -> Path:
    """Spoil the only original, and leave its time as it was."""
    (place,) = (path for path in shelf.store.originals.rglob("*") if path.is_file())
    times, spoiled = place.stat(), ROTS[how](place.read_bytes())
    place.chmod(0o644)
    if spoiled is None:
        place.unlink()
        return place
    place.write_bytes(spoiled)
    os.utime(place, ns=(times.st_atime_ns, times.st_mtime_ns))
    return place


def by_copy(shelf: Shelf, good: Path) -> None:
    shelf.ingest().copy(good, "again.jpg", "command", 1)


def by_move(shelf: Shelf, good: Path) -> None:
    shelf.ingest().move(good, "again.jpg", "command", 1)
    assert not good.exists()


def by_inbox(shelf: Shelf, good: Path) -> None:
    inbox = Inbox(good.parent, shelf.ingest(), lambda: 1)
    for _ in range(3):
        inbox.sweep()
    assert not good.exists() and len(list((good.parent / "taken").rglob("a.jpg"))) == 1


def by_folder_in_place(shelf: Shelf, good: Path) -> None:
    assert taken_in(shelf, good.parent).counts["known"] == 1


def by_index(shelf: Shelf, good: Path) -> None:
    shelf.ingest().enter(shelf.ingest().look_at(good, "again.jpg", "command", 1, hash_in_place(good)))


@pytest.mark.parametrize("how", ROTS)
@pytest.mark.parametrize("way", [by_copy, by_move, by_inbox, by_folder_in_place, by_index])
def test_the_good_file_takes_the_place_of_the_damaged_one(
    shelf: Shelf, good: Path, how: str, way: Callable[[Shelf, Path], None]
) -> None:
    shelf.ingest().copy(good, "a.jpg", "command", 1)
    place = rot(shelf, how)
    way(shelf, good)
    assert place.read_bytes() == PHOTO
    assert place.stat().st_mode & 0o222 == 0
    assert (shelf.count("asset"), shelf.count("file")) == (1, 1)
    assert list(shelf.store.incoming.iterdir()) == []


def test_what_was_found_in_the_damaged_bytes_is_looked_for_again(shelf: Shelf, good: Path) -> None:
    shelf.ingest().copy(good, "a.jpg", "command", 1)
    shelf.finish_jobs()
    rot(shelf, "a byte flipped")
    by_copy(shelf, good)
    waiting = shelf.rows("select analysis from job where state = 'waiting' order by 1")
    assert [row["analysis"] for row in waiting] == ["metadata", "preview"]


def test_a_whole_original_is_left_alone(shelf: Shelf, good: Path) -> None:
    shelf.ingest().copy(good, "a.jpg", "command", 1)
    (place,) = (path for path in shelf.store.originals.rglob("*") if path.is_file())
    before = place.stat().st_ino
    by_copy(shelf, good)
    assert place.stat().st_ino == before


@pytest.mark.parametrize("how", ROTS)
def test_a_restore_over_damaged_originals_makes_them_whole(
    shelf: Shelf, good: Path, postgres_url: str, tmp_path: Path, how: str
) -> None:
    """The database is lost, the originals are there, one of them rotted."""
    shelf.ingest().copy(good, "a.jpg", "command", 1)
    backed_up(shelf, tmp_path / "backup")
    wanted = originals(shelf.store)
    rot(shelf, how)
    with another_library(postgres_url, shelf.store.data) as (url, store):
        snapshot = BackupPlace(tmp_path / "backup").find(None)
        assert restore(url, store, PostgresTokens, snapshot, RestoreWish()).files == 1
        assert originals(store) == wanted


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.mark.parametrize("how", ["a byte flipped", "cut short", "longer"])
def test_a_bucket_is_made_whole_too(server: S3Server, tmp_path: Path, how: str) -> None:
    address: Address = server.bucket()
    store, data = S3Store(tmp_path, address, CACHE_BYTES), some_bytes(100_000)
    location = keep(store, data)
    spoiled = ROTS[how](data)
    assert spoiled is not None
    store.bucket.put(f"originals/{location}", spoiled, "image/jpeg")
    assert store.digest(location) == sha(spoiled)
    with store.receive() as received:
        received.write(data)
        store.keep(received, received.close(), "jpg")
        assert received.repaired
    assert hash_pieces(store.read(location))[0] == sha(data)
    elsewhere = S3Store(tmp_path / "elsewhere", address, CACHE_BYTES)
    assert elsewhere.path("store", location).read_bytes() == data
    assert store.path("store", location).read_bytes() == data
