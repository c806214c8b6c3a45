"""When an asset was taken, as JSON: how precise it is, from what, and what is doubtful. Rows of db/browse."""

from datetime import datetime
from typing import Any

from core.taken_words import taken_words
from core.times import Precision, latest_of

Row = dict[str, Any]
Json = dict[str, Any]


def taken(row: Row) -> Json | None:
    """The contract's `taken`; None when nothing tells a time. `words` is the whole answer for people."""
    local = _wall_clock(row)
    if local is None:
        return None
    precision = _precision(row)
    is_utc = row["offset_source"] == "utc"
    words = taken_words(
        local,
        precision,
        is_change=row["taken_basis"] == "change",
        is_utc=is_utc,
        is_plausible=row["taken_doubt"] is None,
        about=row["taken_about"],
        offset=utc_offset(row["utc_offset_min"]),
    )
    return {
        "earliest": local.isoformat(),
        "latest": latest_of(local, precision).isoformat(),
        "precision": precision,
        "about": row["taken_about"],
        "source": row["taken_source"],
        "decided": False,
        "basis": row["taken_basis"] or "capture",
        "clock": "utc" if is_utc else "local",
        "plausible": row["taken_doubt"] is None,
        "doubt": row["taken_doubt"],
        "words": words,
    }


def taken_local(row: Row) -> str | None:
    """The wall clock as far as it is known: a year, a month or a day may be all."""
    local = _wall_clock(row)
    if local is None:
        return None
    precision = _precision(row)
    if precision in ("year", "month", "day"):
        return local.date().isoformat()[: {"year": 4, "month": 7, "day": 10}[precision]]
    return local.isoformat(timespec="minutes" if precision == "minute" else "auto")


def day_label(day: datetime | None, rough: str | None) -> str | None:
    """How a heading of the timeline is called: `2022-05-03`, or `1978` and `2021-06` where no day is known."""
    return None if day is None else day.isoformat()[: {"year": 4, "month": 7}.get(rough or "", 10)]


def utc_offset(minutes: int | None) -> str | None:
    """Minutes as "+01:00"."""
    if minutes is None:
        return None
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _wall_clock(row: Row) -> datetime | None:
    """What the clock said, even when that cannot be."""
    local: datetime | None = row["taken_local"] or row["doubted_local"]
    return local


def _precision(row: Row) -> Precision:
    precision: Precision = row["taken_precision"] or "second"
    return precision
