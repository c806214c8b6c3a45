"""The whole platform in containers, as `docker compose` brings it up; asked, killed and cut off by the tests.

Everything goes through the project's own compose file. tests/deploy/compose.yml only adds what a test needs:
weights that are there already, a small disk, a folder that is looked at in place.
"""

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from core.errors import ServiceAway
from db.connect import connect
from tests.running import PASSWORD

ROOT = Path(__file__).parents[2]
COMPOSE_FILES = [ROOT / "docker-compose.yml", ROOT / "tests" / "deploy" / "compose.yml"]
WORKERS = ("metadata", "preview", "objects", "faces", "text", "speech", "embedding", "meaning")
UP_LIMIT_S = 300
_CONTAINER_USER = 10001


class ComposeFailed(AssertionError):
    """A command of docker compose ended with an error."""


@dataclass
class Deployment:
    """One deployment named `project`. `folder` holds its secrets, its settings and files to look at in place."""

    folder: Path
    project: str
    port: int
    settings: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def of(folder: Path) -> "Deployment":
        """The deployment that another process brought up, and wrote down in its folder."""
        said = json.loads((folder / "deployment.json").read_text())
        return Deployment(folder, said["project"], said["port"])

    def write_down(self) -> None:
        """For `of`."""
        said = {"project": self.project, "port": self.port}
        (self.folder / "deployment.json").write_text(json.dumps(said))

    @property
    def originals(self) -> Path:
        """The volume of originals: a disk of its own, small enough to be filled."""
        return self.folder / "originals"

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}"

    def variables(self) -> dict[str, str]:
        """What the compose files are filled with."""
        return {
            **os.environ,
            "COMPOSE_PROJECT_NAME": self.project,
            "FOVEA_HTTPS_PORT": str(self.port),
            "FOVEA_HTTP_PORT": str(self.port + 1),
            "FOVEA_SECRETS": str(self.folder / "secrets"),
            "FOVEA_TEST_FOLDER": str(self.folder),
            "FOVEA_ORIGINALS": str(self.originals),
            **self.settings,
        }

    def compose(self, *arguments: str, limit_s: float = 600, check: bool = True) -> str:
        """`docker compose …`; what it printed. Raises ComposeFailed."""
        files = [part for file in COMPOSE_FILES for part in ("-f", str(file))]
        done = subprocess.run(
            ["docker", "compose", *files, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_s,
            env=self.variables(),
            cwd=ROOT,
        )
        if check and done.returncode != 0:
            raise ComposeFailed(
                f"docker compose {' '.join(arguments)}\n{done.stdout[-4000:]}\n{done.stderr[-6000:]}"
            )
        return done.stdout

    def up(self, *arguments: str) -> float:
        """Bring everything up and wait until it is healthy; seconds it took."""
        began = time.monotonic()
        try:
            self.compose("up", "-d", "--wait", "--wait-timeout", str(UP_LIMIT_S), *arguments)
        except ComposeFailed as failure:
            logs = self.compose("logs", "--no-color", "--tail", "30", check=False)
            raise ComposeFailed(f"{failure}\n{logs[-12000:]}") from failure
        return time.monotonic() - began

    def down(self) -> None:
        """End it, and forget what it stored."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "20", check=False)

    def command(self, *arguments: str, limit_s: float = 700) -> subprocess.CompletedProcess[str]:
        """A verb of `fovea`, by the operator, inside the api's container."""
        files = [part for file in COMPOSE_FILES for part in ("-f", str(file))]
        return subprocess.run(
            ["docker", "compose", *files, "exec", "-T", "api", "fovea", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_s,
            env=self.variables(),
            cwd=ROOT,
        )

    def containers(self, service: str) -> list[str]:
        """The ids of a service's running containers."""
        return self.compose("ps", "-q", service).split()

    def inspect(self, container: str) -> dict[str, Any]:
        """What the engine knows of a container."""
        shown = subprocess.run(["docker", "inspect", container], capture_output=True, text=True, check=True)
        answer: dict[str, Any] = json.loads(shown.stdout)[0]
        return answer

    def kill(self, service: str) -> int:
        """kill -9 of each of a service's containers, as if its machine lost power; how many.

        From outside: after `docker kill` the engine would not start them again by itself.
        """
        pids = [self.inspect(each)["State"]["Pid"] for each in self.containers(service)]
        for pid in pids:
            if pid:
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def restarts(self, service: str) -> int:
        """How often the engine started a service's containers again."""
        return sum(self.inspect(each)["RestartCount"] for each in self.containers(service))

    def host_of(self, service: str) -> str:
        """The address of a service's first container, reachable from the machine of the engine."""
        networks = self.inspect(self.containers(service)[0])["NetworkSettings"]["Networks"]
        return next(str(each["IPAddress"]) for each in networks.values() if each["IPAddress"])

    def secret(self, name: str) -> str:
        """One of the generated secrets."""
        return (self.folder / "secrets" / name).read_text().strip()

    def database_url(self) -> str:
        """The database, from outside of the containers."""
        return self.secret("fovea_database_url").replace("@postgres:", f"@{self.host_of('postgres')}:")

    def broker_url(self) -> str:
        """The broker, from outside of the containers."""
        return self.secret("fovea_broker_url").replace("@rabbitmq:", f"@{self.host_of('rabbitmq')}:")

    def ask(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Rows from the database."""
        with connect(self.database_url()) as connection:
            return connection.execute(sql, values).fetchall()  # type: ignore[arg-type]

    def mongodb_url(self) -> str:
        """The token store, from outside of the containers."""
        return self.secret("fovea_mongodb_url").replace("@mongodb:", f"@{self.host_of('mongodb')}:")

    def wait_until_done(self, assets: int, limit_s: float = 900) -> None:
        """Until so many assets are there and no job is left to do."""
        deadline = time.monotonic() + limit_s
        while True:
            try:
                row = self.ask(
                    "select (select count(*)::int from asset) as assets,"
                    " (select count(*)::int from job where state in ('waiting', 'running')) as left"
                )[0]
            except (ServiceAway, psycopg.Error, ComposeFailed, StopIteration, IndexError):
                row = {}  # the database may be starting again just now
            if row and row["assets"] >= assets and row["left"] == 0:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"not done in {limit_s:.0f} s: {row}\n{self.logs()}")
            time.sleep(0.5)

    def logs(self, *services: str, lines: int = 40) -> str:
        """The last lines of each service."""
        return self.compose("logs", "--no-color", "--tail", str(lines), *services, check=False)[-12000:]

    def claim_link(self) -> str:
        """The newest one-time link for making the administrator."""
        printed = self.compose("logs", "--no-color", "--no-log-prefix", "migrate", "api")
        claims = re.findall(r"/first-start#([\w-]+)", printed)
        return f"{self.address}/first-start#{claims[-1]}"

    def authority(self) -> str:
        """The certificate of this deployment's own authority, as PEM."""
        return self.compose("exec", "-T", "nginx", "cat", "/certificates/ca.pem")

    def certificate(self) -> ssl.SSLContext:
        """Trusts this deployment's own certificate authority and nobody else."""
        return ssl.create_default_context(cadata=self.authority())

    @contextmanager
    def with_clock_off(self, offset: str, service: str) -> Iterator[None]:
        """The service's wall clock is wrong by `offset` ("+1h"), as libfaketime has it; afterwards it is right."""
        library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        before = dict(self.settings)
        self.settings |= {"FOVEA_TEST_PRELOAD": "/clock/libfaketime.so.1", "FOVEA_TEST_CLOCK": str(library.parent)}
        self.settings["FOVEA_TEST_OFFSET"] = offset
        try:
            self.up("--no-deps", service)
            yield
        finally:
            self.settings = before
            self.up("--no-deps", service)

    @contextmanager
    def sign_in(self) -> Iterator[httpx.Client]:
        """A client signed in as the administrator, who is made when there is none."""
        with httpx.Client(
            base_url=f"{self.address}/api/v1/", verify=self.certificate(), headers={"X-Fovea": "1"}, timeout=120
        ) as client:
            who = {"login": "anna", "password": PASSWORD}
            if not client.get("first-start").raise_for_status().json()["claimed"]:
                claim = self.claim_link().split("#", 1)[1]
                client.post("first-start", json={**who, "claim": claim}).raise_for_status()
            else:
                client.post("session", json=who).raise_for_status()
            yield client


def free_port_pair() -> int:
    """A port that is free, as is the one after it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("", port + 1))
            except OSError:
                continue
            return port


def docker(*arguments: str, check: bool = True) -> str:
    """A command of the engine; what it printed."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=check)
    return done.stdout


def remove_all(project: str, folder: Path) -> None:
    """Take away a test's secrets and files."""
    subprocess.run(["umount", str(folder / "originals")], check=False)
    docker("network", "prune", "--force", "--filter", f"label=com.docker.compose.project={project}", check=False)
    shutil.rmtree(folder, ignore_errors=True)


def make_disk(folder: Path, size: str = "1500m") -> None:
    """A small disk in memory that the containers' user owns, with the place where previews are mounted."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    for each in (folder, folder / "derived"):
        each.mkdir(exist_ok=True)
        os.chown(each, _CONTAINER_USER, _CONTAINER_USER)


def wait_for(what: str, holds: Any, limit_s: float = 60.0, every_s: float = 0.5) -> None:
    """Until `holds()` is true. Raises AssertionError that names `what`."""
    deadline = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {limit_s:.0f} s")
        time.sleep(every_s)


def several(arguments: Sequence[str], times: int) -> list[str]:
    """`--scale` for each service named."""
    return [part for name in arguments for part in ("--scale", f"{name}={times}")]
