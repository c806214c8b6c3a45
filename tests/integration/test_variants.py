"""Variants: what they know that the main file lacks, what they contradict, and which file an asset is shown by."""

import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from db import jobs, results
from db.connect import Database
from library import browse, joining
from tests.integration.shelf import Shelf, open_shelf
from tests.integration.test_belonging import REPORTS, roles
from tests.integration.test_joining import picture
from tests.integration.test_metadata_and_preview import tools  # noqa: F401 (a fixture)
from workers import metadata, preview
from workers.contract import Source, Tools


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path / "data") as made:
        yield made


def edited(source: Path, target: Path, *tags: str) -> Path:
    shutil.copy(source, target)
    subprocess.run(["exiftool", "-q", "-overwrite_original", *tags, str(target)], check=True)
    return target


def work(shelf: Shelf, tools: Tools) -> None:  # noqa: F811 (the fixture)
    """Both analyses of every asset, as a worker does them."""
    for analysis in (metadata.ANALYSIS, preview.ANALYSIS):
        opened = analysis.open(tools, analysis.settings())
        for row in shelf.rows("select id from job where analysis = %s and state = 'waiting'", analysis.name):
            with shelf.database.transaction() as connection:
                job = jobs.claim(connection, row["id"], "test", 60)
            assert job is not None
            place = shelf.store.place(job.kept, job.location)
            others = tuple((one["sha512"], shelf.store.place(one["kept"], one["location"])) for one in job.others)
            source = Source(
                job.asset_id,
                1,
                job.kind,
                job.mime,
                job.name,
                place,
                None,
                shelf.store.derived(job.sha512),
                others=others,
            )
            reason, state = "", "done"
            with shelf.database.transaction() as connection:
                try:
                    result: Any = analysis.analyse(opened, source)
                    results.save_result(connection, job.asset_id, analysis.name, "1", dict(analysis.data(result)))
                    analysis.save(connection, source, "1", result)
                except Exception as error:
                    reason, state = str(error), "failed"
                jobs.finish(connection, job.id, "test", state, version="1", seconds=0.1)
            if analysis.name == "preview":
                with shelf.database.transaction() as connection:
                    joining.show_better(connection, 1, job.asset_id, job.sha512, reason)
        if analysis.rest is not None:
            analysis.rest(opened)


def shown(shelf: Shelf) -> dict[str, Any]:
    (row,) = shelf.rows("select id from asset")
    with shelf.database.transaction() as connection:
        return browse.show_asset(connection, 1, row["id"])


@pytest.mark.parametrize("full_first", [True, False])
def test_a_variant_gives_what_the_main_file_lacks(shelf: Shelf, tools: Tools, full_first: bool) -> None:  # noqa: F811
    """Report 05."""
    for path in sorted((REPORTS / "05-variant-knows-more").glob("*.jpg"), reverse=full_first):
        shelf.ingest().copy(path, path.name, "command", 1)
    work(shelf, tools)
    asset = shown(shelf)
    assert asset["taken_local"] == "2018-05-06T07:08:09"
    assert (asset["position"]["lat"], asset["position"]["lon"]) == (45.0, 7.5)
    assert (asset["camera"]["make"], asset["camera"]["model"]) == ("Canon", "EOS 5D")
    if not full_first:
        assert asset["taken_source"] == "variant:ExifIFD:DateTimeOriginal"
        assert asset["position"]["source"] == "variant"
        (said,) = [file["says"] for file in asset["files"] if file["path"] == "2_full.jpg"]
        assert [(one["what"], one["used"]) for one in said] == [
            ("taken", True),
            ("position", True),
            ("camera", True),
        ]


def test_three_variants_each_know_something_and_one_contradicts(
    shelf: Shelf,
    tools: Tools,  # noqa: F811
    tmp_path: Path,
) -> None:
    plain = picture(tmp_path / "a.jpg", 1)
    files = [
        plain,
        edited(
            plain,
            tmp_path / "b.jpg",
            "-GPSLatitude=10",
            "-GPSLatitudeRef=N",
            "-GPSLongitude=20",
            "-GPSLongitudeRef=E",
        ),
        edited(plain, tmp_path / "c.jpg", "-DateTimeOriginal=2019:01:02 03:04:05", "-Make=Nikon"),
        edited(plain, tmp_path / "d.jpg", "-DateTimeOriginal=2011:01:02 03:04:05", "-Model=D90", "-Make=Nikon"),
    ]
    for path in files:
        shelf.ingest().copy(path, path.name, "command", 1)
    work(shelf, tools)
    asset = shown(shelf)
    assert asset["taken_local"] == "2019-01-02T03:04:05"
    assert asset["position"]["lat"] == 10.0
    said = {file["path"]: [(one["what"], one["used"]) for one in file["says"]] for file in asset["files"]}
    assert said == {
        "a.jpg": [],
        "b.jpg": [("position", True)],
        "c.jpg": [("taken", True), ("camera", True)],
        "d.jpg": [("taken", False), ("camera", False)],
    }


@pytest.mark.parametrize("turned_first", [True, False])
def test_who_knows_how_it_is_turned_is_shown(
    shelf: Shelf,
    tools: Tools,  # noqa: F811
    tmp_path: Path,
    turned_first: bool,
) -> None:
    plain = picture(tmp_path / "a.jpg", 1)
    turned = edited(plain, tmp_path / "b.jpg", "-n", "-Orientation=6")
    for path in sorted((plain, turned), reverse=turned_first):
        shelf.ingest().copy(path, path.name, "command", 1)
    work(shelf, tools)
    asset = shown(shelf)
    assert (asset["name"], asset["width"], asset["height"]) == ("b.jpg", 48, 64)


def test_pictures_that_are_turned_differently_are_two(shelf: Shelf, tmp_path: Path) -> None:
    plain = picture(tmp_path / "a.jpg", 1)
    for name, turn in (("b.jpg", 6), ("c.jpg", 8), ("d.jpg", 1)):
        path = edited(plain, tmp_path / name, "-n", f"-Orientation={turn}")
        shelf.ingest().copy(path, path.name, "command", 1)
    assert roles(shelf) == [["original b.jpg"], ["original c.jpg"], ["original d.jpg"]]


@pytest.mark.parametrize("broken_first", [True, False])
def test_a_broken_file_never_swallows_the_whole_one(
    shelf: Shelf,
    tools: Tools,  # noqa: F811
    tmp_path: Path,
    broken_first: bool,
) -> None:
    """A PNG whose checksums are wrong has the same picture data, and cannot be shown."""
    good = tmp_path / "good.png"
    Image.effect_mandelbrot((64, 48), (-2, -1.5, 1, 1.5), 50).convert("RGB").save(good)
    raw = bytearray(good.read_bytes())
    at = raw.index(b"IDAT")
    (length,) = struct.unpack(">I", raw[at - 4 : at])
    raw[at + 4 + length : at + 8 + length] = b"\0\0\0\0"
    bad = tmp_path / "bad.png"
    bad.write_bytes(raw)
    for path in (bad, good) if broken_first else (good, bad):
        shelf.ingest().copy(path, path.name, "command", 1)
    for _ in range(3):
        work(shelf, tools)
    asset = shown(shelf)
    assert asset["name"] == "good.png"
    assert asset["damaged"] is None
    assert {file["role"] for file in asset["files"]} == {"original", "variant"}


def test_films_without_packets_are_not_one(shelf: Shelf, tmp_path: Path) -> None:
    for number in range(4):
        film = tmp_path / f"{number}.mp4"
        command = [
            "ffmpeg",
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc=d=1:s=160x120:r=10",
            "-pix_fmt",
            "yuv420p",
        ]
        subprocess.run([*command, "-metadata", f"title=film {number}", str(film)], check=True)
        raw = film.read_bytes()
        for box in (b"stsz", b"stco", b"stsc", b"stts"):  # the tables that say where the packets are
            raw = raw.replace(box, b"free")
        film.write_bytes(raw)
        shelf.ingest().copy(film, film.name, "command", 1)
    assert shelf.count("asset") == 4
