"""Every format: time, camera, position, size, orientation, and whether its preview looks right.

Real files from other projects' packages; what no package carries (whole raw files) is built around a real photo.
"""

import io
import math
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import piexif
import pytest
from PIL import Image, ImageCms, ImageOps

from core.errors import RefusedFile, UnreadableMedia
from core.media import Kind
from db.connect import Database
from engines.door import EngineDoor
from library.view import summary
from media import tracks
from media.kinds import sniff
from media.limits import Limits
from media.weights import WeightStore, default_folder, load_manifest
from tests.gpmf_video import add_telemetry, payloads_in
from tests.integration.library_rows import new_asset
from tests.integration.test_metadata_and_preview import source_of
from tests.media_files import media_files
from tests.raw_files import BUILDERS, Shot, crw_with
from workers import metadata, preview
from workers.contract import Source, Tools

Quadrants = list[tuple[int, int, int]]


@dataclass(frozen=True)
class Row:
    """What a file must give. `taken` is wall clock and offset in minutes; `like` another file that shows the same,
    or the mean colours of its quarters (top left, top right, bottom left, bottom right), found right by eye."""

    weight: str
    name: str
    mime: str
    size: tuple[int, int]
    like: str | Quadrants
    taken: tuple[str, int | None] | None = None
    camera: tuple[str | None, str | None] = (None, None)
    position: tuple[float, float] | None = None
    duration_s: float | None = None


HOPPER = (128, 128)
FIELD: Quadrants = [(147, 165, 139), (157, 169, 135), (89, 92, 54), (129, 125, 62)]
TABLE = [
    Row("formats-hopper", "hopper.jpg", "image/jpeg", HOPPER, "hopper.ppm"),
    Row("formats-hopper", "hopper.png", "image/png", HOPPER, "hopper.ppm"),
    Row("formats-hopper", "hopper.gif", "image/gif", HOPPER, "hopper.ppm"),
    Row("formats-hopper", "hopper.webp", "image/webp", HOPPER, "hopper.ppm"),
    Row("formats-hopper", "hopper.tif", "image/tiff", HOPPER, "hopper.ppm"),
    Row("formats-hopper", "hopper.bmp", "image/bmp", HOPPER, "hopper.ppm"),
    Row("formats-hopper", "hopper_rle8.bmp", "image/bmp", HOPPER, "hopper.ppm"),
    Row("formats-hopper", "hopper_merged.psd", "image/vnd.adobe.photoshop", HOPPER, "hopper.ppm"),
    Row("formats-hopper", "test-card-lossless.jp2", "image/jp2", (640, 480), "test-card.png"),
    Row("formats-hopper", "hopper_lzma.tif", "image/tiff", HOPPER, "hopper.ppm"),
    Row("formats-hopper", "hopper.avif", "image/avif", HOPPER, "hopper.ppm"),
    *(
        Row("formats-hopper", f"hopper_orientation_{turned}.{suffix}", mime, HOPPER, "hopper.ppm")
        for turned in range(2, 9)
        for suffix, mime in (("jpg", "image/jpeg"), ("webp", "image/webp"))
    ),
    *(
        Row("formats-avif", f"rot{turns}mir{mirrored}.avif", "image/avif", (640, 427), FIELD)
        for turns in range(4)
        for mirrored in range(2)
    ),
    Row("formats-jxl", "sample.jxl", "image/jxl", (40, 50), "sample.png"),
    Row("formats-jxl", "sample_grey.jxl", "image/jxl", (40, 50),
        [(193,) * 3, (179,) * 3, (201,) * 3, (202,) * 3]),
    Row("formats-jxl", "62AHB.jxl", "image/jxl", (1280, 720),
        [(80, 88, 80), (88, 78, 86), (74, 86, 77), (88, 74, 90)]),
    Row("formats-moving", "iss634.gif", "image/gif", (245, 245),
        [(75, 120, 91), (130, 139, 89), (157, 142, 87), (174, 144, 93)], duration_s=2.73),
    Row("formats-moving", "iss634.webp", "image/webp", (245, 245),
        [(75, 120, 91), (130, 139, 89), (157, 142, 87), (174, 144, 93)], duration_s=2.73),
    Row("formats-heif", "arrow.heic", "image/heic", (3024, 4032),
        [(159, 155, 149), (168, 162, 155), (161, 157, 154), (167, 162, 158)],
        ("2018-07-31T14:52:07", None), ("Apple", "iPhone 8 Plus")),
    Row("formats-heif", "cat.hif", "image/heic", (4240, 2832),
        [(148, 138, 132), (170, 161, 153), (61, 54, 49), (149, 144, 141)],
        ("2020-09-14T11:09:34", -300), ("Sony", "ILCE-7SM3")),
    Row("formats-heif", "guitar_cw90.hif", "image/heic", (4672, 7008),
        [(75, 79, 76), (116, 109, 98), (155, 182, 188), (191, 193, 189)],
        ("2023-03-15T14:05:22", 480), ("Sony", "ILCE-7M4")),
    Row("formats-heif", "xiaomi.heic", "image/heic", (2592, 1944),
        [(124, 135, 141), (210, 222, 227), (190, 203, 207), (208, 220, 224)],
        ("2023-04-27T19:44:18", 180), ("Xiaomi", "M2012K11AG"), (47.22729, 39.69999)),
    Row("formats-raw", "", "image/x-canon-cr2", (5184, 3456),
        [(81, 55, 47), (109, 94, 84), (90, 66, 63), (98, 73, 71)],
        ("2015-11-15T13:35:29", -180), ("Canon", "EOS REBEL T5i")),
    Row("jpeg-east", "", "image/jpeg", (2448, 2448),
        [], ("2016-03-24T14:49:51", 480), ("Apple", "iPhone 6 Plus"), (40.00409, 116.48478)),
    Row("formats-video", "test.3g2", "video/3gpp", (192, 144), [(3, 3, 3)] * 2 + [(2, 2, 2)] * 2,
        ("2013-01-05T23:42:01", -300), duration_s=1.11),
    Row("formats-video", "test.mpg", "video/mpeg", (1280, 720), [(2, 2, 2)] * 4, duration_s=1.08),
    Row("formats-video", "test.avi", "video/x-msvideo", (320, 214), [(6, 6, 6)] * 4,
        ("2013-01-05T23:51:28", -300), duration_s=1.0),
    Row("formats-video", "test.mkv", "video/x-matroska", (655, 480), [(3, 3, 3)] * 4,
        ("2020-03-18T18:27:35", 0), duration_s=0.97),
    Row("formats-transport", "test-segment.ts", "video/mp2t", (391, 300),
        [(159, 125, 127), (174, 138, 136), (157, 163, 165), (196, 194, 191)], duration_s=8.93),
    Row("formats-transport", "sintel-captions.ts", "video/mp2t", (400, 170), [(0, 1, 0)] * 4, duration_s=10.1),
    Row("videos", "quicktime.mp4", "video/mp4", (190, 240), [],
        ("2005-10-28T17:46:46", 0), duration_s=4.97),
    Row("quicktime", "", "video/quicktime", (640, 360), [],
        ("2020-01-05T14:13:13", -480), position=(34.0533, -118.2423), duration_s=3.97),
    Row("videos", "input.webm", "video/webm", (320, 176), [], duration_s=1.0),
]  # fmt: skip


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator["AtWork"]:
    opened = AtWork(tmp_path_factory.mktemp("formats"))
    yield opened
    opened.close()


class AtWork:
    """The two analyses, as a worker holds them."""

    def __init__(self, data: Path) -> None:
        weights = WeightStore(default_folder(os.environ), load_manifest())
        self.tools = Tools(EngineDoor(weights.path, 2), weights.path, data)
        self._reader = metadata.open_reader(self.tools, metadata.Settings())
        self._renderer = preview.open_renderer(self.tools, preview.Settings())

    def source(self, path: Path) -> Source:
        return source_of(path, self.tools)

    def read(self, path: Path) -> metadata.Metadata:
        return metadata.analyse(self._reader, self.source(path))

    def render(self, path: Path) -> tuple[preview.Preview, Image.Image]:
        source = self.source(path)
        made = preview.analyse(self._renderer, source)
        with Image.open(source.derived.preview) as picture:
            return made, picture.convert("RGB")

    def close(self) -> None:
        self._reader.exiftool.close()
        self._renderer.decoders.rest()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name or row.weight)
def test_format(at_work: AtWork, row: Row) -> None:
    folder = media_files().path(row.weight)
    path = folder / row.name if row.name else folder
    assert sniff(path).mime == row.mime
    capture = at_work.read(path).capture
    made, shown = at_work.render(path)

    assert (made.width, made.height) == row.size
    if capture.width is not None and sniff(path).kind is Kind.PHOTO:
        assert (capture.width, capture.height) == row.size  # the tags agree with the decoder, turned or not
    if row.weight != "formats-raw":  # whose own picture is smaller than the sensor's
        assert shown.size == pytest.approx([side * min(1, 1440 / max(row.size)) for side in row.size], abs=1)
    taken = capture.taken and (capture.taken.local.replace(microsecond=0).isoformat(), capture.taken.offset_min)
    assert taken == row.taken
    assert (capture.camera.make, capture.camera.model) == row.camera
    position = capture.position and (capture.position.lat, capture.position.lon)
    assert position == (None if row.position is None else pytest.approx(row.position, abs=2e-5))
    if row.duration_s is not None:
        assert made.duration_s or capture.duration_s == pytest.approx(row.duration_s, abs=0.02)
    assert_looks(shown, row.like if isinstance(row.like, list) else folder / row.like)


def assert_looks(shown: Image.Image, like: Quadrants | Path) -> None:
    if isinstance(like, Path):
        with Image.open(like) as picture:
            assert similarity_db(shown, in_srgb(picture)) >= 27
        return
    for seen, expected in zip(quadrants(shown), like, strict=False):
        assert np.abs(np.array(seen) - expected).max() <= 4, (quadrants(shown), like)


def in_srgb(picture: Image.Image) -> Image.Image:
    """By Pillow and LittleCMS, which the previews do not use."""
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture).convert("RGB")
    if profile and picture.mode == "RGB":
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(upright, ImageCms.ImageCmsProfile(io.BytesIO(profile)), srgb)
        return converted if converted is not None else upright
    return upright


def quadrants(picture: Image.Image) -> Quadrants:
    pixels = np.asarray(picture, dtype=float)
    y, x = pixels.shape[0] // 2, pixels.shape[1] // 2
    parts = (pixels[:y, :x], pixels[:y, x:], pixels[y:, :x], pixels[y:, x:])
    means = [part.mean(axis=(0, 1)) for part in parts]
    return [(round(float(mean[0])), round(float(mean[1])), round(float(mean[2]))) for mean in means]


def similarity_db(shown: Image.Image, original: Image.Image) -> float:
    """Peak signal-to-noise ratio."""
    expected = original if original.size == shown.size else original.resize(shown.size, Image.Resampling.LANCZOS)
    difference = np.asarray(shown, dtype=float) - np.asarray(expected, dtype=float)
    return 10 * math.log10(255**2 / max(float((difference**2).mean()), 1e-9))


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    with Image.open(media_files().path("pictures") / "astronaut.png") as picture:
        return picture.convert("RGB").crop((0, 0, 480, 320))


# What brings a picture upright, undone: how a camera held so would have stored it.
_STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def upright(photo: Image.Image, orientation: int) -> Image.Image:
    """A picture that stands where the camera was turned by a quarter: the sensor always lies."""
    return photo if orientation < 5 else photo.crop((0, 0, 214, 320))


def stored(photo: Image.Image, orientation: int) -> bytes:
    turn = _STORED[orientation]
    out = io.BytesIO()
    (photo if turn is None else photo.transpose(turn)).save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.mark.parametrize("suffix", BUILDERS)
def test_raw_files(at_work: AtWork, tmp_path: Path, photo: Image.Image, suffix: str) -> None:
    build, make, model = BUILDERS[suffix]
    path = tmp_path / f"DSC_1.{suffix}"
    for orientation in range(1, 9) if suffix == "nef" else (1, 6):
        original = upright(photo, orientation)
        path.write_bytes(build(Shot(stored(original, orientation), make, model, orientation=orientation)))
        assert sniff(path).extension == suffix
        capture = at_work.read(path).capture
        made, shown = at_work.render(path)
        assert (made.width, made.height) == ((4000, 6000) if orientation >= 5 else (6000, 4000))
        assert (capture.width, capture.height) == (made.width, made.height)
        assert capture.taken is not None
        assert capture.taken.local.isoformat() == "2021-05-03T12:30:45"
        assert capture.camera.make in (
            "Canon",
            "Nikon",
            "Sony",
            "Google",
            "Panasonic",
            "Olympus",
            "Fujifilm",
            "Sigma",
        )
        assert similarity_db(shown, original) >= 30, orientation


def test_a_raw_file_whose_picture_was_turned_already(at_work: AtWork, tmp_path: Path, photo: Image.Image) -> None:
    build, make, model = BUILDERS["dng"]
    original = upright(photo, 6)
    (tmp_path / "a.dng").write_bytes(build(Shot(stored(original, 1), make, model, orientation=6)))
    made, shown = at_work.render(tmp_path / "a.dng")
    assert similarity_db(shown, original) >= 30
    assert (made.width, made.height) == (4000, 6000)


def test_a_raw_file_without_a_picture_says_so(at_work: AtWork, tmp_path: Path) -> None:
    build, make, model = BUILDERS["nef"]
    (tmp_path / "a.nef").write_bytes(build(Shot(b"", make, model)))
    with pytest.raises(UnreadableMedia, match=r"a\.nef: this raw file holds no picture"):
        at_work.render(tmp_path / "a.nef")
    (tmp_path / "b.nef").write_bytes(build(Shot(b"\xff\xd8\xff" + b"\0" * 400, make, model)))
    with pytest.raises(UnreadableMedia, match=r"b\.nef: the picture in it"):
        at_work.render(tmp_path / "b.nef")


@pytest.mark.parametrize("in_raw", [False, True])
def test_adobe_rgb_by_tag_alone(at_work: AtWork, tmp_path: Path, in_raw: bool) -> None:
    flat = io.BytesIO()
    Image.new("RGB", (320, 240), (160, 100, 80)).save(flat, "JPEG", quality=97)
    if in_raw:
        build, make, model = BUILDERS["nef"]
        path = tmp_path / "a.nef"
        path.write_bytes(build(Shot(flat.getvalue(), make, model, adobe_rgb=True)))
    else:
        exif = {
            "Exif": {piexif.ExifIFD.ColorSpace: 0xFFFF},
            "Interop": {piexif.InteropIFD.InteroperabilityIndex: b"R03"},
        }
        path = tmp_path / "_MG_1.jpg"
        Image.open(flat).save(path, quality=97, exif=piexif.dump(exif))
    _, shown = at_work.render(path)
    # Adobe RGB (160, 100, 80) in sRGB by the standard's matrices.
    expected = adobe_to_srgb((160, 100, 80))
    assert expected[0] > 174
    assert np.abs(np.array(shown.getpixel((100, 100))) - expected).max() <= 3


def adobe_to_srgb(stored_as: tuple[int, int, int]) -> tuple[int, int, int]:
    """The published matrices of Adobe RGB (1998) and IEC 61966-2-1, multiplied."""
    linear = [(value / 255) ** (563 / 256) for value in stored_as]
    matrix = [(1.39836, -0.39836, 0.0), (0.0, 1.0, 0.0), (0.0, -0.04293, 1.04293)]
    light = [min(1, max(0, sum(m * v for m, v in zip(row, linear, strict=True)))) for row in matrix]
    out = [12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in light]
    return round(out[0] * 255), round(out[1] * 255), round(out[2] * 255)


def test_a_cut_transport_stream_says_what_it_is_and_that_it_has_no_picture(at_work: AtWork) -> None:
    path = media_files().path("formats-video") / "Panasonic_AG_HMC_151.MTS"
    assert sniff(path).mime == "video/mp2t"
    capture = at_work.read(path).capture
    assert (capture.width, capture.height) == (1920, 1080)
    with pytest.raises(UnreadableMedia, match="no frame can be decoded"):
        at_work.render(path)


def test_avchd_cameras_write_time_and_make_between_the_pictures(at_work: AtWork, tmp_path: Path) -> None:
    """As Sony's and Panasonic's do: "MDPM" in the user data of H.264 (ExifTool's documentation of H264 tags)."""
    filming = ["-f", "lavfi", "-i", "testsrc2=s=320x180:d=2:r=25", "-c:v", "libx264", "-f", "mpegts"]
    path = tmp_path / "00001.MTS"
    subprocess.run(["ffmpeg", "-v", "error", "-y", *filming, path], check=True, timeout=60)
    # x264 writes its settings in the same place. Zone +01:00, 2021-05, 03 12:30:45, and 0x0103 for Panasonic.
    tags = bytes.fromhex("03 18 02 20 21 05 19 03 12 30 45 e0 01 03 ff ff")
    marked = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66") + b"MDPM" + tags
    x264 = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")
    data = path.read_bytes()
    at = data.index(x264)
    path.write_bytes(data[:at] + marked + data[at + len(marked) :])
    capture = at_work.read(path).capture
    assert capture.taken is not None
    assert (capture.taken.local.isoformat(), capture.taken.offset_min) == ("2021-05-03T12:30:45", 60)
    assert capture.camera.make == "Panasonic"


def test_a_gopros_track_gives_position_and_time_zone(at_work: AtWork, tmp_path: Path) -> None:
    plain = tmp_path / "plain.mp4"
    filming = ["-f", "lavfi", "-i", "testsrc2=s=160x90:d=10:r=5", "-c:v", "libx264"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *filming, plain], check=True, timeout=60)
    seconds = payloads_in(media_files().path("gopro-telemetry").read_bytes())
    assert len(seconds) == 10
    path = tmp_path / "GX010001.MP4"
    path.write_bytes(add_telemetry(plain.read_bytes(), seconds))
    result = at_work.read(path)
    position, place = result.capture.position, result.place
    assert position is not None
    assert place is not None
    assert (position.lat, position.lon) == pytest.approx((42.342581, -8.752612), abs=5e-6)
    assert (position.alt_m, position.source) == (pytest.approx(57.4, abs=0.5), "track")
    assert (place.country, result.zone) == ("Spain", "Europe/Madrid")
    track = metadata.data(result)["track"]
    assert [track[0]["at_s"], track[-1]["at_s"]] == [0, 9]
    assert (track[-1]["lat"], track[-1]["lon"]) == pytest.approx((42.34234, -8.75268), abs=2e-5)
    assert 2 <= len(track) <= 8  # it stood still for two seconds, then drove off
    assert result.capture.gps_time == datetime(2019, 1, 3, 16, 33, 41, 79000, tzinfo=UTC)
    made, _ = at_work.render(path)
    assert made.duration_s == pytest.approx(10, abs=0.1)
    assert at_work.read(plain).track == ()


def test_a_track_that_takes_too_long_costs_its_rest_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks, "_LIMITS", Limits(memory_bytes=1 << 30, file_bytes=100, wall_s=20.0))
    plain = tmp_path / "plain.mp4"
    filming = ["-f", "lavfi", "-i", "testsrc2=s=64x36:d=1:r=5", "-c:v", "libx264"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *filming, plain], check=True, timeout=60)
    plain.write_bytes(
        add_telemetry(plain.read_bytes(), payloads_in(media_files().path("gopro-telemetry").read_bytes()))
    )
    found = tracks.read_track(plain)
    assert "not read to the end" in found.complaint
    assert len(found.points) < 10


def test_all_around_pictures_are_known(at_work: AtWork, tmp_path: Path) -> None:
    path = tmp_path / "around.jpg"
    path.write_bytes(media_files().path("bus").read_bytes())
    assert at_work.read(path).projection is None
    subprocess.run(
        ["exiftool", "-q", "-overwrite_original", "-XMP-GPano:ProjectionType=equirectangular", path], check=True
    )
    result = at_work.read(path)
    assert (result.projection, metadata.data(result)["projection"]) == ("equirectangular", "equirectangular")


@pytest.mark.parametrize(
    ("name", "local", "precision", "shown"),
    [
        ("IMG-20210503-WA0001.jpg", datetime(2021, 5, 3), "day", "2021-05-03"),
        ("2021-05-03 12.30.jpg", datetime(2021, 5, 3, 12, 30), "minute", "2021-05-03T12:30"),
        (
            "WhatsApp Image 2021-05-03 at 12.30.45.jpeg",
            datetime(2021, 5, 3, 12, 30, 45),
            "second",
            "2021-05-03T12:30:45",
        ),
    ],
)
def test_a_name_dates_a_file_and_says_so(
    at_work: AtWork, tmp_path: Path, database: Database, name: str, local: datetime, precision: str, shown: str
) -> None:
    path = tmp_path / name
    path.write_bytes((media_files().path("formats-hopper") / "hopper.png").read_bytes())
    result = at_work.read(path)
    with database.transaction() as connection:
        asset_id = new_asset(connection, taken_local=None)
        metadata.save(connection, replace(at_work.source(path), asset_id=asset_id), "1", result)
    with database.transaction() as connection:
        row = connection.execute("select * from asset where id = %s", [asset_id]).fetchone()
    assert row is not None
    assert (row["taken_local"], row["taken_precision"], row["taken_source"]) == (local, precision, "file_name")
    assert row["taken_at"] is None
    found = summary({**row, "busy": False, "picture_version": "v"})
    assert (found["taken_local"], found["taken_at"]) == (shown, None)


@pytest.mark.parametrize("codecs", [("wmv2", "wmav2"), ("wmv1", None), ("msmpeg4v3", "wmav1")])
def test_windows_media(at_work: AtWork, tmp_path: Path, codecs: tuple[str, str | None]) -> None:
    picture, sound = codecs
    made = ["-f", "lavfi", "-i", "testsrc2=s=320x180:d=2:r=25"]
    made += ["-f", "lavfi", "-i", "sine=d=2", "-c:a", sound] if sound else []
    path = tmp_path / "clip.wmv"
    told = ["-metadata", "creation_time=2010-05-03T12:30:45Z", "-metadata", "title=At the lake"]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", *made, "-c:v", picture, *told, "-f", "asf", path], check=True, timeout=60
    )
    assert sniff(path).mime == "video/x-ms-wmv"
    result = at_work.read(path)
    assert result.capture.taken is not None
    assert result.capture.taken.local.isoformat() == "2010-05-03T12:30:45"
    assert result.capture.duration_s == pytest.approx(2, abs=0.2)
    assert (result.capture.width, result.capture.height) == (320, 180)
    assert result.descriptions[0].title == "At the lake"
    shown, poster = at_work.render(path)
    assert (shown.width, shown.height) == (320, 180)
    assert shown.duration_s == pytest.approx(2, abs=0.2)
    assert min(np.asarray(poster, dtype=float).std(axis=(0, 1))) > 20


def test_windows_media_without_a_picture_is_a_sound_file(tmp_path: Path) -> None:
    path = tmp_path / "song.wma"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "wmav2", "-f", "asf", path],
        check=True,
        timeout=60,
    )
    with pytest.raises(RefusedFile, match="a sound file without a picture"):
        sniff(path)


def test_a_raw_files_smaller_picture_serves_where_the_larger_is_broken(
    at_work: AtWork, tmp_path: Path, photo: Image.Image
) -> None:
    build, make, model = BUILDERS["crw"]
    whole = build(Shot(stored(photo, 1), make, model))
    # The large one is cut to its head; a thumbnail lies beside it, as in files that were taken out of others.
    broken = b"\xff\xd8\xff\xe0" + b"\x10" * 60_000
    data = crw_with(whole, 0x2008, broken)
    (tmp_path / "a.crw").write_bytes(data)
    made, shown = at_work.render(tmp_path / "a.crw")
    assert (made.width, made.height) == (6000, 4000)
    assert similarity_db(shown, photo) >= 30
