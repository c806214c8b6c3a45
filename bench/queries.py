"""How long questions to a large library take at the API, and what they cost in processor time.

    python -m bench.queries DATABASE_URL

The application runs in this process and answers over HTTP without a network; the database is another process.
Wall times suffer from whatever else the machine does; processor time (this process and the database's, from the
kernel's schedstat) much less.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import ApiSettings
from bus.postgres import PostgresBus
from db.connect import Database
from db.tokens import PostgresTokens
from engines.door import EngineDoor
from library import accounts
from library.ingest import Ingest
from media.store import Store
from media.weights import WeightStore, default_folder, load_manifest

_WORLD = "/map?west=-180&south=-85&east=180&north=85&zoom="
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "library, a page": ("/assets?limit=100",),
    "library, days": ("/assets/timeline",),
    "map of everything": (f"{_WORLD}2", f"{_WORLD}4"),
    "map of a region": ("/map?west=-10&south=36&east=4&north=44&zoom=7",),
    "common thing": ("/search?q=object:person&limit=60",),
    "common word": ("/search?q=person&limit=60", "/search?q=airport&limit=60"),
    "rare word": ("/search?q=breakfast&limit=60", "/search?q=object:toothbrush&limit=60"),
    "mistyped word": ("/search?q=bycicle&limit=60", "/search?q=elefant&limit=60"),
    "two words": ("/search?q=person%20dog&limit=60", "/search?q=car%20lisbon&limit=60"),
    "five words": ("/search?q=person%20dog%20car%20lisbon%20airport&limit=60",),
    "commonest word written": ("/search?q=text:summer&limit=60",),
    "phrase": ("/search?q=%22traffic%20light%22&limit=60", "/search?q=text:%22summer%20garden%22&limit=60"),
    "said": ("/search?q=said:airport&limit=60", "/search?q=said:%22airport%20hotel%22&limit=60"),
    "by meaning": ("/search?q=puppy&limit=60", "/search?q=dog%20on%20the%20beach&limit=60"),
    "without": ("/search?q=person%20-car&limit=60", "/search?q=-person&limit=60"),
    "kind": ("/search?q=kind:video&limit=60", "/search?q=kind:photo&limit=60"),
    "has, no": ("/search?q=has:text&limit=60", "/search?q=no:objects%20has:position&limit=60"),
    "taken": ("/search?q=taken:2019&limit=60", "/search?q=taken:2015..2018-03%20kind:video&limit=60"),
    "near": ("/search?q=near:%2238.72,-9.14,5%22&limit=60",),
    "within": ("/search?q=within:-10,36,4,44&limit=60",),
    "country, place": ("/search?q=country:spain&limit=60", "/search?q=place:lisbon&limit=60"),
    "camera, lens": ("/search?q=camera:iphone&limit=60", "/search?q=lens:50mm&limit=60"),
    "format, rating, duration": (
        "/search?q=format:heic&limit=60",
        "/search?q=rating:%3E=4&limit=60",
        "/search?q=duration:%3E60&limit=60",
    ),
    "everything": ("/search?q=&limit=60",),
    "newest of a common thing": ("/search?q=object:person&limit=60&sort=newest",),
    "facets of a common thing": ("/search/facets?q=object:person",),
    "facets of a rare thing": ("/search/facets?q=object:toothbrush",),
    "facets of everything": ("/search/facets?q=",),
    "suggestions": tuple(
        f"/search/suggest?q={typed}" for typed in ("p", "pe", "summ", "object:b", "place:li", "xy")
    ),
    "suggested values": tuple(
        f"/search/suggest?q={field}:" for field in ("kind", "has", "taken", "country", "lens")
    ),
    "saved searches": ("/searches",),
    "status": ("/status",),
    "activity": ("/analyses",),
}
"""Kind of question → addresses below /api/v1 of that kind."""


def bench_queries(url: str, rounds: int = 20) -> dict[str, Any]:
    """Kind → p50 and p95 in ms of wall time, mean ms of processor time of API and database, bytes."""
    figures = {}
    with _client(url) as client, Database(url, most=1) as database:
        server = _server(database)
        for kind, addresses in QUESTIONS.items():
            for address in addresses:
                client.get(f"/api/v1{address}").raise_for_status()
            wall_ms, size = [], 0
            before = time.process_time(), _cpu_ns(server)
            for turn in range(rounds):
                began = time.perf_counter()
                answer = client.get(f"/api/v1{addresses[turn % len(addresses)]}")
                wall_ms.append((time.perf_counter() - began) * 1000)
                size += len(answer.raise_for_status().content)
            figures[kind] = {
                "p50_ms": round(statistics.median(wall_ms), 1),
                "p95_ms": round(sorted(wall_ms)[int(0.95 * (rounds - 1))], 1),
                "api_cpu_ms": round((time.process_time() - before[0]) * 1000 / rounds, 1),
                "database_cpu_ms": round((_cpu_ns(server) - before[1]) / 1e6 / rounds, 1),
                "bytes": size // rounds,
            }
    return figures


@contextmanager
def _client(url: str) -> Iterator[TestClient]:
    """The real application as its administrator sees it."""
    weights = WeightStore(default_folder(os.environ), load_manifest())
    with Database(url) as database, tempfile.TemporaryDirectory(prefix="fovea-bench-") as folder:
        tokens = PostgresTokens(database)
        store = Store(Path(folder))
        app = create_app(
            database=database,
            tokens=tokens,
            store=store,
            data=Path(folder),
            engines=EngineDoor(weights.path, 2),
            ingest=lambda: Ingest(database, store, PostgresBus(url)),
            settings=ApiSettings(),
        )
        with database.transaction() as connection:
            row = connection.execute("select login from account where id = 1").fetchone()
        if row and row["login"] is None:
            accounts.claim_directly(database, "bench", "a password for the bench")
        account = accounts.find_account(database, row["login"] if row and row["login"] else "bench")
        secret, _ = accounts.make_token(tokens, account, "bench", frozenset({"read"}), None)
        with TestClient(
            app, base_url="https://bench.test", headers={"Authorization": f"Bearer {secret}"}
        ) as client:
            yield client


def _server(database: Database) -> psutil.Process:
    with database.transaction() as connection:
        row = connection.execute("select pg_backend_pid() as pid").fetchone()
    parent = psutil.Process(row["pid"] if row else 0).parent()
    if parent is None:
        raise RuntimeError("the database server runs on another machine")
    return parent


def _cpu_ns(server: psutil.Process) -> int:
    """Nanoseconds of processor that the server's processes have used, from /proc/PID/schedstat."""
    return sum(
        int(Path(f"/proc/{process.pid}/schedstat").read_text(encoding="ascii").split()[0])
        for process in server.children()
    )


def table(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """The figures as a table in Markdown."""
    rows = ["| question | p50 ms | p95 ms | processor ms: API | database | kB |", "|---|---|---|---|---|---|"]
    for kind, each in figures.items():
        rows.append(
            f"| {kind} | {each['p50_ms']} | {each['p95_ms']} | {each['api_cpu_ms']} | {each['database_cpu_ms']}"
            f" | {each['bytes'] / 1000:.1f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    measured = bench_queries(sys.argv[1])
    sys.stdout.write(json.dumps(measured, indent=2) if "--json" in sys.argv else table(measured))
    sys.stdout.write("\n")
