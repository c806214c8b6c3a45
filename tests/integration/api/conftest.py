"""The real application over a real PostgreSQL, a real store and real engines; spoken to as a client does."""

import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import ApiSettings
from bus.postgres import PostgresBus
from db import accounts as rows
from db.connect import Database
from db.tokens import TokenStore
from db.tokens_mongodb import MongoTokens
from db.tokens_postgres import PostgresTokens
from engines.door import EngineDoor
from library import accounts
from library.ingest import Ingest
from media.store import Store
from media.store_folder import FolderStore
from media.weights import WeightStore, default_folder, load_manifest
from tests.integration.api.stocked import NOON, add_asset, register_analyses
from tests.mongodb import own_database

PASSWORD = "correct horse battery"
OURS = {"X-Fovea": "1"}


@dataclass(frozen=True)
class Served:
    """A running application and what it works with."""

    app: FastAPI
    database: Database
    tokens: TokenStore
    store: Store
    data: Path

    def client(self, token: str | None = None) -> TestClient:
        """Somebody who is not signed in, or who shows a token. Errors arrive as answers, as they do outside."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return TestClient(self.app, base_url="https://fovea.test", headers=headers, raise_server_exceptions=False)

    def token(self, login: str, *scopes: str) -> str:
        account = accounts.find_account(self.database, login)
        secret, _ = accounts.make_token(self.tokens, account, "test", frozenset(scopes), None)
        return secret


class Ingests:
    """An `Ingest` for each thread of the server, with its own connection to the queue."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database, self._store = database, store
        self._local = threading.local()
        self._buses: list[PostgresBus] = []

    def __call__(self) -> Ingest:
        if not hasattr(self._local, "ingest"):
            bus = PostgresBus(self._database.url)
            self._buses.append(bus)
            self._local.ingest = Ingest(self._database, self._store, bus)
        made: Ingest = self._local.ingest
        return made

    def close(self) -> None:
        for bus in self._buses:
            bus.close()


@pytest.fixture
def web_folder(tmp_path: Path) -> Path:
    """What a built web app looks like from outside."""
    folder = tmp_path / "web"
    (folder / "media").mkdir(parents=True)
    (folder / "index.html").write_text(
        "<!doctype html><base href='/'><style>a{}</style><app-root></app-root>"
        "<script src='main-ABCDEF12.js' type='module'></script>"
    )
    (folder / "main-ABCDEF12.js").write_text("export {};")
    (folder / "media" / "icon-12345678.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "favicon.ico").write_bytes(b"\0\0")
    (tmp_path / "secret.txt").write_text("outside of the web folder")
    return folder


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Of PASSWORD; made once, for it is meant to take long."""
    return PasswordHasher().hash(PASSWORD)


@pytest.fixture
def tokens(database: Database) -> TokenStore:
    """Where sessions and tokens are kept; a test may bring another store."""
    return PostgresTokens(database)


@pytest.fixture
def served(
    database: Database, tokens: TokenStore, tmp_path: Path, web_folder: Path, password_hash: str
) -> Iterator[Served]:
    """The application with an administrator "anna", an editor "emil" and a viewer "vera"."""
    with serving(database, tmp_path / "data", web_folder, password_hash, tokens) as made:
        yield made


@contextmanager
def tokens_in_mongodb(server: str) -> Iterator[MongoTokens]:
    """A token store of its own in a real MongoDB."""
    with own_database(server) as url, closing(MongoTokens(url)) as store:
        yield store


@contextmanager
def serving(
    database: Database,
    data: Path,
    web_folder: Path | None,
    password_hash: str,
    tokens: TokenStore | None = None,
) -> Iterator[Served]:
    """The application while it runs, over a migrated database and a data folder."""
    data.mkdir(exist_ok=True)  # a test may have mounted a small volume there
    store, tokens = FolderStore(data), tokens or PostgresTokens(database)
    ingests = Ingests(database, store)
    weights = WeightStore(default_folder(os.environ), load_manifest())
    app = create_app(
        database=database,
        tokens=tokens,
        store=store,
        data=data,
        engines=EngineDoor(weights.path, 2),
        ingest=ingests,
        settings=ApiSettings(web=web_folder, upload_max_bytes=20_000_000, sign_in_failures=3, sign_in_wait_s=960),
    )
    register_analyses(database)
    made = Served(app, database, tokens, store, data)
    with database.transaction() as connection:
        assert rows.claim(connection, 1, "anna", password_hash)
        assert rows.add_account(connection, "emil", password_hash, "editor")
        assert rows.add_account(connection, "vera", password_hash, "viewer")
    with made.client():  # its lifespan: the listener runs while the test does
        yield made
    ingests.close()


@pytest.fixture
def admin(served: Served) -> TestClient:
    """Signed in by cookie as the administrator, as the web app is."""
    client = served.client()
    answer = client.post("/api/v1/session", json={"login": "anna", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    client.headers.update(OURS)
    return client


@pytest.fixture
def reader(served: Served) -> TestClient:
    """A script with a token that may read."""
    return served.client(served.token("vera", "read"))


@pytest.fixture
def writer(served: Served) -> TestClient:
    """A script with a token that may read and write."""
    return served.client(served.token("emil", "read", "write"))


@pytest.fixture
def dated(served: Served) -> list[int]:
    """Thirty assets over ten days, some at the same second, five undated."""
    with served.database.transaction() as connection:
        made = [
            add_asset(
                connection,
                f"day/{n}.jpg",
                taken=NOON - timedelta(days=n % 10),
                at=(38.7 + n / 1000, -9.1),
                place="Lisbon",
            )
            for n in range(25)
        ]
        return made + [add_asset(connection, f"undated/{n}.jpg") for n in range(5)]
