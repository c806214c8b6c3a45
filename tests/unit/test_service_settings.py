"""What a service refuses to start with, how long it waits, and its sign of life."""

import os
import threading
import time
from pathlib import Path

import pytest

from core.errors import BadRequest, ServiceAway
from fovea.processes import healthy, heartbeat, processors
from fovea.processes.demands import refuse_bad_settings
from fovea.processes.heartbeat import Heartbeat
from fovea.processes.waiting import Stopped, wait_for
from fovea.settings import Settings

GOOD = "postgresql://fovea:mQ2-tjK0xW9vLr4Z@postgres/fovea"


def _settings(**given: str) -> Settings:
    return Settings(**{"database_url": GOOD, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"broker_url": "amqp://fovea:J3uu0yq8%2FaZc7b1@rabbitmq/"},
        {"mongodb_url": "mongodb://fovea:p0Qr7GxTz3mN1hVw@a:27017,b:27017/fovea?replicaSet=rs"},
        {"database_url": "postgresql://postgres@/fovea?host=/var/run/postgresql"},
        {"database_url": "host=db user=fovea password=mQ2-tjK0xW9vLr4Z dbname=fovea"},
        {"mongodb_url": "mongodb://mongodb/fovea", "without_password": "mongodb"},
    ],
)
def test_secrets_of_ones_own_are_accepted(given: dict[str, str]) -> None:
    refuse_bad_settings(_settings(**given))


@pytest.mark.parametrize(
    "password",
    [
        *("change-me", "CHANGEME", "change-this-please-1234", "password", "Password", "guest", "postgres"),
        *("secret", "fovea", "", "short1"),
        *("%3Cthe-password-goes-here%3E", "${POSTGRES_PASSWORD}", "{{ password_of_fovea }}"),
    ],
)
def test_secrets_that_everybody_knows_are_refused(password: str) -> None:
    for setting, scheme in (("database_url", "postgresql"), ("broker_url", "amqp"), ("mongodb_url", "mongodb")):
        with pytest.raises(BadRequest, match=f"FOVEA_{setting.upper()}") as refused:
            refuse_bad_settings(_settings(**{setting: f"{scheme}://fovea:{password}@host/fovea"}))
        if len(password) > 8:
            assert password not in str(refused.value), "an error never shows the secret"


@pytest.mark.parametrize("url", ["postgresql://user:an-own-secret of size@h/x", "nonsense", "postgresql://["])
def test_a_url_that_cannot_be_read_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(BadRequest) as refused:
        refuse_bad_settings(_settings(database_url=url))
    assert "an-own-secret" not in str(refused.value)


def test_a_user_whose_password_is_the_name_is_refused() -> None:
    with pytest.raises(BadRequest, match="everybody knows"):
        refuse_bad_settings(_settings(database_url="postgresql://photo-library:Photo-Library@db/fovea"))


def test_the_key_of_a_bucket_is_a_secret_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEA_S3__BUCKET", "photos")
    monkeypatch.setenv("FOVEA_S3__ACCESS_KEY", "fovea")
    for key, allowed in (("minioadmin", False), ("fovea", False), ("W3kq0ZrT7bXn5sLd", True), ("", True)):
        monkeypatch.setenv("FOVEA_S3__SECRET_KEY", key)
        if allowed:
            refuse_bad_settings(_settings())
            continue
        with pytest.raises(BadRequest, match="FOVEA_S3__SECRET_KEY"):
            refuse_bad_settings(_settings())


def test_without_a_database_no_service_starts() -> None:
    with pytest.raises(BadRequest, match="fovea_database_url"):
        refuse_bad_settings(_settings(database_url=""))


def test_waiting_ends_when_it_is_there_or_too_long_or_told_to_stop() -> None:
    tries = iter([ServiceAway("not yet"), None])

    def is_there() -> None:
        if error := next(tries):
            raise error

    wait_for("it", is_there, threading.Event(), limit_s=30)

    def never() -> None:
        raise ServiceAway("no route")

    with pytest.raises(ServiceAway, match=r"gave up waiting for it after 1 s: no route"):
        wait_for("it", never, threading.Event(), limit_s=1)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        wait_for("it", never, stop, limit_s=30)


def test_a_sign_of_life_that_stopped_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEA_BEAT", str(tmp_path / "beat"))
    assert healthy.find_fault() == "no service has begun here"
    heart = Heartbeat("worker")
    assert healthy.find_fault() is None
    old = time.time() - 300
    os.utime(heartbeat.place(), (old, old))
    assert "worker has not moved for" in str(healthy.find_fault())
    time.sleep(1.1)
    heart.tick()
    assert healthy.find_fault() is None
    heart.close()
    assert healthy.find_fault() == "no service has begun here"


def test_an_api_is_asked_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEA_BEAT", str(tmp_path / "beat"))
    Heartbeat("api", port=9)  # nobody listens on discard
    assert "does not answer on port 9" in str(healthy.find_fault())


@pytest.mark.parametrize(
    ("quota", "most"), [("max 100000", None), ("50000 100000", 1), ("150000 100000", 2), ("nonsense", None)]
)
def test_a_containers_limit_counts_and_not_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, most: int | None
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setattr(processors, "_QUOTA", tmp_path / "cpu.max")
    assert processors.processors() == 8, "no such file"
    (tmp_path / "cpu.max").write_text(quota + "\n")
    assert processors.processors() == (most or 8)
