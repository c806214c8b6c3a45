"""What runs ends within a second when its session does: streams of events, uploads, files on their way out."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from library import accounts, administration
from tests.integration.api.conftest import Served
from tests.integration.api.stocked import jpeg
from tests.integration.api.test_front_door import behind
from tests.integration.api.test_two_replicas import replicas
from tests.integration.api.test_uploads import PIECE, b64

__all__ = ["replicas"]
LATEST_S = 10.0
"""A second on a machine that does nothing else; without a look at the lease it would be minutes."""


class Listening:
    """A stream of events, read in a thread of its own until it ends."""

    def __init__(self, root: str, token: str) -> None:
        self._asked = (f"{root}/api/v1/events", {"Authorization": f"Bearer {token}"})
        self.connected, self.ended = threading.Event(), threading.Event()
        self.lines: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self.connected.wait(30)

    def _run(self) -> None:
        url, headers = self._asked
        with httpx.stream("GET", url, headers=headers, timeout=60) as stream:
            for line in stream.iter_lines():
                self.lines.append(line)
                self.connected.set()
        self.ended.set()


Change = Callable[[Served, int, str], object]
CHANGES: dict[str, Change] = {
    "revoked": lambda served, account_id, kept: served.tokens.remove(account_id, kept, "api"),
    "all revoked": lambda served, account_id, _: administration.revoke_tokens(served.tokens, account_id),
    "disabled": lambda served, account_id, _: administration.change(
        served.database, served.tokens, account_id, disabled=True
    ),
    "deleted": lambda served, account_id, _: administration.delete(served.database, served.tokens, account_id),
    "another role": lambda served, account_id, _: administration.change(
        served.database, served.tokens, account_id, role="administrator"
    ),
}


def token_of(served: Served, login: str, *scopes: str, ends: datetime | None = None) -> tuple[int, str, str]:
    account = accounts.find_account(served.database, login)
    secret, kept = accounts.make_token(served.tokens, account, "test", frozenset(scopes), ends)
    return account.id, kept.id, secret


@pytest.mark.parametrize("change", CHANGES)
def test_a_stream_ends_in_every_process(served: Served, replicas: tuple[str, str], change: str) -> None:
    account_id, kept, secret = token_of(served, "emil", "read")
    *_, other = token_of(served, "vera", "read")
    streams = [Listening(root, secret) for root in replicas]
    bystander = Listening(replicas[0], other)
    CHANGES[change](served, account_id, kept)
    for stream in streams:
        assert stream.ended.wait(LATEST_S)
        assert "event: ended" in stream.lines
    assert not bystander.ended.is_set()


def test_a_stream_ends_when_its_token_expires(served: Served) -> None:
    *_, secret = token_of(served, "emil", "read", ends=datetime.now(UTC) + timedelta(seconds=2))
    with behind(served, "") as root:
        stream = Listening(root, secret)
        assert stream.ended.wait(2 + LATEST_S)


def test_it_is_noticed_within_a_second(served: Served) -> None:
    """Measured by the looks themselves, as a busy machine says nothing about a second: one is enough."""
    leases = served.app.state.parts.leases
    leases.close()
    account_id, kept, secret = token_of(served, "emil", "read")
    with behind(served, "") as root:
        leases.close()  # the server has started them, too
        stream = Listening(root, secret)
        time.sleep(0.5)
        served.tokens.remove(account_id, kept, "api")
        assert not stream.ended.wait(0.3)
        leases.look()
        assert stream.ended.wait(LATEST_S)


@contextmanager
def sending(root: str, path: str, headers: dict[str, str], method: str, size: int) -> Iterator[socket.socket]:
    """A connection that announces a body of this size and sends a little of it at first."""
    host, port = root.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as line:
        head = {**headers, "Host": f"{host}:{port}", "Content-Length": str(size)}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        line.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + b"x" * 1000)
        time.sleep(0.5)
        yield line


@pytest.mark.parametrize("change", ["revoked", "disabled", "deleted"])
@pytest.mark.parametrize("way", ["at once", "in pieces"])
def test_an_upload_under_way_ends(served: Served, way: str, change: str) -> None:
    account_id, kept, secret = token_of(served, "emil", "read", "write")
    headers = {"Authorization": f"Bearer {secret}"}
    with behind(served, "") as root:
        method, path, size = "POST", "/api/v1/assets?path=a.jpg", 5_000_000
        if way == "in pieces":
            told = {**PIECE, **headers, "Upload-Length": str(size), "Upload-Metadata": f"path {b64('a.jpg')}"}
            path = httpx.post(f"{root}/api/v1/uploads", headers=told).headers["location"]
            method, headers = "PATCH", {**headers, **PIECE, "Upload-Offset": "0"}
        with sending(root, path, headers, method, size) as line:
            CHANGES[change](served, account_id, kept)
            line.settimeout(LATEST_S)
            answer = line.recv(4096)
        assert answer.startswith(b"HTTP/1.1 401"), answer[:200]
    with served.database.transaction() as connection:
        assert connection.execute("select * from asset").fetchall() == []


def test_an_upload_goes_on_while_its_sender_is_promoted(served: Served) -> None:
    account_id, _, secret = token_of(served, "emil", "read", "write")
    photo = jpeg(41)
    with behind(served, "") as root:
        host, port = root.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as line:
            head = f"Host: {host}:{port}\r\nAuthorization: Bearer {secret}\r\nContent-Length: {len(photo)}\r\n"
            line.sendall(f"POST /api/v1/assets?path=a.jpg HTTP/1.1\r\n{head}\r\n".encode() + photo[:100])
            time.sleep(0.5)
            administration.change(served.database, served.tokens, account_id, role="administrator")
            time.sleep(1.0)
            line.sendall(photo[100:])
            assert line.recv(4096).startswith(b"HTTP/1.1 201")


def test_a_demoted_sender_is_stopped(served: Served) -> None:
    account_id, _, secret = token_of(served, "emil", "read", "write")
    headers = {"Authorization": f"Bearer {secret}"}
    with (
        behind(served, "") as root,
        sending(root, "/api/v1/assets?path=a.jpg", headers, "POST", 5_000_000) as line,
    ):
        administration.change(served.database, served.tokens, account_id, role="viewer")
        line.settimeout(LATEST_S)
        assert line.recv(4096).startswith(b"HTTP/1.1 401")


def test_a_file_on_its_way_out_is_cut_off(served: Served) -> None:
    """Read slowly, so that most of it is still to come."""
    account_id, kept, secret = token_of(served, "emil", "read", "write")
    asset_id = served.client(secret).post("/api/v1/assets", params={"path": "a.jpg"}, content=jpeg(42)).json()
    location = served.data / "originals"
    (stored,) = [path for path in location.rglob("*") if path.is_file()]
    size = 64 << 20
    with stored.open("r+b") as file:
        file.truncate(size)
    with served.database.transaction() as connection:
        connection.execute("update file set bytes = %s", (size,))
    with behind(served, "") as root:
        host, port = root.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as line:
            path = f"/api/v1/assets/{asset_id['asset']['id']}/original"
            head = f"Host: {host}:{port}\r\nAuthorization: Bearer {secret}\r\n"
            line.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
            came = len(line.recv(65536))
            time.sleep(0.6)
            served.tokens.remove(account_id, kept, "api")
            time.sleep(2.0)
            while part := line.recv(1 << 20):
                came += len(part)
        assert came < size


def test_media_by_way_of_nginx_are_refused_with_the_next_request(served: Served) -> None:
    served.app.state.parts.settings.accel = True
    account_id, kept, secret = token_of(served, "emil", "read", "write")
    client = served.client(secret)
    asset = client.post("/api/v1/assets", params={"path": "a.jpg"}, content=jpeg(43)).json()["asset"]
    path = f"/api/v1/assets/{asset['id']}/original"
    assert "x-accel-redirect" in client.get(path).headers
    served.tokens.remove(account_id, kept, "api")
    refused = client.get(path, headers={"Range": "bytes=100-200"})
    assert refused.status_code == 401 and "x-accel-redirect" not in refused.headers
