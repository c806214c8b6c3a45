"""Inputs of public reports about wrong dates, each with its right value: read, kept, listed, found, shown."""

import hashlib
import os
import struct
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.taken import Taken
from db.connect import Database
from engines.door import EngineDoor
from fovea.browse import asset_lines, summary_line
from library.browse import list_assets, show_asset, timeline
from library.search import search
from media.derived import DerivedFolder
from media.kinds import sniff
from media.weights import WeightStore, default_folder, load_manifest
from tests import maker_notes
from tests.integration.library_rows import OWNER, new_asset
from tests.media_files import media_files
from workers import metadata
from workers.contract import Source, Tools

REPORTS = Path(__file__).parents[1] / "data" / "reports"
WALL = datetime(2004, 6, 15, 10, 11, 12)
Read = Callable[..., metadata.Metadata]


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    weights = WeightStore(default_folder(os.environ), load_manifest())
    return Tools(EngineDoor(weights.path, 2), weights.path, tmp_path)


@pytest.fixture
def read(tools: Tools) -> Read:
    def analyse(path: Path, *sidecars: Path) -> metadata.Metadata:
        reader = metadata.open_reader(tools, metadata.Settings())
        try:
            return metadata.analyse(reader, replace(_source(path, tools), beside=sidecars))
        finally:
            reader.exiftool.close()

    return analyse


def _source(path: Path, tools: Tools) -> Source:
    sniffed = sniff(path)
    derived = DerivedFolder(tools.data, hashlib.sha512(path.read_bytes()).digest())
    return Source(0, OWNER, sniffed.kind, sniffed.mime, path.name, path, None, derived)


def _when(found: metadata.Metadata) -> tuple[str, str, int | None, str] | None:
    taken = found.capture.taken
    if taken is None:
        return None
    return taken.local.isoformat(), taken.precision, taken.offset_min, taken.source


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("07-partial-date-scan/scan_year.jpg", ("1978-01-01T00:00:00", "year", None, "XMP-photoshop:DateCreated")),
        ("09-date-only-tag/g_embedded.jpg", ("2021-06-15T00:00:00", "day", None, "XMP-photoshop:DateCreated")),
        ("10-iptc-date-only/agency.jpg", ("2004-02-26T00:00:00", "day", None, "IPTC:DateCreated")),
        ("12-hour-24/DSC_0001.jpg", ("2015-08-22T00:08:19", "second", None, "ExifIFD:DateTimeOriginal")),
        ("14-offset-of-the-edit/b.jpg", ("2023-05-01T12:00:00", "second", 540, "ExifIFD:DateTimeOriginal")),
        ("16-gps-date-1899/Chars_exiftool.jpg", None),
        ("18-default-date-2002/IMG_20130712_165427.jpg", ("2013-07-12T16:54:27", "second", None, "file_name")),
        ("19-name-against-modify/IMG_20130712_165427.jpg", ("2013-07-12T16:54:27", "second", None, "file_name")),
        (
            "21-korean-pm/스크린샷 2024-05-03 오후 3.30.15.png",
            ("2024-05-03T15:30:15", "second", None, "file_name"),
        ),
        ("25-nikon-mov/DSC_5236.MOV", ("2024-09-28T12:54:53", "second", 480, "Nikon:DateTimeOriginal")),
        (
            "28-phone-clip-local-name/20240128_105420.mp4",
            ("2024-01-28T10:54:20", "second", 60, "QuickTime:CreateDate"),
        ),
        ("55-gnome-png/gnome.png", ("2019-03-05T14:13:31", "second", 60, "PNG:CreationTime")),
    ],
)
def test_inputs_of_reports(read: Read, path: str, expected: tuple[str, str, int | None, str] | None) -> None:
    assert _when(read(REPORTS / path)) == expected


def test_a_day_in_a_sidecar_is_a_day(read: Read) -> None:
    folder = REPORTS / "09-date-only-tag"
    expected = ("2021-06-15T00:00:00", "day", None, "sidecar:XMP-exif:DateTimeOriginal")
    assert _when(read(folder / "f.jpg", folder / "f.xmp")) == expected


def _tagged(path: Path, *tags: str) -> Path:
    maker_notes.plain_jpeg(path)
    subprocess.run(["exiftool", "-q", "-n", "-overwrite_original", *tags, str(path)], check=True)
    return path


@pytest.mark.parametrize(
    ("name", "tags", "expected"),
    [
        # 07, 09, 10: years, months and days in each family, against the day of scanning.
        (
            "a.jpg",
            ["-XMP-photoshop:DateCreated=1978:06", "-EXIF:CreateDate=2019:05:05 10:00:01"],
            ("1978-06-01T00:00:00", "month", None),
        ),
        (
            "a.jpg",
            ["-XMP-exif:DateTimeOriginal=1965", "-EXIF:CreateDate=2019:05:05 10:00:01"],
            ("1965-01-01T00:00:00", "year", None),
        ),
        (
            "a.jpg",
            ["-IPTC:DateCreated=1978:06:15", "-EXIF:DateTimeOriginal=2019:05:05 10:00:01"],
            ("1978-06-15T00:00:00", "day", None),
        ),
        (
            "a.jpg",
            ["-IPTC:DateCreated=1978:06:15", "-IPTC:TimeCreated=10:11:12+01:00"],
            ("1978-06-15T10:11:12", "second", 60),
        ),
        ("a.jpg", ["-XMP-xmp:CreateDate=2021"], ("2021-01-01T00:00:00", "year", None)),
        ("a.jpg", ["-EXIF:DateTimeOriginal#=1978:00:00 00:00:00"], ("1978-01-01T00:00:00", "year", None)),
        # 12: blanks, padding, second 60.
        ("a.jpg", ["-EXIF:DateTimeOriginal#=2021:06:15   :  :  "], ("2021-06-15T00:00:00", "day", None)),
        ("a.jpg", ["-EXIF:DateTimeOriginal#=2021: 6: 5  9: 8: 7"], ("2021-06-05T09:08:07", "second", None)),
        ("a.jpg", ["-EXIF:DateTimeOriginal#=2021:06:05 09:08:60"], ("2021-06-05T09:09:00", "second", None)),
        ("a.jpg", ["-EXIF:DateTimeOriginal#=2021:06:05 24:00:30"], ("2021-06-05T00:00:30", "second", None)),
        # 14: offsets of another time, and offsets that the place contradicts.
        (
            "a.jpg",
            [
                "-EXIF:DateTimeOriginal=2023:05:01 12:00:00",
                "-EXIF:ModifyDate=2023:05:20 18:00:00",
                "-EXIF:OffsetTime=+02:00",
            ],
            ("2023-05-01T12:00:00", "second", None),
        ),
        (
            "a.jpg",
            [
                "-EXIF:DateTimeOriginal=2023:05:01 12:00:00",
                "-EXIF:OffsetTimeOriginal=+02:00",
                "-GPSLatitude=-33.85",
                "-GPSLatitudeRef=S",
                "-GPSLongitude=151.2",
                "-GPSLongitudeRef=E",
            ],
            ("2023-05-01T12:00:00", "second", 600),
        ),
        # 18: defaults lose to the name, and to the time of a change.
        (
            "20080203_101112.jpg",
            ["-EXIF:DateTimeOriginal=2000:01:01 00:00:00"],
            ("2008-02-03T10:11:12", "second", None),
        ),
        (
            "a.jpg",
            ["-EXIF:CreateDate=2002:12:08 12:00:00", "-EXIF:ModifyDate=2013:07:12 16:54:27"],
            ("2013-07-12T16:54:27", "second", None),
        ),
        # 25: the camera's zone, and XMP's for the same wall clock.
        (
            "a.jpg",
            ["-EXIF:DateTimeOriginal=2023:05:01 12:00:00", "-XMP-xmp:CreateDate=2023:05:01 12:00:00-02:30"],
            ("2023-05-01T12:00:00", "second", -150),
        ),
    ],
)
def test_further_inputs(
    read: Read, tmp_path: Path, name: str, tags: list[str], expected: tuple[str, str, int | None]
) -> None:
    found = _when(read(_tagged(tmp_path / name, *tags)))
    assert found is not None
    assert found[:3] == expected


@pytest.mark.parametrize("make", [maker_notes.reconyx, maker_notes.casio_qv, maker_notes.canon_ciff])
def test_dates_that_only_makers_notes_have(read: Read, tmp_path: Path, make: Callable[..., Path]) -> None:
    for wall in (WALL, datetime(1999, 12, 31, 23, 59, 58)):
        found = _when(read(make(tmp_path / "photo.jpg", wall)))
        assert found is not None
        assert (found[0], found[2]) == (wall.isoformat(), None)


def test_olympus_films(read: Read, tmp_path: Path) -> None:
    film = media_files().path("formats-video") / "test.avi"
    found = _when(read(maker_notes.olympus_avi(tmp_path / "film.avi", WALL, film)))
    assert found == (WALL.isoformat(), "second", None, "Olympus:DateTime1")


XMP = b"""<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
<rdf:Description xmlns:exif='http://ns.adobe.com/exif/1.0/' exif:DateTimeOriginal='2011-07-09T10:11:12'
 exif:GPSLatitude='48,51.498N' exif:GPSLongitude='2,17.7E'/></rdf:RDF></x:xmpmeta>"""


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        (b"_PMX" + struct.pack("<I", len(XMP)) + XMP, ("2011-07-09T10:11:12", "second", 120)),
        (b"IDIT\x1a\0\0\0SAT JUL 09 10:11:12 2011\n\0", ("2011-07-09T10:11:12", "second", None)),
        (
            b"LIST\x1a\0\0\0INFOICRD\x0e\0\0\0" + b"2011-07-09".ljust(14, b"\0"),
            ("2011-07-09T00:00:00", "day", None),
        ),
    ],
)
def test_what_stands_behind_the_pictures_of_an_avi(
    read: Read, tmp_path: Path, chunk: bytes, expected: tuple[str, str, int | None]
) -> None:
    bare = tmp_path / "bare.avi"
    source = media_files().path("formats-video") / "test.avi"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", source, "-c", "copy", "-map_metadata", "-1", "-fflags", "+bitexact", bare],
        check=True,
    )
    assert _when(read(bare)) is None
    found = _when(read(maker_notes.with_chunk(tmp_path / "film.avi", bare, chunk, at_end=True)))
    assert found is not None
    assert found[:3] == expected


def test_png_times_in_other_forms(read: Read, tmp_path: Path) -> None:
    for text, local in (
        ("Tue, 05 Mar 2019 14:13:31 +0100", "2019-03-05T14:13:31"),
        ("2019-03-05T14:13:31+01:00", "2019-03-05T14:13:31"),
        ("mar. 05 mars 2019 14:13:31", "2019-03-05T14:13:31"),
        ("2019年03月05日 14時13分31秒", "2019-03-05T14:13:31"),
    ):
        path = tmp_path / "shot.png"
        content = (media_files().path("formats-hopper") / "hopper.png").read_bytes()
        body = b"iTXtCreation Time\0\0\0\0\0" + text.encode()
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", __import__("zlib").crc32(body))
        path.write_bytes(content[:33] + chunk + content[33:])
        found = _when(read(path))
        assert found is not None
        assert found[0] == local, text


def _keep(database: Database, taken: Taken | None) -> int:
    """An asset whose metadata say this time."""
    with database.transaction() as connection:
        return new_asset(connection, **metadata.time_facts(taken))


@pytest.fixture
def kept(database: Database) -> dict[str, int]:
    when = datetime(2020, 5, 15, 10, 25, 45)
    return {
        name: _keep(database, taken)
        for name, taken in {
            "year": Taken(datetime(1978, 1, 1), None, None, "XMP-photoshop:DateCreated", "year"),
            "month": Taken(datetime(1978, 6, 1), None, None, "XMP-exif:DateTimeOriginal", "month"),
            "new year": Taken(datetime(1978, 1, 1), None, None, "IPTC:DateCreated", "day"),
            "midsummer": Taken(datetime(1978, 6, 24, 12), 60, "tag", "ExifIFD:DateTimeOriginal"),
            "changed": Taken(when, None, None, "IFD0:ModifyDate", basis="change"),
            "utc": Taken(datetime(2024, 1, 28, 9, 54, 20), 0, "utc", "QuickTime:CreateDate"),
            "future": Taken(datetime(2099, 1, 1, 10), None, None, "ExifIFD:DateTimeOriginal", doubt="future"),
            "default": Taken(datetime(2000, 1, 1), None, None, "ExifIFD:DateTimeOriginal", doubt="default"),
            "none": None,
        }.items()
    }


def test_shown_as_what_it_is(database: Database, kept: dict[str, int]) -> None:
    with database.transaction() as connection:
        shown = {name: show_asset(connection, OWNER, asset_id) for name, asset_id in kept.items()}
    words = {name: asset["taken"] and asset["taken"]["words"] for name, asset in shown.items()}
    assert words == {
        "year": "1978",
        "month": "June 1978",
        "new year": "1 January 1978",
        "midsummer": "24 June 1978, 12:00:00 +01:00",
        "changed": "changed 15 May 2020, 10:25:45",
        "utc": "28 January 2024, 09:54:20 (UTC, zone unknown)",
        "future": "1 January 2099, 10:00:00 (clock implausible)",
        "default": "1 January 2000, 00:00:00 (clock implausible)",
        "none": None,
    }
    assert [shown[name]["taken_local"] for name in ("year", "month", "new year", "future", "none")] == [
        *("1978", "1978-06", "1978-01-01", "2099-01-01T10:00:00", None),
    ]
    year, future = shown["year"]["taken"], shown["future"]["taken"]
    assert (year["earliest"], year["latest"]) == ("1978-01-01T00:00:00", "1978-12-31T23:59:59")
    assert (year["precision"], year["source"], year["decided"]) == ("year", "XMP-photoshop:DateCreated", False)
    assert (future["plausible"], future["doubt"]) == (False, "future")
    assert shown["changed"]["taken"]["basis"] == "change"
    assert shown["utc"]["taken"]["clock"] == "utc"
    assert any(line.split() == ["when", "1978"] for line in asset_lines(shown["year"]))


def test_sorted_and_counted_by_what_is_known(database: Database, kept: dict[str, int]) -> None:
    with database.transaction() as connection:
        days = [(day["day"], day["count"]) for day in timeline(connection, OWNER)["days"]]
        assert days == [
            *(("2024-01-28", 1), ("2020-05-15", 1), ("2000-01-01", 1), ("1978-06-24", 1), ("1978-06", 1)),
            *(("1978-01-01", 1), ("1978", 1), (None, 2)),
        ]
        for day, name in (("1978", "year"), ("1978-06", "month"), ("1978-01-01", "new year")):
            items = list_assets(connection, OWNER, limit=0, day=day)["items"]
            assert [item["id"] for item in items] == [kept[name]], day
        undated = list_assets(connection, OWNER, limit=0, day="none")["items"]
        assert {item["id"] for item in undated} == {kept["future"], kept["none"]}
        lines = [summary_line(item) for item in list_assets(connection, OWNER, limit=0)["items"]]
    assert sum("clock implausible" in line for line in lines) == 2
    assert any("changed 15 May 2020" in line for line in lines)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("taken:1978", {"year", "month", "new year", "midsummer"}),
        ("taken:1978-01", {"new year"}),
        ("taken:1978-01-01", {"new year"}),
        ("taken:1978-06", {"month", "midsummer"}),
        ("taken:1978-06-01", set()),
        ("taken:1978-06-01..1978-06-29", {"midsummer"}),
        ("taken:1977-06..1978-11", {"month", "new year", "midsummer"}),
        ("taken:..1978", {"year", "month", "new year", "midsummer"}),
        ("taken:2020..", {"changed", "utc"}),
        ("taken:2099", {"future"}),
    ],
)
def test_found_by_what_is_known(database: Database, kept: dict[str, int], query: str, names: set[str]) -> None:
    with database.transaction() as connection:
        found = search(connection, OWNER, query, limit=0)["items"]
    assert {item["asset"]["id"] for item in found} == {kept[name] for name in names}
    assert all(item["why"] for item in found)


def test_a_clock_ahead_of_its_time_is_kept(read: Read, tmp_path: Path) -> None:
    for year in (2038, 2099):
        path = _tagged(tmp_path / f"{year}.jpg", f"-EXIF:DateTimeOriginal={year}:01:19 03:14:07")
        facts = metadata.time_facts(read(path).capture.taken)
        assert (facts["taken_local"], facts["taken_at"]) == (None, None)
        assert facts["doubted_local"] == datetime(year, 1, 19, 3, 14, 7)
    assert datetime.now(UTC).year < 2038
