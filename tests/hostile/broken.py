"""Real media broken by chance: flipped bits, cut ends, wrong lengths, parts of other files in between."""

import random
import struct
from collections.abc import Callable
from functools import lru_cache

from tests.media_files import media_files

# Weight and file of a small real example of each format; the endings are what the files are called.
EXAMPLES = {
    "jpg": ("jpeg-south", "canberra.jpg"),
    "jpeg": ("formats-hopper", "hopper_orientation_6.jpg"),
    "png": ("formats-hopper", "hopper.png"),
    "gif": ("formats-hopper", "hopper.gif"),
    "webp": ("formats-hopper", "hopper_orientation_5.webp"),
    "tif": ("pictures", "sample.tif"),
    "tiff": ("formats-hopper", "hopper.iccprofile.tif"),
    "bmp": ("formats-hopper", "hopper_rle8.bmp"),
    "avif": ("formats-avif", "icc_profile.avif"),
    "heic": ("heic-samsung", "outdoor.heic"),
    "jxl": ("formats-jxl", "sample.jxl"),
    "psd": ("formats-hopper", "hopper.psd"),
    "jp2": ("formats-hopper", "test-card-lossless.jp2"),
    "cr2": ("formats-raw", "canon.raw.cr2"),
    "mp4": ("videos", "park.mp4"),
    "webm": ("videos", "input.webm"),
    "mkv": ("formats-video", "test.mkv"),
    "avi": ("formats-video", "test.avi"),
    "mpg": ("formats-video", "test.mpg"),
    "3g2": ("formats-video", "test.3g2"),
    "ts": ("formats-transport", "test-segment.ts"),
    "mts": ("formats-video", "Panasonic_AG_HMC_151.MTS"),
}
_EXTREMES = (0, 1, 7, 8, 0x7FFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF7, 0xFFFFFFFF)


@lru_cache
def example(ending: str) -> bytes:
    """The bytes of a format's real file."""
    weight, name = EXAMPLES[ending]
    found = media_files().path(weight)
    return (found if found.is_file() else found / name).read_bytes()


def flip(whole: bytes, chance: random.Random) -> bytes:
    """1 to 200 bits turned, mostly among the first 2 KB, where headers are."""
    broken = bytearray(whole)
    reach = min(len(whole), chance.choice((128, 2048, len(whole))))
    for _ in range(chance.choice((1, 2, 8, 40, 200))):
        broken[chance.randrange(8, reach)] ^= 1 << chance.randrange(8)
    return bytes(broken)


def cut(whole: bytes, chance: random.Random) -> bytes:
    """The end missing, or the end of another length filled with zeros."""
    kept = chance.choice((chance.randrange(12, 64), chance.randrange(64, len(whole)), len(whole) - 1))
    return whole[:kept] + (b"\0" * (len(whole) - kept) if chance.random() < 0.2 else b"")


def mislead(whole: bytes, chance: random.Random) -> bytes:
    """Numbers of 2, 4 and 8 bytes near the beginning (lengths, counts, offsets) at their extremes."""
    broken = bytearray(whole)
    for _ in range(chance.choice((1, 1, 3, 12))):
        layout = chance.choice((">H", "<H", ">I", "<I", ">I", "<I", ">Q"))
        size = struct.calcsize(layout)
        value = chance.choice(_EXTREMES) * (0x1_0000_0001 if size == 8 else 1) & ((1 << 8 * size) - 1)
        at = chance.randrange(8, min(len(whole) - size, 1024))
        broken[at : at + size] = struct.pack(layout, value)
    return bytes(broken)


def splice(whole: bytes, chance: random.Random) -> bytes:
    """The head of one file on the body of another."""
    other = example(chance.choice(sorted(EXAMPLES)))
    at = chance.choice((12, 32, 200, len(whole) // 2))
    return whole[:at] + other[chance.randrange(min(at, len(other) - 1)) :]


def shuffle(whole: bytes, chance: random.Random) -> bytes:
    """Blocks lost, doubled, or swapped."""
    size = chance.choice((64, 512, 4096))
    blocks = [whole[at : at + size] for at in range(0, len(whole), size)]
    for _ in range(chance.randrange(1, 6)):
        at, to = chance.randrange(len(blocks)), chance.randrange(1, len(blocks) + 1)
        deed = chance.randrange(3)
        if deed == 0 and at > 0:
            del blocks[at]
        elif deed == 1:
            blocks[to:to] = [blocks[at]] * chance.choice((1, 20))
        else:
            blocks[to:to] = [chance.randbytes(size)]
    return b"".join(blocks)


def rename_parts(whole: bytes, chance: random.Random) -> bytes:
    """The four letters of a box, chunk or atom replaced by those of another."""
    names = (
        b"moov",
        b"trak",
        b"stsz",
        b"stco",
        b"mdat",
        b"meta",
        b"iloc",
        b"ispe",
        b"IHDR",
        b"IDAT",
        b"iCCP",
        b"VP8X",
    )
    found = [name for name in names if name in whole]
    if not found:
        return flip(whole, chance)
    return whole.replace(chance.choice(found), chance.choice(names), 1)


DEEDS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "flipped": flip,
    "cut": cut,
    "misled": mislead,
    "spliced": splice,
    "shuffled": shuffle,
    "renamed-parts": rename_parts,
}
