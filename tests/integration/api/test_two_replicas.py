"""Two API processes over one database and one data folder, as behind Nginx.

Each is an application of its own with a server of its own; what they share goes through files and PostgreSQL.
"""

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

import api.pieces
from api.main import create_app
from db import jobs
from tests.integration.api.conftest import Served
from tests.integration.api.stocked import add_asset, jpeg
from tests.integration.api.test_front_door import behind
from tests.integration.api.test_uploads import PIECE, b64


@pytest.fixture
def replicas(served: Served) -> Iterator[tuple[str, str]]:
    """The addresses of both."""
    parts = served.app.state.parts
    app = create_app(
        database=served.database,
        tokens=served.tokens,
        store=served.store,
        data=served.data,
        engines=parts.engines,
        ingest=parts.ingest,
        settings=parts.settings,
    )
    other = Served(app, served.database, served.tokens, served.store, served.data)
    with behind(served, "") as first, behind(other, "") as second:
        for each in (served, other):
            assert each.app.state.parts.events.listening.wait(30)
        # FastAPI puts an application's routes together with its first request, and hides pydantic's warnings
        # meanwhile: two at once in one process would show each other's.
        for root in (first, second):
            assert httpx.get(f"{root}/api/health/live").status_code == 200
        yield first, second


def _headers(served: Served) -> dict[str, str]:
    return {**PIECE, "Authorization": f"Bearer {served.token('emil', 'read', 'write')}"}


def _announce(root: str, headers: dict[str, str], size: int) -> str:
    told = {"Upload-Length": str(size), "Upload-Metadata": f"path {b64('a.jpg')}"}
    return str(httpx.post(f"{root}/api/v1/uploads", headers={**headers, **told}).headers["location"])


def _begin(root: str, path: str, headers: dict[str, str], photo: bytes) -> socket.socket:
    """A connection that announces all of the photo and sends its first thousand bytes."""
    host, port = root.removeprefix("http://").split(":")
    line = socket.create_connection((host, int(port)))
    head = {**headers, "Host": f"{host}:{port}", "Upload-Offset": "0", "Content-Length": str(len(photo))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    line.sendall(f"PATCH {path} HTTP/1.1\r\n{lines}\r\n".encode() + photo[:1000])
    return line


def _go_on(root: str, path: str, headers: dict[str, str], photo: bytes) -> tuple[httpx.Response, float]:
    """What is missing, sent as soon as the server lets one; how long that took."""
    began = time.monotonic()
    while True:
        there = int(httpx.head(f"{root}{path}", headers=headers).headers["upload-offset"])
        sent = {**headers, "Upload-Offset": str(there)}
        answer = httpx.patch(f"{root}{path}", content=photo[there:], headers=sent, timeout=60)
        if answer.status_code not in (409, 423):
            return answer, time.monotonic() - began
        assert time.monotonic() - began < 60, answer.text
        time.sleep(0.2)


def test_who_lost_the_one_goes_on_with_the_other_within_seconds(served: Served, replicas: tuple[str, str]) -> None:
    first, second = replicas
    headers, photo = _headers(served), jpeg(11, 640, 480)
    path = _announce(first, headers, len(photo))
    with _begin(first, path, headers, photo):  # and then says nothing more, without hanging up
        answer, took_s = _go_on(second, path, headers, photo)
    assert (answer.status_code, answer.headers["x-asset-status"]) == (204, "new")
    assert took_s < 12.0
    asset_id = answer.headers["x-asset-id"]
    assert httpx.get(f"{first}/api/v1/assets/{asset_id}/original", headers=headers).content == photo
    assert not list((served.data / "uploads").iterdir())


def test_who_is_still_sending_is_not_interrupted_from_the_other(
    served: Served, replicas: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.pieces, "_TAKEOVER_WAIT_S", 60.0)  # so that it is the answer that ends the wait
    first, second = replicas
    headers, photo = _headers(served), jpeg(12, 640, 480)
    path = _announce(first, headers, len(photo))
    with _begin(first, path, headers, photo) as line:
        stop = threading.Event()

        def drip() -> None:
            at = 1000
            while not stop.wait(0.3):
                line.sendall(photo[at : at + 50])
                at += 50
            line.sendall(photo[at:])

        sending = threading.Thread(target=drip)
        sending.start()
        began = time.monotonic()
        sent = {**headers, "Upload-Offset": "0"}
        refused = httpx.patch(f"{second}{path}", content=photo, headers=sent, timeout=90)
        assert refused.status_code == 423, refused.text
        assert time.monotonic() - began < 10.0
        stop.set()
        sending.join()
        answer = line.recv(4096)
        assert answer.startswith(b"HTTP/1.1 204"), answer
    assert not list((served.data / "uploads").iterdir())


def test_news_reach_the_pages_of_both(served: Served, replicas: tuple[str, str]) -> None:
    headers = {"Authorization": f"Bearer {served.token('vera', 'read')}"}
    heard: dict[str, bool] = {}

    def listen(root: str) -> None:
        with httpx.stream("GET", f"{root}/api/v1/events", headers=headers, timeout=30) as stream:
            lines = stream.iter_lines()
            heard[root] = False
            heard[root] = any(line.startswith("event: asset") for line in lines)

    listening = [threading.Thread(target=listen, args=(root,), daemon=True) for root in replicas]
    for thread in listening:
        thread.start()
    deadline = time.monotonic() + 30
    while len(heard) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    with served.database.transaction() as connection:
        asset_id = add_asset(connection, "news.jpg")
        jobs.notify(connection, "asset", 1, asset_id)
    while not (len(heard) == 2 and all(heard.values())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(heard.values()) == [True, True]


def test_a_session_of_the_one_ends_in_both(served: Served, replicas: tuple[str, str]) -> None:
    first, second = replicas
    who = {"login": "anna", "password": "correct horse battery"}
    kept = httpx.post(f"{first}/api/v1/session", json=who).headers["set-cookie"].split(";", 1)[0]
    cookie = {"Cookie": kept, "X-Fovea": "1"}
    assert httpx.get(f"{second}/api/v1/session", headers=cookie).status_code == 200
    assert httpx.delete(f"{second}/api/v1/session", headers=cookie).status_code == 204
    time.sleep(1.1)
    assert httpx.get(f"{first}/api/v1/session", headers=cookie).status_code == 401
