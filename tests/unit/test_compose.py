"""docker-compose.yml holds its promises: checked in every service, so that a new one cannot forget them."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import ApiSettings
from fovea.settings import Settings
from workers.catalogue import find_analyses

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOTS = {"migrate", "weights"}
OUR_IMAGE = "${FOVEA_IMAGE:-fovea}:${FOVEA_VERSION:-latest}"
OURS = {name for name, one in SERVICES.items() if one["image"] == OUR_IMAGE}
SOURCES = [ROOT / "docker-compose.yml", *ROOT.glob("docker-compose.*.yml")]


@pytest.fixture(params=sorted(SERVICES))
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    return {"name": request.param, **SERVICES[request.param]}


def test_every_service_says_whether_it_is_well_or_ends(service: dict[str, Any]) -> None:
    check = service["healthcheck"]
    if service["name"] in ONE_SHOTS:
        assert check == {"disable": True}
        assert service["restart"] == "no"
    else:
        assert check["test"][0] == "CMD"
        assert {"interval", "timeout", "start_period"} <= set(check)
        assert service["restart"] == "unless-stopped"


def test_no_service_has_more_rights_than_its_user(service: dict[str, Any]) -> None:
    uid, _, gid = service["user"].partition(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert not service.get("privileged", False)
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all("docker.sock" not in str(volume) for volume in service.get("volumes", ()))


def test_every_service_has_limits(service: dict[str, Any]) -> None:
    assert service["mem_limit"]
    assert service["cpus"]
    assert service["pids_limit"] <= 1024
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    for place in service["tmpfs"]:  # memory too
        assert place.startswith(("/tmp:size=", "/var/run/", "/var/log/", "/data/configdb"))  # noqa: S108


def test_only_nginx_can_be_reached_from_outside(service: dict[str, Any]) -> None:
    assert ("ports" in service) == (service["name"] == "nginx")
    inner = {name for name, one in COMPOSE["networks"].items() if (one or {}).get("internal")}
    outer = set(service.get("networks", ())) - inner
    assert bool(outer) == (service["name"] in {"nginx", "weights"})


def test_what_is_waited_for_is_waited_for_by_its_state(service: dict[str, Any]) -> None:
    for name, condition in service.get("depends_on", {}).items():
        expected = "service_completed_successfully" if name in ONE_SHOTS else "service_healthy"
        assert condition == {"condition": expected}, name


def test_replicas_are_possible(service: dict[str, Any]) -> None:
    assert "container_name" not in service
    assert "hostname" not in service or service["name"] == "rabbitmq"


def test_every_analysis_has_its_worker() -> None:
    commands = {one["command"][2] for name, one in SERVICES.items() if name.startswith("worker-")}
    assert commands == set(find_analyses())
    for name in find_analyses():
        assert SERVICES[f"worker-{name}"]["command"] == ["service", "worker", name]


def test_workers_write_nothing_but_previews() -> None:
    for name in find_analyses():
        writable = [one for one in SERVICES[f"worker-{name}"]["volumes"] if not one.endswith(":ro")]
        expected = ["${FOVEA_PREVIEWS:-previews}:/data/derived"] if name == "preview" else []
        assert writable == expected


def test_every_service_of_ours_runs_a_verb_that_exists() -> None:
    from fovea.service import services  # noqa: PLC0415 - only here

    verbs = {command.name for command in services.registered_commands}
    used = {SERVICES[name]["command"][1] for name in OURS}
    assert used | {"healthy", "files"} == verbs, "files: of docker-compose.s3.yml"


class _Overriding(yaml.SafeLoader):
    """Compose's own tags say how lists are merged; what they hold is read as it stands."""


_Overriding.add_constructor("!override", lambda loader, node: loader.construct_sequence(node, deep=True))


def test_with_a_bucket_workers_have_neither_its_keys_nor_a_way_out() -> None:
    text = (ROOT / "docker-compose.s3.yml").read_text(encoding="utf-8")
    changed = yaml.load(text, _Overriding)["services"]  # noqa: S506 - a safe loader, with one tag more
    workers = {f"worker-{name}" for name in find_analyses()}
    assert set(changed) == workers | {"api", "migrate", "reconciler", "inbox", "files"}
    for name in workers:
        assert "secrets" not in changed[name]
        assert "networks" not in changed[name]
        assert changed[name]["environment"] == {"FOVEA_FILES_URL": "http://files:8000"}
        writable = [volume for volume in changed[name]["volumes"] if not volume.endswith(":ro")]
        assert writable == ["/data"], "a volume of its own"
        assert SERVICES[name]["secrets"] == ["fovea_database_url", "fovea_broker_url"]
        assert SERVICES[name]["networks"] == ["back"]
    assert "outside" in changed["files"]["networks"]


def test_images_of_others_can_be_pinned_by_digest(tmp_path: Path) -> None:
    """The script reads names and tags out of the compose file; a registry of our own answers here as a program."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    named = dict(re.findall(r"\$\{(FOVEA_[A-Z]+_IMAGE):-([^}]+)\}", text))
    images = [one["image"] for one in SERVICES.values() if "build" not in one and one["image"] != OUR_IMAGE]
    assert len(named) == 5
    assert all(re.fullmatch(r"\$\{FOVEA_[A-Z]+_IMAGE:-[^}]+\}", image) for image in images)
    for one in SERVICES.values():
        assert (
            "build" not in one
            or one["build"]["args"]["BASE"] == "${FOVEA_PYTHON_IMAGE:-python:3.11-slim-bookworm}"
        )
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    digest = f"sha256:{'a' * 64}"
    docker.write_text(f'#!/bin/sh\n[ "$4" != gone ] || exit 1\necho "Name: $4"\necho "Digest:    {digest}"\n')
    docker.chmod(0o755)
    pinned = tmp_path / ".env"
    pinned.write_text("FOVEA_CPUS=3\nFOVEA_MONGODB_IMAGE=mongo:8.0\n")
    script = [str(ROOT / "containers" / "pin_images.sh")]
    environment = {"PATH": f"{docker.parent}:/usr/bin:/bin"}
    for _ in range(2):
        subprocess.run([*script, str(pinned)], check=True, capture_output=True, env=environment)
        lines = dict(line.split("=", 1) for line in pinned.read_text().splitlines())
        assert lines == {"FOVEA_CPUS": "3", **{name: f"{tag}@{digest}" for name, tag in named.items()}}
    docker.write_text("#!/bin/sh\nexit 1\n")
    assert subprocess.run([*script, str(pinned)], check=True, capture_output=True, env=environment).stdout == b""
    failed = subprocess.run([*script, "--update", str(pinned)], check=False, capture_output=True, env=environment)
    assert failed.returncode == 1
    assert b"does not tell its digest" in failed.stderr
    assert f"mongo:8.0@{digest}" in pinned.read_text(), "as it was"


def test_no_secret_is_written_down() -> None:
    named = set(COMPOSE["secrets"])
    for name, one in COMPOSE["secrets"].items():
        assert one == {"file": "${FOVEA_SECRETS:-./secrets}/" + name}
    for service in SERVICES.values():
        assert set(service.get("secrets", ())) <= named
        for variable, value in (service.get("environment") or {}).items():
            secret = re.search("PASSWORD|SECRET|TOKEN|_URL", variable)
            assert not secret or variable.endswith("_FILE") or variable == "FOVEA_WITHOUT_PASSWORD", variable
            assert "://" not in str(value) or "@" not in str(value)


def test_every_setting_is_explained_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for source in SOURCES:
        asked = set(re.findall(r"\$\{(\w+)", source.read_text(encoding="utf-8")))
        assert {name for name in asked if f"{name}=" not in example} == set(), source.name
    said = set(re.findall(r"^#?\s?(FOVEA_\w+)=", example, re.MULTILINE))
    used = set(re.findall(r"\$\{(\w+)", "".join(one.read_text(encoding="utf-8") for one in SOURCES)))
    assert said <= used, "explained, but nothing looks at it"


def test_every_environment_variable_is_a_setting() -> None:
    known = {f"FOVEA_{name.upper()}" for kind in (Settings, ApiSettings) for name in kind.model_fields}
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= known, name


def test_only_what_an_image_needs_is_sent_to_its_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    assert not let_in & {"secrets", "data", "inbox", ".env", ".git", "tests"}
    copied = set()
    for dockerfile in (*ROOT.glob("containers/*.Dockerfile"), ROOT / "ssl_generation" / "Dockerfile"):
        text = dockerfile.read_text(encoding="utf-8")
        assert "://" not in text, dockerfile.name
        assert not text.startswith("# syntax="), dockerfile.name
        for line in re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", text, re.MULTILINE):
            copied |= {word.split("/")[0] for word in line.split()}
    assert copied <= let_in


def test_secrets_are_made_once_and_only_their_owner_gets_to_them(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make = [str(ROOT / "containers" / "secrets.sh"), str(folder)]
    subprocess.run(make, check=True, capture_output=True)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(COMPOSE["secrets"]) <= set(made)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o444}
    words = [made[name] for name in made if name.endswith("_password")]
    assert len(set(words)) == len(words)
    assert all(re.fullmatch("[0-9a-f]{64}", word) for word in words)
    assert subprocess.run(make, check=True, capture_output=True).stdout == b""
    assert {path.name: path.read_text() for path in folder.iterdir()} == made


def test_secrets_fit_what_reads_them(tmp_path: Path) -> None:
    import base64  # noqa: PLC0415
    import hashlib  # noqa: PLC0415

    from fovea.processes.demands import refuse_bad_settings  # noqa: PLC0415

    subprocess.run([str(ROOT / "containers" / "secrets.sh"), str(tmp_path / "s")], check=True, capture_output=True)
    read = {path.name: path.read_text() for path in (tmp_path / "s").iterdir()}
    urls = {name: read[f"fovea_{name}"] for name in ("database_url", "broker_url", "mongodb_url")}
    refuse_bad_settings(Settings(**urls))
    assert read["postgres_fovea_password"] in urls["database_url"]
    assert read["mongodb_fovea_password"] in urls["mongodb_url"]
    user = json.loads(read["rabbitmq_definitions"])["users"][0]
    hashed = base64.b64decode(user["password_hash"])
    assert hashed[4:] == hashlib.sha256(hashed[:4] + read["rabbitmq_password"].encode()).digest()
    assert read["rabbitmq_password"] in urls["broker_url"]


def test_secrets_can_be_made_by_a_plain_user() -> None:
    script = (ROOT / "containers" / "secrets.sh").read_bytes()
    with tempfile.TemporaryDirectory() as name:
        who: dict[str, int] = {}
        if os.geteuid() == 0:  # else it is a plain user who tests
            os.chown(name, 65534, 65534)
            who = {"user": 65534, "group": 65534}
        subprocess.run(["sh", "-s", f"{name}/secrets"], input=script, cwd=name, check=True, **who)
        made = [path.stat() for path in Path(name, "secrets").iterdir()]
        assert len(made) >= len(COMPOSE["secrets"])
        assert {one.st_uid for one in made} == {who.get("user", os.geteuid())}
