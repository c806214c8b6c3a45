"""Signing in, roles, scopes, tokens, the one-time link, and patience."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from db.connect import Database
from db.tokens import TokenStore
from db.tokens_mongodb import MongoTokens
from db.tokens_postgres import PostgresTokens
from library import accounts
from tests.integration.api.conftest import OURS, PASSWORD, Served, tokens_in_mongodb
from tests.mongodb import server_url

STORES = ["postgres", "mongodb"] if server_url() else ["postgres"]


@pytest.fixture(params=STORES)
def tokens(request: pytest.FixtureRequest, database: Database) -> Iterator[TokenStore]:
    """Everything here holds for either store; test_tokens.py says so where there is no MongoDB."""
    if request.param == "postgres":
        yield PostgresTokens(database)
    elif server := server_url():
        with tokens_in_mongodb(server) as store:
            yield store


OPEN_TO_ALL = {
    ("GET", "/api/v1/first-start"),
    ("POST", "/api/v1/first-start"),
    ("POST", "/api/v1/session"),
    ("OPTIONS", "/api/v1/uploads"),
    ("GET", "/api/health/live"),
    ("GET", "/api/health/ready"),
}


def operations(served: Served) -> list[tuple[str, str, dict]]:
    """Every operation of the server's OpenAPI document."""
    return operations_of(served.app.openapi())


def operations_of(document: dict) -> list[tuple[str, str, dict]]:
    """Every operation of an OpenAPI document with an address that fits its parameters."""
    found = []
    for path, methods in document["paths"].items():
        address = path.replace("/users/{id}", "/users/999").replace("{id}", "1").replace("{ms}", "0")
        address = address.replace("{name}", "objects").replace("{session_id}", "1").replace("{token_id}", "1")
        found += [(method.upper(), address, operation) for method, operation in methods.items()]
    return found


def body_for(operation: dict) -> dict:
    """Keyword arguments of a request that the operation's schema takes."""
    content = operation.get("requestBody", {}).get("content", {})
    if any(kind.endswith("octet-stream") for kind in content):
        return {"content": b"x"}
    bodies = {
        "makeToken": {"name": "x", "scopes": ["read"]},
        "addUser": {"login": "x", "password": PASSWORD, "role": "viewer"},
        "requeueAnalysis": {"which": "failed"},
        "changeAsset": {"rating": 3},
        "setConcurrency": {"slots": 2},
        "changePassword": {"old": PASSWORD, "new": PASSWORD},
        "changeUser": {"role": "viewer"},
        "saveSearch": {"name": "x", "query": "bus"},
    }
    return {"json": bodies.get(operation["operationId"], {})} if content else {}


def parameters_for(operation: dict) -> dict:
    values = {"q": "bus", "west": 0, "south": 0, "east": 1, "north": 1, "zoom": 3, "path": "a.jpg", "which": "all"}
    needed = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query" and one["required"]]
    return {name: values[name] for name in needed}


def arguments_for(operation: dict) -> dict:
    return {"params": parameters_for(operation), "headers": headers_for(operation), **body_for(operation)}


def headers_for(operation: dict) -> dict:
    values = {"Upload-Length": "10", "Upload-Offset": "0"}
    return {
        one["name"]: values[one["name"].title()]
        for one in operation.get("parameters", [])
        if one["in"] == "header" and one["required"]
    }


def test_without_a_token_nothing_but_the_doors_answers(served: Served) -> None:
    client = served.client()
    listed = operations(served)
    assert {(method, path) for method, path, _ in listed} >= OPEN_TO_ALL
    for method, path, operation in listed:
        if (method, path) in OPEN_TO_ALL:
            assert "security" not in operation
            continue
        answer = client.request(method, path, **arguments_for(operation))
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert operation["security"]


@pytest.mark.parametrize("secret", ["nonsense", "", "fovea_" + "a" * 43, "x" * 5000, "ü"])
def test_a_wrong_token_is_refused(served: Served, secret: str) -> None:
    answer = served.client().get("/api/v1/assets", headers={"Authorization": f"Bearer {secret}".encode()})
    assert answer.status_code == 401


def test_each_operation_asks_for_the_scope_it_documents(served: Served) -> None:
    """With the other scopes only: 403. With it: anything else."""
    by_scope = {
        "read": served.client(served.token("anna", "write", "admin")),
        "write": served.client(served.token("anna", "read", "admin")),
        "admin": served.client(served.token("anna", "read", "write")),
    }
    everything = served.client(served.token("anna", "read", "write", "admin"))
    for method, path, operation in operations(served):
        needed = {scope for one in operation.get("security", []) for scopes in one.values() for scope in scopes}
        if not needed:
            continue
        arguments = arguments_for(operation)
        for scope in needed:
            refused = by_scope[scope].request(method, path, **arguments)
            assert refused.status_code == 403, (method, path, refused.text)
        if operation["operationId"] != "listen":  # it would never end
            assert everything.request(method, path, **arguments).status_code not in (401, 403), (method, path)


@pytest.mark.parametrize(("login", "most"), [("vera", "read"), ("emil", "write"), ("anna", "admin")])
def test_a_session_has_the_scopes_of_its_role(served: Served, login: str, most: str) -> None:
    client = served.client()
    client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    client.headers.update(OURS)
    assert client.get("/api/v1/assets").status_code == 200
    may_write = client.post("/api/v1/analyses/objects/requeue", json={"which": "failed"}).status_code == 200
    may_manage = client.get("/api/v1/users").status_code == 200
    assert (may_write, may_manage) == (most in ("write", "admin"), most == "admin")


def test_a_change_by_cookie_needs_our_header(admin: TestClient) -> None:
    del admin.headers["X-Fovea"]
    assert admin.get("/api/v1/session").status_code == 200
    refused = admin.delete("/api/v1/session")
    assert refused.status_code == 403
    assert "X-Fovea" in refused.json()["detail"]
    assert admin.delete("/api/v1/session", headers={"X-Fovea": "1"}).status_code == 204


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(served: Served) -> None:
    answer = served.client().post("/api/v1/session", json={"login": "anna", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-fovea=")
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.json()["account"] == {"id": 1, "login": "anna", "role": "administrator"}


def test_signing_out_ends_the_session_for_good(served: Served, admin: TestClient) -> None:
    secret = admin.cookies["__Host-fovea"]
    assert admin.delete("/api/v1/session").status_code == 204
    thief = served.client()
    thief.cookies.set("__Host-fovea", secret)
    assert thief.get("/api/v1/session").status_code == 401


def test_secrets_are_not_in_the_database(served: Served, admin: TestClient) -> None:
    token = admin.post("/api/v1/tokens", json={"name": "backup", "scopes": ["read"]}).json()["token"]
    with served.database.transaction() as connection:
        rows = connection.execute("select t::text as row from token t union all select a::text from account a")
        everything = " ".join(row["row"] for row in rows)
    if isinstance(served.tokens, MongoTokens):
        kept = list(served.tokens._token.find())
        assert len(kept) == 2
        everything += repr(kept)
    assert admin.cookies["__Host-fovea"] not in everything
    assert token not in everything and token.removeprefix("fovea_") not in everything
    assert PASSWORD not in everything and "$argon2id$" in everything


def test_a_token_lives_until_it_ends_or_is_revoked(served: Served, admin: TestClient) -> None:
    made = admin.post("/api/v1/tokens", json={"name": "backup", "scopes": ["read"], "expires_at": None}).json()
    script = served.client(made["token"])
    assert script.get("/api/v1/status").status_code == 200
    assert [one["id"] for one in admin.get("/api/v1/tokens").json()["items"]] == [made["id"]]
    assert "token" not in admin.get("/api/v1/tokens").json()["items"][0]
    assert admin.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    assert script.get("/api/v1/status").status_code == 401
    assert admin.delete(f"/api/v1/tokens/{made['id']}").status_code == 404
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    refused = admin.post("/api/v1/tokens", json={"name": "x", "scopes": ["read"], "expires_at": past})
    assert refused.status_code == 400


def test_an_expired_token_is_worth_nothing(served: Served) -> None:
    vera = accounts.find_account(served.database, "vera")
    ends = datetime.now(UTC) + timedelta(seconds=3)
    token, _ = accounts.make_token(served.tokens, vera, "short", frozenset({"read"}), ends)
    assert served.client(token).get("/api/v1/status").status_code == 200
    time.sleep(max(0.0, (ends - datetime.now(UTC)).total_seconds()) + 0.05)
    assert served.client(token).get("/api/v1/status").status_code == 401


def test_a_token_cannot_make_more_of_itself(served: Served, reader: TestClient) -> None:
    assert reader.post("/api/v1/tokens", json={"name": "x", "scopes": ["read"]}).status_code == 403
    viewer = served.client()
    viewer.post("/api/v1/session", json={"login": "vera", "password": PASSWORD})
    asked = viewer.post("/api/v1/tokens", json={"name": "x", "scopes": ["read", "admin"]}, headers=OURS)
    assert asked.status_code == 403


def test_nobody_revokes_the_token_of_another(served: Served, admin: TestClient) -> None:
    served.token("vera", "read")
    theirs = served.tokens.of_account(accounts.find_account(served.database, "vera").id, "api")[0]
    assert admin.delete(f"/api/v1/tokens/{theirs.id}").status_code == 404


def test_wrong_passwords_have_to_wait_but_others_do_not(served: Served) -> None:
    client = served.client()
    for _ in range(3):
        wrong = client.post("/api/v1/session", json={"login": "anna", "password": "wrong"})
        assert wrong.status_code == 401
        assert wrong.json()["detail"] == "name or password is wrong"
    refused = client.post("/api/v1/session", json={"login": "anna", "password": PASSWORD})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 61
    assert client.post("/api/v1/session", json={"login": "ANNA ", "password": PASSWORD}).status_code == 429
    assert client.post("/api/v1/session", json={"login": "vera", "password": PASSWORD}).status_code == 200


def test_a_success_forgets_the_failures_before_it(served: Served) -> None:
    client = served.client()
    for _ in range(3):
        for _ in range(2):
            client.post("/api/v1/session", json={"login": "emil", "password": "wrong"})
        assert client.post("/api/v1/session", json={"login": "emil", "password": PASSWORD}).status_code == 200


def test_many_guesses_at_the_same_moment_do_not_slip_through(served: Served) -> None:
    def guess(number: int) -> int:
        body = {"login": "anna", "password": f"guess {number}"}
        return served.client().post("/api/v1/session", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(guess, range(16)))
    assert sorted(set(seen)) == [401, 429]
    assert seen.count(401) == 3


def test_a_changed_role_changes_what_older_sessions_may(served: Served) -> None:
    token = served.token("emil", "read", "write")
    with served.database.transaction() as connection:
        connection.execute("update account set role = 'viewer' where login = 'emil'")
    answer = served.client(token).post("/api/v1/analyses/objects/requeue", json={"which": "failed"})
    assert answer.status_code == 403
    with served.database.transaction() as connection:
        connection.execute("update account set disabled_at = now() where login = 'emil'")
    assert served.client(token).get("/api/v1/status").status_code == 401


def test_users_are_made_once_and_with_a_password_worth_the_name(admin: TestClient) -> None:
    new = {"login": "olga", "password": PASSWORD, "role": "viewer"}
    assert admin.post("/api/v1/users", json=new).status_code == 201
    assert admin.post("/api/v1/users", json=new).status_code == 409
    assert admin.post("/api/v1/users", json={**new, "login": "p", "password": "short"}).status_code == 400
    assert admin.post("/api/v1/users", json={**new, "login": "q", "role": "king"}).status_code == 422
    assert [one["login"] for one in admin.get("/api/v1/users").json()["items"]] == ["anna", "emil", "vera", "olga"]


@pytest.fixture
def unclaimed(served: Served) -> Served:
    with served.database.transaction() as connection:
        connection.execute("delete from account where id > 1")
        connection.execute("update account set login = null, password_hash = null")
    return served


def test_first_start_makes_the_administrator_once(unclaimed: Served) -> None:
    client = unclaimed.client()
    assert client.get("/api/v1/first-start").json() == {"claimed": False}
    older = accounts.make_claim(unclaimed.database, unclaimed.tokens)
    claim = accounts.make_claim(unclaimed.database, unclaimed.tokens)
    who = {"login": "anna", "password": PASSWORD}
    assert client.post("/api/v1/first-start", json={**who, "claim": "guess"}).status_code == 403
    assert client.post("/api/v1/first-start", json={**who, "claim": older}).status_code == 403
    weak = client.post("/api/v1/first-start", json={**who, "claim": claim, "password": "short"})
    assert weak.status_code == 400  # and the link still works
    made = client.post("/api/v1/first-start", json={**who, "claim": claim})
    assert made.status_code == 200
    assert made.json()["account"] == {"id": 1, "login": "anna", "role": "administrator"}
    assert client.get("/api/v1/session").status_code == 200
    assert client.get("/api/v1/first-start").json() == {"claimed": True}
    again = client.post("/api/v1/first-start", json={**who, "claim": claim, "login": "mallory"})
    assert again.status_code == 409
    assert accounts.make_claim(unclaimed.database, unclaimed.tokens) is None


def test_of_many_that_claim_at_once_one_wins(unclaimed: Served) -> None:
    claim = accounts.make_claim(unclaimed.database, unclaimed.tokens)
    together = threading.Barrier(6)

    def take(number: int) -> int:
        body = {"claim": claim, "login": f"p{number}", "password": PASSWORD}
        together.wait()
        return unclaimed.client().post("/api/v1/first-start", json=body).status_code

    with ThreadPoolExecutor(6) as pool:
        seen = sorted(pool.map(take, range(6)))
    assert seen.count(200) == 1
    assert set(seen) <= {200, 403, 409}
    assert len(accounts.list_accounts(unclaimed.database)) == 1
