"""How far the analyses are, what failed and why, doing it again, and pausing."""

from typing import Any, cast

from core.cursor import decode_cursor, encode_cursor, page_of
from core.errors import NotFound
from db import activity, jobs
from db.connect import Connection, Database
from db.reruns import Cost, cost_of_rerun
from library import deeds

Json = dict[str, Any]
SHORTEST_WINDOW_S = 15.0  # a rate over less than this says nothing


def list_analyses(connection: Connection, owner_id: int, *, limit: int = 0, after: str | None = None) -> Json:
    """Each analysis with its counts, speed and time left, by name. `limit` 0 means all."""
    rows = activity.per_analysis(connection, owner_id)
    rows, end = page_of(rows, lambda row: str(row["name"]), limit=limit, after=after)
    return {"items": [_progress(row) for row in rows], "next": end}


def _progress(row: dict[str, Any]) -> Json:
    window_s = max(row["lately_s"] or 0.0, SHORTEST_WINDOW_S)
    rate_per_s = row["lately"] / window_s
    to_do = row["waiting"] + row["running"]
    left_s: float | None = 0.0
    if to_do:
        left_s = None if row["paused"] or not rate_per_s else round(to_do / rate_per_s, 1)
    names = ("name", "version", "waiting", "running", "done", "failed", "can_retry", "skipped", "paused", "slots")
    return {
        **{name: row[name] for name in names},
        "rate_per_min": round(rate_per_s * 60, 2),
        "left_s": left_s,
    }


def list_failures(
    connection: Connection, owner_id: int, analysis: str, *, limit: int, after: str | None = None
) -> Json:
    """Failed assets by reason, the most frequent first. Raises NotFound for an unknown analysis."""
    _must_exist(connection, analysis)
    last = None
    if after is not None:
        count, reason = decode_cursor(after, int, str)
        last = (cast("int", count), cast("str", reason))
    rows = activity.failures(connection, owner_id, analysis, None if limit == 0 else limit + 1, last)
    more = 0 < limit < len(rows)
    rows = rows[:limit] if more else rows
    end = encode_cursor([rows[-1]["count"], rows[-1]["reason"]]) if more else None
    return {
        "items": [{name: row[name] for name in ("reason", "count", "can_retry", "assets")} for row in rows],
        "next": end,
    }


def cost(connection: Connection, owner_id: int, analysis: str, which: str) -> Cost:
    """What doing an analysis again would cost. Raises NotFound for an unknown analysis."""
    _must_exist(connection, analysis)
    return cost_of_rerun(connection, owner_id, analysis, which)


def requeue(connection: Connection, owner_id: int, analysis: str, which: str, asset_id: int | None = None) -> Json:
    """Do an analysis again: which is failed, retryable, stale or all. Raises NotFound for an unknown analysis."""
    _must_exist(connection, analysis)
    queued = jobs.requeue(connection, owner_id, analysis, which, asset_id)
    if queued and asset_id is None:
        deeds.begin_rerun(connection, owner_id, analysis, which, queued)
    jobs.notify(connection, "activity", owner_id, 0)
    return {"queued": queued}


def set_slots(connection: Connection, analysis: str, slots: int | None) -> None:
    """How many files of an analysis at once in each worker process; None: as started. Raises NotFound."""
    if not activity.set_slots(connection, analysis, slots):
        raise NotFound(f"there is no analysis {analysis!r}")


def tidy(database: Database) -> None:
    """Keep the counts of jobs few rows, and end deeds whose process died: now and then."""
    with database.transaction() as connection:
        activity.fold_counts(connection)
    deeds.reap(database)


def set_paused(connection: Connection, analysis: str, paused: bool) -> None:
    """Stop or continue handing out an analysis's jobs. Raises NotFound."""
    if not activity.set_paused(connection, analysis, paused):
        raise NotFound(f"there is no analysis {analysis!r}")


def _must_exist(connection: Connection, analysis: str) -> None:
    if not activity.analysis_exists(connection, analysis):
        raise NotFound(f"there is no analysis {analysis!r}")
