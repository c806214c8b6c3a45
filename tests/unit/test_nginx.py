"""The front door says what the API and the embedded shape's page say: the same headers, policy and problems."""

import json
import os
import re
import subprocess
from http import HTTPStatus
from pathlib import Path

import pytest

from api import security, web
from api.bodies import MOST_BYTES
from api.schemas.problems import Problem

ROOT = Path(__file__).parents[2]
CONFIG = (ROOT / "nginx" / "nginx.conf").read_text(encoding="utf-8")
HEADERS = (ROOT / "nginx" / "headers.conf").read_text(encoding="utf-8")
DELIVERED = (ROOT / "nginx" / "delivered.conf").read_text(encoding="utf-8")
PROBLEMS = (ROOT / "nginx" / "problems.conf").read_text(encoding="utf-8")
PROXY = (ROOT / "nginx" / "proxy.conf").read_text(encoding="utf-8")


def _added(text: str) -> dict[str, str]:
    return dict(re.findall(r'^add_header (\S+) "?(.*?)"?(?: always)?;$', text, re.MULTILINE))


def test_its_own_answers_carry_the_headers_of_the_api() -> None:
    added = _added(HEADERS)
    policy = re.search(r'^set \$policy "(.*)";$', HEADERS, re.MULTILINE)
    assert policy is not None
    expected = {**security._ALWAYS}
    assert policy[1] == expected.pop("Content-Security-Policy")
    assert added.pop("Content-Security-Policy") == "$policy"
    assert {name: added[name] for name in expected} == expected
    rest = set(added) - set(expected)
    assert rest == {"X-Request-Id", "Cache-Control", "Strict-Transport-Security"}
    assert HEADERS.count("add_header") == HEADERS.count(" always;")


def test_the_page_has_the_policy_of_the_embedded_shape_with_a_nonce_of_its_own() -> None:
    policy = re.search(r'set \$policy "(default-src.*script-src.*)";', CONFIG)
    assert policy is not None
    assert policy[1] == security.page_policy("$request_id")
    for tag in ("<app-root", "<style"):
        assert f'sub_filter "{tag}"' in CONFIG
    assert 'ngCspNonce="$request_id"' in CONFIG
    assert '<style nonce="$request_id"' in CONFIG


def test_what_never_changes_is_cached_as_in_the_embedded_shape() -> None:
    assert f'location ~ "{web._HASHED.pattern}"' in CONFIG
    assert f'set $cache "{web._FOR_EVER}";' in CONFIG


def test_a_delivered_file_keeps_every_header_of_the_api() -> None:
    added = _added(DELIVERED)
    for name in (*security._ALWAYS, "X-Request-Id", "Vary"):
        assert added[name] == f"$upstream_http_{name.lower().replace('-', '_')}", name
    assert re.search(r"location \^~ /_data/ \{\s+internal;", CONFIG)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 408, 413, 414, 416, 421, 429, 431, 500, 502, 503, 504])
def test_what_it_refuses_is_a_problem(status: int) -> None:
    assert re.search(rf"^error_page \d+(?: ={status})? @{status};$", PROBLEMS, re.MULTILINE)
    block = re.search(rf"location @{status} {{(.*?)\n}}", PROBLEMS, re.DOTALL)
    assert block is not None
    assert "include headers.conf;" in block[1]
    answer = re.search(rf"return {status} '(.*)';", block[1])
    assert answer is not None
    assert "default_type application/problem+json;" in block[1]
    problem = Problem.model_validate(json.loads(answer[1]))
    assert problem.status == status == HTTPStatus(status)
    assert ("Retry-After" in block[1]) == (status in {429, 502, 503, 504})


def test_clients_cannot_say_who_they_are() -> None:
    set_to = dict(re.findall(r"^proxy_set_header (\S+) (.*);$", PROXY, re.MULTILINE))
    assert set_to["X-Forwarded-For"] == set_to["X-Real-IP"] == "$remote_addr"
    assert set_to["Forwarded"] == '""'
    assert set_to["X-Request-Id"] == "$request_id"
    assert set_to["X-Forwarded-Proto"] == "https"


def test_uploads_and_events_pass_straight_through() -> None:
    assert "http2" not in re.sub(r"#.*", "", CONFIG)
    streamed = re.search(r"location ~ (\S+) \{[^}]*proxy_request_buffering off;", CONFIG)
    assert streamed is not None
    for path in ("assets", "similar", "uploads", "uploads/1f0c"):
        assert re.search(streamed[1], f"/api/v1/{path}"), path
    assert not re.search(streamed[1], "/api/v1/session")
    assert re.search(r"location = /api/v1/events \{[^}]*proxy_buffering off;", CONFIG)
    limit = re.search(r"location \^~ /api/ \{[^}]*client_max_body_size (\d+)m;", CONFIG)
    assert limit is not None
    # the same: the api hangs up on a sender of more, which Nginx could only call a 502
    assert int(limit[1]) << 20 == MOST_BYTES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FOVEA_HOSTS", "a.example; return 200"),
        ("FOVEA_HOSTS", "a'b"),
        ("FOVEA_TRUSTED_PROXIES", "10.0.0.0/8; include /etc/passwd"),
        ("FOVEA_HSTS_S", "1; preload"),
        ("FOVEA_HTTPS_PORT", "8443}"),
        ("FOVEA_API", "api:8000/$uri"),
    ],
)
def test_a_setting_cannot_write_configuration(name: str, value: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(ROOT / "nginx" / "start.sh")],
        env={"PATH": os.environ["PATH"], "FOVEA_NGINX_RUN": str(tmp_path), name: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode == 1
    assert name in done.stderr
    assert list(tmp_path.iterdir()) == []
