"""The analyses `metadata` and `preview` on real files, saved in a real database."""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from core.errors import UnreadableMedia
from core.media import Kind
from db import results
from db.connect import Connection, Database
from engines.door import EngineDoor
from media.derived import DerivedFolder
from media.kinds import sniff
from media.weights import WeightStore, default_folder, load_manifest
from tests.integration.library_rows import OWNER, new_asset
from tests.media_files import media_files
from workers import metadata, preview
from workers.contract import Source, Tools


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    weights = WeightStore(default_folder(os.environ), load_manifest())
    return Tools(EngineDoor(weights.path, 2), weights.path, tmp_path)


def source_of(path: Path, tools: Tools, asset_id: int = 0) -> Source:
    sniffed = sniff(path)
    derived = DerivedFolder(tools.data, hashlib.sha512(path.read_bytes()).digest())
    return Source(asset_id, OWNER, sniffed.kind, sniffed.mime, path.name, path, None, derived)


def read(path: Path, tools: Tools, **given: Any) -> metadata.Metadata:
    reader = metadata.open_reader(tools, metadata.Settings(**given))
    try:
        return metadata.analyse(reader, source_of(path, tools))
    finally:
        reader.exiftool.close()


# What the files' makers say of them; positions within 2 m, times to the second.
TRUTHS = [
    (
        "heic-iphone", "2023-02-21T14:33:08", 180, "tag",
        "Apple", "iPhone 13 Pro", 44.85048, 34.97665, "Sudak",
    ),
    (
        "jpeg-south-offset", "2017-06-20T17:18:56", 570, "tag",
        "Apple", "iPhone 6s", -34.91889, 138.59686, "Adelaide",
    ),
    (
        "jpeg-south", "2005-12-28T03:25:07", 660, "position_time_zone",
        "Canon", "DIGITAL IXUS IIs", -35.29576, 149.12657, "Canberra",
    ),
    (
        "jpeg-west", "2012-12-23T14:47:49", -480, "position_time_zone",
        "Apple", "iPhone 4S", 37.81467, -122.26417, "Oakland",
    ),
    (
        "jpeg-east", "2016-03-24T14:49:51", 480, "gps_time",
        "Apple", "iPhone 6 Plus", 40.00409, 116.48478, "Beijing",
    ),
    (
        "jpeg-town", "2015-12-06T11:37:38", 60, "gps_time",
        "Apple", "iPhone 6", 46.63383, 13.40483, "Hermagor",
    ),
    (
        "quicktime", "2020-01-05T14:13:13", -480, "tag",
        None, None, 34.0533, -118.2423, "Los Angeles",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("weight", "local", "offset_min", "offset_source", "make", "model", "lat", "lon", "town"), TRUTHS
)
def test_real_files_say_when_where_and_with_what(
    tools: Tools, weight: str, local: str, offset_min: int, offset_source: str,
    make: str | None, model: str | None, lat: float, lon: float, town: str,
) -> None:  # fmt: skip
    result = read(media_files().path(weight), tools)
    taken, position, place = result.capture.taken, result.capture.position, result.place
    assert taken is not None
    assert position is not None
    assert place is not None
    assert taken.local.replace(microsecond=0).isoformat() == local
    assert (taken.offset_min, taken.offset_source) == (offset_min, offset_source)
    assert (result.capture.camera.make, result.capture.camera.model) == (make, model)
    assert (position.lat, position.lon) == pytest.approx((lat, lon), abs=2e-5)
    assert place.name == town


def test_saved_with_its_words_and_all_tags(tools: Tools, database: Database) -> None:
    path = media_files().path("jpeg-south-offset")
    result = read(path, tools)
    with database.transaction() as connection:
        asset_id = new_asset(connection, taken_local=None)
        metadata.save(connection, source_of(path, tools, asset_id), "1", result)
        results.save_result(connection, asset_id, "metadata", "1", dict(metadata.data(result)))
    with database.transaction() as connection:
        row = only(connection, "select * from asset where id = %s", asset_id)
        words = connection.execute("select kind, words from term where asset_id = %s", [asset_id]).fetchall()
        data = only(connection, "select data from result where asset_id = %s", asset_id)["data"]
    assert row["taken_at"] == datetime(2017, 6, 20, 7, 48, 56, 518000, tzinfo=UTC)
    assert (row["utc_offset_min"], row["offset_source"]) == (570, "tag")
    assert row["lat"] == pytest.approx(-34.91889, abs=1e-5)
    assert (row["place_name"], row["place_admin"], row["place_country"]) == (
        "Adelaide",
        "South Australia",
        "Australia",
    )
    assert {("place", "Adelaide"), ("place", "Australia"), ("camera", "Apple iPhone 6s")} <= {
        (each["kind"], each["words"]) for each in words
    }
    assert data["tags"]["ExifIFD:OffsetTimeOriginal"] == "+09:30"
    assert data["zone"] == "Australia/Adelaide"


def only(connection: Connection, sql: str, value: object) -> dict[str, Any]:
    row = connection.execute(sql, [value]).fetchone()  # type: ignore[call-overload]
    assert row is not None
    return dict(row)


@pytest.mark.parametrize("weight", ["videos", "pictures", "broken"])
def test_whatever_the_tags_are_they_can_be_stored(tools: Tools, database: Database, weight: str) -> None:
    for path in sorted(media_files().path(weight).iterdir()):
        result = read(path, tools)
        encoded = json.dumps(dict(metadata.data(result)), allow_nan=False)
        with database.transaction() as connection:
            connection.execute("select %s::jsonb", [Jsonb(json.loads(encoded))])


def test_home_zone_is_used_when_nothing_else_tells(tools: Tools) -> None:
    path = media_files().path("scene-change")
    without = read(path, tools).capture.taken
    at_home = read(path, tools, home_zone="Asia/Tokyo").capture.taken
    if without is not None:
        assert at_home is not None
        assert at_home.offset_source == "setting"
        assert at_home.instant == without.instant
    with pytest.raises(ValueError, match="no time zone"):
        metadata.Settings(home_zone="Middle/Earth")


def render(path: Path, tools: Tools) -> tuple[preview.Preview, Source]:
    renderer = preview.open_renderer(tools, preview.Settings())
    source = source_of(path, tools)
    try:
        return preview.analyse(renderer, source), source
    finally:
        renderer.decoders.rest()


def test_preview_of_a_photo(tools: Tools, database: Database) -> None:
    result, source = render(media_files().path("heic-iphone"), tools)
    assert source.derived.preview.read_bytes()[:3] == b"\xff\xd8\xff"
    assert source.derived.thumbnail.read_bytes()[8:12] == b"WEBP"
    assert source.derived.frames() == []
    with database.transaction() as connection:
        asset_id = new_asset(connection)
        preview.save(connection, source_of(source.original, tools, asset_id), "1", result)
        row = only(connection, "select width, height, placeholder from asset where id = %s", asset_id)
    assert (row["width"], row["height"], row["placeholder"]) == (4032, 3024, result.placeholder)


def test_preview_of_a_video(tools: Tools) -> None:
    result, source = render(media_files().path("scene-change"), tools)
    assert source.kind is Kind.VIDEO
    assert result.duration_s == pytest.approx(4.93, abs=0.05)
    assert [round(at_s * 1000) for at_s, _ in source.derived.frames()] == list(result.frames_ms) == [0, 3203]
    assert result.poster_ms in result.frames_ms
    assert source.derived.preview.read_bytes() == source.derived.frame(result.poster_ms).read_bytes()
    again, _ = render(source.original, tools)
    assert again == result


def test_a_broken_file_is_refused_and_leaves_nothing(tools: Tools) -> None:
    broken = media_files().path("broken") / "truncated.jpg"
    with pytest.raises(UnreadableMedia, match=r"truncated\.jpg"):
        render(broken, tools)
    assert not source_of(broken, tools).derived.path.exists()
    assert list((tools.data / "derived").glob("??/*")) == []
