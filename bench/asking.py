"""Asking the real application over HTTP without a network, and what an answer costs.

The application runs in this process; the database is another one. Wall times suffer from whatever else the machine
does; processor time (this process and the database's, from the kernel's schedstat) much less.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from fastapi.testclient import TestClient
from psycopg import Cursor

from api.main import create_app
from api.settings import ApiSettings
from bench.made_library import LOGIN
from bus.postgres import PostgresBus
from db.connect import Database
from db.tokens_postgres import PostgresTokens
from engines.door import EngineDoor
from library import accounts
from library.ingest import Ingest
from media.store_folder import FolderStore
from media.weights import WeightStore, default_folder, load_manifest


class Asking:
    """A signed-in reader of one library. `database`: the server's process."""

    def __init__(self, client: TestClient, database: psutil.Process) -> None:
        self._client = client
        self._database = database

    def measure(self, addresses: Sequence[str], rounds: int) -> dict[str, Any]:
        """Each address below /api/v1 `rounds` times, in turn, after two that do not count.

        Wall milliseconds p50, p95, most; mean milliseconds of processor time; the most statements of one answer.
        """
        for address in addresses:
            self._client.get(f"/api/v1{address}").raise_for_status()
        statements = max(self._statements(address) for address in addresses)
        wall_ms: list[float] = []
        size = 0
        before = time.process_time(), database_cpu_ms(self._database)
        for turn in range(rounds * len(addresses)):
            began = time.perf_counter()
            answer = self._client.get(f"/api/v1{addresses[turn % len(addresses)]}")
            wall_ms.append((time.perf_counter() - began) * 1000)
            size += len(answer.raise_for_status().content)
        count = len(wall_ms)
        return {
            "p50_ms": round(statistics.median(wall_ms), 1),
            "p95_ms": round(sorted(wall_ms)[max(0, -(-95 * count // 100) - 1)], 1),
            "most_ms": round(max(wall_ms), 1),
            "api_cpu_ms": round((time.process_time() - before[0]) * 1000 / count, 1),
            "database_cpu_ms": round((database_cpu_ms(self._database) - before[1]) / count, 1),
            "statements": statements,
            "bytes": size // count,
        }

    def _statements(self, address: str) -> int:
        """How many statements one answer takes; the pool's empty one ("do you live?") is none."""
        seen = 0
        execute = Cursor.execute

        def counted(cursor: Any, query: Any, *rest: Any, **more: Any) -> Any:
            nonlocal seen
            seen += bool(query)
            return execute(cursor, query, *rest, **more)

        Cursor.execute = counted  # type: ignore[method-assign]
        try:
            self._client.get(f"/api/v1{address}").raise_for_status()
        finally:
            Cursor.execute = execute  # type: ignore[method-assign]
        return seen


@contextmanager
def asking(url: str) -> Iterator[Asking]:
    """The application over the library at `url`, with the engines of this machine."""
    weights = WeightStore(default_folder(os.environ), load_manifest())
    with Database(url) as database, tempfile.TemporaryDirectory(prefix="fovea-bench-") as folder:
        tokens = PostgresTokens(database)
        store = FolderStore(Path(folder))
        app = create_app(
            database=database,
            tokens=tokens,
            store=store,
            data=Path(folder),
            engines=EngineDoor(weights.path, 2),
            ingest=lambda: Ingest(database, store, PostgresBus(url)),
            settings=ApiSettings(requests_burst=10_000_000),
        )
        account = accounts.find_account(database, LOGIN)
        secret, _ = accounts.make_token(tokens, account, "bench", frozenset({"read"}), None)
        headers = {"Authorization": f"Bearer {secret}"}
        with TestClient(app, base_url="https://bench.test", headers=headers) as client:
            yield Asking(client, server_of(database))


def server_of(database: Database) -> psutil.Process:
    """The process of the database server."""
    with database.transaction() as connection:
        row = connection.execute("select pg_backend_pid() as pid").fetchone()
    parent = psutil.Process(row["pid"] if row else 0).parent()
    if parent is None:
        raise RuntimeError("the database server runs on another machine")
    return parent


def database_cpu_ms(server: psutil.Process) -> float:
    """What the server's processes have used, from /proc/PID/schedstat; those that ended count, too."""
    ended = server.cpu_times()
    used_ms = (ended.children_user + ended.children_system) * 1000
    for process in server.children():
        try:
            used_ms += int(Path(f"/proc/{process.pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e6
        except OSError:  # a helper that has just ended
            continue
    return used_ms
