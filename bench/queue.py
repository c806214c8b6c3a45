"""The queue: what it costs a job with RabbitMQ and with PostgreSQL, and whether 100,000 jobs make anything grow.

Jobs are rows of a real ledger without files: what is measured is their way to a worker and back, nothing else.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.processes import cpu_seconds, tree
from bus.messages import Bus, Message
from bus.postgres import PostgresBus
from bus.rabbit import RabbitBus
from db import jobs
from db.connect import Database, connect
from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from library.deliver import reconcile, repair
from tests.rabbit_server import RabbitServer

_AT_ONCE = 1000  # as the reconciler publishes
_SETTLE_S = 3.0
_NAME = "objects"
_WORKERS = 4

_ROWS = """
with files as (
  insert into asset (owner_id, kind, sha512, mime, name, path, bytes)
  select 1, 'photo', decode(lpad(to_hex(n), 128, '0'), 'hex'), 'image/jpeg', n || '.jpg', n || '.jpg', 1
  from generate_series(1, %s) as n returning id)
insert into job (asset_id, analysis, state, lane) select id, %s, 'waiting', 'bulk' from files
"""


def bench_queue(jobs_per_round: int, rounds: int, many: int) -> dict[str, Any]:
    """Milliseconds a job in turns, and `many` jobs published, left lying, drained, lost and published again."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="fovea-bench-queue-")))
        folder.chmod(0o755)
        postgres = EmbeddedPostgres(folder)
        url = postgres.start()
        opened.callback(postgres.release)
        with connect(url) as connection:
            migrate(connection)
        rabbit = RabbitServer()
        opened.callback(rabbit.remove)
        rabbit.start()
        buses: dict[str, Callable[[], Bus]] = {
            "postgres": lambda: PostgresBus(url),
            "rabbit": lambda: RabbitBus(rabbit.url),
        }
        servers = {"postgres": lambda: _postgres(folder), "rabbit": rabbit.processes}
        figures: dict[str, Any] = {"jobs_per_round": jobs_per_round}
        for number in range(rounds):
            for name in buses if number % 2 else reversed(buses):
                _note(figures, name, _round(buses[name], servers[name], jobs_per_round))
        spent = {name: figures[f"{name}_ms"] for name in buses}
        figures["rabbit_of_postgres"] = [
            round(one / other, 2) for one, other in zip(spent["rabbit"], spent["postgres"], strict=True)
        ]
        figures["many"] = many
        figures["steps"] = _many(url, rabbit, many)
        return figures


def _postgres(folder: Path) -> list[psutil.Process]:
    pid = int((folder / "postgres" / "cluster" / "postmaster.pid").read_text().split("\n", 1)[0])
    return tree(pid)


def _note(figures: dict[str, Any], name: str, measured: dict[str, float]) -> None:
    for what, value in measured.items():
        figures.setdefault(f"{name}_{what}", []).append(value)


def _round(
    open_bus: Callable[[], Bus], server: Callable[[], list[psutil.Process]], count: int
) -> dict[str, float]:
    """Publish, receive one after the other, acknowledge; milliseconds a job."""
    with closing(open_bus()) as bus:
        bus.publish([Message(1, _NAME, "bulk")])
        _take(bus)
        own, its = time.process_time(), cpu_seconds(server())
        began = time.perf_counter()
        for first in range(0, count, _AT_ONCE):
            bus.publish([Message(number, _NAME, "bulk") for number in range(first, min(first + _AT_ONCE, count))])
        published = time.perf_counter()
        for _ in range(count):
            _take(bus)
        bus.depths([_NAME])  # receipts are given
        ended = time.perf_counter()
        each = 1000 / count
        return {
            "publish_ms": round((published - began) * each, 3),
            "ms": round((ended - began) * each, 3),
            "own_cpu_ms": round((time.process_time() - own) * each, 3),
            "server_cpu_ms": round((cpu_seconds(server()) - its) * each, 3),
        }


def _take(bus: Bus) -> None:
    message = bus.receive([_NAME], 30)
    assert message is not None  # noqa: S101 (it was published)
    bus.acknowledge(message)


def _many(url: str, rabbit: RabbitServer, count: int) -> list[dict[str, Any]]:
    """Steps with their seconds, jobs, and memory of this process and of the broker afterwards."""
    steps: list[dict[str, Any]] = []

    @contextmanager
    def step(name: str) -> Iterator[dict[str, Any]]:
        noted: dict[str, Any] = {"step": name}
        began = time.perf_counter()
        yield noted
        noted["s"] = round(time.perf_counter() - began, 1)
        noted["own_mb"] = round(psutil.Process().memory_info().rss / 1e6, 1)
        noted["broker_mb"] = rabbit.memory_mb()
        steps.append(noted)

    with Database(url) as database, closing(RabbitBus(rabbit.url)) as bus:
        with step("rows written"), database.transaction() as connection:
            declared = {"name": _NAME, "version": "1", "kinds": ["photo"], "after": []}
            jobs.register_analyses(connection, [declared])
            connection.execute(_ROWS, [count, _NAME])
        with step("published") as noted:
            noted["jobs"] = reconcile(database, bus)
        _an_hour_passes(database)
        with step("looked at while they wait") as noted:
            noted["jobs"] = repair(database, bus)  # a long queue is no lost one
        for part in range(4):
            with step(f"drained, quarter {part + 1}") as noted:
                noted["jobs"] = _drain(rabbit, count // 4)
        with step("found lost") as noted:
            noted["jobs"] = repair(database, bus)
        with step("published again") as noted:
            noted["jobs"] = reconcile(database, bus)
        time.sleep(_SETTLE_S)
        with step("counted") as noted:
            noted["jobs"] = bus.depths([_NAME])[_NAME]
    return steps


def _an_hour_passes(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("update job set delivered_at = delivered_at - interval '1 hour'")


def _drain(rabbit: RabbitServer, count: int) -> int:
    """As so many slots do, without working on anything."""

    def take(share: int) -> None:
        with closing(RabbitBus(rabbit.url)) as bus:
            for _ in range(share):
                _take(bus)

    threads = [threading.Thread(target=take, args=(count // _WORKERS,)) for _ in range(_WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count // _WORKERS * _WORKERS
