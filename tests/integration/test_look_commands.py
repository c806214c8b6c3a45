"""`fovea list`, `show` and `user` on a real library, as a person and as a script use them."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from core.errors import BadRequest, FoveaError, NotAllowed, NotFound
from db.connect import Database
from db.tokens_postgres import PostgresTokens
from fovea.main import build
from library import accounts
from tests.integration.api.stocked import add_asset, register_analyses


@pytest.fixture
def library(database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The commands look at this library; it has three photos."""
    monkeypatch.setenv("FOVEA_DATABASE_URL", database_url)
    monkeypatch.setenv("FOVEA_DATA", str(tmp_path / "data"))
    register_analyses(database)
    with database.transaction() as connection:
        for n in range(3):
            add_asset(connection, f"2022/{n}.jpg", taken=datetime(2022, 5, 3) + timedelta(n))
    return database


def run(*words: str, given: str | None = None) -> Result:
    """What a verb says; errors of ours come out as they are."""
    result = CliRunner().invoke(build(), list(words), input=given)
    if isinstance(result.exception, FoveaError):
        raise result.exception
    return result


def test_list_pages_through_the_library(library: Database) -> None:
    first = json.loads(run("list", "--limit", "2", "--json").stdout)
    rest = json.loads(run("list", "--limit", "2", "--after", first["next"], "--json").stdout)
    names = [one["name"] for one in first["items"] + rest["items"]]
    assert names == ["2.jpg", "1.jpg", "0.jpg"]
    assert rest["next"] is None
    assert json.loads(run("list", "--limit", "0", "--json").stdout)["items"] == first["items"] + rest["items"]
    lines = run("list", "--limit", "2").stdout.splitlines()
    assert "2.jpg" in lines[0] and "2022-05-05" in lines[0]
    assert first["next"] in lines[2]
    with pytest.raises(BadRequest):
        run("list", "--after", "nonsense")


def test_show_finds_by_number_by_path_and_by_bytes(library: Database, tmp_path: Path) -> None:
    by_path = json.loads(run("show", "2022/1.jpg", "--json").stdout)
    assert json.loads(run("show", str(by_path["id"]), "--json").stdout) == by_path
    same_bytes = tmp_path / "copy.jpg"
    same_bytes.write_bytes(b"1 2022/1.jpg")  # as stocked.py makes them up
    assert json.loads(run("show", str(same_bytes), "--json").stdout) == by_path
    assert "2022/1.jpg" in run("show", "2022/1.jpg").stdout
    same_bytes.write_bytes(b"others")
    for nothing in ("99999", "2022/9.jpg", str(same_bytes), "a" * 300, "ü" * 200, "x/" + "b" * 5000):
        with pytest.raises(NotFound):
            run("show", nothing)


def test_show_finds_a_name_or_the_end_of_a_path_and_lists_several(library: Database) -> None:
    with library.transaction() as connection:
        for path in ("Trip/Lisbon/IMG_1234.jpg", "Trip/a%b_c.jpg", "Other/0.jpg", "x/Other/More/2.JPG"):
            add_asset(connection, path)
    for name, path in {
        "IMG_1234.jpg": "Trip/Lisbon/IMG_1234.jpg",
        "img_1234.JPG": "Trip/Lisbon/IMG_1234.jpg",
        "Lisbon/IMG_1234.jpg": "Trip/Lisbon/IMG_1234.jpg",
        "a%b_c.jpg": "Trip/a%b_c.jpg",
        "Other/0.jpg": "Other/0.jpg",  # a whole path
        "2.JPG": "x/Other/More/2.JPG",  # as it is written before other capitals
    }.items():
        assert json.loads(run("show", name, "--json").stdout)["path"] == path, name
    with pytest.raises(BadRequest) as caught:
        run("show", "0.jpg")
    assert [line.split()[1] for line in str(caught.value).splitlines()[1:]] == ["2022/0.jpg", "Other/0.jpg"]
    for nothing in ("MG_1234.jpg", "IMG_1234", "%.jpg", "_234.jpg"):
        with pytest.raises(NotFound):
            run("show", nothing)


def test_the_first_administrator_takes_over_and_others_follow(library: Database) -> None:
    made = json.loads(run("user", "add", "anna", "--role", "administrator", "--json").stdout)
    assert (made["id"], made["role"]) == (1, "administrator")
    assert accounts.sign_in(library, "anna", made["password"])[0].id == 1
    run("user", "add", "vera", "--password-stdin", given="a good long password\n")
    assert accounts.sign_in(library, "vera", "a good long password")[0].role == "viewer"
    with pytest.raises(FoveaError):
        run("user", "add", "vera", "--password-stdin", given="a good long password\n")
    with pytest.raises(BadRequest):
        run("user", "add", "emil", "--password-stdin", given="short\n")


def test_a_token_from_the_command_line_works(library: Database) -> None:
    run("user", "add", "vera", "--password-stdin", given="a good long password\n")
    made = json.loads(run("user", "token", "vera", "--scope", "read", "--days", "2", "--json").stdout)
    caller = accounts.caller_of(library, PostgresTokens(library), made["token"], "api")
    assert (caller.account.login, caller.scopes, caller.owner_id) == ("vera", {"read"}, 1)
    with pytest.raises(NotAllowed):
        run("user", "token", "vera", "--scope", "write")
    with pytest.raises(NotFound):
        run("user", "token", "nobody")
