"""What only storage behind a network can do: be away, be damaged, break off, be written to by others."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ServiceAway, TemporaryError, UnreadableMedia
from media.s3_client import Address
from media.store_s3 import S3Store
from tests.integration.test_store import keep, originals, sha, some_bytes, write_set
from tests.s3_server import S3Server, s3_server

ROOT = Path(__file__).parents[2]
CACHE_BYTES = 1_000_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture
def address(server: S3Server) -> Address:
    return server.bucket()


def a_store(folder: Path, address: Address, cache_bytes: int = CACHE_BYTES) -> S3Store:
    return S3Store(folder, address, cache_bytes)


def overwrite(server: S3Server, address: Address, key: str, data: bytes) -> None:
    """As a failing disk, or somebody else, would."""
    server.client.put_object(Bucket=address.bucket, Key=key, Body=data)


def test_keys_lie_below_the_prefix(server: S3Server, address: Address, tmp_path: Path) -> None:
    one = a_store(tmp_path / "1", replace(address, prefix="/of/one/"))
    other = a_store(tmp_path / "2", replace(address, prefix="of/other"))
    location = keep(one, some_bytes(1000))
    write_set(one, sha(b"a"), preview_jpg=b"p")
    assert originals(one) == [location] and originals(other) == []
    assert list(other.derived_hashes()) == [] and list(one.derived_hashes()) == [sha(b"a")]
    assert all(key.startswith(("of/one/originals/", "of/one/derived/")) for key in server.keys(address))


def test_a_damaged_original_is_noticed_as_it_comes(server: S3Server, address: Address, tmp_path: Path) -> None:
    data = some_bytes(100_000)
    location = keep(a_store(tmp_path / "1", address), data)
    overwrite(server, address, f"originals/{location}", data[:-1] + bytes([data[-1] ^ 1]))
    other = a_store(tmp_path / "2", address)
    with pytest.raises(UnreadableMedia, match=r"originals/.* is damaged"):
        other.path("store", location)
    assert [path for path in (tmp_path / "2").rglob("*") if path.is_file() and path.stat().st_size] == []


def test_an_original_that_was_cut_is_put_anew_when_it_comes_again(
    server: S3Server, address: Address, tmp_path: Path
) -> None:
    data = some_bytes(100_000)
    location = keep(a_store(tmp_path / "1", address), data)
    overwrite(server, address, f"originals/{location}", data[:50_000])
    assert keep(a_store(tmp_path / "2", address), data) == location
    assert a_store(tmp_path / "3", address).path("store", location).read_bytes() == data


def test_a_good_original_is_never_written_over(server: S3Server, address: Address, tmp_path: Path) -> None:
    data = some_bytes(100_000)
    location = keep(a_store(tmp_path / "1", address), data)
    key = {"Bucket": address.bucket, "Key": f"originals/{location}"}
    before = server.client.head_object(**key)["LastModified"]
    time.sleep(1.1)  # the server counts in seconds
    keep(a_store(tmp_path / "2", address), data)
    assert server.client.head_object(**key)["LastModified"] == before


def test_a_file_that_changed_on_the_disk_is_not_kept(server: S3Server, address: Address, tmp_path: Path) -> None:
    store = a_store(tmp_path, address)
    for size in (1000, 20_000_000):
        with store.receive() as received:
            received.write(some_bytes(size))
            digest = received.close()
            received.path.chmod(0o600)
            with received.path.open("r+b") as opened:
                opened.seek(size // 2)
                opened.write(b"!!")
            with pytest.raises(TemporaryError, match="changed on this machine"):
                store.keep(received, digest, "jpg")
    assert server.keys(address) == []
    assert server.uploads(address) == 0


def test_wrong_keys_are_said(server: S3Server, address: Address, tmp_path: Path) -> None:
    store = a_store(tmp_path, replace(address, secret_key="another"))
    assert not store.answers()
    with pytest.raises(ServiceAway, match="refused"):
        keep(store, b"abc")
    assert server.keys(address) == []


def test_while_it_is_away_nothing_is_half_stored_and_what_is_here_is_served(tmp_path: Path) -> None:
    with s3_server() as server:
        address = server.bucket()
        store, other = a_store(tmp_path / "1", address), a_store(tmp_path / "2", address)
        data, late = some_bytes(20_000_000), some_bytes(1000, seed=2)
        location = keep(store, data)
        write_set(store, sha(data), preview_jpg=b"p")
        server.kill()
        assert not store.answers()
        assert store.path("store", location).read_bytes() == data
        asked = [
            lambda: other.path("store", location),
            lambda: store.has(location),
            lambda: keep(store, late),
            lambda: other.derived(sha(data)).preview,
            lambda: write_set(store, sha(late), preview_jpg=b"p"),
            lambda: store.remove(location),
            lambda: list(store.originals_after()),
        ]
        for ask in asked:
            with pytest.raises(ServiceAway, match="storage"):
                ask()
        assert store.clear_incoming() == 0
        server.start()
        assert originals(store) == [location]
        assert other.path("store", location).read_bytes() == data
        assert other.derived(sha(data)).preview.read_bytes() == b"p"
        assert other.path("store", keep(store, late)).read_bytes() == late


def test_a_break_while_a_file_is_brought_is_gone_on_with(
    address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = some_bytes(5_000_000)
    location = keep(a_store(tmp_path / "1", address), data)
    other = a_store(tmp_path / "2", address)
    asked_from = []
    read, read_again = other.bucket.read, other.bucket.read_again

    class Breaking:
        """A body whose connection ends after 2 MB."""

        def __init__(self, body: object) -> None:
            self.body, self.left = body, 2

        def read(self, size: int) -> bytes:
            self.left -= 1
            if self.left < 0:
                raise ConnectionResetError("gone")
            return bytes(self.body.read(size))  # type: ignore[attr-defined]

        def close(self) -> None:
            self.body.close()  # type: ignore[attr-defined]

    def first(key: str) -> object:
        reading = read(key)
        assert reading is not None
        reading._body = Breaking(reading._body)
        return reading

    def rest(key: str, start: int, end: int, etag: str) -> object:
        asked_from.append(start)
        return read_again(key, start, end, etag)

    monkeypatch.setattr(other.bucket, "read", first)
    monkeypatch.setattr(other.bucket, "read_again", rest)
    assert sha(other.path("store", location).read_bytes()) == sha(data)
    assert asked_from == [2 << 20]


_UPLOAD = """
import os, signal, sys
from pathlib import Path
from media.s3 import Bucket
from media.s3_client import Address
from media.store_s3 import S3Store
folder, bucket, endpoint, access_key, secret_key = sys.argv[1:]
store = S3Store(Path(folder), Address(bucket, endpoint, access_key=access_key, secret_key=secret_key), 10**9)
checked = Bucket._written
def die(*arguments, **values):  # all parts are there, the object is not
    os.kill(os.getpid(), signal.SIGKILL)
Bucket._written = die
with store.receive() as received:
    received.write(bytes(40_000_000))
    store.keep(received, received.close(), "mp4")
"""


def test_a_process_killed_while_it_uploads_leaves_no_original(
    server: S3Server, address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [str(tmp_path), address.bucket, address.endpoint, address.access_key, address.secret_key]
    killed = subprocess.run([sys.executable, "-c", _UPLOAD, *keys], cwd=ROOT, check=False, timeout=120)
    assert killed.returncode == -9
    store = a_store(tmp_path, address)
    assert originals(store) == []
    assert server.uploads(address) == 1
    assert store.clear_incoming() == 1, "what was received; the upload is younger than a day"
    assert server.uploads(address) == 1
    monkeypatch.setattr("media.store_s3._INTERRUPTED_S", -5.0)
    assert store.has(keep(a_store(tmp_path, address), bytes(40_000_000), "mp4"))
    assert server.uploads(address) == 0, "the next large file found it"


def test_the_cache_may_be_emptied_at_any_time(address: Address, tmp_path: Path) -> None:
    store = a_store(tmp_path, address)
    data = some_bytes(1000)
    location = keep(store, data)
    write_set(store, sha(data), preview_jpg=b"p")
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file():
            path.unlink()
    assert store.path("store", location).read_bytes() == data
    assert store.derived(sha(data)).preview.read_bytes() == b"p"


def test_files_that_are_held_stay_while_the_cache_is_far_too_small(
    address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.cache._STAYS_S", 0.0)
    contents = [some_bytes(300_000, seed) for seed in range(40)]
    filling = a_store(tmp_path / "1", address)
    locations = [keep(filling, data) for data in contents]
    small = a_store(tmp_path / "2", address, cache_bytes=2_000_000)

    def work(number: int) -> bool:
        """As an analysis: several programs open the file by its path, some time apart."""
        with small.hold() as files:
            path = files.path("store", locations[number % 40])
            for _ in range(3):
                if hashlib.sha512(path.read_bytes()).digest() != sha(contents[number % 40]):
                    return False
                time.sleep(0.002)
        return True

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(work, [n * 7 for n in range(200)]))
    for location in locations:
        small.path("store", location)
    held_bytes = sum(path.stat().st_size for path in (tmp_path / "2" / "cache").rglob("*.jpg"))
    assert held_bytes <= 2_000_000 + 300_000


def test_one_brings_what_many_want(address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    location = keep(a_store(tmp_path / "1", address), some_bytes(5_000_000))
    stores = [a_store(tmp_path / "2", address) for _ in range(6)]
    brought = []
    for store in stores:
        read = store.bucket.read
        monkeypatch.setattr(store.bucket, "read", lambda key, read=read: brought.append(key) or read(key))
    with ThreadPoolExecutor(6) as threads:
        paths = set(threads.map(lambda store: store.path("store", location), stores))
    assert len(paths) == len(brought) == 1


def test_a_reader_of_the_former_set_finds_the_new_one(address: Address, tmp_path: Path) -> None:
    store, other = a_store(tmp_path / "1", address), a_store(tmp_path / "2", address)
    write_set(store, sha(b"a"), preview_jpg=b"former", thumbnail_webp=b"former")
    reading = other.derived(sha(b"a"))
    assert reading.names() == {"preview.jpg", "thumbnail.webp"}
    write_set(store, sha(b"a"), preview_jpg=b"new", thumbnail_webp=b"new")
    assert reading.preview.read_bytes() == b"new"


def test_nothing_of_a_former_set_is_left_in_the_bucket(server: S3Server, address: Address, tmp_path: Path) -> None:
    store = a_store(tmp_path, address)
    write_set(store, sha(b"a"), preview_jpg=b"p", frame__0_jpg=b"p", frame__5000_jpg=b"5")
    assert len(server.keys(address)) == 3, "the set, the preview that is a frame too, and the other frame"
    write_set(store, sha(b"a"), preview_jpg=b"new", frame__0_jpg=b"p")
    assert len(server.keys(address)) == 3
    store.derived(sha(b"a")).remove()
    assert server.keys(address) == []


def test_a_derived_file_that_is_lost_is_noticed(server: S3Server, address: Address, tmp_path: Path) -> None:
    store, other = a_store(tmp_path / "1", address), a_store(tmp_path / "2", address)
    write_set(store, sha(b"a"), preview_jpg=b"p", thumbnail_webp=b"t")
    lost = next(key for key in server.keys(address) if key.endswith(".webp"))
    server.client.delete_object(Bucket=address.bucket, Key=lost)
    assert other.derived(sha(b"a")).names() == {"preview.jpg"}
    assert not other.derived(sha(b"a")).thumbnail.exists()
    assert other.derived(sha(b"a")).preview.read_bytes() == b"p"


def test_a_set_that_makes_no_sense_is_said_and_can_be_made_anew(
    server: S3Server, address: Address, tmp_path: Path
) -> None:
    store = a_store(tmp_path, address)
    name = sha(b"a").hex()
    for nonsense in (b"", b"{}", b"[]", b'{"files": {"preview.jpg": 3}}', b"\xff"):
        overwrite(server, address, f"derived/{name[:2]}/{name}/set.json", nonsense)
        with pytest.raises(UnreadableMedia, match="run `preview` again"):
            _ = store.derived(sha(b"a")).preview
    write_set(store, sha(b"a"), preview_jpg=b"p")
    assert store.derived(sha(b"a")).preview.read_bytes() == b"p"


def test_who_has_no_bucket_does_without_the_client() -> None:
    program = (
        "import sys, fovea.adapters, fovea.settings, pathlib, tempfile\n"
        "store = fovea.adapters.open_store(fovea.settings.Settings(data=pathlib.Path(tempfile.mkdtemp())))\n"
        "assert type(store).__name__ == 'FolderStore'\n"
        "assert not [name for name in sys.modules if name.startswith('botocore')]"
    )
    without = {name: value for name, value in os.environ.items() if not name.startswith("FOVEA_S3__")}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60, env=without)
