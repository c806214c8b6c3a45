"""Films inside photos: found however the phone put them there, played by browsers, handed out with ranges."""

import struct
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from media.derived import MOTION
from media.kinds import sniff
from media.motion import find_film, write_film
from media.video import probe_video
from tests.integration.test_metadata_and_preview import source_of, tools  # noqa: F401 (a fixture)
from tests.media_files import media_files
from workers import preview
from workers.contract import Tools


def film(path: Path, *options: str) -> bytes:
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=d=2:s=320x240:r=10", *options]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(path)], check=True)
    return path.read_bytes()


def still(path: Path) -> bytes:
    Image.effect_mandelbrot((640, 480), (-2, -1.5, 1, 1.5), 50).convert("RGB").save(path, "JPEG")
    return path.read_bytes()


def google(tmp_path: Path, moving: bytes) -> Path:
    """MicroVideo, as the first Pixels wrote it; the offset is wrong, as after an edit."""
    photo = tmp_path / "MVIMG_1.jpg"
    still(photo)
    tags = ["-XMP-GCamera:MicroVideo=1", f"-XMP-GCamera:MicroVideoOffset={len(moving) + 77}"]
    subprocess.run(["exiftool", "-q", "-overwrite_original", *tags, str(photo)], check=True)
    photo.write_bytes(photo.read_bytes() + moving)
    return photo


def samsung(tmp_path: Path, moving: bytes) -> Path:
    """The trailer: blocks of data, their directory, its length."""
    photo = tmp_path / "20230101_101010.jpg"
    name = b"MotionPhoto_Data"
    block = struct.pack("<HHI", 0, 0x0A30, len(name)) + name + moving
    directory = b"SEFH" + struct.pack("<III", 107, 1, 0x0A300000) + struct.pack("<II", len(block), len(block))
    trailer = block + directory + struct.pack("<I", len(directory)) + b"SEFT"
    photo.write_bytes(still(photo) + trailer)
    return photo


def heic(tmp_path: Path, moving: bytes) -> Path:
    """A box of its own behind the picture."""
    photo = tmp_path / "PXL_1.heic"
    box = struct.pack(">I", 8 + len(moving)) + b"mpvd" + moving
    photo.write_bytes(media_files().path("heic-iphone").read_bytes() + box)
    return photo


@pytest.mark.parametrize("make", [google, samsung, heic])
@pytest.mark.parametrize("options", [("-c:v", "libx264"), ("-c:v", "libx265", "-x265-params", "log-level=none")])
def test_the_film_is_found_and_plays(tmp_path: Path, make, options: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    photo = make(
        tmp_path, film(tmp_path / "m.mp4", *options, "-tag:v", "hvc1" if "libx265" in options else "avc1")
    )
    inside = find_film(photo, sniff(photo).mime)
    assert inside is not None
    assert inside.length_s == pytest.approx(2, abs=0.2)
    target = tmp_path / "out.mp4"
    assert write_film(photo, inside, target)
    probe = probe_video(target)
    assert (probe.codec, probe.width, probe.height) == ("h264", 320, 240)
    assert probe.duration_s == pytest.approx(2, abs=0.2)


def test_it_is_derived_with_the_preview_and_only_then(tmp_path: Path, tools: Tools) -> None:  # noqa: F811
    renderer = preview.open_renderer(tools, preview.Settings())
    photo = samsung(tmp_path, film(tmp_path / "m.mp4"))
    source = source_of(photo, tools)
    assert preview.analyse(renderer, source).motion_s == pytest.approx(2, abs=0.2)
    assert MOTION in source.derived.names()
    plain = tmp_path / "plain.jpg"
    still(plain)
    source = source_of(plain, tools)
    assert preview.analyse(renderer, source).motion_s is None
    assert MOTION not in source.derived.names()


def test_photos_without_a_film_have_none() -> None:
    store = media_files()
    files = [store.path(name) for name in ("bus", "heic-iphone", "heic-samsung", "jpeg-west")]
    for path in files + sorted(store.path("pictures").iterdir()):
        assert find_film(path, sniff(path).mime) is None, path.name


@pytest.mark.parametrize("cut", [0.3, 0.7, 0.95])
def test_a_film_that_is_cut_off_costs_nothing(tmp_path: Path, cut: float) -> None:
    moving = film(tmp_path / "m.mp4", "-movflags", "+faststart")
    photo = google(tmp_path, moving[: int(len(moving) * cut)])
    inside = find_film(photo, "image/jpeg")
    if inside is not None:
        write_film(photo, inside, tmp_path / "out.mp4")
