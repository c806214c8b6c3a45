"""What Prometheus is told of the library and its jobs: of the whole platform, whoever asks. Two statements."""

from typing import Any

from db.connect import Connection
from db.queries import load_queries

Row = dict[str, Any]


def library(connection: Connection) -> Row:
    """photos, videos, bytes."""
    row = connection.execute(load_queries("metrics")["library"]).fetchone()
    assert row is not None  # noqa: S101 - an aggregate without grouping always answers one row
    return row


def analyses(connection: Connection) -> list[Row]:
    """Each analysis: jobs by state now, ended_* and seconds_* since the beginning, attempts, deaths, oldest_s."""
    return connection.execute(load_queries("metrics")["analyses"]).fetchall()
