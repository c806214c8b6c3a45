"""A real `fovea up` for tests: its own data folder, inbox and port; started, talked to, killed, stopped."""

import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from core.errors import ServiceAway
from db.connect import connect
from db.embedded import EmbeddedPostgres
from library.taken import TAKEN

READY_LIMIT_S = 300.0
PASSWORD = "a long enough password"


def free_port() -> int:
    """A port that is free now, and stays so while its server is started anew: below those that the kernel gives to
    whoever connects to somewhere."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass
class RunningFovea:
    """One installation below `folder`. `start` and `stop` may alternate; what is stored stays."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def log(self) -> Path:
        return self.folder / "up.log"

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}"

    def start(self) -> None:
        """`fovea up`; returns once it said that it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        already = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fovea.main", "up"], stdout=log, stderr=log, env=self.variables()
            )
        deadline = time.monotonic() + READY_LIMIT_S
        while b"Fovea is ready" not in self.log.read_bytes()[already:]:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"fovea up did not become ready:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)

    def stop(self) -> int:
        """Ctrl-C; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(120)
        self.process = None
        return code

    def variables(self) -> dict[str, str]:
        return {
            **os.environ,
            "FOVEA_DATA": str(self.data),
            "FOVEA_INBOX": str(self.inbox),
            "FOVEA_PORT": str(self.port),
            **self.environment,
        }

    def command(self, *arguments: str, limit_s: float = 700) -> subprocess.CompletedProcess[str]:
        """Another verb of `fovea` on the same data folder."""
        return subprocess.run(
            [sys.executable, "-m", "fovea.main", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_s,
            env=self.variables(),
        )

    def children(self) -> list[psutil.Process]:
        """Worker and web processes of `fovea up`, without PostgreSQL."""
        assert self.process is not None
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in found if _command(child).find("fovea.") >= 0]

    def postgres(self) -> psutil.Process | None:
        """The database server of the data folder."""
        try:
            pid = int((self.data / "postgres" / "cluster" / "postmaster.pid").read_text().split("\n", 1)[0])
            return psutil.Process(pid)
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None

    def kill_everything(self) -> None:
        """kill -9 of `fovea up`, all its children and the database at once: a power cut."""
        assert self.process is not None
        server = self.postgres()
        everyone = [*psutil.Process(self.process.pid).children(recursive=True)]
        everyone += [server, *server.children(recursive=True)] if server else []
        self.process.kill()
        for each in everyone:
            try:
                each.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.wait()
        psutil.wait_procs(everyone, timeout=60)
        self.process = None

    def database_url(self) -> str:
        return EmbeddedPostgres(self.data).url

    def unfinished(self) -> int:
        """How many jobs are still to be done."""
        with connect(self.database_url()) as connection:
            row = connection.execute(
                "select count(*)::int as n from job where state in ('waiting', 'running')"
            ).fetchone()
        assert row is not None
        return int(row["n"])

    def unfinished_or_unknown(self) -> int:
        """Like `unfinished`, 1 while the database cannot be asked."""
        try:
            return self.unfinished()
        except (ServiceAway, psycopg.Error):
            return 1

    def workers_on_their_last_try(self) -> set[str]:
        """Workers holding a job that two died on: a third death sets the file aside, which test_jobs.py proves."""
        try:
            with connect(self.database_url()) as connection:
                rows = connection.execute(
                    "select leased_by from job where state = 'running' and crashes >= 2"
                ).fetchall()
        except (ServiceAway, psycopg.Error):
            return set()
        return {row["leased_by"].rpartition("/")[0] for row in rows}

    def wait_until_done(self, assets: int, limit_s: float = 700) -> None:
        """Until so many assets are there and no job is left to do."""
        deadline = time.monotonic() + limit_s
        while True:
            try:
                with connect(self.database_url()) as connection:
                    row = connection.execute(
                        "select (select count(*)::int from asset) as assets,"
                        " (select count(*)::int from job where state in ('waiting', 'running')) as left"
                    ).fetchone()
            except (ServiceAway, psycopg.Error):  # the database may be starting again just now
                row = None
            if row and row["assets"] >= assets and row["left"] == 0:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"not done in {limit_s:.0f} s: {row}\n{self.log.read_text()[-4000:]}")
            time.sleep(0.3)

    def claim_link(self) -> str:
        """The newest one-time link that was printed."""
        return re.findall(r"https://\S+/first-start#\S+", self.log.read_text())[-1]

    def lying_in_inbox(self) -> list[Path]:
        """What it has not taken yet; what was taken lies in `taken` for a day."""
        found = (path for path in self.inbox.rglob("*") if path.is_symlink() or not path.is_dir())
        return sorted(path for path in found if not path.is_relative_to(self.inbox / TAKEN))

    def sign_in(self) -> httpx.Client:
        """A client signed in as the administrator, who is made when there is none."""
        trust = ssl.create_default_context(cafile=str(self.data / "tls" / "certificate.pem"))
        client = httpx.Client(
            base_url=f"{self.address}/api/v1/", verify=trust, headers={"X-Fovea": "1"}, timeout=120
        )
        who = {"login": "anna", "password": PASSWORD}
        if not client.get("first-start").json()["claimed"]:
            claim = self.claim_link().split("#", 1)[1]
            client.post("first-start", json={**who, "claim": claim}).raise_for_status()
        else:
            client.post("session", json=who).raise_for_status()
        return client


def make_folder(name: str) -> Path:
    """A folder that the system user of the embedded database can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix=f"fovea-{name}-"))
    folder.chmod(0o755)
    return folder


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def rows_of(url: str) -> dict[str, list[Any]]:
    """All that an import leaves in the database, without what differs from run to run: ids, times, speeds."""
    asked = {
        "asset": "select encode(sha512, 'hex') as sha, kind, mime, name, path, bytes, width, height,"
        " round(duration_s::numeric, 2)::text as duration_s, taken_at::text, taken_local::text, utc_offset_min,"
        " offset_source, camera_make, camera_model, lens, lat, lon, alt_m, place_name, place_country, placeholder"
        " from asset order by 1",
        "file": "select encode(sha512, 'hex') as sha, role, bytes, kept, location from file order by 1",
        "file_path": "select path from file_path order by 1",
        "job": "select encode(a.sha512, 'hex') as sha, analysis, state, version, error"
        " from job j join asset a on a.id = j.asset_id order by 1, 2",
        "result": "select encode(a.sha512, 'hex') as sha, analysis, version, data"
        " from result r join asset a on a.id = r.asset_id order by 1, 2, 3",
        "term": "select encode(a.sha512, 'hex') as sha, analysis, version, t.kind, words, score, x, y, w, h, at_s"
        " from term t join asset a on a.id = t.asset_id order by 1, 2, 3, 4, 5, x, y, at_s",
        "document": "select encode(a.sha512, 'hex') as sha, d.kind, tsv::text"
        " from document d join asset a on a.id = d.asset_id order by 1, 2",
        "face": "select encode(a.sha512, 'hex') as sha, ordinal, x, y, w, h, score, f.at_s"
        " from face f join asset a on a.id = f.asset_id order by 1, 2",
        "embedding": "select encode(a.sha512, 'hex') as sha, s.name, e.at_s, e.v::text"
        " from embedding e join asset a on a.id = e.asset_id join space s on s.id = e.space_id"
        " order by 1, 2, 3, 4",
        "vocabulary": "select word, kind from vocabulary order by 1, 2",
    }
    with connect(url) as connection:
        return {name: connection.execute(sql).fetchall() for name, sql in asked.items()}  # type: ignore[arg-type]
