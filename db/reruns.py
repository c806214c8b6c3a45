"""What doing an analysis again would cost."""

from dataclasses import dataclass

from db.connect import Connection
from db.queries import load_queries


@dataclass(frozen=True, slots=True)
class Cost:
    """`work_s`: seconds one worker would need for all `files`, by what they took before; `mean_s` of one file."""

    files: int
    mean_s: float
    work_s: float


def cost_of_rerun(connection: Connection, owner_id: int, analysis: str, which: str) -> Cost:
    """Of doing an analysis again for what is failed, stale or all, as `db.jobs.requeue` would."""
    values = {"owner_id": owner_id, "analysis": analysis, "which": which}
    row = connection.execute(load_queries("reruns")["cost_of_rerun"], values).fetchone()
    return Cost(row["files"], row["mean_s"], row["work_s"]) if row else Cost(0, 0.0, 0.0)
