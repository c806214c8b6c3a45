"""Names that are not ours and addresses that are none, through a real server."""

import socket

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.integration.api.conftest import PASSWORD, Served
from tests.integration.api.test_front_door import behind


def ask(root: str, lines: str) -> bytes:
    host, port = root.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(lines.encode("latin-1"))
        return line.recv(65536)


@pytest.mark.parametrize("path", ["/", "/api/v1/first-start", "/api/health/ready", "/api/v1/events", "/main.js"])
def test_another_name_is_refused_with_what_to_do(served: Served, path: str) -> None:
    with behind(served, "127.0.0.1") as root:
        for forwarded in ({}, {"X-Forwarded-Host": "localhost"}):
            answer = httpx.get(f"{root}{path}", headers={"Host": "evil.example", **forwarded})
            assert (answer.status_code, answer.headers["content-type"]) == (421, "application/problem+json")
            assert answer.json()["title"] == "Another server"
            assert "'evil.example'" in answer.json()["detail"] and "FOVEA_HOSTS" in answer.json()["detail"]
            assert answer.headers["x-content-type-options"] == "nosniff"
        two = ask(root, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert two.split()[1] in (b"421", b"400")


def test_a_page_by_another_name_signs_nobody_in(served: Served) -> None:
    who = {"login": "anna", "password": PASSWORD}
    with behind(served, "") as root:
        headers = {"Host": "evil.example", "Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}
        assert httpx.post(f"{root}/api/v1/session", json=who, headers=headers).status_code == 421
        port = root.rpartition(":")[2]
        for name in (f"localhost:{port}", f"192.168.7.7:{port}", f"[fd00::7]:{port}"):
            assert httpx.get(f"{root}/api/v1/first-start", headers={"Host": name}).status_code == 200


def _long(size: int) -> list[str]:
    return ["a" * size, "a" * size + ".js", "x/" + "a" * size, "ü" * (size // 2), "a" * size + "/b", "%41" * size]


ODD = [
    *_long(300),
    *_long(5000),
    "a/" * 1500 + "b",
    "%00",
    "a%00.js",
    "%ff%fe",
    "a%C3",
    "%ED%A0%80",
    "%0a",
    "a%7f",
]


@pytest.mark.parametrize("path", ODD, ids=lambda path: path[:12])
def test_what_is_no_address_is_not_found(served: Served, reader: TestClient, path: str) -> None:
    with behind(served, "") as root:
        for prefix in ("/", "/api/", "/api/v1/", "/api/v1/assets/", "/media/"):
            answer = httpx.get(f"{root}{prefix}{path}", headers=dict(reader.headers))
            expected = (404, 422) if "v1" in prefix else (404,)
            assert answer.status_code in expected, (prefix, answer.status_code, answer.text[:200])
            assert answer.headers["content-type"] == "application/problem+json"
            assert httpx.head(f"{root}{prefix}{path}", headers=dict(reader.headers)).status_code < 500


@pytest.mark.parametrize("path", ODD, ids=lambda path: path[:12])
def test_no_operation_fails_because_of_what_stands_in_its_address(reader: TestClient, path: str) -> None:
    for around in ("/api/v1/assets/named?path={}", "/api/v1/search?q={}", "/api/v1/analyses/{}/failures"):
        assert reader.get(around.format(path)).status_code < 500, around


def test_pages_of_the_app_are_still_found(served: Served) -> None:
    with behind(served, "") as root:
        for path in ("/", "/library", "/assets/17", "/search?q=" + "a" * 400, "/" + "a" * 200):
            answer = httpx.get(f"{root}{path}")
            assert answer.status_code == 200 and "<app-root" in answer.text
