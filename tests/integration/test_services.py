"""The deployed shape's processes, as real ones: begun, used, told to stop, killed. In containers: tests/deploy."""

import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import psycopg
import pytest

from db.connect import Database, connect
from library import accounts
from tests.media_files import media_files
from tests.running_services import RunningServices, Service, wait_until

PASSWORD = "a long enough password"


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[RunningServices]:
    """Of a migrated database."""
    running = RunningServices(tmp_path, database_url)
    yield running
    running.kill_all()


@pytest.fixture
def empty_services(postgres_url: str, tmp_path: Path) -> Iterator[RunningServices]:
    """Of a database with nothing in it."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    running = RunningServices(tmp_path, postgres_url.replace("/fovea?", f"/{name}?"))
    yield running
    running.kill_all()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


def _rows(url: str, sql: str) -> list[dict[str, Any]]:
    with connect(url) as connection:
        return connection.execute(sql).fetchall()  # type: ignore[arg-type]


def _jobs(url: str, analysis: str, state: str = "") -> list[dict[str, Any]]:
    found = _rows(url, "select *, lease_until > now() + interval '20 s' as leased from job order by id")
    return [row for row in found if row["analysis"] == analysis and state in ("", row["state"])]


def _done(url: str, analysis: str = "meaning") -> bool:
    jobs = _jobs(url, analysis)
    return bool(jobs) and all(job["state"] == "done" for job in jobs)


def _migrate(services: RunningServices) -> Service:
    migrate = services.start("migrate")
    assert migrate.process.wait(120) == 0, migrate.log.read_text()
    return migrate


def _put(services: RunningServices, name: str) -> None:
    shutil.copy(media_files().path("bus"), services.inbox / f".{name}")
    (services.inbox / f".{name}").rename(services.inbox / name)


def test_a_photo_goes_all_the_way_and_every_process_ends_when_told_to(empty_services: RunningServices) -> None:
    services, url = empty_services, empty_services.database_url
    early = services.start("worker", "metadata", "preview")
    early.wait_until_said("waiting for `fovea service migrate`")
    assert early.healthy() == 1, "it has not begun yet"
    migrate = _migrate(services)
    link = next(line["text"] for line in migrate.lines() if "first-start#" in line["text"])
    claim = link.rpartition("#")[2]
    running = [
        early,
        services.start("worker", "objects", "faces", "text", "embedding", "meaning", FOVEA_FILES_AT_ONCE="2"),
        services.start("reconciler"),
        services.start("inbox"),
        services.start("api"),
    ]
    for service in running:
        service.wait_until_said(" begins")
        wait_until(lambda service=service: service.healthy() == 0, f"healthy: {service.log}", 60)
    _put(services, "bus.jpg")
    wait_until(lambda: _done(url), "bus.jpg analysed")
    states = {row["analysis"]: row["state"] for row in _rows(url, "select analysis, state from job")}
    assert set(states.values()) == {"done"} and {"metadata", "preview", "objects", "text"} <= set(states)
    found = _rows(url, "select distinct words from term where kind = 'object'")
    assert {"bus", "person"} <= {row["words"] for row in found}

    root = f"http://127.0.0.1:{services.port}/api/v1"
    who = {"login": "anna", "password": PASSWORD, "claim": claim}
    assert httpx.post(f"{root}/first-start", json=who).status_code == 200
    for service in running:
        code, took_s = service.end()
        assert (code, took_s < 8.0) == (0, True), service.log.read_text()[-2000:]
        assert service.healthy() == 1
        assert not [line for line in service.lines() if line["level"] == "error"], service.log
        assert not [child for child in psutil.Process().children(recursive=True) if "fovea" in child.name()]


def test_connections_that_were_cut_are_made_anew(services: RunningServices) -> None:
    url = services.database_url
    _migrate(services)
    running = [
        services.start("worker", "metadata", "preview"),
        services.start("reconciler"),
        services.start("inbox"),
        services.start("api"),
    ]
    for service in running:
        service.wait_until_said(" begins")
    _put(services, "one.jpg")
    wait_until(lambda: _done(url, "preview"), "the first one")
    with Database(url) as database:
        accounts.claim_directly(database, "anna", PASSWORD)
    for _ in range(3):
        _rows(url, "select pg_terminate_backend(pid) from pg_stat_activity"
                   " where datname = current_database() and pid <> pg_backend_pid()")  # fmt: skip
        time.sleep(0.5)
    shutil.copy(media_files().path("zidane"), services.inbox / "two.jpg")
    wait_until(lambda: len(_jobs(url, "preview", "done")) == 2, "two")
    who = {"login": "anna", "password": PASSWORD}
    assert httpx.post(f"http://127.0.0.1:{services.port}/api/v1/session", json=who).status_code == 200
    for service in running:
        assert service.process.poll() is None and service.healthy() == 0
        assert not [line for line in service.lines() if line["level"] == "error"], service.log


def _kill_while_working(services: RunningServices, analysis: str) -> str:
    """Start a worker and kill -9 it while it holds a job; under which name."""
    url = services.database_url
    worker = services.start("worker", analysis)
    held = wait_until(lambda: _jobs(url, analysis, "running"), "a job is worked on")
    assert worker.end(signal.SIGKILL)[0] == -signal.SIGKILL
    assert [job["leased"] for job in _jobs(url, analysis, "running")] == [True]
    return str(held[0]["leased_by"])


def test_what_a_killed_worker_held_is_free_when_it_is_back_and_not_for_ever(services: RunningServices) -> None:
    url = services.database_url
    _migrate(services)
    for arguments in (("reconciler",), ("inbox",), ("worker", "metadata", "preview")):
        services.start(*arguments)
    _put(services, "bus.jpg")
    wait_until(lambda: _done(url, "preview"), "the preview")
    name = _kill_while_working(services, "objects")
    assert name.startswith("objects@") and name.endswith("/0")
    began = time.monotonic()
    again = services.start("worker", "objects")
    wait_until(lambda: _done(url, "objects"), "done by the next one of the name", 40)
    assert time.monotonic() - began < 40, "nobody waited for the lease to run out"
    assert again.said("died with 1 jobs")
    assert again.end()[0] == 0

    # A file that two workers died on is set aside at the third death.
    with connect(url) as connection:
        connection.execute(
            "update job set state = 'waiting', crashes = 2, delivered_at = null where analysis = 'objects'"
        )
    _kill_while_working(services, "objects")
    services.start("worker", "objects")
    failed = wait_until(lambda: _jobs(url, "objects", "failed"), "set aside", 30)
    assert "its worker died 3 times" in failed[0]["error"]


def test_a_worker_told_to_stop_gives_back_what_it_holds(services: RunningServices) -> None:
    """A minute of sound takes Whisper longer than the worker has patience."""
    url = services.database_url
    _migrate(services)
    for arguments in (("reconciler",), ("inbox",), ("worker", "metadata", "preview")):
        services.start(*arguments)
    shutil.copy(media_files().path("speech-video"), services.inbox / "speech.mp4")
    wait_until(lambda: _done(url, "preview"), "the preview")
    worker = services.start("worker", "speech")
    wait_until(lambda: _jobs(url, "speech", "running"), "begun")
    code, took_s = worker.end()
    assert code == 0 and took_s < 8.0
    job = _jobs(url, "speech")[0]
    assert job["state"] == "done" or (job["state"], job["crashes"], job["leased_by"]) == ("waiting", 0, None)


def test_of_two_reconcilers_one_works_and_the_other_takes_over(services: RunningServices) -> None:
    _migrate(services)
    first = services.start("reconciler")
    first.wait_until_said("this process does the work")
    second = services.start("reconciler")
    second.wait_until_said("standing by")
    inbox = services.start("inbox")
    inbox.wait_until_said("this process does the work")  # it stands in nobody's way but another inbox's
    assert not second.said("this process does the work") and second.healthy() == 0
    first.end(signal.SIGKILL)
    second.wait_until_said("this process does the work", 20)
    worker = services.start("worker", "metadata", "preview")
    worker.wait_until_said(" begins")
    _put(services, "bus.jpg")
    wait_until(lambda: _done(services.database_url, "preview"), "delivered under the second one")
    third = services.start("reconciler")
    third.wait_until_said("standing by")
    assert second.end()[0] == 0
    third.wait_until_said("this process does the work", 20)


def test_every_connection_notices_a_server_that_is_gone_without_a_word(database: Database) -> None:
    with database.transaction() as pooled, connect(database.url) as single:
        for connection in (pooled, single):
            used = connection.info.get_parameters()
            assert (used["keepalives_idle"], used["tcp_user_timeout"]) == ("15", "30000")


@pytest.mark.parametrize(
    ("arguments", "variables", "why"),
    [
        (("reconciler",), {"FOVEA_DATABASE_URL": ""}, "needs FOVEA_DATABASE_URL"),
        (("api",), {"FOVEA_DATABASE_URL": "postgresql://fovea:change-me@db/fovea"}, "a default that everybody"),
        (("worker", "faces"), {"FOVEA_BROKER_URL": "amqp://guest:guest@mq/"}, "a default that everybody"),
        (("inbox",), {"FOVEA_MONGODB_URL": "mongodb://mongo/fovea"}, "no password"),
        (("migrate",), {"FOVEA_DATABASE_URL": "host=db user=x password=short"}, "shorter than"),
        (("worker", "nonsense"), {}, "there is no analysis nonsense"),
        (("worker", "faces"), {"FOVEA_FILES_AT_ONCE": "many"}, "FOVEA_FILES_AT_ONCE: "),
        (("api",), {"FOVEA_PORT": "100000"}, "FOVEA_PORT: "),
        (("api",), {"FOVEA_PROXIES": "172.16.0.1/12"}, "'172.16.0.1/12' is no address and no network"),
    ],
)
def test_a_service_says_why_it_does_not_start(
    services: RunningServices, arguments: tuple[str, ...], variables: dict[str, str], why: str
) -> None:
    service = services.start(*arguments, **variables)
    assert service.process.wait(60) == 1
    last = service.lines()[-1]
    assert last["level"] == "error" and why in last["text"]
    assert "Traceback" not in service.log.read_text() and "change-me" not in service.log.read_text()


def test_an_older_program_does_not_work_on_a_newer_database(services: RunningServices) -> None:
    with connect(services.database_url) as connection:
        connection.execute("insert into migration (name, sha256) values ('9999_of_tomorrow.sql', '')")
    for arguments in (("worker", "faces"), ("api",)):
        service = services.start(*arguments)
        assert service.process.wait(60) == 1
        assert "9999_of_tomorrow.sql is not known here" in service.lines()[-1]["text"]


def test_a_database_that_is_away_is_waited_for(services: RunningServices, tmp_path: Path) -> None:
    services.database_url = f"postgresql://postgres@/fovea?host={tmp_path}"
    service = services.start("reconciler")
    service.wait_until_said("waiting for PostgreSQL")
    assert service.process.poll() is None
    code, took_s = service.end()
    assert code == 0 and took_s < 5 and "Traceback" not in service.log.read_text()
