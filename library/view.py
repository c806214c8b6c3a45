"""An asset as JSON: the same for the command line and HTTP. Rows come from db/browse; nothing is read here.

Times leave as ISO 8601: instants in UTC with Z, wall clocks without an offset.
"""

from datetime import UTC, datetime
from typing import Any

from core.certainty import certainty_of_score
from core.languages import is_unsure
from library.taken_json import taken, taken_local, utc_offset

Row = dict[str, Any]
Json = dict[str, Any]


def instant(value: datetime | None) -> str | None:
    """An aware time as ISO 8601 in UTC: 2022-05-03T13:12:04Z."""
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def summary(row: Row) -> Json:
    """The short form of an asset in lists."""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "name": row["name"],
        "taken_at": instant(row["taken_at"]),
        "taken_local": taken_local(row),
        "taken": taken(row),
        "width": row["width"],
        "height": row["height"],
        "duration_s": row["duration_s"],
        "placeholder": row["placeholder"],
        "picture_version": row["picture_version"],
        "place": row["place_name"],
        "position": None if row["lat"] is None else {"lat": row["lat"], "lon": row["lon"]},
        "added_at": instant(row["added_at"]),
        "damaged": row["damaged"],
        "busy": row["busy"],
    }


def asset(row: Row, files: list[Row], answers: list[Row], faces: list[Row]) -> Json:
    """Everything that is known about an asset, in the keys of the contract."""
    found: dict[str, Json] = {answer["analysis"]: answer["data"] or {} for answer in answers}
    versions: dict[str, str | None] = {answer["analysis"]: answer["version"] for answer in answers}
    return {
        "id": row["id"],
        "sha512": row["sha512"].hex(),
        "kind": row["kind"],
        "mime": row["mime"],
        "name": row["name"],
        "path": row["path"],
        "files": [_file(file, found.get("metadata") or {}) for file in files],
        "bytes": row["bytes"],
        "width": row["width"],
        "height": row["height"],
        "duration_s": row["duration_s"],
        **_capture(row),
        "objects": [_spot(item, "label", versions["objects"]) for item in _items(found, "objects")],
        "faces": [_face(face) for face in faces],
        "text": [_line(item, versions["text"]) for item in _items(found, "text")],
        "speech": _speech(found.get("speech") or {}, row["chosen_language"], versions.get("speech")),
        "tags": _tags(row["tags"], found, versions.get("embedding")),
        **_described(row, found),
        "damaged": row["damaged"],
        "analyses": _analyses(answers),
        "proposals": [],
        "near_duplicates": [],
        "added_at": instant(row["added_at"]),
        "placeholder": row["placeholder"],
        "picture_version": row["picture_version"],
        "moving_part": _moving_part(files, found.get("preview") or {}),
        "frames": [_pick(frame, "at_s", "ms") for frame in found.get("preview", {}).get("frames") or []],
        "busy": row["busy"],
    }


def _moving_part(files: list[Row], preview: Json) -> Json | None:
    """Where the film of a photo comes from; None for what does not move."""
    if any(file["role"] == "live" and file["missing_since"] is None for file in files):
        return {"source": "file"}
    return {"source": "inside"} if preview.get("motion_s") else None


def _analyses(answers: list[Row]) -> Json:
    """How far each analysis is. One without a job waits for those it comes after, or never comes as one failed."""
    by_name = {answer["analysis"]: answer for answer in answers}
    shown = {}
    for name, answer in by_name.items():
        state, error = answer["state"], answer["error"]
        if state is None:
            broken = _broken_before(by_name, name)
            state = "waiting" if broken is None else "skipped"
            error = None if broken is None else f"it needs {broken['analysis']}, which failed: {broken['error']}"
        told = {"state": state, "version": answer["version"], "error": error}
        shown[name] = {**told, "can_retry": bool(answer["can_retry"])}
    return shown


def _broken_before(by_name: dict[str, Row], name: str) -> Row | None:
    """The failed analysis for which this one is not begun, through however many between."""
    for before in by_name[name]["after"]:
        row = by_name.get(before)
        if row is not None and row["state"] == "failed":
            return row
        if row is not None and row["state"] is None and (found := _broken_before(by_name, before)):
            return found
    return None


def _file(row: Row, metadata: Json) -> Json:
    sha512 = row["sha512"].hex()
    said = [each for each in metadata.get("statements") or [] if each["sha512"] == sha512]
    return {
        "says": [_pick(each, "what", "says", "used") for each in said],
        "role": row["role"],
        "path": row["paths"][0] if row["paths"] else "",
        "paths": row["paths"],
        "sha512": sha512,
        "bytes": row["bytes"],
        "mime": row["mime"],
        "in_place": row["kept"] == "in_place",
        "missing_since": instant(row["missing_since"]),
        "damaged": row["damaged"],
        "apart": row["apart"],
        "former": [sha512.hex() for sha512 in row["former"]],
    }


def _capture(row: Row) -> Json:
    """When, with what and where; null where it is not known."""
    position = None
    if row["lat"] is not None:
        position = _pick(row, "lat", "lon", "alt_m", "direction_deg", "radius_m")
        position["source"] = row["position_source"]
    place = {"name": row["place_name"], "admin": row["place_admin"], "country": row["place_country"]}
    return {
        "taken_at": instant(row["taken_at"]),
        "taken_local": taken_local(row),
        "taken": taken(row),
        "utc_offset": utc_offset(row["utc_offset_min"]),
        "offset_source": row["offset_source"],
        "taken_source": row["taken_source"],
        "camera": {"make": row["camera_make"], "model": row["camera_model"], "lens": row["lens"]},
        "position": position,
        "place": place if any(place.values()) else None,
    }


def _items(found: dict[str, Json], analysis: str) -> list[Json]:
    items: list[Json] = found.get(analysis, {}).get(analysis) or []
    return items


def _spot(item: Json, what: str, version: str | None) -> Json:
    """Something that stands at a place in the picture; JSONB kept the parts of its box in an order of its own."""
    found = _pick(item, what, "score")
    found["certainty"] = certainty_of_score(version, found["score"])
    return {**found, "box": _pick(item["box"], "x", "y", "w", "h"), "at_s": item.get("at_s")}


def _line(item: Json, version: str | None) -> Json:
    """A line of writing; of one that was not read the score says that there is writing, not what."""
    line = {**_spot(item, "text", version), "read": item.get("read", True)}
    return line if line["read"] else {**line, "certainty": None}


def _face(row: Row) -> Json:
    # Nobody is named yet: `people` comes with its own issue, and says so by null rather than by a guess.
    return {
        "id": row["id"],
        "box": _pick(row, "x", "y", "w", "h"),
        "score": row["score"],
        "person": None,
        "probability": None,
        "at_s": row["at_s"],
    }


def _speech(data: Json, chosen: str | None, version: str | None) -> Json | None:
    if "segments" not in data:
        return None
    language = data.get("language")
    source = None if language is None else "person" if language == chosen else "speech"
    sure = data.get("language_probability")
    return {
        "language": language,
        "language_source": source,
        "language_probability": sure,
        "language_certainty": certainty_of_score(version, sure) if source == "speech" else None,
        "language_unsure": source != "person" and is_unsure(sure),
        "segments": [_segment(segment, data, chosen) for segment in data["segments"]],
    }


def _segment(segment: Json, data: Json, chosen: str | None) -> Json:
    """A stretch with its own language; older results have one for the whole."""
    language = segment.get("language", data.get("language"))
    probability = segment.get("language_probability", data.get("language_probability"))
    return {
        **_pick(segment, "start_s", "end_s", "text"),
        "language": language,
        "language_unsure": (language is None or language != chosen) and is_unsure(probability),
    }


def _described(row: Row, found: dict[str, Json]) -> Json:
    """Title and caption as the file or a sidecar has them, the comment, and the rating: a person's goes first."""
    said = found.get("metadata", {}).get("described") or {}
    names = ("title", "title_source", "caption", "caption_source")
    source = "person" if row["rating_decided"] else said.get("rating_source")
    told = {**_pick(said, *names), "comment": row["comment"]}
    return {**told, "rating": row["rating"], "rating_source": source if row["rating"] else None}


def _tags(decided: list[str], found: dict[str, Json], version: str | None) -> list[Json]:
    tags = [_given(label, "person") for label in decided]
    known = {label.casefold() for label in decided}
    for word in (found.get("metadata", {}).get("described") or {}).get("keywords") or []:
        if word["label"].casefold() not in known:
            tags.append(_given(word["label"], word["source"]))
    for tag in found.get("embedding", {}).get("tags") or []:
        certainty = certainty_of_score(version, tag["score"])
        tags.append({**_pick(tag, "label", "score"), "certainty": certainty, "source": "embedding"})
    return tags


def _given(label: str, source: str) -> Json:
    """A tag that nobody has to doubt."""
    return {"label": label, "score": None, "certainty": None, "source": source}


def _pick(row: Row, *names: str) -> Json:
    return {name: row.get(name) for name in names}
