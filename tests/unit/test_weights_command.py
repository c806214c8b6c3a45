"""`fovea weights` and the manifests that ship: what a person sees, and that nothing in them is forgotten."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fovea.weights import app
from media.weights import default_folder, load_manifest
from media.weights_sources import parse_member
from tests.media_files import MANIFEST, media_files, of_tests

RUN = CliRunner()


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    monkeypatch.setenv("FOVEA_WEIGHTS", str(folder))
    return folder


def test_list_says_what_is_missing() -> None:
    answer = json.loads(RUN.invoke(app, ["list", "--json"]).stdout)
    by_name = {item["name"]: item for item in answer["items"]}
    assert answer["next"] is None
    assert by_name["whisper-base"]["bytes"] > 140_000_000
    assert not any(item["here"] for item in answer["items"])
    assert "AGPL-3.0-or-later" in RUN.invoke(app, ["list"]).stdout


def test_verify_of_an_empty_folder_fails() -> None:
    result = RUN.invoke(app, ["verify", "--json"])
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert not answer["ok"]
    assert {item["state"] for item in answer["items"]} == {"missing"}
    assert "`fovea weights fetch yolo11n` brings it anew" in RUN.invoke(app, ["verify"]).stdout


def test_verify_sees_damage(empty_folder: Path) -> None:
    weight = load_manifest()["yunet"]
    path = empty_folder / "yunet" / weight.files[0].name
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(weight.bytes))
    result = RUN.invoke(app, ["verify", "yunet"])
    assert result.exit_code == 1
    assert "corrupt" in result.stdout


@pytest.mark.parametrize("manifest", [load_manifest(), load_manifest(MANIFEST)], ids=["weights", "test media"])
def test_every_file_can_come_from_a_registry(manifest) -> None:  # type: ignore[no-untyped-def]
    """Official hosts are not reachable everywhere; a file that only they have would break offline users."""
    for weight in manifest.values():
        assert weight.licence, weight.name
        for file in weight.files:
            assert any(all(parse_member(part) for part in parts) for parts in file.sources), file.name


def test_test_media_is_whole() -> None:
    """`make test` brought it; a test that finds it missing shall fail here, with the reason."""
    store = media_files()
    assert {str(check.state) for check in store.verify(of_tests(store))} == {"ok"}


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"FOVEA_WEIGHTS": "/srv/w", "XDG_CACHE_HOME": "/c"}, Path("/srv/w")),
        ({"XDG_CACHE_HOME": "/c"}, Path("/c/fovea/weights")),
        ({}, Path.home() / ".cache/fovea/weights"),
    ],
)
def test_where_weights_lie(environment: dict[str, str], folder: Path) -> None:
    assert default_folder(environment) == folder
