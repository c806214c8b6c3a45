"""Sidecars: whose they are by their names, what they say, and that the file itself is believed first."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.capture import read_capture
from core.descriptions import description_terms
from core.geo import Position
from core.sidecars import (
    MOST_BYTES,
    TAKEOUT,
    XMP,
    complete_capture,
    position_beside,
    read_takeout,
    read_xmp,
    sidecar_kind,
)
from core.taken import Taken

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def takeout(**values: Any) -> bytes:
    return json.dumps({"photoTakenTime": {"timestamp": "1600000000"}, **values}).encode()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.xmp", b'<x:xmpmeta xmlns:x="adobe:ns:meta/">', XMP),
        ("a.XMP", b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><rdf:RDF>", XMP),
        ("a.xmp", b"<svg onload='alert(1)'>", None),
        ("a.jpg", b"<x:xmpmeta>", None),
        ("a.jpg.json", takeout(), TAKEOUT),
        ("a.jpg.json", b"\xef\xbb\xbf" + takeout(), TAKEOUT),
        ("metadata.json", b'{"title": "An album"}', None),
        ("metadata.json", b'{"title": "An album", "date": {}, "access": "protected", "geoData": {}}', None),
        ("a.json", b"[1, 2]", None),
        ("a.json", b"{" * 50_000, None),
        ("a.json", b'{"photoTakenTime": "\xff"}', None),
        ("a.json", b'{"photoTakenTime": "' + b"x" * MOST_BYTES + b'"}', None),
    ],
)
def test_what_is_a_sidecar(name: str, content: bytes, kind: str | None) -> None:
    assert sidecar_kind(name, content) == kind


@pytest.mark.parametrize(
    "values",
    [
        {"photoTakenTime": {"timestamp": "99999999999999999999"}, "geoData": {"latitude": 400, "longitude": 0}},
        {"photoTakenTime": {"timestamp": {}}, "geoData": [1, 2]},
        {"photoTakenTime": None, "geoData": {"latitude": "48", "longitude": None}},
        {"photoTakenTime": 5, "people": "Anna", "title": 7, "description": ["x"]},
        {"geoData": {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0}, "photoTakenTime": {}},
        {"geoData": {"latitude": 10**400, "longitude": 1}, "photoTakenTime": {}},
    ],
)
def test_nonsense_in_takeout_is_left_out(values: dict[str, Any]) -> None:
    said = read_takeout(json.dumps(values).encode())
    assert (said.taken_at, said.position, said.said.keywords) == (None, None, ())


def test_what_takeout_says_is_used_where_the_file_says_nothing() -> None:
    content = takeout(
        title="a.jpg",
        geoData={"latitude": 40.4168, "longitude": -3.7038, "altitude": 650.0},
        description="A bus\nin Madrid",
        people=[{"name": "Anna"}, {"name": 5}, "x"],
    )
    said = [read_takeout(content)]
    empty = read_capture({}, NOW)
    made = complete_capture(empty, said, NOW, position_zone=ZoneInfo("Europe/Madrid"))
    assert made.position == Position(40.4168, -3.7038, 650.0, source="sidecar")
    assert made.taken is not None
    assert (made.taken.local, made.taken.offset_min) == (datetime(2020, 9, 13, 14, 26, 40), 120)
    assert made.taken.source == "sidecar:photoTakenTime"
    terms = {(term.kind, term.words) for term in description_terms([each.said for each in said])}
    assert terms == {("tag", "Anna"), ("comment", "A bus"), ("comment", "in Madrid")}


def test_the_file_itself_is_believed_first_and_its_name_last() -> None:
    said = [read_takeout(takeout(geoData={"latitude": 1.0, "longitude": 2.0}))]
    tags = {
        "ExifIFD:DateTimeOriginal": "2019:05:01 10:00:00",
        "GPS:GPSLatitude": 38.7, "GPS:GPSLatitudeRef": "N", "GPS:GPSLongitude": 9.1, "GPS:GPSLongitudeRef": "W",
    }  # fmt: skip
    own = read_capture(tags, NOW)
    assert complete_capture(own, said, NOW) == own
    named = read_capture({}, NOW, name="IMG-20180203-WA0001.jpg")
    assert named.taken is not None
    taken = complete_capture(named, said, NOW).taken
    assert taken is not None
    assert taken.source == "sidecar:photoTakenTime"


def test_a_sidecar_tells_the_offset_of_the_same_wall_clock_and_what_is_older_than_a_scan() -> None:
    own = read_capture({"ExifIFD:DateTimeOriginal": "2017:03:04 05:06:07"}, NOW)

    def with_xmp(**tags: str) -> Taken | None:
        said = [read_xmp({f"XMP-{name.replace('_', ':')}": value for name, value in tags.items()})]
        return complete_capture(own, said, NOW).taken

    same = with_xmp(xmp_CreateDate="2017:03:04 05:06:07+01:00")
    assert same is not None
    assert (same.offset_min, same.source) == (60, "ExifIFD:DateTimeOriginal")
    other = with_xmp(xmp_CreateDate="2017:03:04 09:06:07+01:00")
    assert other is not None
    assert other.offset_min is None
    older = with_xmp(photoshop_DateCreated="1978")
    assert older is not None
    assert (older.local.year, older.precision) == (1978, "year")
    changed = complete_capture(read_capture({}, NOW), [read_xmp({"PNG:ModDate": "2020:01:01 10:00:00"})], NOW)
    assert changed.taken is None  # when a sidecar was changed says nothing about its photo


def test_an_xmp_sidecar_is_read_by_its_tags() -> None:
    tags = {
        "XMP-exif:GPSLatitude": 48.1367,
        "XMP-exif:GPSLongitude": 11.575,
        "XMP-exif:DateTimeOriginal": "2017:03:04 05:06:07+01:00",
        "XMP-dc:Subject": ["mountain", "snow"],
        "XMP-dc:Title": "The top",
    }
    said = [replace(read_xmp({}), tags={}), read_xmp(tags)]
    position = position_beside(said)
    assert position is not None
    assert (position.lat, position.source) == (48.1367, "sidecar")
    taken = complete_capture(read_capture({}, NOW), said, NOW).taken
    assert taken is not None
    assert (taken.local, taken.offset_min, taken.source) == (
        datetime(2017, 3, 4, 5, 6, 7),
        60,
        "sidecar:XMP-exif:DateTimeOriginal",
    )
    assert [term.words for term in description_terms([each.said for each in said])] == [
        "mountain",
        "snow",
        "The top",
    ]
