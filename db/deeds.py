"""Long deeds and how far they are, and what became of their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from db.connect import Connection
from db.queries import load_queries

Row = dict[str, Any]
DEAD_S = 90.0
"""A deed whose process has not beaten for so long has died."""


def begin(
    connection: Connection, owner_id: int, kind: str, title: str, *, total: int | None, analysis: str | None
) -> int:
    """A long deed begins; its id."""
    values = {"owner_id": owner_id, "kind": kind, "title": title, "total": total, "analysis": analysis}
    row = connection.execute(load_queries("deeds")["begin"], values).fetchone()
    assert row is not None  # noqa: S101 - `insert … returning` answers its row or raises
    return int(row["id"])


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not taken: the name it would have had, where it lies, and why."""

    path: str
    kept: str
    reason: str


def beat(
    connection: Connection,
    deed_id: int,
    step: int,
    *,
    total: int | None = None,
    message: str | None = None,
    stored: int = 0,
    known: int = 0,
    refusals: Sequence[Refusal] = (),
) -> bool | None:
    """`step` more are done, of which so many were stored, known or refused.

    Whether somebody asked to end it; None when it has ended already.
    """
    values: dict[str, Any] = {"id": deed_id, "step": step, "total": total, "message": message}
    values |= {"stored": stored, "known": known, "refused": len(refusals)}
    row = connection.execute(load_queries("deeds")["beat"], values).fetchone()
    if row is not None and refusals:
        told = {"paths": [each.path for each in refusals], "kept": [each.kept for each in refusals]}
        reasons = [each.reason for each in refusals]
        connection.execute(load_queries("deeds")["refuse"], {"id": deed_id, **told, "reasons": reasons})
    return None if row is None else bool(row["cancel_asked"])


def finish(connection: Connection, deed_id: int, state: str, message: str | None = None) -> int | None:
    """It ended as done, failed or cancelled; its owner, None when it had ended already."""
    values = {"id": deed_id, "state": state, "message": message}
    row = connection.execute(load_queries("deeds")["finish"], values).fetchone()
    return None if row is None else int(row["owner_id"])


def listed(
    connection: Connection,
    owner_id: int,
    *,
    most: int | None = None,
    before_id: int | None = None,
    deed_id: int | None = None,
) -> list[Row]:
    """The owner's deeds, newest first, or the one named."""
    values = {"owner_id": owner_id, "most": most, "before_id": before_id, "id": deed_id, "dead_s": DEAD_S}
    return connection.execute(load_queries("deeds")["listed"], values).fetchall()


def refuse_by_itself(connection: Connection, owner_id: int, kind: str, title: str, refusal: Refusal) -> None:
    """A file that came by no import was not taken: one deed of that kind an hour lists such files."""
    given = {"owner_id": owner_id, "kind": kind}
    row = connection.execute(load_queries("deeds")["recent"], given).fetchone()
    if row is None:
        deed_id = begin(connection, owner_id, kind, title, total=None, analysis=None)
        finish(connection, deed_id, "done")
    else:
        deed_id = int(row["id"])
    told = {"paths": [refusal.path], "kept": [refusal.kept], "reasons": [refusal.reason]}
    connection.execute(load_queries("deeds")["refuse"], {"id": deed_id, **told})
    connection.execute(load_queries("deeds")["refused_late"], {"id": deed_id})


def refusals(connection: Connection, deed_id: int, most: int | None, after_id: int) -> list[Row]:
    """Files of a deed that were not taken, in their order."""
    values = {"id": deed_id, "most": most, "after_id": after_id}
    return connection.execute(load_queries("deeds")["refusals"], values).fetchall()


def ask_to_cancel(connection: Connection, owner_id: int, deed_id: int) -> tuple[bool, str | None]:
    """Whether it was still going on, and the analysis that it does again, if it is a re-run."""
    row = connection.execute(
        load_queries("deeds")["ask_to_cancel"], {"owner_id": owner_id, "id": deed_id}
    ).fetchone()
    return (False, None) if row is None else (True, row["analysis"])


def take_back(connection: Connection, owner_id: int, analysis: str) -> int:
    """A re-run's jobs that have not begun become what they were before; how many."""
    values = {"owner_id": owner_id, "analysis": analysis}
    return connection.execute(load_queries("deeds")["take_back"], values).rowcount


def reap(connection: Connection) -> set[int]:
    """End deeds whose process died and re-runs whose jobs have ended; the owners."""
    rows = connection.execute(load_queries("deeds")["reap"], {"dead_s": DEAD_S}).fetchall()
    return {row["owner_id"] for row in rows}
