"""Looking at assets: lists, days, one asset with all that was found, the map. Each function is one statement."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.filters import Taken
from db.connect import Connection
from db.queries import load_queries

Row = dict[str, Any]
END = "infinity"
START = "-infinity"
LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the list of assets: `most` of them (None = all) before the cursor, newest first.

    `dated` False asks for assets without a time of capture, None for all; `rough` "year" or "month" for those of
    which no more is known, "" for those of which more is, None for all.
    """

    most: int | None
    before_at: datetime | None = None
    before_id: int | None = None
    from_at: datetime | None = None
    dated: bool | None = None
    rough: str | None = None

    def within_day(self, day: date, rough: str = "") -> "Page":
        """The same page, cut to one day of the wall clock; or to what has no more than the `rough` "year" or
        "month" that begins with that day."""
        start = _midnight(day)
        if self.before_at is not None and self.before_at < start + timedelta(days=1):
            return Page(self.most, self.before_at, self.before_id, start, True, rough)
        return Page(self.most, start + timedelta(days=1), 0, start, True, rough)


def summaries(connection: Connection, owner_id: int, page: Page) -> list[Row]:
    """Rows of a page of assets, newest capture first."""
    values = {
        "owner_id": owner_id,
        "before_at": page.before_at or END,
        "before_id": LAST_ID if page.before_id is None else page.before_id,
        "from_at": page.from_at or START,
        "dated": page.dated,
        "rough": page.rough,
        "most": page.most,
    }
    return connection.execute(load_queries("browse")["summaries"], values).fetchall()


def summaries_by_id(connection: Connection, owner_id: int, ids: list[int]) -> dict[int, Row]:
    """Rows of named assets by id; those that the owner does not have are left out."""
    values = {"owner_id": owner_id, "ids": ids}
    rows = connection.execute(load_queries("browse")["summaries_by_id"], values).fetchall()
    return {row["id"]: row for row in rows}


def days(connection: Connection, owner_id: int) -> list[Row]:
    """Rows of day (None = undated, last), rough ("year", "month"), count, place; newest first."""
    return connection.execute(load_queries("browse")["days"], {"owner_id": owner_id}).fetchall()


def asset(connection: Connection, owner_id: int, asset_id: int) -> Row | None:
    """The asset's own row with `busy`."""
    values = {"owner_id": owner_id, "asset_id": asset_id}
    return connection.execute(load_queries("browse")["asset"], values).fetchone()


def assets_named(connection: Connection, owner_id: int, path: str, most: int) -> list[Row]:
    """Rows of id and path: assets that came under this path, or else whose path ends so; the newest last."""
    values = {"owner_id": owner_id, "path": path, "most": most}
    return connection.execute(load_queries("browse")["assets_named"], values).fetchall()


def asset_id_by_sha512(connection: Connection, owner_id: int, sha512: bytes) -> int | None:
    """The asset that has a file of these bytes."""
    values = {"owner_id": owner_id, "sha512": sha512}
    row = connection.execute(load_queries("browse")["asset_id_by_sha512"], values).fetchone()
    return None if row is None else int(row["asset_id"])


def files(connection: Connection, asset_id: int) -> list[Row]:
    """The asset's files, the main one first, each with all its paths."""
    return connection.execute(load_queries("browse")["files"], {"asset_id": asset_id}).fetchall()


def main_file(connection: Connection, owner_id: int, asset_id: int, *, trashed: bool = False) -> Row | None:
    """Where the asset's main file lies (`kept`, `location`), its name, type, hash, size; `trashed`: there, too."""
    values = {"owner_id": owner_id, "asset_id": asset_id, "trashed": trashed}
    return connection.execute(load_queries("browse")["main_file"], values).fetchone()


def live_file(connection: Connection, owner_id: int, asset_id: int) -> Row | None:
    """As `file_of_asset`: the moving part of a live photo, where that is a file of its own."""
    values = {"owner_id": owner_id, "asset_id": asset_id}
    return connection.execute(load_queries("browse")["live_file"], values).fetchone()


def file_of_asset(connection: Connection, owner_id: int, asset_id: int, sha512: bytes) -> Row | None:
    """Where one of the asset's files lies (`kept`, `location`), its role, name, type and hash."""
    values = {"owner_id": owner_id, "asset_id": asset_id, "sha512": sha512}
    return connection.execute(load_queries("browse")["file_of_asset"], values).fetchone()


def answers(connection: Connection, asset_id: int) -> list[Row]:
    """State and shown result of each analysis of the asset."""
    return connection.execute(load_queries("browse")["answers"], {"asset_id": asset_id}).fetchall()


def faces(connection: Connection, asset_id: int, version: str) -> list[Row]:
    """The faces that one version found."""
    values = {"asset_id": asset_id, "version": version}
    return connection.execute(load_queries("browse")["faces"], values).fetchall()


def clusters(
    connection: Connection,
    owner_id: int,
    box: tuple[float, float, float, float],
    cells: float,
    taken: Taken | None = None,
) -> list[Row]:
    """Assets within `box` (west, south, east, north; degrees) by map cell, `cells` around the earth.

    `taken` leaves those that were taken then, and none without a time of capture.
    """
    west, south, east, north = box
    first, last = (taken.first, taken.last) if taken else (None, None)
    values: Row = {"west": west, "south": south, "east": east, "north": north}
    values |= {"owner_id": owner_id, "cells": cells, "dated": taken is not None}
    values["from_at"] = _midnight(first) if first else START
    values["before_at"] = _midnight(last) + timedelta(days=1) if last and last < date.max else END
    return connection.execute(load_queries("browse")["clusters"], values).fetchall()


def map_months(connection: Connection, owner_id: int) -> list[Row]:
    """Rows of month (its first day; None = undated, last) and count of what has a position; oldest first."""
    return connection.execute(load_queries("browse")["map_months"], {"owner_id": owner_id}).fetchall()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def decide(
    connection: Connection,
    owner_id: int,
    asset_id: int,
    *,
    rating: int | None,
    set_rating: bool,
    comment: str | None,
    tags: list[str] | None,
) -> Row | None:
    """Keep what a person decided; None leaves comment and tags as they are. Answers all tags and the comment."""
    values: Row = {"owner_id": owner_id, "asset_id": asset_id, "rating": rating, "set_rating": set_rating}
    values |= {"comment": comment, "tags": tags}
    return connection.execute(load_queries("browse")["decide"], values).fetchone()
