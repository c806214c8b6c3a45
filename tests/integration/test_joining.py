"""Files that show the same, and files that belong together: one asset, whoever of them came first."""

import hashlib
import json
import shutil
import struct
import subprocess
from collections.abc import Iterator
from datetime import datetime
from itertools import permutations
from pathlib import Path

import piexif  # type: ignore[import-untyped]
import pytest
from PIL import Image

from core.errors import RefusedFile, SidecarAlone
from db.connect import Database
from tests.integration.shelf import Shelf, looked_again, open_shelf, taken_in
from tests.media_files import media_files


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with open_shelf(database, database_url, tmp_path / "data") as made:
        yield made


def picture(path: Path, seed: int = 0, taken: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = piexif.dump({"Exif": {piexif.ExifIFD.DateTimeOriginal: taken.encode()}} if taken else {})
    Image.effect_mandelbrot((64, 48), (-2, -1.5, 1 + seed / 9, 1.5), 50).convert("RGB").save(
        path, "JPEG", exif=exif
    )
    return path


def film(path: Path, seconds: float = 2.0, pair_id: str | None = None, taken: str | None = None) -> Path:
    """`taken`: by the film's header, as "2021-05-01T10:00:00"."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc=d={seconds}:s=160x120:r=10"]
    if pair_id is not None:
        key = f"com.apple.quicktime.content.identifier={pair_id}"
        command += ["-movflags", "use_metadata_tags", "-metadata", key]
    command += ["-metadata", f"creation_time={taken}Z"] if taken else []
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(path)], check=True)
    return path


def _write_tags(path: Path, *tags: str) -> None:
    subprocess.run(["exiftool", "-q", "-overwrite_original", *tags, str(path)], check=True)


def _files(shelf: Shelf) -> list[tuple[str, str]]:
    rows = shelf.rows(
        "select f.role, p.path from file f join file_path p on p.file_id = f.id order by f.asset_id, 1, 2"
    )
    return [(row["role"], row["path"]) for row in rows]


@pytest.mark.parametrize("name", ["bus", "heic-iphone", "jpeg-west", "quicktime"])
def test_the_same_with_other_metadata_is_a_variant(shelf: Shelf, tmp_path: Path, name: str) -> None:
    source = media_files().path(name)
    edited = tmp_path / f"edited{source.suffix}"
    shutil.copy(source, edited)
    _write_tags(edited, "-XMP-dc:Title=A title of its own", "-XMP-xmp:Rating=5")
    first = shelf.ingest().copy(source, source.name, "command", 1)
    second = shelf.ingest().copy(edited, edited.name, "command", 1)
    assert (second.asset_id, second.role, second.is_new) == (first.asset_id, "variant", True)
    assert _files(shelf) == [("original", source.name), ("variant", edited.name)]
    assert shelf.value("select encode(sha512, 'hex') from asset") == first.sha512
    assert len([path for path in shelf.store.originals.rglob("*") if path.is_file()]) == 2
    again = shelf.ingest().copy(edited, "again.jpg", "command", 1)
    assert (again.asset_id, again.is_new) == (first.asset_id, False)


def test_a_remuxed_film_is_a_variant_and_a_cut_one_is_not(shelf: Shelf, tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mp4", 4)
    for name, options in (("other.mkv", []), ("shorter.mp4", ["-t", "2"])):
        subprocess.run(
            ["ffmpeg", "-v", "error", "-i", str(whole), *options, "-c", "copy", str(tmp_path / name)], check=True
        )
    first = shelf.ingest().copy(whole, "whole.mp4", "command", 1)
    assert shelf.ingest().copy(tmp_path / "other.mkv", "other.mkv", "command", 1).asset_id == first.asset_id
    assert shelf.ingest().copy(tmp_path / "shorter.mp4", "shorter.mp4", "command", 1).asset_id != first.asset_id


def test_the_same_beginning_is_not_the_same_picture(shelf: Shelf, tmp_path: Path) -> None:
    """The key only looks at the first 256 KiB; what has the same key is compared whole."""
    whole = tmp_path / "whole.jpg"
    Image.effect_noise((1400, 1000), 90).convert("RGB").save(whole, quality=95)
    raw = bytearray(whole.read_bytes())
    assert len(raw) > 600_000
    raw[-200_000:-199_900] = bytes(100)
    other = tmp_path / "other.jpg"
    other.write_bytes(raw)
    first = shelf.ingest().copy(whole, "whole.jpg", "command", 1)
    second = shelf.ingest().copy(other, "other.jpg", "command", 1)
    assert second.asset_id != first.asset_id
    keys = shelf.rows("select content from file")
    assert bytes(keys[0]["content"]) == bytes(keys[1]["content"])


@pytest.mark.parametrize("order", list(permutations(["jpg", "mov", "dng"])))
def test_photo_film_and_raw_are_one_asset_in_every_order(
    shelf: Shelf, tmp_path: Path, order: tuple[str, ...]
) -> None:
    made = {
        "jpg": picture(tmp_path / "IMG_1.JPG", taken="2021:05:01 10:00:00"),
        "mov": film(tmp_path / "IMG_1.MOV", taken="2021-05-01T10:00:00"),
        "dng": raw_picture(tmp_path / "IMG_1.DNG", "2021:05:01 10:00:01"),
    }
    for kind in order:
        shelf.ingest().copy(made[kind], f"trip/{made[kind].name}", "command", 1)
    assert _files(shelf) == [
        ("live", "trip/IMG_1.MOV"),
        ("original", "trip/IMG_1.JPG"),
        ("raw", "trip/IMG_1.DNG"),
    ]
    asset = shelf.rows("select kind, mime, name, path from asset")
    assert asset == [{"kind": "photo", "mime": "image/jpeg", "name": "IMG_1.JPG", "path": "trip/IMG_1.JPG"}]
    jobs = shelf.rows("select analysis, state from job order by 1")
    assert [row["analysis"] for row in jobs] == ["metadata", "preview"]
    assert {row["state"] for row in jobs} == {"waiting"}


def raw_picture(path: Path, taken: str) -> Path:
    """A DNG as far as anybody looks here: a TIFF with a DNG version and the time it was taken."""
    Image.new("RGB", (64, 48), tuple(hashlib.sha256(taken.encode()).digest()[:3])).save(path, "TIFF")
    _write_tags(path, "-IFD0:DNGVersion=1 4 0 0", f"-ExifIFD:DateTimeOriginal={taken}")
    return path


def test_one_name_but_not_one_shot_stays_apart(shelf: Shelf, tmp_path: Path) -> None:
    shelf.ingest().copy(picture(tmp_path / "a.jpg", 1, "2021:05:01 10:00:00"), "DSC_1.JPG", "command", 1)
    shelf.ingest().copy(raw_picture(tmp_path / "a.dng", "2022:08:01 18:30:00"), "DSC_1.DNG", "command", 1)
    long = film(tmp_path / "long.mov", 14, taken="2021-05-01T10:00:00")
    shelf.ingest().copy(long, "DSC_1.MOV", "command", 1)
    other = film(tmp_path / "other" / "short.mov", 3, taken="2021-05-01T10:00:00")
    shelf.ingest().copy(other, "DSC_1.MOV", "command", 1)
    for seconds, taken in ((4, "2021-06-01T10:00:00"), (5, "2021-05-01T12:00:00"), (6, None)):
        shelf.ingest().copy(film(tmp_path / f"{seconds}.mov", seconds, taken=taken), "DSC_1.MOV", "command", 1)
    assert shelf.count("asset") == 7
    assert {role for role, _ in _files(shelf)} == {"original"}


PAIR = "5C0F7C84-9C2A-4E1E-A4D0-1A2B3C4D5E6F"


def apple_still(path: Path, pair_id: str) -> Path:
    """A JPEG with the part of Apple's maker note that says which moving part belongs to it."""
    text = pair_id.encode() + b"\0"
    entry = struct.pack(">HHII", 0x0011, 2, len(text), 14 + 2 + 12 + 4)
    note = b"Apple iOS\0\0\x01MM" + struct.pack(">H", 1) + entry + bytes(4) + text
    exif = piexif.dump({"0th": {piexif.ImageIFD.Make: b"Apple"}, "Exif": {piexif.ExifIFD.MakerNote: note}})
    Image.new("RGB", (64, 48), (90, 20, 160)).save(path, "JPEG", exif=exif)
    told = subprocess.run(["exiftool", "-s3", "-Apple:all", str(path)], capture_output=True, text=True, check=True)
    assert pair_id in told.stdout  # another program reads it, too
    return path


def test_a_content_identifier_pairs_whatever_the_names(shelf: Shelf, tmp_path: Path) -> None:
    still = apple_still(tmp_path / "still.jpg", PAIR)
    moving = film(tmp_path / "m.mov", 2, PAIR)
    stranger = film(tmp_path / "s.mov", 3, PAIR.replace("5C0F", "0000"))
    shelf.ingest().copy(moving, "one.MOV", "command", 1)
    shelf.ingest().copy(still, "two.JPG", "command", 1)
    shelf.ingest().copy(stranger, "two.MOV", "command", 1)
    assert _files(shelf) == [("live", "one.MOV"), ("original", "two.JPG"), ("original", "two.MOV")]


XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/"
 exif:GPSLatitude="48,8.2N" exif:GPSLongitude="11,34.5E"/>
</rdf:RDF></x:xmpmeta>"""


def test_sidecars_join_their_photo_and_metadata_is_read_again(shelf: Shelf, tmp_path: Path) -> None:
    photo = picture(tmp_path / "IMG_1.jpg")
    other = picture(tmp_path / "IMG_2.jpg", 2)
    takeout = tmp_path / "texts" / "IMG_1.jpg.supplemental-met.json"
    takeout.parent.mkdir()
    takeout.write_text(json.dumps({"title": "IMG_1.jpg", "photoTakenTime": {"timestamp": "1600000000"}}))
    xmp = tmp_path / "IMG_1.xmp"
    xmp.write_text(XMP)
    with pytest.raises(SidecarAlone, match="without its photo"):
        shelf.ingest().copy(takeout, f"trip/{takeout.name}", "command", 1)
    with pytest.raises(SidecarAlone, match="beside it is not in the library"):
        shelf.ingest().copy(xmp, f"trip/{xmp.name}", "command", 1)
    takeout = takeout.rename(tmp_path / takeout.name)
    assert [path for path in shelf.store.originals.rglob("*") if path.is_file()] == []
    first = shelf.ingest().copy(photo, "trip/IMG_1.jpg", "command", 1)
    shelf.ingest().copy(other, "trip/IMG_2.jpg", "command", 1)
    shelf.finish_jobs()
    for sidecar in (takeout, xmp):
        done = shelf.ingest().copy(sidecar, f"trip/{sidecar.name}", "command", 1)
        assert (done.asset_id, done.role, done.is_new) == (first.asset_id, "sidecar", True)
    # two photos may have sidecars of the same bytes
    assert shelf.ingest().copy(xmp, "trip/IMG_2.xmp", "command", 1).role == "sidecar"
    waiting = shelf.rows("select asset_id, analysis from job where state = 'waiting' order by 1")
    assert [row["analysis"] for row in waiting] == ["metadata", "metadata"]
    again = shelf.ingest().copy(xmp, "trip/IMG_1.xmp", "command", 1)
    assert (again.is_new, again.asset_id) == (False, first.asset_id)
    assert shelf.value("select count(*)::int from file where role = 'sidecar'") == 3


def test_what_only_looks_like_a_sidecar_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    shelf.ingest().copy(picture(tmp_path / "IMG_1.jpg"), "IMG_1.jpg", "command", 1)
    for name, content in (
        ("IMG_1.json", '{"some": "thing"}'),
        ("IMG_1.jpg.json", "{" * 100_000),
        ("IMG_1.xmp", "<html><script>alert(1)</script></html>"),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(RefusedFile):
            shelf.ingest().copy(tmp_path / name, name, "command", 1)
    assert shelf.count("file") == 1


def test_in_place_a_sidecar_is_found_whenever_its_photo_comes(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "Takeout"
    folder.mkdir()
    (folder / "IMG_1.jpg.json").write_text(json.dumps({"photoTakenTime": {"timestamp": "1600000000"}}))
    assert taken_in(shelf, folder).counts["refused"] == 1
    picture(folder / "IMG_1.jpg")
    assert looked_again(shelf) == {"new": 2}
    assert [role for role, _ in _files(shelf)] == ["original", "sidecar"]
    shelf.finish_jobs()
    later = json.dumps({"photoTakenTime": {"timestamp": str(int(datetime(2019, 1, 1).timestamp()))}})
    (folder / "IMG_1.jpg.json").write_text(later)
    assert looked_again(shelf) == {"unchanged": 1, "changed": 1}
    assert [row["analysis"] for row in shelf.rows("select analysis from job where state = 'waiting'")] == [
        "metadata"
    ]
