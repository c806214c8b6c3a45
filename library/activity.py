"""How far the analyses are, what failed and why, doing it again, and pausing."""

from typing import Any, cast

from core.cursor import decode_cursor, encode_cursor
from core.errors import NotFound
from db import activity, jobs
from db.connect import Connection

Json = dict[str, Any]
SHORTEST_WINDOW_S = 15.0  # a rate over less than this says nothing


def list_analyses(connection: Connection, owner_id: int) -> Json:
    """Each analysis with its counts, speed and time left."""
    return {"items": [_progress(row) for row in activity.per_analysis(connection, owner_id)], "next": None}


def _progress(row: dict[str, Any]) -> Json:
    window_s = max(row["lately_s"] or 0.0, SHORTEST_WINDOW_S)
    rate_per_s = row["lately"] / window_s
    to_do = row["waiting"] + row["running"]
    left_s: float | None = 0.0
    if to_do:
        left_s = None if row["paused"] or not rate_per_s else round(to_do / rate_per_s, 1)
    names = ("name", "version", "waiting", "running", "done", "failed", "skipped", "paused")
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
    return {"items": [{name: row[name] for name in ("reason", "count", "assets")} for row in rows], "next": end}


def requeue(connection: Connection, owner_id: int, analysis: str, which: str, asset_id: int | None = None) -> Json:
    """Do an analysis again: which is failed, stale or all. Raises NotFound for an unknown analysis."""
    _must_exist(connection, analysis)
    return {"queued": jobs.requeue(connection, owner_id, analysis, which, asset_id)}


def set_paused(connection: Connection, analysis: str, paused: bool) -> None:
    """Stop or continue handing out an analysis's jobs. Raises NotFound."""
    if not activity.set_paused(connection, analysis, paused):
        raise NotFound(f"there is no analysis {analysis!r}")


def _must_exist(connection: Connection, analysis: str) -> None:
    if not activity.analysis_exists(connection, analysis):
        raise NotFound(f"there is no analysis {analysis!r}")
