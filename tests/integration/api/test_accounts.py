"""Accounts that change and end: passwords, roles, disabling, deleting, sessions, the last administrator."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.errors import BadRequest, Conflict
from db.connect import Database
from db.tokens import TokenStore
from db.tokens_postgres import PostgresTokens
from library import accounts, administration
from tests.integration.api.conftest import OURS, PASSWORD, Served, tokens_in_mongodb
from tests.integration.api.stocked import jpeg
from tests.mongodb import server_url

NEW = "another long enough one"
STORES = ["postgres", "mongodb"] if server_url() else ["postgres"]


@pytest.fixture(params=STORES)
def tokens(request: pytest.FixtureRequest, database: Database) -> Iterator[TokenStore]:
    """Everything here holds for either store; test_tokens.py says so where there is no MongoDB."""
    if request.param == "postgres":
        yield PostgresTokens(database)
    elif server := server_url():
        with tokens_in_mongodb(server) as store:
            yield store


def signed_in(served: Served, login: str, password: str = PASSWORD) -> TestClient:
    client = served.client()
    answer = client.post("/api/v1/session", json={"login": login, "password": password})
    assert answer.status_code == 200, answer.text
    client.headers.update(OURS)
    return client


def is_in(client: TestClient) -> bool:
    return client.get("/api/v1/session").status_code == 200


def id_of(served: Served, login: str) -> int:
    return accounts.find_account(served.database, login).id


def test_a_password_is_changed_with_the_old_one_and_ends_the_other_sessions(served: Served) -> None:
    here, elsewhere = signed_in(served, "vera"), signed_in(served, "vera")
    script = served.client(served.token("vera", "read"))
    wrong = here.put("/api/v1/session/password", json={"old": "no", "new": NEW})
    assert wrong.status_code == 403 and "old password" in wrong.json()["detail"]
    weak = here.put("/api/v1/session/password", json={"old": PASSWORD, "new": "short"})
    assert weak.status_code == 400 and is_in(elsewhere)
    assert here.put("/api/v1/session/password", json={"old": PASSWORD, "new": NEW}).status_code == 204
    assert is_in(here) and not is_in(elsewhere)
    assert script.get("/api/v1/status").status_code == 200, "scripts have a list of their own"
    who = {"login": "vera", "password": PASSWORD}
    assert served.client().post("/api/v1/session", json=who).status_code == 401
    signed_in(served, "vera", NEW)


def test_old_passwords_are_not_guessed_through_a_session(served: Served) -> None:
    client = signed_in(served, "vera")
    seen = [client.put("/api/v1/session/password", json={"old": str(n), "new": NEW}).status_code for n in range(5)]
    assert seen == [403, 403, 403, 429, 429]


def test_a_session_of_the_old_password_does_not_begin_after_it_was_changed(served: Served) -> None:
    """Its password was looked at before the change, and its session would have begun after it."""
    account, fitted = accounts.sign_in(served.database, "vera", PASSWORD)
    administration.change(served.database, served.tokens, account.id, password=NEW)
    _, kept = accounts.start_session(served.tokens, account)
    with pytest.raises(Exception, match="password"):
        accounts.must_still_fit(served.database, served.tokens, account, fitted, kept)
    assert served.tokens.of_account(account.id, "session") == []


def test_administrators_set_passwords_of_others_and_their_own_as_everybody_does(
    served: Served, admin: TestClient
) -> None:
    vera = signed_in(served, "vera")
    path = f"/api/v1/users/{id_of(served, 'vera')}"
    assert admin.patch(path, json={"password": "short"}).status_code == 400 and is_in(vera)
    assert admin.patch(path, json={"password": NEW}).status_code == 200
    assert not is_in(vera)
    signed_in(served, "vera", NEW)
    own = admin.patch("/api/v1/users/1", json={"password": NEW})
    assert own.status_code == 403 and "session/password" in own.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"password": NEW, "role": "viewer"}, Conflict),
        ({"password": NEW, "disabled": True}, Conflict),
        ({"password": NEW, "role": "administrator", "disabled": True}, Conflict),
        ({"password": "short", "role": "administrator", "disabled": False}, BadRequest),
    ],
)
def test_a_change_that_is_refused_in_part_changes_nothing(
    served: Served, admin: TestClient, asked: dict[str, Any], refused: type[Exception]
) -> None:
    before = administration.show_person(served.database, 1)
    with pytest.raises(refused):
        administration.change(served.database, served.tokens, 1, **asked)
    assert administration.show_person(served.database, 1) == before
    assert is_in(admin), "its sessions go on"
    assert accounts.sign_in(served.database, before.login, PASSWORD)[0].id == 1


def test_a_bad_password_keeps_the_role_that_came_with_it(served: Served, admin: TestClient) -> None:
    path = f"/api/v1/users/{id_of(served, 'vera')}"
    asked = {"password": "vera", "role": "editor", "disabled": True}
    assert admin.patch(path, json=asked).status_code == 400
    assert admin.patch("/api/v1/users/1", json={"password": NEW, "role": "viewer"}).status_code == 403
    kept = {one["login"]: (one["role"], one["disabled_at"]) for one in admin.get("/api/v1/users").json()["items"]}
    assert kept["vera"] == ("viewer", None)
    both = admin.patch(path, json={"password": NEW, "role": "editor", "disabled": False})
    assert both.status_code == 200 and both.json()["role"] == "editor"
    signed_in(served, "vera", NEW)


def test_a_role_changes_what_sessions_and_tokens_may_at_once(served: Served, admin: TestClient) -> None:
    vera, emil = signed_in(served, "vera"), signed_in(served, "emil")
    script = served.client(served.token("emil", "read", "write"))
    again = {"which": "failed"}
    assert vera.post("/api/v1/analyses/objects/requeue", json=again).status_code == 403
    for login, role in (("vera", "editor"), ("emil", "viewer")):
        changed = admin.patch(f"/api/v1/users/{id_of(served, login)}", json={"role": role})
        assert changed.status_code == 200 and changed.json()["role"] == role
    assert vera.post("/api/v1/analyses/objects/requeue", json=again).status_code == 200
    assert vera.get("/api/v1/session").json()["scopes"] == ["read", "write"]
    for demoted in (emil, script):
        assert demoted.post("/api/v1/analyses/objects/requeue", json=again).status_code == 403
        assert demoted.get("/api/v1/status").status_code == 200


def test_nobody_acts_by_a_disabled_account_until_it_is_enabled(served: Served, admin: TestClient) -> None:
    emil, script = signed_in(served, "emil"), served.client(served.token("emil", "read"))
    path = f"/api/v1/users/{id_of(served, 'emil')}"
    disabled = admin.patch(path, json={"disabled": True}).json()
    assert disabled["disabled_at"] is not None
    assert not is_in(emil) and script.get("/api/v1/status").status_code == 401
    client, who = served.client(), {"login": "emil", "password": PASSWORD}
    told = client.post("/api/v1/session", json=who)
    assert told.status_code == 401 and "disabled" in told.json()["detail"]
    guess = client.post("/api/v1/session", json={**who, "password": "wrong"})
    assert guess.json()["detail"] == "name or password is wrong", "only who knows the password learns it"
    listed = {one["login"]: one["disabled_at"] for one in admin.get("/api/v1/users").json()["items"]}
    assert listed["emil"] == disabled["disabled_at"] and listed["vera"] is None
    assert admin.patch(path, json={"disabled": False}).json()["disabled_at"] is None
    assert not is_in(emil), "its sessions ended for good"
    assert script.get("/api/v1/status").status_code == 200
    signed_in(served, "emil")


def test_what_a_deleted_person_brought_stays(served: Served, admin: TestClient, writer: TestClient) -> None:
    asset = writer.post("/api/v1/assets", params={"path": "a.jpg"}, content=jpeg(31)).json()["asset"]
    assert writer.patch(f"/api/v1/assets/{asset['id']}", json={"rating": 4}).status_code == 200
    writer.post("/api/v1/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "10"})
    emil, path = signed_in(served, "emil"), f"/api/v1/users/{id_of(served, 'emil')}"
    shown = admin.get(path).json()
    assert (shown["brought_files"], shown["brought_bytes"]) == (1, len(jpeg(31)))
    assert admin.delete(path).json() == shown
    assert not is_in(emil) and writer.get("/api/v1/status").status_code == 401
    assert admin.get(path).status_code == 404 and admin.delete(path).status_code == 404
    assert "emil" not in [one["login"] for one in admin.get("/api/v1/users").json()["items"]]
    who = {"login": "emil", "password": PASSWORD}
    assert served.client().post("/api/v1/session", json=who).status_code == 401
    kept = admin.get(f"/api/v1/assets/{asset['id']}").json()
    assert kept["rating"] == 4
    assert admin.get(f"/api/v1/assets/{asset['id']}/original").content == jpeg(31)
    with served.database.transaction() as connection:
        rows = connection.execute("select * from upload where state = 'receiving' and expires_at > now()")
        assert rows.fetchall() == []
        everything = connection.execute("select a::text as row from account a").fetchall()
    assert not any("emil" in row["row"] for row in everything)
    made = admin.post("/api/v1/users", json={**who, "role": "viewer"})
    assert made.status_code == 201, "the name is free again"
    assert f"/api/v1/users/{made.json()['id']}" != path, "and its number is not"


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "viewer"}, {"role": "editor"}, None], ids=str)
def test_the_last_active_administrator_stays(served: Served, admin: TestClient, change: dict | None) -> None:
    def leave(account_id: int) -> int:
        path = f"/api/v1/users/{account_id}"
        return (admin.delete(path) if change is None else admin.patch(path, json=change)).status_code

    assert leave(1) == 409
    other = id_of(served, "vera")
    assert admin.patch(f"/api/v1/users/{other}", json={"role": "administrator"}).status_code == 200
    assert admin.patch(f"/api/v1/users/{other}", json={"disabled": True}).status_code == 200
    assert leave(1) == 409, "a disabled one is none"
    assert admin.patch(f"/api/v1/users/{other}", json={"disabled": False}).status_code == 200
    assert leave(1) == 200
    with pytest.raises(Conflict, match="last active administrator"):
        administration.delete(served.database, served.tokens, other)
    assert accounts.is_claimed(served.database), "nobody takes the library over by a link"
    assert accounts.make_claim(served.database, served.tokens) is None


def test_of_two_administrators_who_remove_each_other_one_stays(served: Served) -> None:
    other = id_of(served, "vera")
    administration.change(served.database, served.tokens, other, role="administrator")
    together = threading.Barrier(2)

    def remove(account_id: int) -> bool:
        together.wait()
        try:
            administration.change(served.database, served.tokens, account_id, disabled=True)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(remove, (1, other))) == [False, True]


def test_sessions_are_seen_and_ended(served: Served) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    who = {"login": "vera", "password": PASSWORD}
    here, there, third = (served.client() for _ in range(3))
    for client in (here, there, third):
        client.post("/api/v1/session", json=who, headers={"User-Agent": agent})
        client.headers.update(OURS)
    listed = here.get("/api/v1/sessions").json()["items"]
    assert [one["current"] for one in listed] == [False, False, True]
    assert all(one["name"].startswith("Firefox on Linux, from ") for one in listed)
    assert not any(there.cookies["__Host-fovea"] in str(one) for one in listed)
    ids = {one["id"] for one in there.get("/api/v1/sessions").json()["items"] if one["current"]}
    assert here.delete(f"/api/v1/sessions/{ids.pop()}").status_code == 204
    assert is_in(here) and not is_in(there) and is_in(third)
    assert here.delete("/api/v1/sessions/nonsense").status_code == 404
    assert here.delete("/api/v1/sessions", params={"but_this": True}).json() == {"ended": 1}
    assert is_in(here) and not is_in(third)
    out = here.delete("/api/v1/sessions")
    assert out.json() == {"ended": 1} and out.headers["clear-site-data"] == '"cache"'
    assert not is_in(here)


def test_administrators_see_and_end_everybodys(served: Served, admin: TestClient) -> None:
    vera, script = signed_in(served, "vera"), served.client(served.token("vera", "read"))
    path = f"/api/v1/users/{id_of(served, 'vera')}"
    (session,) = admin.get(f"{path}/sessions").json()["items"]
    (token,) = admin.get(f"{path}/tokens").json()["items"]
    assert session["current"] is False and token["scopes"] == ["read"] and "token" not in token
    assert admin.delete(f"{path}/tokens/{session['id']}").status_code == 404, "one is not the other"
    assert admin.delete(f"{path}/sessions/{session['id']}").status_code == 204 and not is_in(vera)
    assert admin.delete(f"{path}/tokens/{token['id']}").status_code == 204
    assert script.get("/api/v1/status").status_code == 401
    again, script = signed_in(served, "vera"), served.client(served.token("vera", "read"))
    assert admin.delete(f"{path}/sessions").json() == {"ended": 1} and not is_in(again)
    assert admin.delete(f"{path}/tokens").json() == {"ended": 1}
    assert script.get("/api/v1/status").status_code == 401
    for what in ("sessions", "tokens"):
        assert admin.get(f"/api/v1/users/999/{what}").status_code == 404
        assert admin.delete(f"/api/v1/users/999/{what}").status_code == 404


def test_a_token_ends_in_90_days_unless_somebody_says_otherwise(admin: TestClient) -> None:
    new = {"name": "x", "scopes": ["read"]}
    for given in ({}, {"expires_at": None}):
        made = admin.post("/api/v1/tokens", json={**new, **given}).json()
        ends = datetime.fromisoformat(made["expires_at"])
        assert timedelta(days=89, hours=23) < ends - datetime.now(UTC) <= timedelta(days=90)
    assert admin.post("/api/v1/tokens", json={**new, "expires_at": "never"}).json()["expires_at"] is None
    assert admin.post("/api/v1/tokens", json={**new, "expires_at": "soon"}).status_code == 422
    assert admin.delete("/api/v1/tokens").json() == {"ended": 3}


def test_tokens_from_before_go_on_without_an_end(served: Served) -> None:
    old = served.client(served.token("vera", "read"))
    served.tokens.remove_expired()
    assert old.get("/api/v1/status").status_code == 200
