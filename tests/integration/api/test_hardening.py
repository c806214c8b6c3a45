"""What keeps strangers, floods and slow lines from doing harm: origins, sizes, paces, names of requests, ETags."""

import dataclasses
import io
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from fastapi.testclient import TestClient

import api.bodies
import api.pieces
import api.server
from api.pace import Pace
from api.server import make_server
from fovea.logs import JsonLines, PlainLines
from tests.integration.api.asking import listed_operations, walk
from tests.integration.api.conftest import OURS, PASSWORD, Served
from tests.integration.api.stocked import add_asset, analyse_richly, jpeg
from tests.integration.api.test_uploads import PIECE, b64
from tests.integration.api.test_who_may import arguments_for, operations

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_each_request_has_a_name(served: Served, reader: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = reader.get("/api/v1/assets"), reader.get("/api/v1/assets/999")
    names = [answer.headers["x-request-id"] for answer in (one, other)]
    assert all(UUID.fullmatch(name) for name in names) and len(set(names)) == 2
    assert other.json()["instance"] == f"urn:uuid:{names[1]}"
    assert reader.get("/api/v1/assets", headers={"X-Request-Id": "forged"}).headers["x-request-id"] != "forged"

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr("library.browse.timeline", fail)
    api.server.occasions.name_in_logs()
    for form, sign in ((JsonLines(), '"request": "{}"'), (PlainLines("%(message)s"), "[request {}]")):
        written = io.StringIO()
        handler = logging.StreamHandler(written)
        handler.setFormatter(form)
        logging.getLogger("api.errors").addHandler(handler)
        answer = reader.get("/api/v1/assets/timeline")
        logging.getLogger("api.errors").removeHandler(handler)
        assert answer.status_code == 500 and "unforeseen error" in answer.json()["detail"]
        assert sign.format(answer.headers["x-request-id"]) in written.getvalue()


FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "https://fovea.test.evil.example"},
    {"Origin": "https://fovea.test:8444"},
    {"Origin": "null"},
    {"Origin": "https://[evil"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://fovea.test"},
)


@pytest.mark.parametrize("foreign", FOREIGN, ids=str)
def test_a_page_of_another_site_changes_nothing(
    served: Served, admin: TestClient, foreign: dict[str, str]
) -> None:
    """Even with the cookie and our header, which a browser would not let it send."""
    for method, path, operation in operations(served):
        if method in ("GET", "HEAD", "OPTIONS"):
            continue
        asked = arguments_for(operation) if operation["operationId"] not in ("signIn", "claimLibrary") else {}
        asked["headers"] = {**asked.get("headers", {}), **foreign}
        answer = admin.request(method, path, **asked)
        assert (answer.status_code, answer.json()["title"]) == (403, "Not allowed"), (method, path)
        assert "another site" in answer.json()["detail"]
    assert admin.get("/api/v1/session", headers=foreign).status_code == 200
    who = {"login": "anna", "password": PASSWORD}
    assert served.client().post("/api/v1/session", json=who, headers=foreign).status_code == 403


@pytest.mark.parametrize(
    "ours", [{}, {"Origin": "https://fovea.test"}, {"Sec-Fetch-Site": "same-origin"}], ids=str
)
def test_our_own_page_changes_what_it_may(served: Served, ours: dict[str, str]) -> None:
    client = served.client()
    who = {"login": "anna", "password": PASSWORD}
    assert client.post("/api/v1/session", json=who, headers=ours).status_code == 200
    assert client.delete("/api/v1/session", headers={**ours, **OURS}).status_code == 204


def test_json_has_a_limit_whether_announced_or_not(writer: TestClient, reader: TestClient) -> None:
    large = b'{"comment": "' + b"a" * 1_100_000 + b'"}'
    for content in (large, (large[start : start + 10_000] for start in range(0, len(large), 10_000))):
        for kind in ("application/json", "application/octet-stream"):
            answer = writer.patch("/api/v1/assets/1", content=content, headers={"Content-Type": kind})
            assert answer.status_code == 413, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert "1,048,576" in answer.json()["detail"]
            if not isinstance(content, bytes):
                break  # a generator gives its pieces once


def test_who_asks_too_much_has_to_wait_and_others_do_not(served: Served) -> None:
    parts = served.app.state.parts
    served.app.state.parts = dataclasses.replace(parts, pace=Pace(0.02, 5), pace_of_strangers=Pace(0.02, 4))
    greedy, modest = (served.client(served.token("vera", "read")) for _ in range(2))
    seen = [greedy.get("/api/v1/assets").status_code for _ in range(7)]
    assert seen == [200] * 5 + [429] * 2
    refused = greedy.get("/api/v1/assets")
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= 50
    assert modest.get("/api/v1/assets").status_code == 200
    guesses = [served.client(f"guess {n}").get("/api/v1/assets").status_code for n in range(6)]
    assert guesses == [401] * 4 + [429] * 2


def test_a_store_of_requests_fills_up_again() -> None:
    pace = Pace(1, 2)
    pace.spend("a")
    pace.spend("a")
    with pytest.raises(Exception, match="too many"):
        pace.spend("a")
    time.sleep(1.1)
    pace.spend("a")
    for number in range(10_050):
        pace.spend(str(number))
    time.sleep(1.1)  # each had spent one of two
    pace.spend("last")
    assert len(pace._left) < 10_050, "who has all of his requests again is forgotten"


TAGGED = (
    "/api/v1/assets",
    "/api/v1/assets/timeline",
    "/api/v1/assets/{id}",
    "/api/v1/assets/{id}/metadata",
    "/api/v1/search?q=bus",
    "/api/v1/map?west=-180&south=-90&east=180&north=90&zoom=4",
    "/api/v1/assets/{id}/similar",
    "/api/v1/status",
)


def test_what_the_client_has_is_not_sent_again(served: Served, reader: TestClient) -> None:
    with served.database.transaction() as connection:
        first, second = (add_asset(connection, f"{n}.jpg", at=(38.7, -9.1)) for n in range(2))
        for asset_id in (first, second):
            analyse_richly(connection, asset_id)
    tags = {}
    for address in TAGGED:
        path = address.format(id=first)
        answer = reader.get(path)
        tags[path] = answer.headers["etag"]
        assert answer.headers["cache-control"] == "private, no-cache" and "Authorization" in answer.headers["vary"]
        for asked in (tags[path], f'"x", {tags[path]}', "*"):
            same = reader.get(path, headers={"If-None-Match": asked})
            assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tags[path]), path
        assert reader.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        assert served.client().get(path, headers={"If-None-Match": tags[path]}).status_code == 401
    with served.database.transaction() as connection:
        connection.execute("update asset set rating = 5, comment = 'new', lat = 10 where id = %s", (first,))
        add_asset(connection, "third.jpg")
    for path in ("/api/v1/assets", f"/api/v1/assets/{first}", "/api/v1/assets/timeline", "/api/v1/status"):
        assert reader.get(path, headers={"If-None-Match": tags[path]}).status_code == 200, path


WAYS_OUT = (
    "//evil.example",
    "//evil.example/%2e%2e",
    "/\\evil.example",
    "/https://evil.example",
    "/%0d%0aLocation:%20x",
)


def test_nothing_leads_to_another_site(served: Served, admin: TestClient) -> None:
    asked = {"next": "https://evil.example", "return_to": "//evil.example", "url": "https://evil.example"}
    for path in ("/", "/search", "/first-start", "/api/docs", "/api/v1/session", "/api/v1/assets", *WAYS_OUT):
        for method in ("GET", "HEAD", "POST"):
            answer = admin.request(method, f"https://fovea.test{path}", params=asked, follow_redirects=False)
            assert "location" not in answer.headers and not 300 <= answer.status_code < 400, (method, path)
    for path in (one["path"] for one in listed_operations()):
        assert "location" not in admin.get(f"{path}/", follow_redirects=False).headers


def test_every_list_comes_page_by_page() -> None:
    lists = listed_operations()
    assert len(lists) >= 12
    for one in lists:
        names = {parameter["name"] for parameter in one.get("parameters", [])}
        assert {"limit", "after"} <= names, one["path"]


def test_short_lists_come_page_by_page_too(served: Served, admin: TestClient) -> None:
    for number in range(5):
        new = {"login": f"user {number}", "password": PASSWORD, "role": "viewer"}
        assert admin.post("/api/v1/users", json=new).status_code == 201
        admin.post("/api/v1/tokens", json={"name": f"token {number}", "scopes": ["read"]})
    for path in ("/api/v1/users", "/api/v1/tokens", "/api/v1/analyses"):
        whole = admin.get(path, params={"limit": 0}).json()
        assert whole["next"] is None and len(whole["items"]) >= 5
        assert walk(admin, path, 2) == whole["items"], path
        assert admin.get(path, params={"after": "nonsense"}).status_code == 400


def test_similar_ones_come_page_by_page(served: Served, reader: TestClient) -> None:
    with served.database.transaction() as connection:
        made = [add_asset(connection, f"{n}.jpg") for n in range(23)]
        faces = [analyse_richly(connection, asset_id) for asset_id in made]
    for path in (f"/api/v1/assets/{made[0]}/similar", f"/api/v1/faces/{faces[0]}/similar"):
        whole = reader.get(path, params={"limit": 0}).json()["items"]
        assert len(whole) == 22
        assert walk(reader, path, 5) == whole
        assert reader.get(path, params={"after": "WzFd"}).status_code == 400


@pytest.fixture
def port(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The application behind a real server that has little patience."""
    monkeypatch.setattr(api.server, "_HEAD_S", 0.6)
    monkeypatch.setattr(api.bodies, "PATIENCE_S", 0.6)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    server = make_server(served.app, served.app.state.parts.settings.model_copy(update={"port": free}))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield free
    server.should_exit = True
    thread.join(timeout=60)


def _say(port: int, slowly: list[bytes], limit_s: float = 18.0) -> bytes:
    """Send pieces a quarter of a second apart; all that the server says until it hangs up."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=limit_s) as line:
        try:
            for piece in slowly:
                line.sendall(piece)
                time.sleep(0.25)
            while chunk := line.recv(65536):
                heard += chunk
        except ConnectionError:
            pass
    return heard


def test_a_line_that_drips_headers_is_cut(served: Served, port: int) -> None:
    drips = [b"GET / HTTP/1.1\r\nHost: localhost\r\n", *(b"X-%d: y\r\n" % n for n in range(20))]
    assert _say(port, drips) == b""
    assert _say(port, [b""]) == b"", "nor does one that says nothing stay"


def test_headers_without_end_are_refused(served: Served, port: int) -> None:
    heard = _say(
        port, [b"GET /api/health/live HTTP/1.1\r\nHost: localhost\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n"]
    )
    assert heard.startswith(b"HTTP/1.1 400")
    quick = _say(port, [b"GET /api/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"])
    assert quick.startswith(b"HTTP/1.1 200")


def test_json_that_drips_is_refused(served: Served, port: int) -> None:
    token = served.token("emil", "read", "write")
    head = (
        "PATCH /api/v1/assets/1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: 1000\r\n\r\n"
    )
    heard = _say(port, [head.encode(), b"{"])
    assert heard.startswith(b"HTTP/1.1 408") and b"too slowly" in heard


def test_a_sender_that_fell_silent_gives_way(served: Served, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that broke without a word: its sender comes back by another, and is not locked out."""
    monkeypatch.setattr(api.pieces, "_TAKEOVER_S", 300.0)
    monkeypatch.setattr(api.pieces, "_TAKEOVER_WAIT_S", 60.0)
    senders = served.app.state.parts.senders
    root, photo = f"http://127.0.0.1:{port}", jpeg(11, 320, 240)
    headers = {**PIECE, "Authorization": f"Bearer {served.token('emil', 'read', 'write')}"}
    told = {"Upload-Length": str(len(photo)), "Upload-Metadata": f"path {b64('a.jpg')}"}
    made = httpx.post(f"{root}/api/v1/uploads", headers={**headers, **told})
    address = f"{root}{made.headers['location']}"
    with socket.create_connection(("127.0.0.1", port)) as silent:
        head = {**headers, "Host": "localhost", "Upload-Offset": "0", "Content-Length": str(len(photo))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        path = made.headers["location"]
        silent.sendall(f"PATCH {path} HTTP/1.1\r\n{lines}\r\n".encode() + photo[:1000])
        deadline = time.monotonic() + 60
        while not senders._senders and time.monotonic() < deadline:
            time.sleep(0.05)
        early = httpx.patch(address, content=photo, headers={**headers, "Upload-Offset": "0"})
        assert early.status_code == 423, early.text
        monkeypatch.setattr(api.pieces, "_TAKEOVER_S", 0.5)
        time.sleep(1.0)
        late = httpx.patch(address, content=photo, headers={**headers, "Upload-Offset": "0"}, timeout=120)
        assert late.status_code == 409, "what the silent one sent was written down first"
        there = httpx.head(address, headers=headers).headers["upload-offset"]
        assert there == "1000"
        rest = httpx.patch(address, content=photo[1000:], headers={**headers, "Upload-Offset": there})
        assert (rest.status_code, rest.headers["x-asset-status"]) == (204, "new")
