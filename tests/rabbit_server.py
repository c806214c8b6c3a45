"""A real RabbitMQ for tests: an own child with its own ports and folder, as any user; killed and started at will.

The wrapper in Debian's /usr/sbin refuses plain users and writes to the system's folders; the program behind it
does neither. So that nothing outlives the test, Erlang's name server, which would stay behind, is our child too.
"""

import logging
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
import psutil

from bus.rabbit_queues import Queues
from bus.rabbit_server import BROKEN
from tests.running import free_port

START_LIMIT_S = 90.0
_DIE_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
_PROGRAMS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/sbin/rabbitmq-server")


class RabbitServer:
    """RabbitMQ on the loopback interface. `start` and `kill` may alternate; durable queues stay."""

    def __init__(self, settings: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fovea-rabbit-"))
        self._port, self._tls_port, self._erlang_port, self._names_port = (free_port() for _ in range(4))
        self._settings = settings.format(tls_port=self._tls_port)
        self._node = f"fovea-{uuid4().hex[:8]}@localhost"
        self._server: subprocess.Popen[bytes] | None = None
        self._names: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self._port}/"

    def tls_url(self, trusted: Path | None) -> str:
        """For a server whose settings have a TLS listener at {tls_port}; `trusted` is the authority besides the
        machine's own."""
        options = f"?ssl_options=%7B'cafile':'{trusted}'%7D" if trusted else ""
        return f"amqps://guest:guest@localhost:{self._tls_port}/{options}"

    def start(self) -> None:
        """Returns once it takes connections."""
        (self.folder / "rabbitmq.conf").write_text(f"log.console.level = warning\n{self._settings}")
        (self.folder / "plugins").write_text("[].\n")
        environment = self._environment()
        with (self.folder / "log").open("ab") as log:
            if self._names is None:
                names = [*_DIE_WITH_US, "epmd", "-port", str(self._names_port), "-address", "127.0.0.1"]
                self._names = subprocess.Popen(names, stdout=log, stderr=log)
                self._until(lambda: _listens(self._names_port))  # or Erlang starts one that nobody would end
            program = next((program for program in _PROGRAMS if Path(program).exists()), None)
            assert program is not None, "rabbitmq-server is missing: setup/system_packages.sh test"
            # A group of its own: the shell that starts Erlang and Erlang's helpers are killed together with it.
            self._server = subprocess.Popen(
                [*_DIE_WITH_US, program],
                env=environment,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        self._until(self.answers)

    def answers(self) -> bool:
        """Whether it takes a connection."""
        logging.getLogger("pika").setLevel(logging.CRITICAL)  # it would tell of each try at length
        try:
            pika.BlockingConnection(pika.URLParameters(self.url)).close()
        except BROKEN:
            return False
        return True

    def kill(self) -> None:
        """kill -9, of all its processes at once."""
        if self._server is not None:
            self._signal(signal.SIGKILL)
            self._server.wait(30)
            self._server = None

    def pause(self) -> None:
        """It hangs: connections stay open, and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """Stop it for good; nothing of it stays. Nobody needs what it holds, so it need not end well."""
        self.kill()
        if self._names is not None:
            self._names.kill()
            self._names.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def processes(self) -> list[psutil.Process]:
        """All of its processes."""
        assert self._server is not None
        server = psutil.Process(self._server.pid)
        return [server, *server.children(recursive=True)]

    def memory_mb(self) -> float:
        """Resident memory of its processes."""
        return round(sum(process.memory_info().rss for process in self.processes()) / 1e6, 1)

    def _until(self, there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while not there():
            ended = self._server is not None and self._server.poll() is not None
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"RabbitMQ did not start:\n{(self.folder / 'log').read_text()[-4000:]}")
            time.sleep(0.1)

    def _signal(self, number: signal.Signals) -> None:
        assert self._server is not None
        os.killpg(self._server.pid, number)

    def _environment(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            "HOME": folder,  # of Erlang's cookie
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(self._erlang_port),
            "ERL_EPMD_PORT": str(self._names_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/logs",
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/none",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            # Without these two a shell would stand between us and Erlang, and outlive a kill -9.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_START_ARGS": "-noinput",
            # One scheduler that sleeps when there is nothing to do: two processors have the tests to run as well.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none",
        }


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def ask(url: str, question: Callable[[Any], Any]) -> Any:
    """The answer of a channel of its own."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        return question(connection.channel())
    finally:
        if connection.is_open:
            connection.close()


def make_queue(url: str, queues: Queues, name: str) -> Any:
    """The broker's answer says how many messages wait in it."""
    return ask(url, lambda channel: channel.queue_declare(name, durable=True, arguments=queues.arguments(name)))


def remove_queues(url: str, queues: Queues, *analyses: str) -> None:
    """A test's own queues, out of a broker that others use as well."""
    for name in [queues.dead, *(queues.name(*lane) for lane in queues.names(analyses))]:
        ask(url, lambda channel, name=name: channel.queue_delete(name))
