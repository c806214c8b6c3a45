"""Results: one JSON document per asset × analysis × version, and the facts an asset carries itself."""

from typing import Any

from psycopg.types.json import Jsonb

from db.connect import Connection
from db.queries import load_queries

_UNDOUBTED = {"taken_basis": None, "taken_about": False, "taken_doubt": None, "doubted_local": None}


def save_result(connection: Connection, asset_id: int, analysis: str, version: str, data: dict[str, Any]) -> None:
    """Keep a result and let go of the older versions' ones, in the caller's transaction."""
    values = {"asset_id": asset_id, "analysis": analysis, "version": version, "data": Jsonb(data)}
    connection.execute(load_queries("results")["save_result"], values)


def set_capture(connection: Connection, asset_id: int, capture: dict[str, Any]) -> None:
    """Time, camera, position and place; keys are the columns named in `set_capture`."""
    values = {**_UNDOUBTED, **capture, "asset_id": asset_id}
    connection.execute(load_queries("results")["set_capture"], values)


_LOOK_WHOLE = ("preview", "metadata")


def set_damaged(connection: Connection, asset_id: int, analysis: str, damaged: str | None) -> None:
    """What an analysis says about the main file being whole: None, or what is wrong in words for a person."""
    others = [name for name in _LOOK_WHOLE if name != analysis]
    values = {"asset_id": asset_id, "damaged": damaged, "others": others}
    connection.execute(load_queries("results")["set_damaged"], values)


def set_picture(
    connection: Connection,
    asset_id: int,
    *,
    width: int,
    height: int,
    duration_s: float | None,
    placeholder: str | None,
) -> None:
    """Upright size in pixels, length of a video, and the tiny picture."""
    values = {
        "asset_id": asset_id,
        "width": width,
        "height": height,
        "duration_s": duration_s,
        "placeholder": placeholder,
    }
    connection.execute(load_queries("results")["set_picture"], values)
