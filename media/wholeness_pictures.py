"""Ends of picture files: what JPEG, PNG, GIF, WebP, BMP, TIFF and its raw relatives say about their own length.

Each function answers True when the file is whole to its end, False when that end is not seen although nothing is
plainly missing, None when its format does not tell. What is plainly missing raises `Cut`, a wrong checksum
`Broken`.
"""

import re
import struct
import zlib

from media.iso_facts import boxes
from media.picture_data import end_of_scan
from media.tiff_facts import ReadAt, TiffFacts


class Cut(Exception):
    """The file ends before it says that it does."""


class Broken(Exception):
    """What is there is not what was written."""


_MOST_PARTS = 200_000
_MOST_BLOCKS = 2_000_000
_CHUNK_BYTES = 1 << 20
_FILLING_BYTES = 1 << 16
_MARKER = re.compile(rb"\xff[^\x00\xff]")
# Google's and Samsung's motion photos: how long what follows the picture is.
_APPENDED = re.compile(rb'(?:Item:Length|MicroVideoOffset)(?:\s*=\s*["\']|>)([0-9]{1,12})')
_PLAIN_BMP = {0, 3, 6}
_NOWHERE = 0xFFFFFFFF  # a Panasonic's strips lie elsewhere
_PANASONIC_DATA = 0x0118
_LIKE_TIFF = (b"II*\0", b"MM\0*", b"IIU\0", b"IIRO", b"IIRS", b"MMOR")


def jpeg(read_at: ReadAt, size: int) -> bool:
    """To the end of its picture (EOI), and as much more as its XMP says was appended."""
    at, appended, scans = 2, 0, 0
    for _ in range(_MOST_PARTS):
        head = read_at(at, 4)
        if len(head) < 2:
            raise Cut
        if head[0] != 0xFF:
            at = _next_marker(read_at, at)
            continue
        marker = head[1]
        if marker == 0xD9:
            if not scans:
                raise Broken  # nothing but what is said about a picture
            return at + 2 + appended <= size
        if marker == 0xFF or 0xD0 <= marker <= 0xD8 or marker in (0x00, 0x01):
            at += 1 if marker == 0xFF else 2
            continue
        length = struct.unpack(">H", head[2:])[0] if len(head) == 4 else size
        if marker == 0xE1:
            appended += sum(int(each) for each in _APPENDED.findall(read_at(at + 4, length)))
        at += 2 + max(length, 2)
        if marker == 0xDA:
            if not scans and not appended and _ends_with_picture(read_at, size):
                return True
            scans += 1
            at = end_of_scan(read_at, at)
    return False


def _ends_with_picture(read_at: ReadAt, size: int) -> bool:
    """The quick way for most: the file's last bytes are EOI, but for a camera's filling."""
    return read_at(max(0, size - _FILLING_BYTES), _FILLING_BYTES).rstrip(b"\0").endswith(b"\xff\xd9")


def _next_marker(read_at: ReadAt, at: int) -> int:
    """Decoders skip what stands between two segments."""
    while chunk := read_at(at, _CHUNK_BYTES):
        if found := _MARKER.search(chunk):
            return at + found.start()
        at += max(1, len(chunk) - 1) if len(chunk) > 1 else 1
    raise Cut


def png(read_at: ReadAt, size: int) -> bool:
    """To IEND, with the checksums of what the picture is made of."""
    at = 8
    for _ in range(_MOST_PARTS):
        head = read_at(at, 8)
        if len(head) < 8:
            raise Cut
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return True
        if not kind.isalpha():
            raise Broken
        end = at + 12 + length
        if end > size:
            raise Cut
        if kind[:1].isupper() and _crc(read_at, at + 4, length + 4) != read_at(end - 4, 4):
            raise Broken
        at = end
    return False


def _crc(read_at: ReadAt, at: int, length: int) -> bytes:
    crc = 0
    while length > 0 and (chunk := read_at(at, min(length, _CHUNK_BYTES))):
        crc = zlib.crc32(chunk, crc)
        at, length = at + len(chunk), length - len(chunk)
    return struct.pack(">I", crc)


def gif(read_at: ReadAt, size: int) -> bool:
    """To its trailer, which some programs leave out; a block that is cut off is missing its end."""
    head = read_at(0, 13)
    if len(head) < 13:
        raise Cut
    at = 13 + (3 << ((head[10] & 7) + 1) if head[10] & 0x80 else 0)
    for _ in range(_MOST_PARTS):
        start = read_at(at, 10)
        if not start or start[0] not in (0x21, 0x2C):
            return bool(start) and start[0] == 0x3B
        body = at + 2
        if start[0] == 0x2C:
            if len(start) < 10:
                raise Cut
            body = at + 10 + (3 << ((start[9] & 7) + 1) if start[9] & 0x80 else 0) + 1
        at = _end_of_blocks(read_at, body, size)
    return False


def _end_of_blocks(read_at: ReadAt, at: int, size: int) -> int:
    for _ in range(_MOST_BLOCKS):
        length = read_at(at, 1)
        if not length or at + 1 + length[0] > size:
            raise Cut
        if not length[0]:
            return at + 1
        at += 1 + length[0]
    raise ValueError("more blocks than a picture has")


def webp(read_at: ReadAt, size: int) -> bool:
    (told,) = struct.unpack("<I", read_at(4, 4))
    if told + 8 > size:
        raise Cut
    return True


def bmp(read_at: ReadAt, size: int) -> bool | None:
    """As long as its rows are, or are said to be when packed; what it says of the file's length is often wrong."""
    offset, header = struct.unpack("<II", read_at(10, 8))
    if header < 40:
        width, height, _, bits = struct.unpack("<HHHH", read_at(18, 8))
        packing = 0
    else:
        width, height, _, bits, packing = struct.unpack("<iiHHI", read_at(18, 16))
    length = (width * bits + 31) // 32 * 4 * abs(height)
    if packing not in _PLAIN_BMP:
        (length,) = struct.unpack("<I", read_at(34, 4))
    if offset + length > size:
        raise Cut
    return True if length else None


def tiff(read_at: ReadAt, size: int) -> bool | None:
    """All strips and tiles of every picture in it lie within the file; so do those of most raw formats."""
    if read_at(0, 4) not in _LIKE_TIFF:
        return None
    facts = TiffFacts(read_at)
    if facts.first >= size:
        raise Cut
    furthest = 0
    for at, length in facts.extents():
        if at != _NOWHERE:
            furthest = max(furthest, at + length)
    if furthest > size:
        raise Cut
    return True if furthest else None


def fuji_raw(read_at: ReadAt, size: int) -> bool | None:
    """The JPEG, the description and the sensor's data that the head of a RAF points to."""
    parts = struct.unpack(">6I", read_at(84, 24))
    ends = [at + length for at, length in zip(parts[::2], parts[1::2], strict=True) if at]
    if not ends:
        return None
    if max(ends) > size:
        raise Cut
    return True


def jxl(read_at: ReadAt, size: int) -> bool | None:
    """Of a bare codestream only the decoder knows where it ends."""
    if read_at(0, 2) == b"\xff\x0a":
        return None
    at = 0
    while at < size:
        box = next(boxes(read_at, at, size), None)
        if box is None or _told_end(read_at, at, size) > size:
            raise Cut
        at = box.end
    return True


def _told_end(read_at: ReadAt, at: int, size: int) -> int:
    head = read_at(at, 16)
    told: int = struct.unpack(">I", head[:4])[0]
    if told == 1:
        told = struct.unpack(">Q", head[8:16])[0]
    return at + told if told else size


def jpeg2000(read_at: ReadAt, size: int) -> bool:
    """Box by box to the codestream, which ends with EOC (ISO/IEC 15444-1, annexes A and I)."""
    if read_at(0, 4) == b"\xff\x4f\xff\x51":
        return _ends_with_eoc(read_at, size)
    at = 0
    for _ in range(_MOST_PARTS):
        head = read_at(at, 16)
        if len(head) < 8:
            raise Cut
        length, kind = struct.unpack(">I4s", head[:8])
        if length == 1:
            length = struct.unpack(">Q", head[8:])[0]
        if kind == b"jp2c" and length == 0:
            return _ends_with_eoc(read_at, size)
        if length < 8 or at + length > size:
            raise Cut
        at += length
        if kind == b"jp2c":
            return True
    return False


def _ends_with_eoc(read_at: ReadAt, size: int) -> bool:
    if read_at(size - 2, 2) != b"\xff\xd9":
        raise Cut
    return True


def photoshop(read_at: ReadAt, size: int) -> bool | None:
    """To the last row of the flattened picture (Adobe Photoshop File Formats Specification: PSD and PSB)."""
    version, channels, height, width, depth = struct.unpack(">4xH6xHIIH2x", read_at(0, 26))
    at = 26
    for wide in (False, False, version == 2):  # colour table, resources, layers
        field = read_at(at, 8 if wide else 4)
        if len(field) < (8 if wide else 4):
            raise Cut
        at += len(field) + int.from_bytes(field, "big")
    coding = read_at(at, 2)
    if len(coding) < 2:
        raise Cut
    rows, at = channels * height, at + 2
    if coding == b"\0\0":
        at += rows * ((width * depth + 7) // 8)
    elif coding == b"\0\1":
        count = 4 if version == 2 else 2
        counts = read_at(at, rows * count)
        if len(counts) < rows * count:
            raise Cut
        at += len(counts) + sum(int.from_bytes(counts[i : i + count], "big") for i in range(0, len(counts), count))
    else:
        return None
    if at > size:
        raise Cut
    return True
