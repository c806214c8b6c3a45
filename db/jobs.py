"""The job ledger: which analysis of which asset is waiting, running, done, failed or skipped.

The ledger is the truth and the queue only delivers. Every change of state is one statement that names the
state
it expects, so whoever comes second changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.media import Kind
from db.connect import Connection
from db.queries import load_queries

CRASHES_MOST = 3
"""After so many deaths of its worker a job is set aside."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job to be handed to a queue."""

    id: int
    analysis: str
    lane: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job held under a lease, with the asset it is about. `location` is as in table `file`."""

    id: int
    analysis: str
    lane: str
    attempts: int
    asset_id: int
    owner_id: int
    kind: Kind
    mime: str
    name: str
    path: str
    sha512: bytes
    width: int | None
    height: int | None
    duration_s: float | None
    kept: str
    location: str
    sidecars: list[str]  # "kept:location" of each, the newest first
    others: list[dict[str, str]]  # sha512, kept, location of variants and raw files
    lease_key: str = ""
    """Proves to the file service that the job is held; new with each lease."""


def _waiting(rows: Sequence[dict[str, Any]]) -> list[Waiting]:
    return [Waiting(row["id"], row["analysis"], row["lane"]) for row in rows]


def register_analyses(connection: Connection, declared: Sequence[dict[str, Any]]) -> None:
    """Make table `analysis` say what the code can do. Each: name, version, kinds, after, and reads if any."""
    sql = load_queries("jobs")
    connection.execute(sql["forget_analyses"], {"names": [each["name"] for each in declared]})
    for each in declared:
        connection.execute(sql["register_analysis"], {"reads": [], **each})


def start_asset(connection: Connection, asset_id: int, kind: Kind, lane: str) -> list[Waiting]:
    """Create the jobs a new asset begins with."""
    values = {"asset_id": asset_id, "kind": kind.value, "lane": lane}
    return _waiting(connection.execute(load_queries("jobs")["start_asset"], values).fetchall())


def follow_ups(connection: Connection, asset_id: int, lane: str) -> list[Waiting]:
    """Create the jobs that may begin now. The asset's row must be locked (`finish` does, and `lock_asset`)."""
    values = {"asset_id": asset_id, "lane": lane}
    return _waiting(connection.execute(load_queries("jobs")["follow_ups"], values).fetchall())


def wake_readers(connection: Connection, asset_id: int, name: str, lane: str) -> list[Waiting]:
    """Do again, of this asset, the analyses that read what `name` (an analysis, or "person") says."""
    values = {"asset_id": asset_id, "name": name, "lane": lane}
    return _waiting(connection.execute(load_queries("jobs")["wake_readers"], values).fetchall())


def begin_next(connection: Connection, asset_id: int, ended: str, lane: str) -> list[Waiting]:
    """`wake_readers` and then `follow_ups`, in one round trip where the connection is in pipeline mode."""
    sql, values = load_queries("jobs"), {"asset_id": asset_id, "lane": lane}
    woken = connection.execute(sql["wake_readers"], {**values, "name": ended})
    created = connection.execute(sql["follow_ups"], values)
    return _waiting(woken.fetchall()) + _waiting(created.fetchall())


def lock_asset(connection: Connection, asset_id: int) -> bool:
    """Lock the asset's row for this transaction; False when it is gone."""
    row = connection.execute(load_queries("jobs")["lock_asset"], {"asset_id": asset_id}).fetchone()
    return row is not None


def claim(connection: Connection, job_id: int, worker: str, lease_s: float) -> Claimed | None:
    """Take a waiting job, or None when there is nothing to take."""
    values = {"job_id": job_id, "worker": worker, "lease_s": lease_s}
    row = connection.execute(load_queries("jobs")["claim"], values).fetchone()
    if row is None:
        undeliver(connection, job_id)
        return None
    return Claimed(**{**row, "kind": Kind(row["kind"])})


def undeliver(connection: Connection, job_id: int) -> None:
    """A waiting job could not be begun now: it is to be delivered again."""
    connection.execute(load_queries("jobs")["undeliver"], {"job_id": job_id})


def extend_lease(connection: Connection, job_id: int, worker: str, lease_s: float) -> bool:
    """Say that the worker lives; False when the job was taken away from it."""
    values = {"job_id": job_id, "worker": worker, "lease_s": lease_s}
    return connection.execute(load_queries("jobs")["extend_lease"], values).fetchone() is not None


def finish(
    connection: Connection,
    job_id: int,
    worker: str,
    state: str,
    *,
    version: str | None = None,
    error: str | None = None,
    seconds: float | None = None,
    permanent: bool = False,
) -> bool:
    """End a job as done, failed or skipped; False (and nothing changed) when it is no longer the worker's.

    permanent: it failed for a reason that trying again cannot change.
    Locks the asset's row until the transaction ends, as `follow_ups` needs it.
    """
    values = {"job_id": job_id, "worker": worker, "state": state}
    values |= {"version": version, "error": error, "seconds": seconds, "permanent": permanent}
    return connection.execute(load_queries("jobs")["finish"], values).fetchone() is not None


def retry(connection: Connection, job_id: int, worker: str, delay_s: float, error: str) -> bool:
    """Put a job back to be tried again after `delay_s`; False when it is no longer the worker's."""
    values = {"job_id": job_id, "worker": worker, "delay_s": delay_s, "error": error}
    return connection.execute(load_queries("jobs")["retry"], values).fetchone() is not None


def put_off(connection: Connection, job_id: int, worker: str, delay_s: float, error: str) -> bool:
    """Like `retry`, but this try does not count: something else than the file stood in the way."""
    values = {"job_id": job_id, "worker": worker, "delay_s": delay_s, "error": error}
    return connection.execute(load_queries("jobs")["put_off"], values).fetchone() is not None


def recover(
    connection: Connection, *, workers: Sequence[str] = (), all_running: bool = False, count: bool = True
) -> int:
    """Free the jobs of dead workers: expired leases, `workers` known to be dead, or all that run.

    `count=False` when the death was nobody's fault (the whole platform was stopped). Answers how many.
    """
    values = {"workers": list(workers), "all": all_running, "count": int(count), "most": CRASHES_MOST}
    return len(connection.execute(load_queries("jobs")["recover"], values).fetchall())


def take_undelivered(connection: Connection, most: int = 1000) -> list[Waiting]:
    """Jobs to be handed to the queue now, marked as delivered in this transaction."""
    rows = connection.execute(load_queries("jobs")["take_undelivered"], {"most": most}).fetchall()
    return sorted(_waiting(rows), key=lambda job: (job.lane, job.id))


def mark_delivered(connection: Connection, jobs: Sequence[Waiting]) -> None:
    """Note that these jobs were handed to the queue."""
    connection.execute(load_queries("jobs")["mark_delivered"], {"ids": [job.id for job in jobs]})


def delivered_but_waiting(connection: Connection) -> dict[str, int]:
    """Analysis → how many jobs were delivered and still wait."""
    rows = connection.execute(load_queries("jobs")["waiting_by_analysis"]).fetchall()
    return {row["analysis"]: row["waiting"] for row in rows}


def deliver_again(connection: Connection, analysis: str, most: int, age_s: float) -> int:
    """Forget deliveries of an analysis, the earliest first, that are `age_s` old; answers how many."""
    values = {"analysis": analysis, "most": most, "age_s": age_s}
    return connection.execute(load_queries("jobs")["lost_deliveries"], values).rowcount


def deliver_overtaken(connection: Connection, age_s: float, most: int = 1000) -> int:
    """Forget the deliveries of jobs that others, delivered `age_s` later, have overtaken; answers how many."""
    values = {"age_s": age_s, "most": most}
    return connection.execute(load_queries("jobs")["overtaken_deliveries"], values).rowcount


def bury(connection: Connection, job_ids: Sequence[int]) -> int:
    """Dead letters: jobs that still wait are tried again, or set aside like those whose workers died; how many."""
    values = {"ids": list(job_ids), "most": CRASHES_MOST}
    return len(connection.execute(load_queries("jobs")["dead_deliveries"], values).fetchall())


def create_missing(connection: Connection, most: int = 1000) -> int:
    """Create jobs that assets lack (a new analysis, a start cut off); answers how many."""
    return len(connection.execute(load_queries("jobs")["missing_jobs"], {"most": most}).fetchall())


def count_unfinished(connection: Connection, asset_ids: Sequence[int] | None = None) -> int:
    """How many jobs wait or run, of all assets or of those named."""
    values = {"asset_ids": None if asset_ids is None else list(asset_ids)}
    row = connection.execute(load_queries("jobs")["unfinished"], values).fetchone()
    return int(row["unfinished"]) if row else 0


def requeue(connection: Connection, owner_id: int, analysis: str, which: str, asset_id: int | None = None) -> int:
    """Do an analysis again: `which` is failed, stale or all; of one asset or of the library. How many."""
    # One asset is somebody waiting in front of it; a whole library goes behind what arrives.
    lane = "bulk" if asset_id is None else "arrivals"
    values = {"owner_id": owner_id, "analysis": analysis, "which": which, "asset_id": asset_id, "lane": lane}
    return len(connection.execute(load_queries("jobs")["requeue"], values).fetchall())


def notify(connection: Connection, event: str, owner_id: int, asset_id: int) -> None:
    """Tell listeners, when this transaction commits, that an asset changed."""
    values = {"event": event, "owner_id": owner_id, "id": asset_id}
    connection.execute(load_queries("jobs")["notify"], values)
