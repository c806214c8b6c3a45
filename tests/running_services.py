"""Real `fovea service` processes for tests: each with its own sign of life and its log as JSON lines."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.running import free_port


def wait_until(condition: Callable[[], Any], what: str, limit_s: float = 120.0) -> Any:
    """What `condition` answers once it is true."""
    deadline = time.monotonic() + limit_s
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not in {limit_s:.0f} s: {what}"
        time.sleep(0.05)
    return answer


@dataclass
class Service:
    """One process of the deployed shape."""

    process: "subprocess.Popen[bytes]"
    log: Path
    environment: dict[str, str]

    def lines(self) -> list[dict[str, Any]]:
        """What it wrote, each line as JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def said(self, text: str) -> bool:
        return any(text in line["text"] for line in self.lines())

    def wait_until_said(self, text: str, limit_s: float = 120.0) -> None:
        def said_or_ended() -> bool:
            if self.said(text):
                return True
            assert self.process.poll() is None, f"it ended:\n{self.log.read_text()[-3000:]}"
            return False

        wait_until(said_or_ended, f"{text!r} in\n{self.log}", limit_s)

    def healthy(self) -> int:
        """The exit code of its health check."""
        command = [sys.executable, "-m", "fovea.main", "service", "healthy"]
        return subprocess.run(command, env=self.environment, check=False, capture_output=True).returncode

    def end(self, number: int = signal.SIGTERM, limit_s: float = 30.0) -> tuple[int, float]:
        """Signal it; its exit code, and how many seconds it took to end."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(limit_s)
        return code, time.monotonic() - began


@dataclass
class RunningServices:
    """An installation of the deployed shape without containers: PostgreSQL alone delivers and keeps tokens."""

    folder: Path
    database_url: str
    port: int = field(default_factory=free_port)
    services: list[Service] = field(default_factory=list)

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def start(self, *arguments: str, **more: str) -> Service:
        """`fovea service …`; returns at once. `more`: variables of its environment."""
        for name in ("data", "inbox"):
            (self.folder / name).mkdir(exist_ok=True)
        name = f"{len(self.services)}-{arguments[0]}"
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("FOVEA_")},
            "FOVEA_DATABASE_URL": self.database_url,
            "FOVEA_DATA": str(self.folder / "data"),
            "FOVEA_INBOX": str(self.inbox),
            "FOVEA_PORT": str(self.port),
            "FOVEA_BEAT": str(self.folder / f"{name}.beat"),
            **more,
        }
        log = self.folder / f"{name}.log"
        with log.open("ab") as opened:
            command = [sys.executable, "-m", "fovea.main", "service", *arguments]
            process = subprocess.Popen(command, stdout=opened, stderr=opened, env=environment)
        service = Service(process, log, environment)
        self.services.append(service)
        return service

    def kill_all(self) -> None:
        for service in self.services:
            with suppress(ProcessLookupError):
                service.process.kill()
            service.process.wait()
