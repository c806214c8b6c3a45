"""Which camera's raw picture a TIFF is. Most raw formats are TIFFs with a twist (TIFF/EP, ISO 12234-2): the first
picture is a reduced one and the sensor's lies beside it, compressed in a way of the maker's own."""

import struct
from collections.abc import Callable

from core.media import Kind
from media.sniffed import SniffedKind

CR2 = SniffedKind(Kind.PHOTO, "image/x-canon-cr2", "cr2")
CR3 = SniffedKind(Kind.PHOTO, "image/x-canon-cr3", "cr3")
NEF = SniffedKind(Kind.PHOTO, "image/x-nikon-nef", "nef")
ARW = SniffedKind(Kind.PHOTO, "image/x-sony-arw", "arw")
DNG = SniffedKind(Kind.PHOTO, "image/x-adobe-dng", "dng")
PEF = SniffedKind(Kind.PHOTO, "image/x-pentax-pef", "pef")
SRW = SniffedKind(Kind.PHOTO, "image/x-samsung-srw", "srw")
RW2 = SniffedKind(Kind.PHOTO, "image/x-panasonic-rw2", "rw2")
ORF = SniffedKind(Kind.PHOTO, "image/x-olympus-orf", "orf")
RAF = SniffedKind(Kind.PHOTO, "image/x-fujifilm-raf", "raf")
CRW = SniffedKind(Kind.PHOTO, "image/x-canon-crw", "crw")
X3F = SniffedKind(Kind.PHOTO, "image/x-sigma-x3f", "x3f")
OTHER_RAW = SniffedKind(Kind.PHOTO, "image/x-camera-raw", "raw")

RAW_MIMES = frozenset(
    each.mime for each in (CR2, CR3, NEF, ARW, DNG, PEF, SRW, RW2, ORF, RAF, CRW, X3F, OTHER_RAW)
)

# First bytes of those that are no plain TIFF: LibRaw's and ExifTool's sources agree on them.
RAW_MAGICS: tuple[tuple[bytes, SniffedKind], ...] = (
    (b"FUJIFILMCCD-RAW", RAF),
    (b"IIU\x00", RW2),
    (b"IIRO", ORF),
    (b"IIRS", ORF),
    (b"MMOR", ORF),
    (b"II\x1a\x00\x00\x00HEAPCCDR", CRW),  # CIFF, before Canon's raw files were TIFFs
    (b"FOVb", X3F),
)

_BY_MAKER = (("nikon", NEF), ("sony", ARW), ("pentax", PEF), ("ricoh", PEF), ("samsung", SRW))
_DNG_VERSION, _MAKE, _REDUCED, _SUB_FOLDERS = 0xC612, 0x010F, 0x00FE, 0x014A
_COMPRESSION, _PHOTOMETRIC, _COLOUR_FILTER_ARRAY = 0x0103, 0x0106, 32803
# Sony, Samsung (two), Nikon, Kodak, Pentax: how the sensor's data is packed.
_RAW_COMPRESSIONS = {32767, 32769, 32770, 34713, 65000, 65535}
_MOST_ENTRIES = 200
_MOST_MAKE_BYTES = 64

ReadAt = Callable[[int, int], bytes]


def raw_kind(head: bytes, read_at: ReadAt) -> SniffedKind | None:
    """The raw format of a TIFF, None when it is an ordinary one.

    `head` are its first bytes (16 are enough), `read_at(offset, count)` gives others, fewer at the file's end.
    """
    if head[8:10] == b"CR":
        return CR2
    order = "<" if head.startswith(b"II") else ">"
    tags = _first_folder(head, order, read_at)
    if _DNG_VERSION in tags:
        return DNG
    shrunk_beside_others = _SUB_FOLDERS in tags and _number(tags, _REDUCED, order) == 1
    packed = _number(tags, _COMPRESSION, order) in _RAW_COMPRESSIONS
    bare_sensor = _number(tags, _PHOTOMETRIC, order) == _COLOUR_FILTER_ARRAY
    if not (shrunk_beside_others or packed or bare_sensor):
        return None
    maker = _text(tags, _MAKE, order, read_at).lower()
    return next((kind for name, kind in _BY_MAKER if maker.startswith(name)), OTHER_RAW)


_Tags = dict[int, tuple[int, int, bytes]]


def _first_folder(head: bytes, order: str, read_at: ReadAt) -> _Tags:
    """The first image file directory: tag → (type, count, value or its offset)."""
    if len(head) < 8 or head[2:4] in (b"+\x00", b"\x00+"):
        return {}  # BigTIFF: no camera writes it
    at = struct.unpack_from(order + "I", head, 4)[0]
    counted = read_at(at, 2)
    if at < 8 or len(counted) < 2:
        return {}
    count = min(struct.unpack(order + "H", counted)[0], _MOST_ENTRIES)
    entries = read_at(at + 2, 12 * count)
    found: _Tags = {}
    for start in range(0, len(entries) - 11, 12):
        tag, kind, values = struct.unpack_from(order + "HHI", entries, start)
        found[tag] = (kind, values, entries[start + 8 : start + 12])
    return found


def _number(tags: _Tags, tag: int, order: str) -> int | None:
    if tag not in tags:
        return None
    kind, _, value = tags[tag]
    short = kind == 3
    number: int = struct.unpack(order + ("H" if short else "I"), value[:2] if short else value)[0]
    return number


def _text(tags: _Tags, tag: int, order: str, read_at: ReadAt) -> str:
    if tag not in tags:
        return ""
    _, count, value = tags[tag]
    raw = value if count <= 4 else read_at(struct.unpack(order + "I", value)[0], min(count, _MOST_MAKE_BYTES))
    return raw.split(b"\0")[0].decode("ascii", "replace").strip()
