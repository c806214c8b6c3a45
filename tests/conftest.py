"""Real services for the tests: one PostgreSQL for the whole run, one fresh database per test that asks."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest

from db.connect import Database, connect
from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from tests.rabbit_server import RabbitServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a real PostgreSQL 18 with pgvector, shared by the run's workers; the last one out stops it."""
    shared = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid4().hex)
    folder = Path(tempfile.gettempdir()) / f"fovea-test-{shared[:12]}"
    folder.mkdir(mode=0o755, exist_ok=True)
    server = EmbeddedPostgres(folder)
    yield server.start()
    server.release()
    if not server.answers():  # we were the last one out
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> str:
    """Name of a migrated, empty database that others are copied from."""
    name = f"template_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    url = postgres_url.replace("/fovea?", f"/{name}?")
    with connect(url) as connection:
        migrate(connection)
    return name


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """URL of a migrated database of this test alone."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template_database}"')
    yield postgres_url.replace("/fovea?", f"/{name}?")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database of this test alone, with a pool of connections."""
    with Database(database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """URL of a real RabbitMQ: the one that FOVEA_TEST_BROKER_URL names, else one of this process's own."""
    if given := os.environ.get("FOVEA_TEST_BROKER_URL"):
        yield given
        return
    server = RabbitServer()
    try:
        server.start()
        yield server.url
    finally:
        server.remove()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """The system's Chromium; one for the run, as a process can hold only one Playwright at a time."""
    from tests.e2e.browsing import chromium  # noqa: PLC0415  # the environment of tests/engines has no Playwright

    with chromium() as started:
        yield started
