"""PostgreSQL of the embedded shape: a server of our own in the data folder, reached by a socket only.

Every process that uses the data folder holds a shared lock on `<data>/postgres.users`; the last one out
stops the server. So `fovea list` works whether or not `fovea up` runs, and neither takes the server away
from the other.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psycopg

from core.errors import NoRoom, ServiceAway
from db.embedded_place import cluster_folder, keep_private, server_account, server_programs

_START_LIMIT_S = 300.0  # a crash recovery of a large library takes a while
_AGAIN_LIMIT_S = 30.0  # how long one that ends at once is started again
_LEAST_FREE_BYTES = 1_000_000
_MOST_LOG_BYTES = 1_000_000
_HELP = "start; free some space and try again. Nothing is lost"
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "recovery_init_sync_method": "syncfs",  # one call instead of an fsync for each of a thousand files
    "jit": "off",  # our statements are short; compiling them costs more than it saves
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedPostgres:
    """The server of one data folder. `start()` answers its URL, whoever started it; `release()` when done."""

    def __init__(self, data: Path) -> None:
        self._account = server_account()
        self._bin = server_programs(self._account)
        self._data = data.resolve()
        self._data.mkdir(parents=True, exist_ok=True)
        keep_private(self._data, self._account)
        self.cluster = cluster_folder(self._data, self._account)
        self._lock: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None  # when it was us who launched the server

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/fovea?host={self._socket}"

    @property
    def _socket(self) -> Path:
        # A socket's path may be 107 bytes at most, and data folders can lie deep.
        inside = self.cluster.parent / "socket"
        if len(str(inside)) < 90:
            return inside
        digest = hashlib.sha256(str(self.cluster).encode()).hexdigest()[:16]
        return Path("/tmp") / f"fovea-{self._account.uid}-{digest}"  # noqa: S108 (a 0700 folder, checked below)

    def start(self) -> str:
        """Make sure the server runs and the database exists. Raises ServiceAway, in the server's words, NoRoom."""
        with (self._data / "postgres.starting").open("wb") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if self._lock is None:
                self._lock = (self._data / "postgres.users").open("wb")
                fcntl.flock(self._lock, fcntl.LOCK_SH)
            if not self._answers():
                self._prepare()
                self._launch()
            self._ensure_database()
        return self.url

    def release(self) -> None:
        """Leave; the last one out stops the server."""
        if self._lock is None:
            return
        with (self._data / "postgres.starting").open("wb") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self._process is not None:
                    self._process.returncode = 0  # somebody else uses it: no longer ours to wait for
            else:
                self._stop()
            self._lock.close()
            self._lock = None

    def pid(self) -> int | None:
        """The server's process id, as its own file says; None when it has none."""
        try:
            return int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError, PermissionError):
            return None

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        return self._answers()

    def _answers(self) -> bool:
        if self._process is not None:
            self._process.poll()  # reaps a killed child, whose lock would stay valid otherwise
        try:
            psycopg.connect(f"postgresql://postgres@/postgres?host={self._socket}", connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare(self) -> None:
        socket = self._socket
        socket.mkdir(mode=0o700, parents=True, exist_ok=True)
        if socket.is_symlink() or socket.stat().st_uid not in (0, self._account.uid):
            raise ServiceAway(f"{socket} belongs to somebody else; remove it")
        socket.chmod(0o700)
        self.cluster.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._account.other:
            os.chown(socket, self._account.uid, self._account.gid)
            os.chown(self.cluster, self._account.uid, self._account.gid)
        if not (self.cluster / "PG_VERSION").exists():
            if (self.cluster / "global" / "pg_control").exists():
                raise ServiceAway(
                    f"{self.cluster} holds a database whose file PG_VERSION is lost; it is left as it is"
                )
            for left_over in self.cluster.iterdir():  # an initdb that was cut off
                shutil.rmtree(left_over) if left_over.is_dir() else left_over.unlink()
            command = ["initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", "postgres"]
            self._run([*command, "--data-checksums", "-D", str(self.cluster)])

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(
            [str(self._bin / command[0]), *command[1:]],
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        if done.returncode != 0:
            raise ServiceAway(f"PostgreSQL's {command[0]} failed: {done.stderr.strip()[-2000:]}")

    def _as_user(self) -> dict[str, Any]:
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(self._data)}
        if not self._account.other:
            return {"env": environment, "cwd": "/"}
        return {
            "env": environment,
            "cwd": "/",
            "user": self._account.uid,
            "group": self._account.gid,
            "extra_groups": [],
        }

    def _launch(self) -> None:
        if self._process is not None:
            # A killed one dies a moment after it stopped answering; until it was waited for its lock is valid.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        log_path = self.cluster.parent / "postgres.log"
        began = log_path.stat().st_size if log_path.exists() else 0
        deadline = time.monotonic() + _START_LIMIT_S
        again_until = time.monotonic() + _AGAIN_LIMIT_S
        while True:
            with log_path.open("ab") as log:
                # Its own session: Ctrl-C on the terminal must reach `fovea up` only, which stops it last.
                process = self._process = subprocess.Popen(
                    [
                        str(self._bin / "postgres"),
                        "-D",
                        str(self.cluster),
                        "-k",
                        str(self._socket),
                        *settings,
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    **self._as_user(),
                )
            while process.poll() is None:
                if self._answers():
                    return
                if time.monotonic() > deadline:
                    process.send_signal(signal.SIGINT)
                    raise ServiceAway(f"PostgreSQL does not become ready; see {log_path}")
                time.sleep(0.05)
            self._must_have_room(log_path, began)
            # After a kill -9 its children may hold shared memory for a moment more: try again.
            if time.monotonic() > again_until:
                tail = log_path.read_text(errors="replace")[-2000:]
                raise ServiceAway(f"PostgreSQL does not start; the end of {log_path}:\n{tail}")
            time.sleep(0.5)

    def _must_have_room(self, log_path: Path, began: int) -> None:
        """On a full disk the server cannot even write down that it runs. Raises NoRoom."""
        with log_path.open("rb") as log:
            log.seek(began)
            said = log.read(_MOST_LOG_BYTES)
        free = shutil.disk_usage(self._data).free
        if free < _LEAST_FREE_BYTES or b"No space left on device" in said or b"Disk quota exceeded" in said:
            raise NoRoom(
                f"the disk of {self._data} is full ({free:,} bytes free), so that the database cannot {_HELP}"
            )

    def _ensure_database(self) -> None:
        url = f"postgresql://postgres@/postgres?host={self._socket}"
        with psycopg.connect(url, autocommit=True) as connection:
            if not connection.execute("select 1 from pg_database where datname = 'fovea'").fetchone():
                connection.execute("create database fovea")

    def _stop(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)  # "fast": ends sessions, writes a checkpoint
        deadline = time.monotonic() + 30
        while self.pid() == pid and _runs(pid) and time.monotonic() < deadline:
            if self._process is not None:
                self._process.poll()
            time.sleep(0.02)
        if self._process is not None:
            self._process.wait(10)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
