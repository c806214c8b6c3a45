"""How far the analyses are, what failed and why. Each function is one statement."""

from collections.abc import Sequence
from typing import Any

from db.connect import Connection
from db.queries import load_queries

Row = dict[str, Any]


def per_analysis(connection: Connection, owner_id: int) -> list[Row]:
    """Counts of jobs by state per analysis; `lately` of them ended within the last `lately_s` seconds."""
    return connection.execute(load_queries("activity")["per_analysis"], {"owner_id": owner_id}).fetchall()


def failures(
    connection: Connection, owner_id: int, analysis: str, most: int | None, after: tuple[int, str] | None
) -> list[Row]:
    """Reasons, the most frequent first, with count and first twenty assets, after (count, reason)."""
    values: Row = {"owner_id": owner_id, "analysis": analysis, "most": most}
    values |= {"after_count": after[0] if after else None, "after_reason": after[1] if after else None}
    return connection.execute(load_queries("activity")["failures"], values).fetchall()


def analysis_exists(connection: Connection, analysis: str) -> bool:
    """Whether there is an analysis of this name."""
    row = connection.execute(load_queries("activity")["analysis_exists"], {"analysis": analysis}).fetchone()
    return row is not None and bool(row["known"])


def set_paused(connection: Connection, analysis: str, paused: bool) -> bool:
    """Stop or continue handing out jobs; False when there is no such analysis."""
    values = {"analysis": analysis, "paused": paused}
    return connection.execute(load_queries("activity")["set_paused"], values).fetchone() is not None


def fold_counts(connection: Connection) -> None:
    """Keep the counts of jobs few rows; now and then is enough."""
    connection.execute(load_queries("activity")["fold_counts"])


def set_slots(connection: Connection, analysis: str, slots: int | None) -> bool:
    """How many files at once in each worker process, None as started; False when there is no such analysis."""
    values = {"analysis": analysis, "slots": slots}
    return connection.execute(load_queries("activity")["set_slots"], values).fetchone() is not None


def slots_of(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """Analysis → how many files at once, where somebody said so."""
    rows = connection.execute(load_queries("activity")["slots"], {"names": list(names)}).fetchall()
    return {row["name"]: row["slots"] for row in rows}


def totals(connection: Connection, owner_id: int) -> Row:
    """assets, photos, videos, bytes, waiting, running, failed."""
    row = connection.execute(load_queries("activity")["totals"], {"owner_id": owner_id}).fetchone()
    assert row is not None  # noqa: S101 - an aggregate without grouping always answers one row
    return row


def current_version(connection: Connection, analysis: str) -> str | None:
    """What results of an analysis are marked with now; None for an unknown one."""
    row = connection.execute(load_queries("activity")["current_version"], {"analysis": analysis}).fetchone()
    return None if row is None else str(row["version"])
