"""The embedded PostgreSQL: started once for all, survives being killed, stopped by the last one out."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.errors import ServiceAway
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


def test_nobody_else_gets_into_a_library_new_or_old(data: Path) -> None:
    data.chmod(0o755)  # as earlier versions made it
    for _ in range(2):
        server = EmbeddedPostgres(data)
        server.start()
        assert server.answers()
        assert data.stat().st_mode & 0o007 == 0
        assert data.stat().st_mode & 0o070 == (0o010 if os.geteuid() == 0 else 0)
        server.release()


def test_a_library_stays_where_its_database_was(data: Path) -> None:
    """As root a private folder's database lay elsewhere; now the server may pass, and finds the same one."""
    data.chmod(0o700)
    elsewhere = data / "elsewhere" / "cluster"
    elsewhere.parent.mkdir()
    (data / "postgres").symlink_to(elsewhere.parent)
    server = EmbeddedPostgres(data)
    assert server.cluster.resolve() == elsewhere if server.cluster.is_relative_to(data) else True
    server.release()


def test_a_database_that_lost_its_version_is_not_taken_for_an_unfinished_one(data: Path) -> None:
    server = EmbeddedPostgres(data)
    server.start()
    server.release()
    before = sorted(path.name for path in (server.cluster / "base").iterdir())
    (server.cluster / "PG_VERSION").unlink()
    again = EmbeddedPostgres(data)
    with pytest.raises(ServiceAway, match="left as it is"):
        again.start()
    again.release()
    assert sorted(path.name for path in (server.cluster / "base").iterdir()) == before
