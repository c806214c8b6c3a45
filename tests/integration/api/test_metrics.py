"""What Prometheus is told, what Grafana asks for, and whether the server says that it is ready."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

import api.standing
from core.errors import ServiceAway
from db import activity, jobs
from db.connect import Database
from tests.integration.api.asking import counting
from tests.integration.api.conftest import Served
from tests.integration.api.stocked import add_asset

ROOT = Path(__file__).parents[3]
Labels = dict[str, str]


def scrape(client: TestClient) -> dict[str, list[tuple[Labels, float]]]:
    """Sample name → (labels, value) of each."""
    answer = client.get("/api/metrics")
    assert answer.status_code == 200, answer.text
    found: dict[str, list[tuple[Labels, float]]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def value(found: dict[str, list[tuple[Labels, float]]], name: str, **labels: str) -> float:
    (only,) = [number for has, number in found[name] if labels.items() <= has.items()]
    return only


def work(database: Database, job_id: int, state: str = "done", seconds: float = 1.5) -> None:
    """Claim a job and end it."""
    with database.transaction() as connection:
        assert jobs.claim(connection, job_id, "w/0", 60)
    with database.transaction() as connection:
        assert jobs.finish(connection, job_id, "w/0", state, version="1", seconds=seconds)


@pytest.fixture
def jobs_of_metadata(served: Served) -> list[int]:
    """Of ten photos."""
    with served.database.transaction() as connection:
        for n in range(10):
            add_asset(connection, f"{n}.jpg")
        rows = connection.execute("select id from job where analysis = 'metadata' order by id").fetchall()
    return [row["id"] for row in rows]


def test_jobs_are_counted_as_they_are_and_as_they_were(
    served: Served, reader: TestClient, jobs_of_metadata: list[int]
) -> None:
    database, (first, second, third, fourth, *_) = served.database, jobs_of_metadata
    before = scrape(reader)
    assert value(before, "fovea_jobs", analysis="metadata", state="waiting") == 10
    assert value(before, "fovea_job_attempts_total", analysis="metadata") == 0
    work(database, first)
    work(database, second, "failed", 0.25)
    for _ in range(2):  # a worker dies twice with the third
        with database.transaction() as connection:
            assert jobs.claim(connection, third, "w/0", 60)
            assert jobs.recover(connection, workers=["w/0"]) == 1
            connection.execute("update job set not_before = now()")
    with database.transaction() as connection:
        assert jobs.claim(connection, fourth, "w/1", 60)
        connection.execute("update job set not_before = now() - interval '1 hour' where id = %s", (third,))
        connection.execute("update job set not_before = now() + interval '1 hour' where analysis = 'preview'")

    def must_be_told() -> None:
        now = scrape(reader)
        states = {
            state: value(now, "fovea_jobs", analysis="metadata", state=state)
            for state in ("waiting", "running", "done", "failed", "skipped")
        }
        assert states == {"waiting": 7, "running": 1, "done": 1, "failed": 1, "skipped": 0}
        for outcome, (count, total) in {"done": (1, 1.5), "failed": (1, 0.25), "skipped": (0, 0)}.items():
            ended = {"analysis": "metadata", "outcome": outcome}
            assert value(now, "fovea_job_seconds_count", **ended) == count
            assert value(now, "fovea_job_seconds_sum", **ended) == pytest.approx(total)
        assert value(now, "fovea_job_attempts_total", analysis="metadata") == 5
        assert value(now, "fovea_job_deaths_total", analysis="metadata") == 2
        assert value(now, "fovea_job_oldest_waiting_seconds", analysis="metadata") == pytest.approx(3600, abs=60)
        assert value(now, "fovea_job_oldest_waiting_seconds", analysis="preview") == 0, "none of them is due"

    must_be_told()
    for _ in range(2):  # putting the counts together changes none of them
        with database.transaction() as connection:
            activity.fold_counts(connection)
        must_be_told()
    with database.transaction() as connection:
        assert jobs.requeue(connection, 1, "metadata", "all") == 2
    again = scrape(reader)
    assert value(again, "fovea_jobs", analysis="metadata", state="done") == 0
    done = {"analysis": "metadata", "outcome": "done"}
    assert value(again, "fovea_job_seconds_count", **done) == 1, "what was, stays counted"
    work(database, first, seconds=2.0)
    assert value(scrape(reader), "fovea_job_seconds_sum", **done) == pytest.approx(3.5)


def test_many_jobs_that_change_together_are_counted_like_one_after_the_other(
    served: Served, reader: TestClient, jobs_of_metadata: list[int]
) -> None:
    half = "update job set state = 'done', seconds = 0.5 where id = any(%s)"
    with served.database.transaction() as connection:
        connection.execute("update job set state = 'running', crashes = 1 where analysis = 'metadata'")
        connection.execute(half, (jobs_of_metadata[:5],))
        connection.execute("update job set state = 'waiting', crashes = crashes + 1 where state = 'running'")
        # as when a re-run is taken back
        connection.execute("update job set state = 'done' where analysis = 'preview'")
    found = scrape(reader)
    assert value(found, "fovea_job_attempts_total", analysis="metadata") == 10
    assert value(found, "fovea_job_seconds_count", analysis="metadata", outcome="done") == 5
    assert value(found, "fovea_job_seconds_sum", analysis="metadata", outcome="done") == pytest.approx(2.5)
    assert value(found, "fovea_job_deaths_total", analysis="metadata") == 5
    assert value(found, "fovea_job_seconds_count", analysis="preview", outcome="done") == 0
    assert value(found, "fovea_jobs", analysis="preview", state="done") == 10


def test_the_queue_is_shown_by_lane_and_left_out_while_it_is_away(
    served: Served, reader: TestClient, jobs_of_metadata: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with served.database.transaction() as connection:
        connection.execute(
            "insert into delivery (job_id, analysis, lane)"
            " select id, analysis, case when id = %s then 'bulk' else 'arrivals' end from job"
            " where analysis = 'metadata'",
            (jobs_of_metadata[0],),
        )
    found = scrape(reader)
    assert value(found, "fovea_queue_messages", analysis="metadata", lane="arrivals") == 9
    assert value(found, "fovea_queue_messages", analysis="metadata", lane="bulk") == 1
    assert value(found, "fovea_queue_messages", analysis="preview", lane="bulk") == 0
    assert {labels["server"]: up for labels, up in found["fovea_server_up"]} == {
        "database": 1, "store": 1, "broker": 1, "tokens": 1,
    }  # fmt: skip

    def away(*_: object, **__: object) -> None:
        raise ServiceAway("RabbitMQ does not answer")

    monkeypatch.setattr("bus.postgres.PostgresBus.depths", away)
    monkeypatch.setattr("bus.postgres.PostgresBus.depths_by_lane", away)
    time.sleep(1.1)  # an answer is remembered for a second
    found = scrape(reader)
    assert "fovea_queue_messages" not in found
    assert value(found, "fovea_server_up", server="broker") == 0
    assert value(found, "fovea_jobs", analysis="metadata", state="waiting") == 10
    ready = served.client().get("/api/health/ready")
    assert ready.status_code == 503
    checks = {"database": "ok", "store": "ok", "broker": "away", "tokens": "ok"}
    assert ready.json() == {"status": "away", "checks": checks}


def test_a_scrape_costs_the_same_however_much_there_is(
    served: Served, reader: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = set()
    scrape(reader)  # connections are made
    add = "insert into analysis (name, version, kinds) values (%s, '1', '{photo}') on conflict do nothing"
    for n in (1, 12):
        with served.database.transaction() as connection:
            for number in range(n):
                add_asset(connection, f"{n}/{number}.jpg")
            for number in range(n):
                connection.execute(add, (f"further {number}",))
        time.sleep(1.1)  # so that each looks at its servers anew
        with counting(monkeypatch) as seen:
            assert len(scrape(reader)["fovea_jobs"]) >= 5 * n
        counts.add(len(seen))
    assert len(counts) == 1 and counts.pop() <= 10, seen


def test_requests_are_counted_by_route_and_never_by_address(served: Served, reader: TestClient) -> None:
    stranger = served.client()
    for n in range(1, 41):
        reader.get(f"/api/v1/assets/{n}")
        stranger.get(f"/{n}/x")
        stranger.get(f"/api/none/{n}")
        stranger.get(f"/api/v1/assets/{n}/thumbnail?secret={n}")
        stranger.request(f"ODD{n}", "/api/v1/assets")
    found = scrape(reader)
    for route, status in (("/api/v1/assets/{id}", "404"), ("/api/v1/assets/{id}/thumbnail", "401")):
        assert value(found, "fovea_api_requests_total", route=route, method="GET", status=status) == 40
    routes = {labels["route"] for labels, _ in found["fovea_api_requests_total"]}
    written = set(served.app.openapi()["paths"])
    assert routes - written <= {"other"}, routes - written
    assert {labels["method"] for labels, _ in found["fovea_api_requests_total"]} <= {"GET", "POST", "other"}
    assert value(found, "fovea_api_request_seconds_count", route="/api/v1/assets/{id}") == 40
    assert value(found, "fovea_api_requests_open") == 1, "this scrape"


def names_in(text: str) -> set[str]:
    return set(re.findall(r"\b(?:fovea|process)_[a-z_]+\b", text))


def test_everything_that_grafana_and_the_alarms_ask_for_is_there(served: Served, reader: TestClient) -> None:
    reader.get("/api/v1/assets")
    exported = {name for name in scrape(reader) if not name.endswith("_created")}
    dashboard = json.loads((ROOT / "containers/grafana/fovea.json").read_text())
    asked = names_in(" ".join(one["expr"] for panel in dashboard["panels"] for one in panel["targets"]))
    assert len(asked) >= 12 and asked <= exported, asked - exported
    alarms = names_in((ROOT / "containers/prometheus/alerts.yml").read_text())
    assert len(alarms) >= 5 and alarms <= exported, alarms - exported
    assert {name for name in exported if name.startswith("fovea_")} <= asked, "each has a place on the dashboard"
    page = (ROOT / "docs/operators/metrics.md").read_text()
    unnamed = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in exported if name.startswith("fovea_")}
    assert {name for name in unnamed if name not in page} == set()


def test_a_scrape_wants_a_token(served: Served) -> None:
    assert served.client().get("/api/metrics").status_code == 401


@contextmanager
def hanging(database: Database) -> Iterator[Any]:
    """All connections of the pool are taken, and none is given back."""
    with psycopg.connect(database.url) as other:
        taken = [database.transaction() for _ in range(8)]
        for one in taken:
            one.__enter__()
        yield other
        for one in taken:
            one.__exit__(None, None, None)


def test_ready_says_soon_what_does_not_answer(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = served.client()
    assert stranger.get("/api/health/ready").json()["status"] == "ok"
    monkeypatch.setattr(api.standing, "PATIENCE_S", 0.5)
    with hanging(served.database):
        time.sleep(1.1)
        began = time.monotonic()
        answer = stranger.get("/api/health/ready")
        assert time.monotonic() - began < 3.0
        assert answer.status_code == 503
        assert answer.json()["checks"] == {"database": "away", "store": "ok", "broker": "ok", "tokens": "away"}
        began = time.monotonic()
        assert stranger.get("/api/health/ready").status_code == 503
        assert time.monotonic() - began < 0.4, "who comes while it hangs does not wait all over again"
        assert stranger.get("/api/health/live").json()["status"] == "ok"
    deadline = time.monotonic() + 30
    while stranger.get("/api/health/ready").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_many_who_ask_whether_it_is_ready_cost_the_servers_one_question(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = served.client()
    stranger.get("/api/health/ready")
    time.sleep(1.1)
    with counting(monkeypatch) as seen:
        for _ in range(20):
            assert stranger.get("/api/health/ready").status_code == 200
    assert len(seen) <= 8, "two rounds at most, however many ask"
