"""Small files that claim, or unfold into, far more than they are."""

import io
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from tests.hostile.broken import example
from tests.media_files import media_files


def png(width: int, height: int, rows: int, *extra: tuple[bytes, bytes]) -> bytes:
    """A PNG of 1 bit a pixel that says `width` × `height` and holds `rows` rows; `extra` chunks before them."""
    line = b"\0" * (1 + (width + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(line) for _ in range(rows)) + packer.flush()
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), *extra, (b"IDAT", packed))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in (*chunks, (b"IEND", b"")))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _zeros(size: int) -> bytes:
    packer = zlib.compressobj(6)
    piece = b"\0" * (1 << 20)
    return b"".join(packer.compress(piece) for _ in range(size >> 20)) + packer.flush()


def slow_pictures() -> Iterator[tuple[str, bytes]]:
    """Bombs that take their time: to be made, to be decoded, or until the last try of a decoder."""
    yield "at-the-limit.png", png(19_990, 19_990, 19_990)
    yield "only-claims.png", png(2**31 - 1, 2**31 - 1, 1)
    yield "text-unfolds.png", png(64, 64, 64, (b"zTXt", b"Comment\0\0" + _zeros(256 << 20)))
    yield "profile-unfolds.png", png(64, 64, 64, (b"iCCP", b"sRGB\0\0" + _zeros(128 << 20)))
    yield "many-scans.jpg", many_scans()
    yield "many-frames.gif", _many_frames()
    for ending in ("heic", "avif"):
        whole = example(ending)
        at = whole.index(b"iloc") + 4
        yield f"far-away.{ending}", whole[:at] + b"\1\0\0\0\x88\x80" + b"\xff" * 40 + whole[at + 46 :]
        yield f"far.{ending}", whole[:at] + b"\1\0\0\0\x88\x80" + b"\x7f" + b"\xff" * 39 + whole[at + 46 :]


def pictures() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each bomb that is a picture."""
    yield "unfolds.png", png(30_000, 30_000, 30_000)
    yield "no-width.png", png(0, 0, 1)
    yield "many-chunks.png", png(64, 64, 64, *[(b"tEXt", b"a\0b")] * 60_000)
    jpeg = example("jpg")
    at = jpeg.index(b"\xff\xc0") if b"\xff\xc0" in jpeg else jpeg.index(b"\xff\xc2")
    yield "claims.jpg", jpeg[: at + 5] + struct.pack(">HH", 65_500, 65_500) + jpeg[at + 9 :]
    yield "flat.jpg", jpeg[: at + 5] + struct.pack(">HH", 1, 65_500) + jpeg[at + 9 :]
    yield "many-segments.jpg", jpeg[:2] + (b"\xff\xfe" + struct.pack(">H", 3) + b"x") * 200_000 + jpeg[2:]
    gif = example("gif")
    yield "claims.gif", gif[:6] + struct.pack("<HH", 65_535, 65_535) + gif[10:]
    webp = example("webp")
    yield "claims.webp", webp[:24] + b"\xff\xff\xff\xff\xff\xff" + webp[30:]
    yield from _tiffs()
    for ending in ("heic", "avif"):
        whole = example(ending)
        at = whole.index(b"ispe") + 8
        for name, sides in (("claims", 2**31 - 1), ("nothing", 0), ("wide", 60_000)):
            yield f"{name}.{ending}", whole[:at] + struct.pack(">II", sides, sides) + whole[at + 8 :]
    bmp = example("bmp")
    for name, sides in (("claims", 2**31 - 1), ("upside-down", -(2**31)), ("wide", 100_000)):
        yield f"{name}.bmp", bmp[:18] + struct.pack("<ii", sides, sides) + bmp[26:]


def many_scans() -> bytes:
    """A progressive JPEG whose last scan comes again and again: little to store, a whole picture to decode."""
    written = io.BytesIO()
    Image.open(media_files().path("bus")).save(written, "JPEG", progressive=True, quality=20)
    whole = written.getvalue()
    starts = [at for at in range(len(whole) - 1) if whole[at : at + 2] == b"\xff\xda"]
    last = whole[starts[-1] : -2]
    header = struct.unpack(">H", last[2:4])[0] + 2
    return whole[:-2] + (last[:header] + b"\0" * 64) * 20_000 + b"\xff\xd9"


def _many_frames() -> bytes:
    head = b"GIF89a" + struct.pack("<HH", 4000, 4000) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0" + b"\x02\x02\x44\x01\0"
    return head + frame * 60_000 + b"\x3b"


def _tiffs() -> Iterator[tuple[str, bytes]]:
    def folder(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
        rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + rows + struct.pack("<I", following)

    size = ((256, 4, 1, 2**31 - 1), (257, 4, 1, 2**31 - 1), (258, 3, 1, 8), (262, 3, 1, 1))
    strips = ((273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 2**31 - 1), (279, 4, 1, 2**31 - 1))
    yield "claims.tif", folder(*size, *strips) + b"\0" * 512
    yield "circle.tif", folder(*size, *strips, following=8) + b"\0" * 512
    yield "own-child.tif", folder((330, 4, 1, 8), (34665, 4, 1, 8), *size, *strips, following=8) + b"\0" * 512
    yield "many-strips.tif", overlapping_strips(20_000)
    yield "endless-folder.tif", b"II*\0\x08\0\0\0\xff\xff" + b"\1" * 4000


def overlapping_strips(count: int, size: int = 512 << 10) -> bytes:
    """A TIFF whose strips all are the whole file: read one by one they are `count` × `size` bytes."""
    at = 8 + 2 + 12 * 8 + 4
    rows = [
        *((256, 4, 1, 1000), (257, 4, 1, count), (258, 3, 1, 8), (262, 3, 1, 1)),
        *((273, 4, count, at), (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, count, at + 4 * count)),
    ]
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", 8) + b"".join(struct.pack("<HHII", *each) for each in rows)
    tables = struct.pack("<I", 8) * count + struct.pack("<I", size - 8) * count
    return (head + b"\0\0\0\0" + tables).ljust(size, b"\x55")


def videos() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each bomb that is a video: lies about length, size and number of frames."""
    mp4 = example("mp4")
    for name, box, skip, layout, values in (
        ("long", b"mvhd", 12, ">II", (1, 0xFFFFFFFE)),
        ("no-clock", b"mvhd", 12, ">II", (0, 0xFFFFFFFE)),
        ("slow-track", b"mdhd", 12, ">II", (1, 0x7FFFFFFF)),
        ("many-samples", b"stsz", 4, ">II", (1, 0x7FFFFFFF)),
        ("long-samples", b"stts", 4, ">III", (1, 0x7FFFFFFF, 0x7FFFFFFF)),
        ("many-chunks", b"stco", 4, ">II", (0x7FFFFFFF, 0xFFFFFFFF)),
        ("wide", b"tkhd", 76, ">II", (0xFFFF0000, 0xFFFF0000)),
    ):
        at = mp4.index(box) + 4 + skip
        yield f"{name}.mp4", mp4[:at] + struct.pack(layout, *values) + mp4[at + struct.calcsize(layout) :]
    deep = b"".join(struct.pack(">I", 8 * (20_000 - depth)) + b"moov" for depth in range(20_000))
    yield "deep.mp4", mp4[: struct.unpack(">I", mp4[:4])[0]] + deep


def slow_videos() -> Iterator[tuple[str, bytes]]:
    """Real videos that are too much: in size, in number of frames, in length."""
    yield "huge-frames.mp4", _made("color=s=12000x12000:r=1:d=2", "mp4")
    yield "many-frames.mp4", _made("color=s=16x16:r=1000:d=60", "mp4")
    yield "one-pixel.mkv", _made("color=s=2x2:r=1:d=1", "matroska")
    yield "week.mkv", _made("color=s=64x64:r=1/3600:d=604000", "matroska")


def _made(source: str, container: str) -> bytes:
    codec = "mjpeg" if "12000x" in source else "mpeg4"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made"
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-c:v", codec, "-threads", "1"]
        subprocess.run([*command, "-fflags", "+bitexact", "-f", container, str(path)], check=True)
        return path.read_bytes()
