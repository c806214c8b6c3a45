"""Behind a front door: whose word is taken, and what Nginx is asked to send. Through a real one: tests/deploy."""

import hashlib
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api.server import make_server
from fovea.logs import JsonLines
from library import occasions
from tests.integration.api.conftest import PASSWORD, Served
from tests.integration.api.stocked import jpeg
from tests.integration.api.test_files import upload

NAMED = "0123456789abcdef0123456789abcdef"  # as Nginx writes $request_id


@contextmanager
def behind(served: Served, proxies: str) -> Iterator[str]:
    """The application behind a real server that believes these proxies; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    told = {"port": port, "proxies": proxies, "names": "photos.example.org"}
    settings = served.app.state.parts.settings.model_copy(update=told)
    server = make_server(served.app, settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=60)


@pytest.mark.parametrize(
    ("proxies", "believed"),
    [
        ("", False),
        ("10.0.0.1", False),
        ("172.16.0.0/12", False),
        ("127.0.0.1", True),
        ("10.0.0.1, 127.0.0.0/8", True),
        ("*", True),
    ],
)
def test_a_name_is_taken_from_proxies_alone(served: Served, proxies: str, believed: bool) -> None:
    with behind(served, proxies) as root:
        told = httpx.get(f"{root}/api/health/live", headers={"X-Request-Id": NAMED}).headers["x-request-id"]
        assert (told == NAMED) is believed
        for forged in ("x", NAMED + "0", "../../etc", NAMED.upper(), '"}{"level":"error', "x" * 5000):
            answer = httpx.get(f"{root}/api/health/live", headers={"X-Request-Id": forged})
            assert answer.headers["x-request-id"] != forged and len(answer.headers["x-request-id"]) == 36


def test_one_name_runs_through_answer_problem_and_log(
    served: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("library.browse.timeline", fail)
    occasions.name_in_logs()
    headers = {"X-Request-Id": NAMED, "Authorization": f"Bearer {served.token('vera', 'read')}"}
    with behind(served, "127.0.0.1") as root, caplog.at_level(logging.ERROR, "api.errors"):
        answer = httpx.get(f"{root}/api/v1/assets/timeline", headers=headers)
    assert answer.status_code == 500 and answer.headers["x-request-id"] == NAMED
    assert answer.json()["instance"] == "urn:uuid:01234567-89ab-cdef-0123-456789abcdef"
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
    assert [line["request"] for line in lines if "unforeseen error" in line["text"]] == [NAMED]


def test_wrong_passwords_count_against_who_sent_them_and_not_against_the_proxy(served: Served) -> None:
    """With X-Forwarded-For believed, one address that guesses locks out itself alone."""
    body = {"login": "anna", "password": "wrong wrong wrong"}
    with behind(served, "127.0.0.1") as root:

        def sign_in(address: str, password: str) -> int:
            sent = {**body, "password": password}
            return httpx.post(
                f"{root}/api/v1/session", json=sent, headers={"X-Forwarded-For": address, "X-Fovea": "1"}
            ).status_code

        while (status := sign_in("203.0.113.9", "wrong wrong wrong")) == 401:
            pass
        assert status == 429
        assert sign_in("203.0.113.9", PASSWORD) == 429
        assert sign_in("198.51.100.7", PASSWORD) == 200
        assert sign_in("6.6.6.6, 203.0.113.9", PASSWORD) == 429, "what the client itself put before does not count"


def test_changes_by_cookie_work_behind_https_at_the_front(served: Served) -> None:
    """Nginx ends TLS and passes the host on: the page's own origin is the host, and no other is."""
    with behind(served, "127.0.0.1") as root:
        front = {"Host": "photos.example.org", "X-Forwarded-Proto": "https", "X-Fovea": "1"}
        who = {"login": "anna", "password": PASSWORD}
        own = {**front, "Origin": "https://photos.example.org"}
        signed_in = httpx.post(f"{root}/api/v1/session", json=who, headers=own)
        assert signed_in.status_code == 200, signed_in.text
        cookie = signed_in.headers["set-cookie"]
        assert "__Host-fovea=" in cookie and "Secure" in cookie
        kept = {"Cookie": cookie.split(";", 1)[0]}
        assert httpx.get(f"{root}/api/v1/session", headers={**front, **kept}).json()["account"]["login"] == "anna"
        foreign = {**front, **kept, "Origin": "https://evil.example"}
        assert httpx.delete(f"{root}/api/v1/session", headers=foreign).status_code == 403
        assert httpx.delete(f"{root}/api/v1/session", headers={**own, **kept}).status_code == 204


@pytest.fixture
def accelerated(served: Served) -> Served:
    """The application with FOVEA_ACCEL=true."""
    served.app.state.parts.settings.accel = True
    return served


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nginx_is_asked_to_send_what_lies_below_the_data_folder(
    accelerated: Served, writer: TestClient, method: str
) -> None:
    photo = jpeg(3)
    asset, sha = upload(writer, "Straße/süß, 1.jpg", photo).json()["asset"], hashlib.sha512(photo).hexdigest()
    derived = accelerated.data / "derived" / sha[:2] / sha
    derived.mkdir(parents=True)
    for name in ("preview.jpg", "thumbnail.webp", "frame-1500.jpg"):
        (derived / name).write_bytes(b"picture")
    wanted = {
        "original": (f"/_data/originals/{sha[:2]}/{sha[2:4]}/{sha}.jpg", "image/jpeg"),
        f"files/{sha}": (f"/_data/originals/{sha[:2]}/{sha[2:4]}/{sha}.jpg", "image/jpeg"),
        "preview": (f"/_data/derived/{sha[:2]}/{sha}/preview.jpg", "image/jpeg"),
        "thumbnail": (f"/_data/derived/{sha[:2]}/{sha}/thumbnail.webp", "image/webp"),
        "frames/1500": (f"/_data/derived/{sha[:2]}/{sha}/frame-1500.jpg", "image/jpeg"),
    }
    for what, (place, kind) in wanted.items():
        # Ranges and conditions are for Nginx to answer, whatever they are.
        asked = {"Range": "bytes=0-3", "If-None-Match": "*", "X-Accel-Redirect": "/_data/postgres"}
        answer = writer.request(method, f"/api/v1/assets/{asset['id']}/{what}", headers=asked)
        assert answer.status_code == 200 and answer.content == b"", what
        assert answer.headers["x-accel-redirect"] == place
        assert answer.headers["content-type"] == kind
        kept = "private, max-age=31536000, immutable" if what.startswith("files/") else "private, no-cache"
        assert answer.headers["cache-control"] == kept and answer.headers["vary"] == "Authorization, Cookie"
        assert answer.headers["content-disposition"].startswith("inline; filename*=utf-8''s%C3%BC%C3%9F%2C%201")
    saved = writer.get(f"/api/v1/assets/{asset['id']}/original", params={"download": True})
    assert saved.headers["content-disposition"].startswith("attachment; ")


def test_what_lies_elsewhere_is_streamed_as_ever(accelerated: Served, writer: TestClient, tmp_path: Path) -> None:
    photo, place = jpeg(4), tmp_path / "in place" / "a.jpg"
    asset = upload(writer, "a.jpg", photo).json()["asset"]
    place.parent.mkdir()
    place.write_bytes(photo)
    with accelerated.database.transaction() as connection:
        connection.execute("update file set kept = 'in_place', location = %s", (str(place),))
    answer = writer.get(f"/api/v1/assets/{asset['id']}/original", headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.content) == (206, photo[:4])
    assert "x-accel-redirect" not in answer.headers


def test_no_right_and_no_path_of_ones_own_leads_there(accelerated: Served, writer: TestClient) -> None:
    asset = upload(writer, "a.jpg", jpeg(5)).json()["asset"]
    stranger = accelerated.client()
    assert "x-accel-redirect" not in stranger.get(f"/api/v1/assets/{asset['id']}/original").headers
    for path in ("/_data/originals", "/_data/../postgres", "/api/v1/../../_data/x"):
        answer = writer.get(path)
        assert "x-accel-redirect" not in answer.headers and "octet" not in answer.headers["content-type"]
    for what in (f"files/{'0' * 128}", "frames/7", "preview"):
        answer = writer.get(f"/api/v1/assets/{asset['id']}/{what}")
        assert answer.status_code == 404 and "x-accel-redirect" not in answer.headers
