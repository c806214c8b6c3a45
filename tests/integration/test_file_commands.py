"""`fovea ingest --in-place`, `rescan` and `trash`, as a person and as a script use them."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from core.errors import BadRequest, FoveaError, NotFound
from db.connect import Database
from fovea.main import build


@pytest.fixture
def folder(database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The commands look at a library of their own; these are three pictures of a person."""
    monkeypatch.setenv("FOVEA_DATABASE_URL", database_url)
    monkeypatch.setenv("FOVEA_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FOVEA_INBOX", str(tmp_path / "inbox"))
    made = tmp_path / "Pictures"
    (made / "2019").mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (40 + number, 30), (90, 10 * number, 20)).save(made / "2019" / f"{number}.jpg")
    return made


def run(*words: str) -> Result:
    result = CliRunner().invoke(build(), list(words))
    if isinstance(result.exception, FoveaError):
        raise result.exception
    return result


def told(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_in_place_and_rescan(folder: Path, database: Database) -> None:
    (folder / "notes.txt").write_text("no picture")
    first = run("ingest", "--in-place", str(folder), "--json")
    assert first.exit_code == 1  # something was refused
    items = json.loads(first.stdout)["items"]
    assert sorted((item["path"], item["status"]) for item in items) == [
        ("Pictures/2019/0.jpg", "new"),
        ("Pictures/2019/1.jpg", "new"),
        ("Pictures/2019/2.jpg", "new"),
        ("Pictures/notes.txt", "refused"),
    ]
    assert {item["role"] for item in items if item["status"] == "new"} == {"original"}
    (folder / "2019").rename(folder / "2020")
    (folder / "2020" / "0.jpg").unlink()
    (found,) = told("rescan")["items"]
    assert (found["location"], found["moved"], found["missing"]) == (str(folder), 2, 1)
    with database.transaction() as connection:
        deed = connection.execute("select state, done, total, title from deed where kind = 'rescan'").fetchall()
    assert [tuple(each.values()) for each in deed] == [("done", 3, 3, "Pictures")]
    assert {one["path"] for one in found["files"] if one["status"] == "moved"} == {
        "Pictures/2020/1.jpg",
        "Pictures/2020/2.jpg",
    }
    assert "2 unchanged" in run("rescan", str(folder / "2020")).stdout
    shown = told("show", "Pictures/2020/1.jpg")
    assert (shown["files"][0]["in_place"], shown["files"][0]["missing_since"]) == (True, None)
    assert told("show", "Pictures/2019/0.jpg")["files"][0]["missing_since"] is not None
    assert "missing since" in run("show", "Pictures/2019/0.jpg").stdout
    with pytest.raises(BadRequest, match="not indexed in place"):
        run("rescan", str(folder.parent))


def test_the_data_folder_is_not_taken_in(folder: Path, tmp_path: Path) -> None:
    run("ingest", str(folder))
    for how in ("--copy", "--move", "--in-place"):
        with pytest.raises(BadRequest, match="data folder"):
            run("ingest", how, str(tmp_path / "data" / "originals"))
    shutil.copy(folder / "2019" / "0.jpg", tmp_path / "data" / "stray.jpg")
    assert {item["status"] for item in told("ingest", str(tmp_path))["items"]} == {"known"}


def test_trash(folder: Path) -> None:
    ids = {item["path"]: item["asset_id"] for item in told("ingest", str(folder))["items"]}
    assert told("trash", "put", "Pictures/2019/0.jpg", str(ids["Pictures/2019/1.jpg"]))["next"] is None
    assert [item["name"] for item in told("list")["items"]] == ["2.jpg"]
    assert {item["name"] for item in told("trash", "list")["items"]} == {"0.jpg", "1.jpg"}
    assert "0.jpg" in run("trash", "list").stdout
    assert "1 restored" in run("trash", "restore", "Pictures/2019/0.jpg").stdout
    again = told("ingest", str(folder / "2019" / "1.jpg"))["items"][0]
    assert (again["status"], again["restored"]) == ("known", True)
    with pytest.raises(NotFound):
        run("trash", "restore", "Pictures/2019/0.jpg")
    run("trash", "put", "Pictures/2019/2.jpg")
    with pytest.raises(BadRequest, match="--yes"):
        run("trash", "empty")
    size = (folder / "2019" / "2.jpg").stat().st_size
    assert told("trash", "empty", "--yes") == {"removed": 1, "freed_bytes": size, "left": 0}
    assert told("trash", "list") == {"items": [], "next": None}


def test_names_that_are_no_text_are_told_all_the_same(folder: Path) -> None:
    odd = folder / os.fsdecode(b"caf\xe9\x1b[2J.jpg")
    (folder / "2019" / "0.jpg").rename(odd)
    (folder / os.fsdecode(b"\xff.txt")).write_text("no picture")
    for how in ("--copy", "--in-place"):
        told_of = {
            item["path"]: item for item in json.loads(run("ingest", how, str(folder), "--json").stdout)["items"]
        }
        assert told_of["Pictures/caf?[2J.jpg"]["source"].endswith("caf\\xe9\x1b[2J.jpg")
        assert told_of["Pictures/?.txt"]["status"] == "refused"
    assert told("rescan")["items"][0]["unchanged"] == 3
