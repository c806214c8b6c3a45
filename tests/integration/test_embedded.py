"""The embedded PostgreSQL: started once for all, survives being killed, stopped by the last one out."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from db.connect import connect
from db.embedded import EmbeddedPostgres
from db.migrate import migrate


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A private data folder: as root the cluster then lies elsewhere, and must be cleared there."""
    yield tmp_path
    shutil.rmtree((tmp_path / "postgres").resolve(), ignore_errors=True)


def test_two_users_share_one_server_and_the_last_one_stops_it(data: Path) -> None:
    first, second = EmbeddedPostgres(data), EmbeddedPostgres(data)
    url = first.start()
    assert second.start() == url
    pid = first.pid()
    first.release()
    assert second.answers()
    assert second.pid() == pid
    second.release()
    assert not second.answers()


@pytest.mark.timeout(700)
def test_a_killed_server_comes_back_with_what_was_committed(data: Path) -> None:
    server = EmbeddedPostgres(data)
    url = server.start()
    with connect(url) as connection:
        assert migrate(connection) != []
        assert migrate(connection) == []
        connection.execute("insert into account (login, role) values ('kept', 'viewer')")
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while server.answers() and time.monotonic() < deadline:
        time.sleep(0.05)
    server.start()
    with psycopg.connect(url) as again:
        assert again.execute("select count(*) from account where login = 'kept'").fetchone() == (1,)
    server.release()
