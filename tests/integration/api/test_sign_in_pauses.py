"""Wrong passwords: who has to wait, and who does not."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi.testclient import TestClient

from api.security import DEVICE_COOKIE
from db.connect import Database
from db.tokens import TokenStore
from db.tokens_postgres import PostgresTokens
from library import accounts, administration
from tests.integration.api.conftest import PASSWORD, Served, tokens_in_mongodb
from tests.integration.api.test_front_door import behind
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


def try_it(client: TestClient, login: str, password: str) -> int:
    return client.post("/api/v1/session", json={"login": login, "password": password}).status_code


def test_fifty_wrong_passwords_lock_no_household_out(served: Served) -> None:
    """All from one address, as behind a router; the names that exist, and some that do not."""
    guesser = served.client()
    seen = {try_it(guesser, f"nobody {number % 10}", "guess") for number in range(45)}
    seen |= {try_it(guesser, "anna", "guess") for _ in range(5)}
    assert seen == {401, 429}
    assert try_it(served.client(), "anna", PASSWORD) == 429, "the name that was tried, from there, waits"
    for login in ("emil", "vera"):
        assert try_it(served.client(), login, PASSWORD) == 200


def test_a_browser_that_is_known_still_gets_in(served: Served) -> None:
    known, guesser = served.client(), served.client()
    assert try_it(known, "anna", PASSWORD) == 200
    known.cookies.delete("__Host-fovea")
    assert {try_it(guesser, "anna", "guess") for _ in range(6)} == {401, 429}
    assert try_it(served.client(), "anna", PASSWORD) == 429
    assert try_it(known, "anna", PASSWORD) == 200
    seen = [try_it(known, "anna", "guess") for _ in range(5)]
    assert seen == [401, 401, 401, 429, 429], "known browsers have a count of their own, and it ends, too"


def test_a_browser_is_known_for_its_own_account_alone(served: Served) -> None:
    thief = served.client()
    assert try_it(thief, "vera", PASSWORD) == 200
    assert [try_it(thief, "anna", "guess") for _ in range(4)] == [401, 401, 401, 429]
    forged = served.client()
    forged.cookies.set(DEVICE_COOKIE, "guessed")
    assert try_it(forged, "anna", PASSWORD) == 429


@pytest.mark.parametrize("change", ["password", "everywhere", "disabled"])
def test_a_browser_is_forgotten_with_what_it_was_known_by(served: Served, change: str) -> None:
    known, vera = served.client(), accounts.find_account(served.database, "vera")
    assert try_it(known, "vera", PASSWORD) == 200
    secret = known.cookies[DEVICE_COOKIE]
    assert accounts.is_known_device(served.tokens, vera.id, secret)
    if change == "password":
        administration.change(served.database, served.tokens, vera.id, password="another long enough one")
    elif change == "everywhere":
        administration.end_sessions(served.tokens, vera.id)
    else:
        administration.change(served.database, served.tokens, vera.id, disabled=True)
    assert not accounts.is_known_device(served.tokens, vera.id, secret)


def test_the_cookie_of_a_known_browser_opens_nothing(served: Served) -> None:
    known = served.client()
    try_it(known, "anna", PASSWORD)
    stranger = served.client()
    stranger.cookies.set("__Host-fovea", known.cookies[DEVICE_COOKIE])
    assert stranger.get("/api/v1/session").status_code == 401
    assert served.client(known.cookies[DEVICE_COOKIE]).get("/api/v1/session").status_code == 401


def test_an_address_of_ipv6_is_no_household_of_its_own(served: Served) -> None:
    def sign_in(root: str, address: str, password: str) -> int:
        body = {"login": "anna", "password": password}
        headers = {"X-Forwarded-For": address}
        return httpx.post(f"{root}/api/v1/session", json=body, headers=headers).status_code

    with behind(served, "127.0.0.1") as root:
        seen = [sign_in(root, f"2001:db8:1:2::{number:x}", "guess") for number in range(1, 5)]
        assert seen == [401, 401, 401, 429]
        assert sign_in(root, "2001:db8:1:3::1", PASSWORD) == 200
        mapped = [sign_in(root, "203.0.113.9", "guess"), sign_in(root, "::ffff:203.0.113.9", "guess")]
        assert [*mapped, sign_in(root, "203.0.113.9", "guess")] == [401, 401, 401]
        assert sign_in(root, "::ffff:203.0.113.9", PASSWORD) == 429
