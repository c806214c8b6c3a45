"""The decoding child: previews of real and synthetic pictures, and what happens to hostile ones."""

import os
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pillow_jxl
import pytest
from PIL import Image

from core.errors import ChildFailed, PermanentError, UnreadableMedia
from media.child import Child, ChildLimits
from media.kinds import sniff
from media.limits import MIB, Limits, run_limited
from media.rendering import Rendered, render_picture
from media.sandbox import Access
from tests.media_files import media_files

RED = (200, 40, 30)


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child() as opened:
        yield opened


def render(child: Child, source: Path, folder: Path) -> tuple[Rendered, Image.Image, Image.Image]:
    preview, thumbnail = folder / "preview.jpg", folder / "thumbnail.webp"
    preview.unlink(missing_ok=True)
    thumbnail.unlink(missing_ok=True)
    made = render_picture(child, source, sniff(source).mime, preview, thumbnail)
    return made, opened(preview), opened(thumbnail)


def opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        copy = picture.copy()
        copy.format = picture.format
        return copy


@pytest.mark.parametrize(
    ("weight", "name", "size"),
    [
        ("bus", "", (810, 1080)),
        ("heic-iphone", "", (4032, 3024)),
        ("heic-samsung", "", (462, 347)),
        ("jpeg-east", "", (2448, 2448)),
        ("jpeg-town", "", (384, 512)),  # stored lying, its orientation tag says turn
        ("pictures", "MG_7805.webp", (800, 566)),
        ("pictures", "21.tiff", (500, 450)),
        ("pictures", "india_map.gif", (790, 794)),
        ("pictures", "sample.tif", (1600, 2100)),
        ("pictures", "astronaut.png", (512, 512)),
    ],
)
def test_real_pictures(child: Child, tmp_path: Path, weight: str, name: str, size: tuple[int, int]) -> None:
    path = media_files().path(weight)
    made, preview, thumbnail = render(child, path / name if name else path, tmp_path)
    assert (made.width, made.height) == size
    assert (preview.format, preview.mode, thumbnail.format) == ("JPEG", "RGB", "WEBP")
    assert max(preview.size) == min(1440, max(size))
    assert max(thumbnail.size) == min(320, max(size))
    assert preview.size[0] / preview.size[1] == pytest.approx(size[0] / size[1], rel=0.01)
    assert not made.damaged
    assert 20 <= len(made.placeholder) <= 40
    assert not preview.getexif()


def wide_gamut_profile() -> bytes:
    """Of the iPhone's own picture: Display P3."""
    profile = pillow_heif.open_heif(media_files().path("heic-iphone")).info["icc_profile"]
    assert isinstance(profile, bytes)
    return profile


def synthetic(folder: Path) -> dict[str, tuple[Path, tuple[int, int, int]]]:
    """Pictures of one colour in many forms, with the colour that a person shall see."""
    base = Image.new("RGB", (300, 200), RED)
    half_dark = np.full((200, 300), 128 * 257, np.uint16)
    red_deep = np.full((200, 300, 3), (30 * 257, 40 * 257, 200 * 257), np.uint16)
    made: dict[str, tuple[Path, tuple[int, int, int]]] = {}

    def keep(name: str, colour: tuple[int, int, int] = RED) -> Path:
        made[name] = (folder / name, colour)
        return folder / name

    base.save(keep("plain.jpg"), quality=95)
    base.save(keep("progressive.jpg"), quality=95, progressive=True)
    base.save(keep("plain.webp"), lossless=True)
    base.save(keep("broken-profile.jpg"), quality=95, icc_profile=b"junk" * 40)
    base.convert("L").save(keep("grey.jpg", (87, 87, 87)))
    base.convert("P", palette=Image.Palette.ADAPTIVE).save(keep("palette.gif"))
    Image.new("RGBA", (300, 200), (*RED, 0)).save(keep("transparent.png", (255, 255, 255)))
    Image.new("LA", (300, 200), (50, 128)).save(keep("grey-half.png", (152, 152, 152)))
    cv2.imwrite(str(keep("deep.png")), red_deep)
    cv2.imwrite(str(keep("deep.tif")), red_deep)
    cv2.imwrite(str(keep("deep-grey.tif", (128, 128, 128))), half_dark)
    frames = [base, Image.new("RGB", (300, 200), (0, 255, 0))]
    frames[0].save(keep("moving.gif"), save_all=True, append_images=frames[1:])
    frames[0].save(keep("moving.webp"), save_all=True, append_images=frames[1:], lossless=True)
    frames[0].save(keep("pages.tif"), save_all=True, append_images=frames[1:])
    pillow_heif.from_pillow(base).save(keep("plain.heic"), quality=95)
    pillow_heif.from_pillow(Image.new("RGBA", (300, 200), (*RED, 0))).save(
        keep("transparent.heic", (255, 255, 255))
    )
    base.save(keep("wide.png", (219, 0, 4)), icc_profile=wide_gamut_profile())
    base.save(keep("wide.avif", (219, 0, 4)), icc_profile=wide_gamut_profile(), quality=95)
    base.save(keep("plain.avif"), quality=95)
    base.save(keep("plain.jxl"), quality=95)
    base.save(keep("plain.bmp"))
    base.convert("L").save(keep("grey.avif", (87, 87, 87)), quality=95)
    base.convert("L").save(keep("grey.jxl", (87, 87, 87)), lossless=True)
    base.convert("L").save(keep("grey.bmp", (87, 87, 87)))
    base.convert("1", dither=Image.Dither.NONE).save(keep("bits.bmp", (0, 0, 0)))
    Image.new("RGBA", (300, 200), (*RED, 0)).save(keep("transparent.avif", (255, 255, 255)))
    Image.new("RGBA", (300, 200), (*RED, 0)).save(keep("transparent.jxl", (255, 255, 255)), lossless=True)
    Image.new("RGBA", (300, 200), (*RED, 0)).save(keep("unfilled.bmp"))
    return made


def test_colours_are_what_a_person_shall_see(child: Child, tmp_path: Path) -> None:
    for name, (path, colour) in synthetic(tmp_path).items():
        _, preview, thumbnail = render(child, path, tmp_path)
        for picture in (preview, thumbnail.convert("RGB")):
            seen = np.asarray(picture.getpixel((150, 100)), dtype=int)
            # GIF's palette is made by Pillow; WebP at quality 75 is off by a little.
            assert np.abs(seen - colour).max() <= 6, (name, seen, colour)


def test_cmyk_becomes_red_not_its_negative(child: Child, tmp_path: Path) -> None:
    # CMYK red is duller than sRGB red: only the order of channels can be checked without the press's profile.
    Image.new("RGB", (300, 200), RED).convert("CMYK").save(tmp_path / "press.jpg", quality=95)
    _, preview, _ = render(child, tmp_path / "press.jpg", tmp_path)
    red, green, blue = preview.getpixel((150, 100))
    assert red > 150
    assert max(green, blue) < 100


def with_code(source: Path, primaries: int, transfer: int) -> Path:
    """A HEIF file whose colour code is another than its pixels were made for."""
    data = source.read_bytes()
    at = data.index(b"colrnclx") + 8
    made = source.with_name(f"{primaries}-{transfer}-{source.name}")
    made.write_bytes(data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :])
    return made


@pytest.mark.parametrize("suffix", ["avif", "heic"])
@pytest.mark.parametrize(
    ("primaries", "transfer", "seen"),
    [
        (1, 13, RED),
        (2, 2, RED),
        (12, 13, (219, 0, 4)),  # Display P3, as the profile in wide.png
        (9, 1, (252, 0, 0)),  # BT.2020: redder than a screen can be
        (5, 6, RED),  # of television, close to a screen's: left as it is
    ],
)
def test_colour_codes_mean_what_a_profile_means(
    child: Child, tmp_path: Path, suffix: str, primaries: int, transfer: int, seen: tuple[int, int, int]
) -> None:
    path = tmp_path / f"coded.{suffix}"
    base = Image.new("RGB", (300, 200), RED)
    if suffix == "avif":
        base.save(path, quality=97)
    else:
        pillow_heif.from_pillow(base).save(path, quality=97, save_nclx_profile=True)
    _, preview, _ = render(child, with_code(path, primaries, transfer), tmp_path)
    assert np.abs(np.asarray(preview.getpixel((150, 100)), dtype=int) - seen).max() <= 8


@pytest.mark.parametrize("transfer", [16, 18])
def test_high_dynamic_range_keeps_grey_grey_and_white_bright(child: Child, tmp_path: Path, transfer: int) -> None:
    # 203 cd/m² is white on paper: 0.58 of PQ's range, 0.75 of HLG's (ITU-R BT.2408).
    level = round(255 * (0.58 if transfer == 16 else 0.75))
    Image.new("RGB", (300, 200), (level, level, level)).save(tmp_path / "hdr.avif", quality=97)
    _, preview, _ = render(child, with_code(tmp_path / "hdr.avif", 9, transfer), tmp_path)
    red, green, blue = preview.getpixel((150, 100))
    assert max(red, green, blue) - min(red, green, blue) <= 4
    assert red >= 225


def test_a_jpeg_repacked_as_jxl_is_turned(child: Child, tmp_path: Path) -> None:
    stored = Image.new("RGB", (300, 200), (0, 0, 255))
    stored.paste(RED, (0, 0, 100, 67))
    exif = Image.Exif()
    exif[0x0112] = 6
    stored.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    encoder = pillow_jxl.Encoder(
        mode="RGB", lossless=True, quality=100, decoding_speed=0, effort=3, use_container=True,
        use_original_profile=False, num_threads=1,
    )  # fmt: skip
    data = (tmp_path / "turned.jpg").read_bytes()
    (tmp_path / "turned.jxl").write_bytes(encoder(data, 300, 200, True))
    made, preview, _ = render(child, tmp_path / "turned.jxl", tmp_path)
    assert (made.width, made.height) == (200, 300)
    red, _, blue = preview.getpixel((preview.width - 20, 20))
    assert red > 150 > blue


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_upright(child: Child, tmp_path: Path, suffix: str, orientation: int) -> None:
    stored = Image.new("RGB", (300, 200), (0, 0, 255))
    stored.paste(RED, (0, 0, 100, 67))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{suffix}"
    stored.save(path, exif=exif)
    made, preview, _ = render(child, path, tmp_path)
    # Where EXIF 2.32 puts the stored top left corner.
    right, bottom = orientation in (2, 3, 6, 7), orientation in (3, 4, 7, 8)
    assert (made.width, made.height) == ((200, 300) if orientation >= 5 else (300, 200))
    x = preview.size[0] - 20 if right else 20
    y = preview.size[1] - 20 if bottom else 20
    red, _, blue = preview.getpixel((x, y))
    assert red > 150 > blue


def test_half_a_photo_is_shown_and_said_to_be_half(child: Child, tmp_path: Path) -> None:
    whole = media_files().path("jpeg-south-offset").read_bytes()
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    made, preview, _ = render(child, tmp_path / "half.jpg", tmp_path)
    assert made.damaged
    assert max(preview.size) == 1440


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a\x01\x00", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"II*\0\x08\0\0\0", "image/tiff"),
        (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "image/heic"),
        (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", "image/avif"),
        (b"\xff\x0a\xfa\x1f\x01", "image/jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\1jxlc", "image/jxl"),
        (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp"),
        (b"II*\0\x10\0\0\0CR\x02\0", "image/x-canon-cr2"),
        (b"FUJIFILMCCD-RAW 0201", "image/x-fujifilm-raf"),
    ],
)
def test_broken_pictures_are_a_permanent_error(child: Child, tmp_path: Path, data: bytes, mime: str) -> None:
    (tmp_path / "broken").write_bytes(data)
    with pytest.raises(UnreadableMedia, match=r"^broken: ") as caught:
        render_picture(child, tmp_path / "broken", mime, tmp_path / "p.jpg", tmp_path / "t.webp")
    assert str(tmp_path) not in str(caught.value)


def test_real_broken_files(child: Child, tmp_path: Path) -> None:
    folder = media_files().path("broken")
    for path in sorted(folder.iterdir()):
        with pytest.raises(UnreadableMedia):
            render(child, path, tmp_path)


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def test_too_many_pixels_are_refused_before_decoding(child: Child, tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_header(60_000, 60_000))
    with pytest.raises(PermanentError, match="3600 megapixels"):
        render(child, tmp_path / "bomb.png", tmp_path)


def jxl_header(width: int, height: int) -> bytes:
    """The start of a codestream: both sides with 30 bits, no common ratio (ISO/IEC 18181-1)."""
    bits = (3 << 1) | ((height - 1) << 3) | (3 << 36) | ((width - 1) << 38)
    return b"\xff\x0a" + bits.to_bytes(12, "little") + bytes(50)


@pytest.mark.parametrize("suffix", ["bmp", "jxl"])
def test_bombs_of_other_formats_are_refused_by_their_head(child: Child, tmp_path: Path, suffix: str) -> None:
    head = {
        "bmp": b"BM" + struct.pack("<IIIIiiHH6I", 54, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0),
        "jxl": jxl_header(60_000, 60_000),
    }[suffix]
    (tmp_path / f"bomb.{suffix}").write_bytes(head)
    with pytest.raises(PermanentError, match="3600 megapixels"):
        render(child, tmp_path / f"bomb.{suffix}", tmp_path)


def test_running_out_of_memory_is_the_limits_doing(tmp_path: Path) -> None:
    # A progressive JPEG needs all its coefficients in memory at once: 400 MB here.
    Image.new("RGB", (10_000, 13_000), RED).save(tmp_path / "large.jpg", progressive=True)
    with Child(ChildLimits(memory_bytes=480 * MIB)) as small, pytest.raises(ChildFailed, match="memory"):
        render(small, tmp_path / "large.jpg", tmp_path)
    with Child() as enough:
        assert render(enough, tmp_path / "large.jpg", tmp_path)[0].height == 13_000


def test_a_late_child_is_killed_and_replaced(tmp_path: Path) -> None:
    picture = media_files().path("bus")
    with Child() as slow:
        render(slow, picture, tmp_path)
        assert slow._program is not None
        os.kill(slow._program.process.pid, signal.SIGSTOP)
        usual, slow._limits = slow._limits, ChildLimits(wall_s=1.0)
        with pytest.raises(ChildFailed, match="took more than 1 s"):
            render(slow, picture, tmp_path)
        slow._limits = usual
        assert render(slow, picture, tmp_path)[0].width == 810


def test_a_crash_is_reported_and_the_child_replaced(child: Child, tmp_path: Path) -> None:
    picture = media_files().path("bus")
    render(child, picture, tmp_path)
    assert child._program is not None
    os.kill(child._program.process.pid, signal.SIGSTOP)
    threading.Timer(0.3, child._program.process.send_signal, (signal.SIGSEGV,)).start()
    threading.Timer(0.4, child._program.process.send_signal, (signal.SIGCONT,)).start()
    with pytest.raises(ChildFailed, match="SIGSEGV"):
        render(child, picture, tmp_path)
    assert render(child, picture, tmp_path)[0].width == 810


def test_what_takes_too_much_processor_time_is_given_up_for_good(child: Child, tmp_path: Path) -> None:
    picture = media_files().path("bus")
    render(child, picture, tmp_path)
    assert child._program is not None
    os.kill(child._program.process.pid, signal.SIGSTOP)
    threading.Timer(0.3, child._program.process.send_signal, (signal.SIGXCPU,)).start()  # as the kernel would
    threading.Timer(0.4, child._program.process.send_signal, (signal.SIGCONT,)).start()
    with pytest.raises(PermanentError, match="needs more than 120 s"):
        render(child, picture, tmp_path)
    assert render(child, picture, tmp_path)[0].width == 810


def test_processor_time_is_bounded() -> None:
    here = Access(read=(Path(sys.prefix), Path(sys.base_prefix), Path.cwd()))
    busy = "from media.child_main import _grant_processor_time as grant; grant(0)\nwhile True: pass"
    limits = Limits(memory_bytes=2048 * MIB, file_bytes=MIB, wall_s=60)
    with pytest.raises(ChildFailed, match="used up its processor time"):
        run_limited([sys.executable, "-c", busy], limits, "busy", here)
    with pytest.raises(ChildFailed, match="used up its processor time"):
        run_limited([sys.executable, "-c", "while True: pass"], replace(limits, cpu_s=1), "busy", here)
    with pytest.raises(ChildFailed, match="took more than 1 s"):
        run_limited([sys.executable, "-c", "while True: pass"], replace(limits, wall_s=1), "busy", here)


def test_the_child_sees_none_of_our_secrets(child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEA_DATABASE_URL", "postgresql://secret")
    with Child() as fresh:
        render(fresh, media_files().path("bus"), tmp_path)
        assert fresh._program is not None
        environment = Path(f"/proc/{fresh._program.process.pid}/environ").read_text()
    assert "FOVEA" not in environment
    assert "VIPS_BLOCK_UNTRUSTED=1" in environment


def test_an_svg_in_disguise_is_not_drawn(child: Child, tmp_path: Path) -> None:
    (tmp_path / "x").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>')
    with pytest.raises(UnreadableMedia):
        render_picture(child, tmp_path / "x", "image/png", tmp_path / "p.jpg", tmp_path / "t.webp")


def test_the_child_dies_with_its_parent_even_by_kill_9() -> None:
    code = (
        "import time, pathlib, sys; from media.child import Child, Request; c = Child()\n"
        "try: c.ask(Request('picture', 'x', pathlib.Path('/etc/hostname'), {}, {}))\n"
        "except Exception: pass\n"
        "print(c._program.process.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and "Z" not in state_of(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists() or "Z" in state_of(pid)


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
