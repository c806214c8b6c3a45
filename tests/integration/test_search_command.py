"""`fovea search` and `fovea similar` as a person or a script calls them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.media import Box
from core.terms import Term
from db.connect import Database
from tests.integration.library_rows import new_asset
from tests.media_files import media_files


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "FOVEA_DATABASE_URL": database_url, "FOVEA_DATA": str(tmp_path / "data")}


def fovea(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fovea.main", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_search_prints_one_line_per_result_or_json(database: Database, environment: dict[str, str]) -> None:
    with database.transaction() as connection:
        bus = new_asset(
            connection, Term("object", "bus", 0.9, Box(0, 0, 1, 1)), Term("text", "[bold]cero[/]", 0.8)
        )
        new_asset(connection, Term("object", "bus", 0.5))
    plain = fovea(environment, "search", "object:bus", "cero")
    assert plain.returncode == 0
    (line,) = plain.stdout.splitlines()
    assert line.split()[0] == str(bus)
    assert "object:bus" in line  # how sure is not said: nothing was measured of what this library holds
    assert "text:[bold]cero[/]" in line
    assert "\x1b" not in plain.stdout
    first = fovea(environment, "search", "bus", "--limit", "1", "--json")
    answer = json.loads(first.stdout)
    assert [answer["total"], len(answer["items"]), answer["items"][0]["asset"]["id"]] == [2, 1, bus]
    second = fovea(environment, "search", "bus", "--limit", "1", "--json", "--after", answer["next"])
    assert json.loads(second.stdout)["items"][0]["asset"]["id"] != bus
    assert fovea(environment, "search", "-bus").stdout == ""
    saved = fovea(environment, "search", "bus", "--sort", "oldest", "--save", "Buses", "--json")
    assert json.loads(saved.stdout)["items"][0]["asset"]["id"] == bus
    again = fovea(environment, "search", "--saved", "buses", "--json")
    assert json.loads(again.stdout) == json.loads(saved.stdout)
    assert fovea(environment, "search", "--saved").stdout == "Buses  bus  (oldest)\n"
    assert fovea(environment, "search").returncode == 2
    refused = fovea(environment, "search", "taken:never")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "taken:never is not a date; for example taken:2019..2021-06" in refused.stderr


def test_similar_compares_the_pictures_of_a_folder(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / "below").mkdir(parents=True)
    pictures = media_files().path("presidents")
    shutil.copy(pictures / "obama.jpg", folder / "one.jpg")
    shutil.copy(pictures / "obama.jpg", folder / "below" / "again.jpg")
    shutil.copy(media_files().path("bus"), folder / "bus.jpg")
    (folder / "notes.txt").write_text("no picture")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 200)
    done = fovea(environment, "similar", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["items"] == [
        {"a": str(folder / "below" / "again.jpg"), "b": str(folder / "one.jpg"), "similarity": 1.0}
    ]
    assert [each["path"] for each in found["unreadable"]] == [str(folder / "broken.jpg")]
    missing = fovea(environment, "similar", "no-such-thing")
    assert missing.returncode == 1
    assert "there is no asset no-such-thing" in missing.stderr
