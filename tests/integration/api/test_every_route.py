"""Every operation of the OpenAPI document, for every role and every choice of scopes: who gets in, who does not,
and what a sender hears who may not read. A route that is added is asked as well, or fails here."""

from itertools import combinations

from fastapi.testclient import TestClient

from library import accounts
from library.accounts import SCOPES, SCOPES_OF_ROLE
from tests.integration.api.conftest import OURS, PASSWORD, Served
from tests.integration.api.stocked import add_asset, analyse_richly, finish_all, jpeg
from tests.integration.api.test_who_may import OPEN_TO_ALL, arguments_for, operations

NEVER_ENDS = {"listen"}
BY_SESSION_OR_ADMIN = {
    "listSessions",
    "endSessions",
    "endSession",
    "listTokens",
    "makeToken",
    "removeTokens",
    "removeToken",
}
BY_ANY = {"getSession", "signOut", "changePassword"}
TELLS_ITSELF = {"getSession"}
"""What answers a sender without `read`: who he is."""


def needed_by(operation: dict) -> set[str]:
    return {scope for one in operation.get("security", []) for scopes in one.values() for scope in scopes}


def every_choice() -> list[tuple[str, ...]]:
    return [choice for size in range(len(SCOPES) + 1) for choice in combinations(SCOPES, size)]


def token_of(served: Served, login: str, scopes: tuple[str, ...]) -> TestClient:
    """With scopes that the role had once, or never: what counts is what both allow now."""
    account = accounts.find_account(served.database, login)
    secret, _ = accounts._issue(served.tokens, "api", account.id, scopes=scopes)
    return served.client(secret)


def test_every_operation_says_who_may(served: Served) -> None:
    """Open to all, to whoever is signed in, or by scope; there is no other kind."""
    for method, path, operation in operations(served):
        name = operation["operationId"]
        if (method, path) in OPEN_TO_ALL:
            assert "security" not in operation, name
        elif not needed_by(operation):
            assert name in BY_SESSION_OR_ADMIN | BY_ANY, f"{name} asks for no scope; say here why"
        reading = method in ("GET", "HEAD") and name != "lookAtUpload"
        if reading and "write" in needed_by(operation):
            assert "read" in needed_by(operation), f"{name} tells something: it needs `read`, too"


def test_every_role_with_every_choice_of_scopes(served: Served) -> None:
    for login, role in (("anna", "administrator"), ("emil", "editor"), ("vera", "viewer")):
        for scopes in every_choice():
            may = SCOPES_OF_ROLE[role] & set(scopes)  # type: ignore[index]
            for method, path, operation in operations(served):
                name, needed = operation["operationId"], needed_by(operation)
                if (name in NEVER_ENDS and needed <= may) or (method, path) in OPEN_TO_ALL or name in BY_ANY:
                    continue
                allowed = "admin" in may if name in BY_SESSION_OR_ADMIN else needed <= may
                if allowed and role == "administrator" and len(scopes) < len(SCOPES) and method != "GET":
                    continue  # said by the whole set, too, and each changes something
                answer = token_of(served, login, scopes).request(method, path, **arguments_for(operation))
                refused = answer.status_code in (401, 403)
                assert refused != allowed, (login, scopes, method, path, answer.text)


def test_every_role_with_a_session(served: Served) -> None:
    for login, role in (("anna", "administrator"), ("emil", "editor"), ("vera", "viewer")):
        client = served.client()
        for method, path, operation in operations(served):
            name, needed = operation["operationId"], needed_by(operation)
            if (method, path) in OPEN_TO_ALL or name in NEVER_ENDS | {
                "signOut",
                "endSession",
                "endSessions",
                "changePassword",
            }:
                continue
            if not client.cookies:
                client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
                client.headers.update(OURS)
            answer = client.request(method, path, **arguments_for(operation))
            allowed = needed <= SCOPES_OF_ROLE[role]  # type: ignore[index]
            assert (answer.status_code in (401, 403)) != allowed, (login, method, path, answer.text)


def test_who_may_only_write_hears_nothing(served: Served) -> None:
    """Whatever is there: an asset with everything, an upload of one's own, a saved search, a long deed."""
    with served.database.transaction() as connection:
        asset_id = add_asset(connection, "secret name.jpg", at=(38.7, -9.1), place="Lisbon")
        finish_all(connection, asset_id)
        analyse_richly(connection, asset_id)
    client = token_of(served, "emil", ("write",))
    answered = 0
    for method, path, operation in operations(served):
        if (method, path) in OPEN_TO_ALL or operation["operationId"] in BY_ANY:
            continue
        answer = client.request(method, path.replace("/1", f"/{asset_id}"), **arguments_for(operation))
        if answer.is_success:
            answered += 1
            assert answer.content == b"", (method, path, answer.text)
            told = {"etag", "x-asset-id", "x-asset-status", "content-type", "content-disposition"}
            assert not told & set(answer.headers), (method, path, answer.headers)
        else:
            assert "secret" not in answer.text and "Lisbon" not in answer.text, (method, path)
    assert answered > 5


def test_who_may_only_write_cannot_tell_new_from_known(served: Served) -> None:
    client, photo = token_of(served, "emil", ("write",)), jpeg(21)
    first = client.post("/api/v1/assets", params={"path": "a.jpg"}, content=photo)
    again = client.post("/api/v1/assets", params={"path": "b.jpg"}, content=photo)
    assert (first.status_code, first.content) == (again.status_code, again.content) == (204, b"")
    reader = served.client(served.token("vera", "read"))
    assert len(reader.get("/api/v1/assets").json()["items"]) == 1
