"""The front door as a stranger and an auditor see it: TLS, headers, what answers without a token, no 500."""

import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from api.main import describe_app
from api.tus import PIECE
from tests.deploy.deployment import Deployment
from tests.integration.api.test_who_may import OPEN_TO_ALL, arguments_for, operations_of

SCHEMA = describe_app().openapi()
OPERATIONS = schemathesis.openapi.from_dict(SCHEMA)


@schemathesis.serializer(PIECE)
def piece_of_a_file(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture
def stranger(deployment: Deployment) -> Iterator[httpx.Client]:
    """Trusts the deployment's certificate authority, and is nobody."""
    with httpx.Client(base_url=deployment.address, verify=deployment.certificate(), timeout=60) as client:
        yield client


def test_only_modern_tls_is_spoken(deployment: Deployment) -> None:
    spoken = {}
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning) if version < ssl.TLSVersion.TLSv1_2 else _nothing():
            context.minimum_version = context.maximum_version = version
        try:
            with (
                socket.create_connection(("localhost", deployment.port), timeout=10) as line,
                context.wrap_socket(line, server_hostname="localhost") as secured,
            ):
                spoken[version.name] = secured.cipher()
        except (ssl.SSLError, ConnectionResetError):
            spoken[version.name] = None
    assert spoken["TLSv1"] is None
    assert spoken["TLSv1_1"] is None
    assert spoken["TLSv1_2"] is not None
    assert spoken["TLSv1_3"] is not None


class _nothing:  # noqa: N801 (stands where a function does)
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def test_every_cipher_is_strong(deployment: Deployment) -> None:
    scan = ["nmap", "-Pn", "-p", str(deployment.port), "--script", "ssl-enum-ciphers", "localhost"]
    shown = subprocess.run(scan, capture_output=True, text=True, check=True, timeout=300).stdout
    assert "least strength: A" in shown, shown
    assert set(re.findall(r"TLSv1\.\d", shown)) <= {"TLSv1.2", "TLSv1.3"}, shown
    ciphers = re.findall(r"TLS_\w+", shown)
    assert ciphers
    assert all("ECDHE" in name or name.startswith(("TLS_AKE", "TLS_AES", "TLS_CHACHA20")) for name in ciphers), (
        ciphers
    )


def test_the_certificate_is_this_authoritys_for_this_name(deployment: Deployment, stranger: httpx.Client) -> None:
    assert stranger.get("/api/health/live").status_code == 200
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{deployment.address}/api/health/live")
    with pytest.raises(httpx.ConnectError, match=r"Hostname mismatch|IP address mismatch"):
        httpx.get(f"https://127.0.0.2:{deployment.port}/api/health/live", verify=deployment.certificate())


def test_plain_http_only_leads_to_https(deployment: Deployment) -> None:
    answer = httpx.get(f"http://localhost:{deployment.port + 1}/library?x=1")
    assert answer.status_code == 308
    assert answer.headers["Location"].startswith("https://localhost")
    assert answer.headers["Location"].endswith("/library?x=1")


def test_the_page_and_its_files_carry_the_headers_that_guard_them(stranger: httpx.Client) -> None:
    page = stranger.get("/library")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce is not None
    assert f'ngCspNonce="{nonce[1]}"' in page.text
    assert (
        re.search(r"'nonce-([^']+)'", stranger.get("/library").headers["Content-Security-Policy"])[1] != nonce[1]
    )  # type: ignore[index]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-cache"
    script = re.search(r'src="(main-[^"]+\.js)"', page.text)
    assert script is not None
    bundle = stranger.get(f"/{script[1]}", headers={"Accept-Encoding": "gzip"})
    assert bundle.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert bundle.headers["Content-Encoding"] == "gzip"
    for answer in (page, bundle, stranger.get("/api/v1/status"), stranger.get("/no.such.file")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers.get("Server", "nginx") == "nginx"
        assert answer.headers.get_list("X-Content-Type-Options") == ["nosniff"]


def test_without_a_token_nothing_but_the_doors_answers(stranger: httpx.Client) -> None:
    asked = 0
    for method, path, operation in operations_of(SCHEMA):
        if (method, path) in OPEN_TO_ALL:
            continue
        answer = stranger.request(method, path, **arguments_for(operation))
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        asked += 1
    assert asked >= 30


@pytest.mark.usefixtures("administrator")
def test_guessing_passwords_is_slowed_down(stranger: httpx.Client) -> None:
    statuses = [
        stranger.post(
            "/api/v1/session", json={"login": "nobody", "password": f"guess number {number}"}
        ).status_code
        for number in range(40)
    ]
    assert 429 in statuses
    assert set(statuses) <= {401, 429}


@OPERATIONS.exclude(operation_id="listen").parametrize()
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_nothing_makes_the_deployment_fail(case: Any, deployment: Deployment, script: dict[str, str]) -> None:
    case.call_and_validate(
        base_url=deployment.address,
        headers=script,
        checks=[not_a_server_error],
        verify=str(deployment.folder / "ca.pem"),
    )


@pytest.fixture(scope="module")
def administrator(deployment: Deployment) -> Iterator[httpx.Client]:
    """Signed in once: after the guessing above, this address may have to wait before it can sign in."""
    (deployment.folder / "ca.pem").write_text(deployment.authority())
    with deployment.sign_in() as client:
        yield client


@pytest.fixture
def script(administrator: httpx.Client) -> dict[str, str]:
    """The header of a script's token with every scope; a token of its own, for some operations revoke it."""
    wanted = {"name": "schemathesis", "scopes": ["read", "write", "admin"]}
    made = administrator.post("tokens", json=wanted).raise_for_status().json()
    return {"Authorization": f"Bearer {made['token']}"}
