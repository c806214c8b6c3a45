"""`fovea user`: the same words beside the library and, with a token of scope admin, from another machine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import BadRequest, Conflict, FoveaError, NotAllowed, NotFound
from library import accounts
from tests.integration.api.conftest import PASSWORD, Served
from tests.integration.api.test_accounts import NEW, is_in, signed_in
from tests.integration.api.test_front_door import behind
from tests.integration.test_look_commands import run


@pytest.fixture(params=["here", "there"])
def library(
    request: pytest.FixtureRequest, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    """The commands are about this library, beside it or over HTTP."""
    if request.param == "here":
        monkeypatch.setenv("FOVEA_DATABASE_URL", served.database.url)
        monkeypatch.setenv("FOVEA_DATA", str(tmp_path / "data"))
        yield served
        return
    with behind(served, "") as root:
        monkeypatch.setenv("FOVEA_URL", root)
        monkeypatch.setenv("FOVEA_TOKEN", served.token("anna", "read", "write", "admin"))
        yield served


def test_accounts_are_listed_changed_and_closed(library: Served) -> None:
    listed = json.loads(run("user", "list", "--json").stdout)["items"]
    assert [(one["login"], one["role"]) for one in listed] == [
        ("anna", "administrator"),
        ("emil", "editor"),
        ("vera", "viewer"),
    ]
    assert json.loads(run("user", "role", "vera", "editor", "--json").stdout)["role"] == "editor"
    assert "disabled since" in run("user", "disable", "vera").stdout
    assert "disabled since" in run("user", "list").stdout
    assert "disabled since" not in run("user", "enable", "vera").stdout
    with pytest.raises(BadRequest, match="--yes"):
        run("user", "delete", "vera")
    gone = run("user", "delete", "vera", "--yes").stdout
    assert "stay in the library" in gone
    for words in (("role", "vera", "editor"), ("disable", "vera"), ("password", "vera"), ("sessions", "vera")):
        with pytest.raises(NotFound, match="no account"):
            run("user", *words)
    for words in (("role", "anna", "viewer"), ("disable", "anna"), ("delete", "anna", "--yes")):
        with pytest.raises(Conflict, match="last active administrator"):
            run("user", *words)


def test_a_lost_password_is_replaced(library: Served) -> None:
    vera = signed_in(library, "vera")
    made = json.loads(run("user", "password", "vera", "--json").stdout)
    assert not is_in(vera)
    signed_in(library, "vera", made["password"])
    assert "password" not in json.loads(
        run("user", "password", "vera", "--password-stdin", "--json", given=f"{NEW}\n").stdout
    )
    signed_in(library, "vera", NEW)
    for given in ("", "\n", "short\n"):
        with pytest.raises(BadRequest):
            run("user", "password", "vera", "--password-stdin", given=given)


def test_the_administrator_gets_back_in(library: Served, request: pytest.FixtureRequest) -> None:
    """Beside the library nobody asks for the old password; over HTTP one's own needs it."""
    there = "[there]" in request.node.name
    old = signed_in(library, "anna")
    if there:
        with pytest.raises(BadRequest, match="old"):
            run("user", "password", "anna")
        with pytest.raises(NotAllowed, match="old password"):
            run("user", "password", "anna", "--password-stdin", given=f"wrong\n{NEW}\n")
        assert is_in(old)
    given = f"{PASSWORD}\n{NEW}\n" if there else f"{NEW}\n"
    run("user", "password", "anna", "--password-stdin", given=given)
    assert not is_in(old)
    signed_in(library, "anna", NEW)


def test_sessions_and_tokens_are_seen_and_ended(library: Served) -> None:
    first, second = signed_in(library, "vera"), signed_in(library, "vera")
    token = library.token("vera", "read")
    listed = json.loads(run("user", "sessions", "vera", "--json").stdout)["items"]
    assert len(listed) == 2 and not any(one["current"] for one in listed)
    assert "testclient" in run("user", "sessions", "vera").stdout
    for words in (("sign-out", "vera"), ("sign-out", "vera", "1", "--all"), ("revoke", "vera")):
        with pytest.raises(BadRequest, match="--all"):
            run("user", *words)
    run("user", "sign-out", "vera", listed[1]["id"])
    assert not is_in(first) and is_in(second)
    assert json.loads(run("user", "sign-out", "vera", "--all", "--json").stdout) == {"ended": 1}
    assert not is_in(second)
    (kept,) = json.loads(run("user", "tokens", "vera", "--json").stdout)["items"]
    assert kept["scopes"] == ["read"] and "never ends" in run("user", "tokens", "vera").stdout
    with pytest.raises(NotFound):
        run("user", "revoke", "vera", "nonsense")
    assert "1 token ended" in run("user", "revoke", "vera", kept["id"]).stdout
    assert library.client(token).get("/api/v1/status").status_code == 401


def test_a_token_ends_unless_told_not_to(library: Served) -> None:
    assert json.loads(run("user", "token", "anna", "--json").stdout)["expires_at"] is not None
    assert json.loads(run("user", "token", "anna", "--never-ends", "--json").stdout)["expires_at"] is None


def test_everybody_sees_his_own_from_another_machine(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with behind(served, "") as root:
        monkeypatch.setenv("FOVEA_URL", root)
        monkeypatch.setenv("FOVEA_TOKEN", served.token("vera", "read"))
        for words in (("list",), ("sessions", "emil"), ("role", "vera", "editor"), ("sessions", "vera")):
            with pytest.raises(FoveaError):
                run("user", *words)
        run("user", "password", "vera", "--password-stdin", given=f"{PASSWORD}\n{NEW}\n")
    assert accounts.sign_in(served.database, "vera", NEW)[0].login == "vera"


def test_a_token_that_may_only_write_is_told_to_read_as_well(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with behind(served, "") as root:
        monkeypatch.setenv("FOVEA_URL", root)
        monkeypatch.setenv("FOVEA_TOKEN", served.token("emil", "write"))
        with pytest.raises(NotAllowed, match="read"):
            run("ingest", str(tmp_path))
