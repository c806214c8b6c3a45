"""The form of what goes over the wire: problems, the OpenAPI document, its page, and events."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient

import api.server
from api.docs import docs_page
from api.errors import _STATUS
from api.main import describe_app
from api.openapi import openapi_text
from api.server import make_server
from core import errors
from db import jobs
from tests.integration.api.conftest import OURS, Served
from tests.integration.api.stocked import add_asset

ROOT = Path(__file__).parents[3]
PROBLEM = "application/problem+json"


def every_kind(kind: type[errors.FoveaError]) -> set[type[errors.FoveaError]]:
    return {kind, *(one for below in kind.__subclasses__() for one in every_kind(below))}


def test_every_error_of_the_tree_has_its_status() -> None:
    known = tuple(kind for kind, _, _ in _STATUS)
    ours = {kind for kind in every_kind(errors.FoveaError) if kind.__module__ == "core.errors"}
    assert {kind for kind in ours if not issubclass(kind, known)} == {errors.FoveaError}
    for position, kind in enumerate(known):
        assert not issubclass(kind, known[:position]), f"{kind.__name__} is never reached"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.RefusedFile("x"), 415),
        (errors.UnreadableMedia("x"), 422),
        (errors.ServiceAway("x"), 503),
        (errors.WeightMissing("x"), 503),
        (errors.NotFound("x"), 404),
        (errors.Conflict("x"), 409),
        (psycopg.OperationalError("terminating connection; the secret inside"), 503),
        (OSError(28, "No space left on device"), 507),
        (RuntimeError("the secret inside"), 500),
    ],
)
def test_an_error_becomes_a_problem_and_tells_nothing_of_the_inside(
    served: Served, reader: TestClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("library.browse.timeline", fail)
    answer = reader.get("/api/v1/assets/timeline")
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert set(answer.json()) == {"type", "title", "status", "detail", "instance"}
    assert answer.json()["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    assert answer.json()["status"] == status
    assert "secret" not in answer.text
    if status == 503:
        assert int(answer.headers["retry-after"]) > 0


def test_a_database_that_went_away_is_said_so(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    client = served.client(served.token("vera", "read"))
    all_there = dict.fromkeys(("database", "store", "broker", "tokens"), "ok")
    assert served.client().get("/api/health/ready").json()["checks"] == all_there
    served.database.close()
    monkeypatch.setattr("db.connect.ConnectionPool.connection", _away)
    assert client.get("/api/v1/assets").status_code == 503
    time.sleep(1.1)  # what was asked a moment ago is not asked again
    ready = served.client().get("/api/health/ready")
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "away")
    assert served.client().get("/api/health/live").status_code == 200


def _away(*_: object, **__: object) -> None:
    raise errors.ServiceAway("PostgreSQL does not answer")


def test_what_is_malformed_is_told_where(reader: TestClient, admin: TestClient) -> None:
    answer = reader.get("/api/v1/assets", params={"limit": -1})
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert answer.json()["errors"][0]["where"] == "query.limit"
    unknown = admin.post("/api/v1/users", json={"login": "x", "password": "y" * 12, "role": "viewer", "x": 1})
    assert unknown.json()["errors"][0]["where"] == "body.x"
    assert "y" * 12 not in unknown.text
    assert (
        admin.post("/api/v1/users", content=b"{", headers={"Content-Type": "application/json"}).status_code == 422
    )


def test_a_method_that_is_not_there_names_those_that_are(served: Served, admin: TestClient) -> None:
    answer = admin.delete("/api/v1/assets")
    assert (answer.status_code, answer.headers["content-type"]) == (405, PROBLEM)
    assert answer.headers["allow"] == "GET, POST"
    assert admin.post("/api/v1/nothing").status_code == 404


def test_the_kept_openapi_document_is_current() -> None:
    kept = (ROOT / "web" / "openapi.json").read_text(encoding="utf-8")
    assert kept == openapi_text(), "run `make api-client`"


def test_the_openapi_document_is_fit_for_a_generated_client() -> None:
    document = json.loads(openapi_text())
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z0-9]+)*", one) for one in ids), ids
    names = set(document["components"]["schemas"])
    assert set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document))) <= names
    assert "HTTPValidationError" not in names
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            failures = {status for status in operation["responses"] if status[0] in "45d"}
            assert failures or path.startswith("/api/health"), (method, path)
            for status in failures - {"503"}:
                assert PROBLEM in operation["responses"][status]["content"], (method, path, status)


def test_the_docs_page_lists_every_operation_and_loads_nothing_from_elsewhere(served: Served) -> None:
    page = served.client().get("/api/docs")
    assert page.status_code == 200
    document = served.client().get("/api/openapi.json").json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page.text, path
    assert "<script" not in page.text
    assert not re.search(r'(src|href)="(https?:)?//', page.text)
    targets = re.findall(r'href="#([^"]+)"', docs_page(document, "n"))
    assert [one for one in targets if f'id="{one}"' not in page.text] == []


def test_docs_api_md_names_every_operation_and_no_other() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) (/api/[^` ?]*)", page))
    real = {
        (method.upper(), path)
        for path, operations in describe_app().openapi()["paths"].items()
        for method in operations
    }
    assert named == real


@pytest.fixture
def address(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The application behind a real server on a free port."""
    monkeypatch.setattr(api.server, "_SHUTDOWN_S", 120)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = served.app.state.parts.settings.model_copy(update={"port": port})
    server = make_server(served.app, settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    began = time.monotonic()
    server.should_exit = True
    thread.join(timeout=180)
    assert not thread.is_alive()
    assert time.monotonic() - began < 60, "a stream of events held the server up"


def test_events_reach_the_page_and_end_with_the_server(served: Served, address: str) -> None:
    token = served.token("vera", "read")
    assert httpx.get(f"{address}/api/v1/events").status_code == 401
    seen: list[str] = []
    connected = threading.Event()

    def listen() -> None:
        with httpx.stream(
            "GET", f"{address}/api/v1/events", headers={"Authorization": f"Bearer {token}"}
        ) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            connected.set()
            seen.extend(answer.iter_lines())

    thread = threading.Thread(target=listen)
    thread.start()
    assert connected.wait(60)
    assert served.app.state.parts.events.listening.wait(60)
    with served.database.transaction() as connection:
        asset_id = add_asset(connection, "a.jpg")
        jobs.notify(connection, "asset", 1, asset_id)
        jobs.notify(connection, "asset", 999, asset_id + 1)
        jobs.notify(connection, "activity", 1, asset_id)
    with served.database.transaction() as connection:
        connection.execute("select pg_notify('fovea_event', 'no json')")
    deadline = time.monotonic() + 60
    while "event: activity" not in seen and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "event: asset" in seen
    assert f'data: {{"id": {asset_id}}}' in seen
    assert f'data: {{"id": {asset_id + 1}}}' not in seen  # another owner's
    assert "event: activity" in seen
    thread.join(timeout=0)
    assert thread.is_alive()  # it ends with the server: the fixture's end waits for that


def test_uploading_by_cookie_and_by_page_works_over_a_real_connection(served: Served, address: str) -> None:
    """A body in many pieces, without a length."""
    token = served.token("emil", "read", "write")
    photo = (b"\xff\xd8\xff\xe0" + b"\0" * 60_000) * 40
    answer = httpx.post(
        f"{address}/api/v1/assets",
        params={"path": "big.jpg"},
        content=(photo[start : start + 50_000] for start in range(0, len(photo), 50_000)),
        headers={"Authorization": f"Bearer {token}", **OURS},
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["asset"]["name"] == "big.jpg"
