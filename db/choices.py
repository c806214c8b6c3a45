"""What a person chose for one analysis of one asset. Each function is one statement."""

from typing import Any

from psycopg.types.json import Jsonb

from db.connect import Connection
from db.queries import load_queries


def choice_of(connection: Connection, asset_id: int, analysis: str) -> dict[str, Any]:
    """What was chosen; empty where nobody chose anything."""
    values = {"asset_id": asset_id, "analysis": analysis}
    row = connection.execute(load_queries("choices")["choice_of"], values).fetchone()
    return dict(row["choice"]) if row else {}


def keep_choice(connection: Connection, asset_id: int, analysis: str, choice: dict[str, Any]) -> None:
    """Keep a choice instead of an earlier one; an empty one is as if nobody had chosen."""
    values: dict[str, Any] = {"asset_id": asset_id, "analysis": analysis}
    if choice:
        connection.execute(load_queries("choices")["keep_choice"], {**values, "choice": Jsonb(choice)})
    else:
        connection.execute(load_queries("choices")["drop_choice"], values)


def kind_of(connection: Connection, owner_id: int, asset_id: int) -> str | None:
    """ "photo" or "video"; None when the owner has no such asset."""
    values = {"owner_id": owner_id, "asset_id": asset_id}
    row = connection.execute(load_queries("choices")["kind_of"], values).fetchone()
    return None if row is None else str(row["kind"])


def begin_anew(connection: Connection, asset_id: int, analysis: str) -> int:
    """Do the analysis of this asset again, even if it runs right now; how many jobs (0 when it waits anyway)."""
    values = {"asset_id": asset_id, "analysis": analysis}
    return connection.execute(load_queries("choices")["begin_anew"], values).rowcount
