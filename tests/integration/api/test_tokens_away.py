"""While MongoDB is away nobody gets in: 503 that says when to come back, never an open door."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from httpx import Response
from typer.testing import CliRunner

from core.errors import ServiceAway
from db.connect import Database
from db.tokens_mongodb import MongoTokens
from fovea.main import build
from library import accounts
from tests.integration.api.conftest import OURS, PASSWORD, Served, serving
from tests.integration.api.test_front_door import behind as behind_a_server
from tests.integration.api.test_who_may import OPEN_TO_ALL, arguments_for, operations
from tests.mongodb import WHY_NOT, own_database, server_url
from tests.tcp_gate import Gate, behind, nobody_there

SECRET = "a-password-of-mongodb"


def must_be_away(answer: Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert "MongoDB" in answer.json()["detail"]
    assert SECRET not in answer.text and "127.0.0.1" not in answer.text


@pytest.fixture
def shut_out(database: Database, tmp_path: Path, password_hash: str) -> Iterator[Served]:
    """The application whose MongoDB does not run."""
    with (
        closing(MongoTokens(f"mongodb://fovea:{SECRET}@127.0.0.1:{nobody_there()}/fovea")) as tokens,
        serving(database, tmp_path / "data", None, password_hash, tokens) as served,
    ):
        yield served


def test_without_mongodb_every_door_stays_shut(shut_out: Served) -> None:
    """Each operation: 503 with a token, 401 without one."""
    strangers, script = shut_out.client(), shut_out.client("fovea_" + "a" * 43)
    listed = [one for one in operations(shut_out) if one[:2] not in OPEN_TO_ALL]
    assert len(listed) > 40
    for method, path, operation in listed:
        arguments = arguments_for(operation)
        assert strangers.request(method, path, **arguments).status_code == 401, (method, path)
    for method, path, operation in listed[:: len(listed) // 4]:  # each waits until it is sure
        must_be_away(script.request(method, path, **arguments_for(operation)))


def test_without_mongodb_nobody_signs_in(shut_out: Served, caplog: pytest.LogCaptureFixture) -> None:
    client = shut_out.client()
    for password in (PASSWORD, "wrong password"):  # and nobody learns which one is right
        must_be_away(client.post("/api/v1/session", json={"login": "anna", "password": password}))
    assert not client.cookies
    client.cookies.set("__Host-fovea", "a" * 43)
    must_be_away(client.get("/api/v1/session"))
    must_be_away(client.delete("/api/v1/session", headers=OURS))
    assert client.get("/api/health/live").status_code == 200
    assert SECRET not in caplog.text


def test_the_command_says_so_and_when_to_try_again(shut_out: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with behind_a_server(shut_out, "") as address:
        monkeypatch.setenv("FOVEA_URL", address)
        monkeypatch.setenv("FOVEA_TOKEN", "fovea_" + "a" * 43)
        for words in (["status"], ["ingest", __file__]):
            with pytest.raises(ServiceAway, match=r"MongoDB.*; try again in 5 s"):
                CliRunner().invoke(build(), words, catch_exceptions=False)


@pytest.fixture
def gated(database: Database, tmp_path: Path, password_hash: str) -> Iterator[tuple[Served, Gate]]:
    """The application over a real MongoDB that can go away and come back."""
    server = server_url()
    if server is None:
        pytest.skip(WHY_NOT)
    with (
        own_database(server) as url,
        behind(url, 27017) as (gate, gated_url),
        closing(MongoTokens(gated_url)) as tokens,
        serving(database, tmp_path / "data", None, password_hash, tokens) as served,
    ):
        yield served, gate


@pytest.mark.parametrize("how", ["shut", "hold"])
def test_a_valid_token_waits_for_mongodb_and_then_goes_on(gated: tuple[Served, Gate], how: str) -> None:
    served, gate = gated
    script = served.client(served.token("emil", "read", "write"))
    revoked = served.client(served.token("vera", "read"))
    page = served.client()
    page.post("/api/v1/session", json={"login": "anna", "password": PASSWORD})
    for client in (script, revoked, page):
        assert client.get("/api/v1/status").status_code == 200
    vera = accounts.find_account(served.database, "vera")
    for kept in served.tokens.of_account(vera.id, "api"):
        served.tokens.remove(vera.id, kept.id, "api")

    (gate.shut if how == "shut" else gate.hold)()
    for client in (script, page, revoked):
        asked_at = time.monotonic()
        must_be_away(client.get("/api/v1/status"))
        assert time.monotonic() - asked_at < 5
    must_be_away(served.client().post("/api/v1/session", json={"login": "anna", "password": PASSWORD}))
    assert served.client().get("/api/v1/status").status_code == 401

    (gate.reopen if how == "shut" else gate.release)()
    deadline = time.monotonic() + 15
    while script.get("/api/v1/status").status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert script.get("/api/v1/status").status_code == 200
    assert page.get("/api/v1/session").status_code == 200
    assert revoked.get("/api/v1/status").status_code == 401, "revoked before, revoked after"
    again = served.client().post("/api/v1/session", json={"login": "anna", "password": PASSWORD})
    assert again.status_code == 200
