"""Looking at a library: pages of assets, days, one asset, the map, and what a person decides about an asset."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from importlib.metadata import version
from typing import Any, cast

from core.cursor import decode_cursor, encode_cursor
from core.errors import BadRequest, NotFound
from core.filters import Taken, read_taken
from core.terms import Term
from db import activity, browse, inbox, jobs, terms
from db.browse import Page
from db.connect import Connection
from library import view
from library.taken_json import day_label

Json = dict[str, Any]
UNDATED = "none"
DECIDED = "person"  # stands in the place of an analysis where a person said it
TILE_PX = 256
MOST_CELLS_ACROSS = 200  # whatever zoom is asked for, one answer has about this many columns at most
MOST_ZOOM = 24
MOST_NAMED = 100


def list_assets(
    connection: Connection, owner_id: int, *, limit: int, after: str | None = None, day: str | None = None
) -> Json:
    """A page of summaries, newest capture first: `{"items", "next"}`. `limit` 0 means all.

    `day` is an ISO date of the wall clock, a month or a year for what has no more than that, or "none" for what
    carries no time. Raises BadRequest.
    """
    most = None if limit == 0 else limit + 1  # one more tells whether there is a next page
    page = Page(most)
    if after is not None:
        before_at, before_id = decode_cursor(after, str, int)
        page = Page(most, _wall_clock(cast("str", before_at)), cast("int", before_id))
    if day == UNDATED:
        page = Page(page.most, page.before_at, page.before_id, dated=False)
    elif day is not None:
        page = page.within_day(_date(day), {4: "year", 7: "month"}.get(len(day), ""))
    rows = browse.summaries(connection, owner_id, page)
    more = most is not None and len(rows) > limit
    rows = rows[:limit] if more else rows
    end = encode_cursor([rows[-1]["sort_at"].isoformat(), rows[-1]["id"]]) if more else None
    return {"items": [view.summary(row) for row in rows], "next": end}


def summaries_of(connection: Connection, owner_id: int, ids: list[int]) -> dict[int, Json]:
    """Summaries by id, in one statement; what the owner does not have is left out."""
    rows = browse.summaries_by_id(connection, owner_id, ids)
    return {asset_id: view.summary(row) for asset_id, row in rows.items()}


def timeline(connection: Connection, owner_id: int) -> Json:
    """How many assets each day has, newest first; months and years where that is all; the undated last as null."""
    return {
        "days": [
            {"day": day_label(row["day"], row["rough"]), "count": row["count"], "place": row["place"]}
            for row in browse.days(connection, owner_id)
        ]
    }


def show_asset(connection: Connection, owner_id: int, asset_id: int) -> Json:
    """Everything that is known about an asset. Raises NotFound."""
    row = browse.asset(connection, owner_id, asset_id)
    if row is None:
        raise NotFound(f"there is no asset {asset_id}, or you may not see it")
    answers = browse.answers(connection, asset_id)
    versions = {answer["analysis"]: answer["version"] for answer in answers}
    faces = browse.faces(connection, asset_id, versions.get("faces") or "")
    return view.asset(row, browse.files(connection, asset_id), answers, faces)


def assets_named(connection: Connection, owner_id: int, name: str) -> list[tuple[int, str]]:
    """The assets that are meant by a path in the library, a file's name, or the end of a path, the newest last.

    Number and path of each, MOST_NAMED at most; whole paths before ends, as written before other capitals.
    """
    return [(row["id"], row["path"]) for row in browse.assets_named(connection, owner_id, name, MOST_NAMED)]


def asset_id_by_sha512(connection: Connection, owner_id: int, sha512: bytes) -> int | None:
    """The asset that has a file of these bytes."""
    return browse.asset_id_by_sha512(connection, owner_id, sha512)


def raw_metadata(connection: Connection, owner_id: int, asset_id: int) -> Json:
    """Every tag of the file as ExifTool names it. Raises NotFound."""
    if browse.asset(connection, owner_id, asset_id) is None:
        raise NotFound(f"there is no asset {asset_id}, or you may not see it")
    for answer in browse.answers(connection, asset_id):
        if answer["analysis"] == "metadata" and answer["data"]:
            return {"tags": answer["data"].get("tags") or {}}
    return {"tags": {}}


def status(connection: Connection, owner_id: int) -> Json:
    """The library in numbers: assets, photos, videos, bytes of originals, jobs by state; what the inbox waits for;
    version."""
    waiting = [{**row, "since": view.instant(row["since"])} for row in inbox.waiting(connection, owner_id)]
    return {**activity.totals(connection, owner_id), "inbox": waiting, "version": version("fovea")}


def decide(connection: Connection, owner_id: int, asset_id: int, changes: Mapping[str, Any]) -> Json:
    """Keep a person's rating, comment and tags, those that `changes` names, and let search find them.

    Answers the asset. Raises NotFound.
    """
    tags = changes.get("tags")
    kept = browse.decide(
        connection,
        owner_id,
        asset_id,
        rating=changes.get("rating"),
        set_rating="rating" in changes,
        comment=changes.get("comment"),
        tags=None if tags is None else list(dict.fromkeys(tags)),
    )
    if kept is None:
        raise NotFound(f"there is no asset {asset_id}, or you may not see it")
    words = [Term(kind="tag", words=tag) for tag in kept["tags"]]
    words += [Term(kind="comment", words=line) for line in kept["comment"].splitlines() if line.strip()]
    terms.replace_terms(connection, asset_id, DECIDED, "1", words)
    jobs.wake_readers(connection, asset_id, DECIDED, "arrivals")  # the reconciler delivers them within a second
    jobs.notify(connection, "asset", owner_id, asset_id)
    return show_asset(connection, owner_id, asset_id)


def map_clusters(
    connection: Connection,
    owner_id: int,
    box: tuple[float, float, float, float],
    zoom: float,
    *,
    cell_px: int = 64,
    taken: str | None = None,
) -> Json:
    """Assets within `box` (west, south, east, north; degrees), put together as a web map at `zoom` needs them.

    A box over the 180th meridian has its west greater than its east. Clusters stand `cell_px` apart on a map of
    256 px a tile. `taken` is a stretch of time as search has it, such as `2019..2021-06`. Raises BadRequest.
    """
    west, south, east, north = box
    if south > north:
        raise BadRequest("south lies north of north")
    width_deg = max(east - west if west <= east else east - west + 360, 1e-9)
    cells = TILE_PX / cell_px * 2.0 ** min(zoom, MOST_ZOOM)
    # Whole powers of two, so that cells stay where they are while the map is moved.
    cells = min(cells, 2.0 ** math.floor(math.log2(MOST_CELLS_ACROSS * 360 / width_deg)))
    return {
        "clusters": [
            {
                "lat": row["lat"],
                "lon": row["lon"],
                "count": row["count"],
                "asset_id": row["asset_id"],
                "picture_version": row["picture_version"],
                "bounds": [row["west"], row["south"], row["east"], row["north"]],
            }
            for row in browse.clusters(connection, owner_id, box, cells, None if taken is None else _taken(taken))
        ]
    }


def map_months(connection: Connection, owner_id: int) -> Json:
    """How many assets with a position each month has, oldest first, and how many have no time of capture."""
    rows = browse.map_months(connection, owner_id)
    dated = [row for row in rows if row["month"] is not None]
    months = [{"month": row["month"].isoformat()[:7], "count": row["count"]} for row in dated]
    return {"months": months, "undated": sum(row["count"] for row in rows[len(dated) :])}


def _taken(text: str) -> Taken:
    try:
        return read_taken(text)
    except ValueError as error:
        raise BadRequest(f"taken {text!r} {error}; a stretch of time is written like 2019..2021-06") from error


def _wall_clock(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest("the cursor `after` is not one that this list gave out") from error
    return value.replace(tzinfo=None)


def _date(text: str) -> date:
    try:
        value = date.fromisoformat(text + "0000-01-01"[len(text) :] if len(text) in (4, 7) else text)
    except ValueError as error:
        raise BadRequest(
            f"day {text!r} is neither a date like 2022-05-03, 2022-05 or 2022 nor {UNDATED!r}"
        ) from error
    if value == date.max:
        raise BadRequest(f"day {text!r} lies beyond the calendar")
    return value
