"""The contract of the token store, kept by both adapters: PostgreSQL and MongoDB."""

import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from urllib.parse import urlsplit

import pytest

from core.errors import BadRequest, ServiceAway
from db import accounts
from db.connect import Database
from db.tokens import AttemptLimit, Kind, NewToken, Pauses, TokenStore
from db.tokens_mongodb import MongoTokens
from db.tokens_postgres import PostgresTokens
from tests.mongodb import WHY_NOT, own_database, server_url
from tests.tcp_gate import nobody_there

OpenStore = Callable[[], TokenStore]


@pytest.fixture(params=["postgres", "mongodb"])
def open_store(request: pytest.FixtureRequest) -> Iterator[OpenStore]:
    """Opens the same store again and again, as several API processes do."""
    if request.param == "postgres":
        database: Database = request.getfixturevalue("database")
        with database.transaction() as connection:
            for login in ("anna", "emil"):
                accounts.add_account(connection, login, "no hash", "viewer")
        yield lambda: PostgresTokens(database)
        return
    server = server_url()
    if server is None:
        pytest.skip(WHY_NOT)
    with own_database(server) as url, ExitStack() as opened:

        def another() -> MongoTokens:
            store = MongoTokens(url)
            opened.callback(store.close)
            return store

        yield another


@pytest.fixture
def store(open_store: OpenStore) -> TokenStore:
    return open_store()


def hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


ANNA, EMIL = 2, 3


def test_what_was_added_is_found_by_its_hash_and_kind(store: TokenStore) -> None:
    before = soon(-1)
    kept = store.add(NewToken("api", ANNA, hashed("a"), "backup", ("read", "write"), soon(1000)))
    assert (kept.kind, kept.account_id, kept.name, kept.scopes) == ("api", ANNA, "backup", ["read", "write"])
    assert before < kept.created_at < soon(1)
    assert kept.expires_at is not None and kept.created_at.tzinfo is not None and kept.last_used_at is None
    assert store.find(hashed("a"), ("api",)) == kept
    assert store.find(hashed("a"), ("session", "claim")) is None
    assert store.find(hashed("b"), ("api",)) is None
    assert store.find(b"", ("api",)) is None


def test_a_token_may_last_for_ever(store: TokenStore) -> None:
    assert store.add(NewToken("api", ANNA, hashed("a"))).expires_at is None
    store.remove_expired()
    assert store.find(hashed("a"), ("api",)) is not None


def test_a_hash_is_kept_once(store: TokenStore) -> None:
    store.add(NewToken("api", ANNA, hashed("a")))
    with pytest.raises(Exception, match=r"(?i)duplicate|MongoDB"):
        store.add(NewToken("api", EMIL, hashed("a")))
    found = store.find(hashed("a"), ("api",))
    assert found is not None and found.account_id == ANNA


def test_what_expired_is_found_no_more_and_forgotten(store: TokenStore) -> None:
    store.add(NewToken("session", ANNA, hashed("a"), expires_at=soon(1.5)))
    store.add(NewToken("session", ANNA, hashed("b"), expires_at=soon(1000)))
    assert store.find(hashed("a"), ("session",)) is not None
    time.sleep(1.6)  # long before any background clearing
    assert store.find(hashed("a"), ("session",)) is None
    assert len(store.of_account(ANNA, "session")) == 1
    store.remove_expired()
    store.add(NewToken("session", ANNA, hashed("a"), expires_at=soon(1000)))  # its place is free again
    assert len(store.of_account(ANNA, "session")) == 2


def test_use_is_noted(store: TokenStore) -> None:
    store.add(NewToken("api", ANNA, hashed("a")))
    for _ in range(3):
        store.find(hashed("a"), ("api",))
    (kept,) = store.of_account(ANNA, "api")
    assert kept.last_used_at is not None
    assert abs(kept.last_used_at - datetime.now(UTC)) < timedelta(seconds=30)


def test_an_accounts_tokens_come_newest_first(store: TokenStore) -> None:
    made = [store.add(NewToken("api", ANNA, hashed(str(number)), str(number))) for number in range(5)]
    store.add(NewToken("session", ANNA, hashed("session")))
    store.add(NewToken("api", EMIL, hashed("emil")))
    assert store.of_account(ANNA, "api") == made[::-1]
    assert len({one.id for one in made}) == 5


def test_revoking_is_seen_by_every_process_at_once(open_store: OpenStore) -> None:
    one, other = open_store(), open_store()
    for number in range(20):
        kept = one.add(NewToken("api", ANNA, hashed(str(number))))
        assert other.find(hashed(str(number)), ("api",)) is not None
        assert one.living([kept.id, "nonsense", "0"]) == {kept.id}
        assert one.remove(ANNA, kept.id, "api")
        assert other.living([kept.id]) == set()
        assert other.find(hashed(str(number)), ("api",)) is None
        assert not other.remove(ANNA, kept.id, "api")


def test_nobody_revokes_what_belongs_to_another(store: TokenStore) -> None:
    kept = store.add(NewToken("api", ANNA, hashed("a")))
    assert not store.remove(EMIL, kept.id, "api")
    assert not store.remove(ANNA, kept.id, "session"), "of another kind"
    for nonsense in ("", "0", "x" * 100, "null", "6b00451225e7435b6a942407", '{"$ne": null}', "é"):
        assert not store.remove(ANNA, nonsense, "api")
    assert store.find(hashed("a"), ("api",)) is not None


def test_a_kind_or_everything_is_revoked(store: TokenStore) -> None:
    kinds: tuple[Kind, ...] = ("api", "session", "claim", "device")
    for kind in kinds:
        for account_id in (ANNA, EMIL):
            store.add(NewToken(kind, account_id, hashed(f"{kind} {account_id}")))
    assert store.remove_kind(ANNA, "claim") == 1
    assert [len(store.of_account(ANNA, kind)) for kind in kinds] == [1, 1, 0, 1]
    assert len(store.of_account(EMIL, "claim")) == 1
    store.remove_all()
    assert not any(store.of_account(who, kind) for who in (ANNA, EMIL) for kind in kinds)


def test_all_but_one_are_revoked(store: TokenStore) -> None:
    made = [store.add(NewToken("session", ANNA, hashed(str(number)), str(number))) for number in range(4)]
    store.add(NewToken("session", EMIL, hashed("emil")))
    assert store.remove_kind(ANNA, "session", but=made[2].id) == 3
    assert store.of_account(ANNA, "session") == [made[2]]
    assert len(store.of_account(EMIL, "session")) == 1
    assert store.remove_kind(ANNA, "session", but="nonsense") == 1
    assert store.living([one.id for one in made]) == set()


def test_what_expired_lives_no_more(store: TokenStore) -> None:
    kept = store.add(NewToken("session", ANNA, hashed("a"), expires_at=soon(1000)))
    over = store.add(NewToken("session", ANNA, hashed("b"), expires_at=soon(-1)))
    forever = store.add(NewToken("api", ANNA, hashed("c")))
    assert store.living([kept.id, over.id, forever.id]) == {kept.id, forever.id}
    assert store.living([]) == set()


NAME = AttemptLimit(hashed("name"), Pauses(3, 60, 60))
ADDRESS = AttemptLimit(hashed("address"), Pauses(5, 60, 60))


def test_attempts_are_counted_for_all_processes_together(open_store: OpenStore) -> None:
    one, other = open_store(), open_store()
    assert [one.attempt([NAME, ADDRESS]), other.attempt([NAME, ADDRESS])] == [0, 0]
    assert one.attempt([NAME, ADDRESS]) == 0
    for store in (one, other):
        assert 0 < store.attempt([NAME, ADDRESS]) <= 60
    stranger = replace(NAME, key_hash=hashed("somebody else"))
    assert other.attempt([stranger, ADDRESS]) == 0
    assert other.attempt([ADDRESS]) == 0
    assert 0 < one.attempt([stranger, ADDRESS]) <= 60, "the address has had its five"


def test_a_refused_attempt_counts_nowhere(store: TokenStore) -> None:
    for _ in range(3):
        assert store.attempt([NAME, ADDRESS]) == 0
    for _ in range(20):
        assert store.attempt([NAME, ADDRESS]) > 0
    assert [store.attempt([ADDRESS]) for _ in range(2)] == [0, 0]
    assert store.attempt([ADDRESS]) > 0
    full, fresh = ADDRESS, AttemptLimit(hashed("fresh"), Pauses(1, 60, 60))
    for _ in range(5):
        assert store.attempt([fresh, full]) > 0
    assert store.attempt([fresh]) == 0, "refused by the other key each time"


def test_pauses_grow_up_to_the_longest(store: TokenStore) -> None:
    limit = AttemptLimit(hashed("grows"), Pauses(2, 0.05, 1.6))
    assert [store.attempt([limit]), store.attempt([limit])] == [0, 0]
    waits = []
    for longest in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 1.6):
        waits.append(store.attempt([limit]))
        assert waits[-1] <= longest
        time.sleep(waits[-1] + 0.02)
        assert store.attempt([limit]) == 0
    assert max(waits) > 0.4, "that is 1.6 s, but for what the asking took"


def test_what_failed_long_ago_counts_no_more(store: TokenStore) -> None:
    limit = AttemptLimit(hashed("brief"), Pauses(2, 0.2, 0.2, kept_s=0.4))
    for _ in range(2):
        assert store.attempt([limit]) == 0
        assert store.attempt([limit]) == 0
        assert 0 < store.attempt([limit]) <= 0.2
        time.sleep(0.5)


def test_a_success_forgets_its_name_and_only_itself_at_its_address(store: TokenStore) -> None:
    for _ in range(3):
        store.attempt([NAME, ADDRESS])
    store.forgive(all_of=NAME.key_hash, last_of=ADDRESS.key_hash)
    assert [store.attempt([NAME, ADDRESS]) == 0 for _ in range(4)] == [True, True, True, False]
    store.forgive(all_of=None, last_of=ADDRESS.key_hash)
    assert store.attempt([ADDRESS]) > 0, "the pause that began goes on"
    store.forgive(all_of=hashed("nobody"), last_of=hashed("nowhere"))


def test_a_success_of_another_spares_the_address_one_failure(store: TokenStore) -> None:
    for _ in range(3):
        store.attempt([ADDRESS])
        store.forgive(all_of=None, last_of=ADDRESS.key_hash)
    assert [store.attempt([ADDRESS]) == 0 for _ in range(6)] == [True] * 5 + [False]


@pytest.mark.parametrize("again", range(3))
def test_many_attempts_at_the_same_moment_do_not_slip_through(open_store: OpenStore, again: int) -> None:
    stores, together = [open_store() for _ in range(3)], Barrier(12)

    def attempt(number: int) -> float:
        together.wait()
        return stores[number % 3].attempt([NAME, AttemptLimit(hashed(str(again)), Pauses(100, 1, 1))])

    with ThreadPoolExecutor(12) as pool:
        waits = list(pool.map(attempt, range(12)))
    assert sum(wait_s == 0 for wait_s in waits) == 3, waits


def test_an_attack_from_many_addresses_leaves_nothing_behind(store: TokenStore) -> None:
    for number in range(200):
        assert store.attempt([AttemptLimit(hashed(str(number)), Pauses(1, 0.1, 0.1, kept_s=0.5))]) == 0
    time.sleep(0.6)
    store.remove_expired()
    assert rows_of_attempts(store) == 0


def rows_of_attempts(store: TokenStore) -> int:
    if isinstance(store, MongoTokens):
        return store._attempt.count_documents({})
    assert isinstance(store, PostgresTokens)
    with store._database.transaction() as connection:
        row = connection.execute("select count(*) as n from sign_in_attempt").fetchone()
    assert row is not None
    return int(row["n"])


SECRET = "not-to-be-shown"  # in the addresses below


@pytest.mark.parametrize(
    "url",
    [
        f"mongodb://fovea:{SECRET}@host:port/fovea",
        f"mongodb://fovea:{SECRET}@@host",
        f"http://u:{SECRET}@h",
        SECRET,
    ],
)
def test_a_wrong_address_is_said_without_its_password(url: str) -> None:
    with pytest.raises(BadRequest, match="FOVEA_MONGODB_URL") as refused:
        MongoTokens(url)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None and refused.value.__context__ is None


def test_a_mongodb_that_is_away_is_said_soon_and_without_its_password(caplog: pytest.LogCaptureFixture) -> None:
    store = MongoTokens(f"mongodb://fovea:{SECRET}@127.0.0.1:{nobody_there()}/fovea")
    asked_at = time.monotonic()
    with pytest.raises(ServiceAway, match="MongoDB") as away:
        store.find(hashed("a"), ("api",))
    assert time.monotonic() - asked_at < 4
    assert SECRET not in str(away.value) and SECRET not in caplog.text

    def wait_s(_: int) -> float:
        began = time.monotonic()
        with pytest.raises(ServiceAway):
            store.check()
        return time.monotonic() - began

    with ThreadPoolExecutor(12) as pool:
        waits = sorted(pool.map(wait_s, range(12)))
    store.close()
    assert waits[10] < 1, "one finds out whether it is back, the others are told at once"


def test_a_backup_gets_living_tokens_of_scripts_as_they_can_be_added_again(store: TokenStore) -> None:
    kept = (NewToken("api", ANNA, hashed("a"), "nightly", ("read", "write")), NewToken("api", EMIL, hashed("b")))
    for new in (*kept, NewToken("api", EMIL, hashed("over"), expires_at=soon(-1))):
        store.add(new)
    store.add(NewToken("session", ANNA, hashed("s"), expires_at=soon(1000)))
    assert store.for_backup() == list(kept)
    store.remove_all()
    for new in kept:
        store.add(new)
    assert store.find(hashed("a"), ("api",)) is not None
    assert store.find(hashed("s"), ("session",)) is None


def test_a_wrong_password_is_refused_and_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    server = server_url()
    if server is None:
        pytest.skip(WHY_NOT)
    parts = urlsplit(server)
    if not parts.password:
        pytest.skip("this MongoDB asks for no password; that of `make deploy-test` does")
    wrong = parts._replace(netloc=parts.netloc.replace(parts.password, SECRET)).geturl()
    with closing(MongoTokens(wrong)) as store, pytest.raises(ServiceAway, match="refuses Fovea's user") as refused:
        store.find(hashed("a"), ("api",))
    assert SECRET not in str(refused.value) and SECRET not in caplog.text
