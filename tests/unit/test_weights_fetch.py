"""Fetching by address: hashes, resuming, the order of sources, and working without a network."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import BadRequest, NotFound, ServiceAway, WeightCorrupt, WeightMissing
from media.weights import State, Weight, WeightFile, WeightStore, load_manifest
from media.weights_fetch import WrongHash, write_checked
from tests.file_server import FileServer, serve

BODY = bytes(range(256)) * 4096  # 1 MiB
OTHER = BODY[::-1]


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serve() as running:
        running.files = {"/right": BODY, "/wrong": OTHER, "/long": BODY + b"more", "/short": BODY[:1000]}
        yield running


def store_of(folder: Path, *sources: str, body: bytes = BODY) -> WeightStore:
    """A store whose only weight `model` is to come from these addresses."""
    file = WeightFile("model.onnx", hashlib.sha256(body).hexdigest(), len(body), tuple((s,) for s in sources))
    return WeightStore(folder, {"model": Weight("model", "objects", "MIT", "for a test", (file,))})


def left_in(folder: Path) -> list[str]:
    """What lies in the weight's folder, and nothing else may lie beside it."""
    assert sorted(p.name for p in folder.iterdir() if p.name != ".lock") == ["model"]
    return sorted(path.name for path in (folder / "model").iterdir())


def test_fetched_once_then_no_network(tmp_path: Path, server: FileServer) -> None:
    store = store_of(tmp_path, f"{server.url}/right")
    assert store.fetch() == [tmp_path / "model" / "model.onnx"]
    assert store.path("model").read_bytes() == BODY
    assert left_in(tmp_path) == ["model.onnx"]
    server.requests.clear()
    assert store.fetch() == []
    assert store.fetch(["model"]) == []
    assert [check.state for check in store.verify()] == [State.OK]
    assert server.requests == []


def test_wrong_hash_is_refused(tmp_path: Path, server: FileServer) -> None:
    store = store_of(tmp_path, f"{server.url}/wrong")
    with pytest.raises(WeightCorrupt, match=hashlib.sha256(OTHER).hexdigest()):
        store.fetch()
    assert left_in(tmp_path) == []
    with pytest.raises(WeightMissing, match="fovea weights fetch model"):
        store.path("model")


@pytest.mark.parametrize("path", ["/long", "/short"])
def test_other_lengths_are_refused(tmp_path: Path, server: FileServer, path: str) -> None:
    store = store_of(tmp_path, f"{server.url}{path}")
    with pytest.raises((WeightCorrupt, ServiceAway), match="bytes"):
        store.fetch()
    with pytest.raises(WeightMissing):
        store.path("model")


def test_sources_are_asked_in_order_until_one_is_right(tmp_path: Path, server: FileServer) -> None:
    paths = ["/absent", "/wrong", "/right", "/long"]
    store = store_of(tmp_path, *(server.url + path for path in paths))
    store.fetch()
    assert [path for path, _ in server.requests] == ["/absent", "/wrong", "/right"]
    assert store.path("model").read_bytes() == BODY


def test_unreachable_sources_are_all_named(tmp_path: Path, server: FileServer) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
        store = store_of(tmp_path, f"http://{nobody}/a", f"http://{nobody}/b", f"{server.url}/absent")
        with pytest.raises(ServiceAway) as failure:
            store.fetch()
    text = str(failure.value)
    assert "model.onnx" in text
    assert f"{nobody} cannot be reached" in text
    assert f"{nobody} did not answer before" in text
    assert "answered 404" in text


def test_a_broken_download_is_continued(tmp_path: Path, server: FileServer) -> None:
    store = store_of(tmp_path, f"{server.url}/right")
    server.break_after_bytes = 300_000
    with pytest.raises(ServiceAway, match=r"300000|broke off"):
        store.fetch()
    kept = (tmp_path / "model" / "model.onnx.part").stat().st_size
    assert 0 < kept <= 300_000
    server.break_after_bytes = None
    server.requests.clear()
    server.sent_bytes = 0
    store.fetch()
    assert server.requests == [("/right", f"bytes={kept}-")]
    assert server.sent_bytes == len(BODY) - kept
    assert store.path("model").read_bytes() == BODY
    assert left_in(tmp_path) == ["model.onnx"]


def test_a_server_without_ranges_sends_everything_again(tmp_path: Path, server: FileServer) -> None:
    store = store_of(tmp_path, f"{server.url}/right")
    server.ignores_ranges = True
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.onnx.part").write_bytes(BODY[:1234])
    store.fetch()
    assert store.path("model").read_bytes() == BODY


def test_half_of_another_file_is_thrown_away(tmp_path: Path, server: FileServer) -> None:
    store = store_of(tmp_path, f"{server.url}/right")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.onnx.part").write_bytes(OTHER[:5000])
    store.fetch()
    assert [wanted for _, wanted in server.requests] == ["bytes=5000-", None]
    assert store.path("model").read_bytes() == BODY


def test_damage_is_found_and_repaired(tmp_path: Path, server: FileServer) -> None:
    store = store_of(tmp_path, f"{server.url}/right")
    store.fetch()
    path = store.path("model")
    path.write_bytes(BODY[:-1] + b"?")
    assert [check.state for check in store.verify()] == [State.CORRUPT]
    assert store.fetch() == [path]
    assert path.read_bytes() == BODY
    path.write_bytes(b"cut")
    with pytest.raises(WeightMissing, match="not whole"):
        store.path("model")


def test_two_at_once_download_once(tmp_path: Path, server: FileServer) -> None:
    brought: list[list[Path]] = []

    def fetch() -> None:
        brought.append(store_of(tmp_path, f"{server.url}/right").fetch())

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.requests) == 1
    assert sorted(map(len, brought)) == [0, 0, 0, 1]


def test_unknown_names_are_named(tmp_path: Path) -> None:
    store = store_of(tmp_path, "https://example.invalid/model.onnx")
    for ask in (store.path, lambda name: store.fetch([name]), lambda name: store.verify([name])):
        with pytest.raises(NotFound, match=r"'yolo'.*model"):
            ask("yolo")


@pytest.mark.parametrize(
    "change",
    ['sha256 = "abc"', "bytes = 0", "bytes = -1", 'name = "../model"', "sources = []", 'sources = ["ftp://a/b"]'],
)
def test_malformed_manifests_name_the_entry(tmp_path: Path, change: str) -> None:
    fields = {
        "name": 'name = "model.onnx"',
        "sha256": f'sha256 = "{"0" * 64}"',
        "bytes": "bytes = 1",
        "sources": 'sources = ["https://example.invalid/m"]',
    }
    fields[change.split(" ", maxsplit=1)[0]] = change
    manifest = tmp_path / "weights.toml"
    lines = "\n".join(fields.values())
    manifest.write_text(f'[model]\ntask = "t"\nlicence = "MIT"\nabout = "a"\n[[model.files]]\n{lines}\n')
    with pytest.raises(BadRequest, match=r"weights\.toml: the entry 'model'"):
        load_manifest(manifest)


def test_no_more_than_the_expected_bytes_are_written(tmp_path: Path) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield bytes(1000)

    target = tmp_path / "model.onnx.part"
    with pytest.raises(WrongHash, match="more than 2500 bytes"):
        write_checked(target, endless(), "0" * 64, 2500, append=False)
    assert taken == 3
    assert not target.exists()
