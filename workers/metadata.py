"""When, where and with what a file was taken: its tags, the town and time zone of its position. Asks no model."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import field_validator
from pydantic_settings import SettingsConfigDict

from core.capture import Capture, position_of, projection_of, read_capture
from core.descriptions import VARIANT, Description, described, description_terms, read_description
from core.errors import UnreadableMedia
from core.geo import Position
from core.media import Kind
from core.sidecars import complete_capture, position_beside
from core.taken import Taken
from core.terms import Term, TermKind
from core.tracks import TrackPoint, simplify
from core.variants import Statement, Told, complete_from
from db import results, terms
from db.connect import Connection
from media.complaints import damage_in
from media.exiftool import ExifTool, Json
from media.location_box import location_tags
from media.places import Place, TimeZones, Towns
from media.staging import INCOMING
from media.tracks import Track, may_have_track, read_track
from media.wholeness import look_whole
from workers.beside import read_sidecars
from workers.contract import Analysis, AnalysisSettings, Source, Tools


class Settings(AnalysisSettings):
    """FOVEA_METADATA__…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_METADATA__", extra="ignore")
    home_zone: str | None = None
    """Time zone ("Europe/Berlin") of pictures that say neither their offset nor their position."""

    @field_validator("home_zone")
    @classmethod
    def known_zone(cls, name: str | None) -> str | None:
        if name:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise ValueError(f"there is no time zone {name!r}; Europe/Berlin is one") from error
        return name or None


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading needs. Towns and zones are loaded with the first position: many libraries have none."""

    exiftool: ExifTool
    tools: Tools
    home_zone: ZoneInfo | None

    def towns(self) -> Towns:
        atlas = self.tools.weight("world-atlas")
        return _load_towns(self.tools.weight("geonames-places"), atlas / "countries-50m.json")

    def zones(self) -> TimeZones:
        return _load_zones()


@dataclass(frozen=True, slots=True)
class Metadata:
    """`projection` names a 360° picture's ("equirectangular"); `track` is the way a video was taken along,
    thinned. `tags` are all raw tags, `shown` those that ExifTool words differently for people, `complaints` what
    is wrong with the file or its sidecars, `descriptions` what people wrote into the file and its sidecars,
    `damaged` as in preview, `statements` what its other files say."""

    capture: Capture
    projection: str | None
    track: tuple[TrackPoint, ...]
    zone: str | None
    place: Place | None
    tags: dict[str, Json]
    shown: dict[str, Json]
    complaints: tuple[str, ...]
    descriptions: tuple[Description, ...] = ()
    damaged: str | None = None
    statements: tuple[Statement, ...] = ()


# Shared by the threads of a process: 40 MB each would add up.
@lru_cache(maxsize=1)
def _load_towns(towns: Path, countries: Path) -> Towns:
    return Towns(towns, countries)


@lru_cache(maxsize=1)
def _load_zones() -> TimeZones:
    return TimeZones()


def open_reader(tools: Tools, settings: Settings) -> Reader:
    home = ZoneInfo(settings.home_zone) if settings.home_zone else None
    return Reader(ExifTool(beside=tools.data / INCOMING), tools, home)


def analyse(reader: Reader, source: Source) -> Metadata:
    now = datetime.now(UTC)
    raw = reader.exiftool.read(source.original)
    found = read_track(source.original) if source.kind is Kind.VIDEO and may_have_track(raw.values) else Track([])
    track = simplify(found.points)
    tags = {"Composite:GPSDateTime": found.gps_time, **raw.values} if found.gps_time else raw.values
    tags = {**tags, **location_tags(source.original)} if source.kind is Kind.VIDEO else tags
    beside, complaints = read_sidecars(reader.exiftool, source.sidecars)
    others, unread = _read_others(reader, source)
    # By trust: the file's tags, the way it was taken along, other files of the picture, what lies beside it.
    own = position_of(tags) or _start(track)
    position = own or _position_in(others) or position_beside(beside)
    place, zone = None, None
    if position is not None:
        zones = reader.zones()
        place = reader.towns().place_of(position.lat, position.lon, zones.name_of)
        zone = zones.zone_of(position.lat, position.lon)
    home = reader.home_zone
    capture = read_capture(tags, now, shown=raw.shown, position_zone=zone, home_zone=home, name=source.name)
    told = [Told(sha512, read_capture(each, now, position_zone=zone, home_zone=home)) for sha512, each in others]
    capture, statements = complete_from(replace(capture, position=own), told)
    capture = complete_capture(capture, beside, now, position_zone=zone, home_zone=home)
    return Metadata(
        capture=capture,
        projection=projection_of(tags),
        track=tuple(track),
        zone=zone.key if zone else None,
        place=place,
        tags=raw.values,
        shown=raw.shown,
        complaints=(*raw.complaints, *filter(None, [found.complaint]), *complaints, *unread),
        descriptions=(
            read_description(tags),
            *(read_description(each, VARIANT) for _, each in others),
            *(each.said for each in beside),
        ),
        damaged=look_whole(source.original, source.mime).damage or damage_in(raw.complaints),
        statements=tuple(statements),
    )


def _read_others(reader: Reader, source: Source) -> tuple[list[tuple[str, dict[str, Json]]], list[str]]:
    """SHA-512 and tags of the picture's other files, and complaints about those that could not be read."""
    found: list[tuple[str, dict[str, Json]]] = []
    complaints: list[str] = []
    for sha512, place in source.others:
        try:
            found.append((sha512, reader.exiftool.read(source.bring(place)).values))
        except (OSError, UnreadableMedia) as error:
            complaints.append(f"another file of it: {error}")
    return found, complaints


def _position_in(others: list[tuple[str, dict[str, Json]]]) -> Position | None:
    return next((position for _, tags in others if (position := position_of(tags)) is not None), None)


def _start(track: list[TrackPoint]) -> Position | None:
    return Position(track[0].lat, track[0].lon, track[0].alt_m, source="track") if track else None


def data(result: Metadata) -> Mapping[str, Any]:
    capture = result.capture
    return {
        "taken": _taken_as_json(capture.taken),
        "camera": asdict(capture.camera),
        "exposure": asdict(capture.exposure),
        "position": asdict(capture.position) if capture.position else None,
        "projection": result.projection,
        "track": [_point_as_json(point) for point in result.track],
        "gps_time": capture.gps_time.isoformat() if capture.gps_time else None,
        "zone": result.zone,
        "place": asdict(result.place) if result.place else None,
        "orientation": capture.orientation,
        "width": capture.width,
        "height": capture.height,
        "duration_s": capture.duration_s,
        "described": described(result.descriptions),
        "tags": result.tags,
        "shown": result.shown,
        "complaints": list(result.complaints),
        "damaged": result.damaged,
        "statements": [asdict(each) for each in result.statements],
    }


def save(connection: Connection, source: Source, version: str, result: Metadata) -> None:
    results.set_capture(connection, source.asset_id, _facts(result))
    results.set_damaged(connection, source.asset_id, ANALYSIS.name, result.damaged)
    terms.replace_terms(connection, source.asset_id, ANALYSIS.name, version, _terms(result))


def _taken_as_json(taken: Taken | None) -> dict[str, Any] | None:
    if taken is None:
        return None
    return {
        "local": taken.local.isoformat(),
        "utc_offset_min": taken.offset_min,
        "offset_source": taken.offset_source,
        "instant": taken.instant.isoformat() if taken.instant else None,
        "source": taken.source,
        "precision": taken.precision,
        "basis": taken.basis,
        "about": taken.about,
        "doubt": taken.doubt,
    }


def _point_as_json(point: TrackPoint) -> dict[str, float | None]:
    alt_m = None if point.alt_m is None else round(point.alt_m, 1)
    return {"at_s": round(point.at_s, 3), "lat": round(point.lat, 7), "lon": round(point.lon, 7), "alt_m": alt_m}


def _facts(result: Metadata) -> dict[str, Any]:
    """The columns of `db.results.set_capture`."""
    capture, place = result.capture, result.place
    position = capture.position
    return {
        **time_facts(capture.taken),
        "camera_make": capture.camera.make,
        "camera_model": capture.camera.model,
        "lens": capture.camera.lens,
        "lat": position.lat if position else None,
        "lon": position.lon if position else None,
        "alt_m": position.alt_m if position else None,
        "direction_deg": position.direction_deg if position else None,
        "radius_m": position.radius_m if position else None,
        "position_source": position.source if position else None,
        "place_name": place.name if place else None,
        "place_admin": place.admin if place else None,
        "place_country": place.country if place else None,
        "width": capture.width,
        "height": capture.height,
        "duration_s": capture.duration_s,
        "file_rating": described(result.descriptions)["rating"],
    }


def time_facts(taken: Taken | None) -> dict[str, Any]:
    """The columns that tell the time; a clock that was ahead of its time is kept in one of its own."""
    is_ahead = taken is not None and taken.doubt == "future"
    return {
        "taken_at": taken.instant if taken else None,
        "taken_local": taken.local if taken and not is_ahead else None,
        "doubted_local": taken.local if taken and is_ahead else None,
        "utc_offset_min": taken.offset_min if taken else None,
        "offset_source": taken.offset_source if taken else None,
        "taken_source": taken.source if taken else None,
        "taken_precision": taken.precision if taken else None,
        "taken_basis": taken.basis if taken else None,
        "taken_about": taken.about if taken else False,
        "taken_doubt": taken.doubt if taken else None,
    }


def _terms(result: Metadata) -> list[Term]:
    """Words to be found by: town, suburb, region and country each for itself; the camera; the lens."""
    words: list[tuple[TermKind, str | None]] = []
    if (place := result.place) is not None:
        suburb = place.nearest if place.name else None
        words += [("place", each) for each in dict.fromkeys((place.name, suburb, place.admin, place.country))]
    camera = result.capture.camera
    makers = dict.fromkeys((camera.make, *camera.spellings))
    words += [("camera", " ".join(filter(None, (make, camera.model)))) for make in makers]
    words.append(("camera", camera.lens))
    return [Term(kind=kind, words=each) for kind, each in words if each] + description_terms(result.descriptions)


ANALYSIS = Analysis(
    name="metadata",
    version=8,
    kinds=frozenset(Kind),
    settings=Settings,
    open=open_reader,
    analyse=analyse,
    data=data,
    save=save,
    limit_s=360.0,
    rest=lambda reader: reader.exiftool.close(),
)
