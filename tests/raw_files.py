"""Raw files as cameras build them, around a JPEG: the containers are real, the sensor's data is not there.

No registry carries whole raw files, which have 10 to 50 MB. Each layout is the maker's own, as ExifTool's
documentation of its tags describes it; the one real file (Canon's, cut short) is in tests/data/media.toml.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

_SHORT, _LONG, _TEXT, _RATIONAL, _UNDEFINED = 3, 4, 2, 5, 7
_Entry = tuple[int, int, bytes]


@dataclass(frozen=True)
class Shot:
    """What shall stand in a raw file. `width` and `height` are the sensor's, `taken` as EXIF writes it."""

    picture: bytes
    make: bytes
    model: bytes
    width: int = 6000
    height: int = 4000
    orientation: int = 1
    taken: bytes = b"2021:05:03 12:30:45"
    adobe_rgb: bool = False


def _short(tag: int, *values: int) -> _Entry:
    return tag, _SHORT, struct.pack(f"<{len(values)}H", *values)


def _long(tag: int, *values: int) -> _Entry:
    return tag, _LONG, struct.pack(f"<{len(values)}I", *values)


def _text(tag: int, value: bytes) -> _Entry:
    return tag, _TEXT, value + b"\0"


def _folder(entries: list[_Entry], at: int, following: int = 0) -> bytes:
    """An image file directory that lies at `at`, with its long values behind it."""
    sizes = {_SHORT: 2, _LONG: 4, _TEXT: 1, _RATIONAL: 8, _UNDEFINED: 1}
    beyond = at + 2 + 12 * len(entries) + 4
    head, tail = struct.pack("<H", len(entries)), b""
    for tag, kind, value in sorted(entries):
        head += struct.pack("<HHI", tag, kind, len(value) // sizes[kind])
        if len(value) <= 4:
            head += value.ljust(4, b"\0")
        else:
            head += struct.pack("<I", beyond + len(tail))
            tail += value + b"\0" * (len(value) % 2)
    return head + struct.pack("<I", following) + tail


class _Tiff:
    """Blocks one after the other, each knowing where it lies."""

    def __init__(self, mark: bytes, start: int = 8) -> None:
        self._mark, self._start, self._blocks = mark, start, b""

    @property
    def end(self) -> int:
        return self._start + len(self._blocks)

    def add(self, block: bytes) -> int:
        at = self.end
        self._blocks += block + b"\0" * (len(block) % 2)
        return at

    def file(self, first_folder: int, more: bytes = b"") -> bytes:
        return (self._mark + struct.pack("<I", first_folder) + more).ljust(self._start, b"\0") + self._blocks


def _camera(tiff: _Tiff, shot: Shot) -> list[_Entry]:
    """Make, model, orientation, and a folder with time, size and colour space."""
    exif = [_text(0x9003, shot.taken), _long(0xA002, shot.width), _long(0xA003, shot.height)]
    exif.append(_short(0xA001, 0xFFFF if shot.adobe_rgb else 1))
    if shot.adobe_rgb:
        exif.append(_long(0xA005, tiff.add(_folder([_text(0x0001, b"R03")], tiff.end))))
    folder = tiff.add(_folder(exif, tiff.end))
    return [
        *(_text(0x010F, shot.make), _text(0x0110, shot.model), _short(0x0112, shot.orientation)),
        _long(0x8769, folder),
    ]


def _sensor(shot: Shot, compression: int) -> list[_Entry]:
    return [
        *(_long(0x00FE, 0), _long(0x0100, shot.width), _long(0x0101, shot.height), _short(0x0102, 14)),
        *(_short(0x0103, compression), _short(0x0106, 32803), _long(0x0111, 8), _long(0x0117, 16)),
    ]


def cr2(shot: Shot) -> bytes:
    tiff = _Tiff(b"II*\0", 16)
    picture = tiff.add(shot.picture)
    sensor = tiff.add(_folder(_sensor(shot, 6), tiff.end))
    entries = [*_camera(tiff, shot), _short(0x0103, 6), _long(0x0111, picture), _long(0x0117, len(shot.picture))]
    entries += [_long(0x0100, shot.width), _long(0x0101, shot.height)]
    first = tiff.add(_folder(entries, tiff.end))
    return tiff.file(first, b"CR\2\0" + struct.pack("<I", sensor))


def nef(shot: Shot) -> bytes:
    """The JPEG in a sub-folder; the first folder's own picture is a tiny one."""
    tiff = _Tiff(b"II*\0")
    picture = tiff.add(shot.picture)
    shown = [_long(0x00FE, 1), _short(0x0103, 6), _long(0x0201, picture), _long(0x0202, len(shot.picture))]
    subs = [tiff.add(_folder(each, tiff.end)) for each in (shown, _sensor(shot, 34713))]
    entries = [
        *_camera(tiff, shot),
        _long(0x00FE, 1),
        _long(0x0100, 160),
        _long(0x0101, 120),
        _long(0x014A, *subs),
    ]
    return tiff.file(tiff.add(_folder(entries, tiff.end)))


def arw(shot: Shot) -> bytes:
    """The JPEG in the first folder."""
    tiff = _Tiff(b"II*\0")
    picture = tiff.add(shot.picture)
    sub = tiff.add(_folder(_sensor(shot, 32767), tiff.end))
    entries = [*_camera(tiff, shot), _long(0x00FE, 1), _short(0x0103, 6), _long(0x014A, sub)]
    entries += [_long(0x0201, picture), _long(0x0202, len(shot.picture))]
    return tiff.file(tiff.add(_folder(entries, tiff.end)))


def dng(shot: Shot) -> bytes:
    """The JPEG as the only strip of a sub-folder; Adobe's specification, chapter 2."""
    tiff = _Tiff(b"II*\0")
    picture = tiff.add(shot.picture)
    shown = [_long(0x00FE, 1), _short(0x0103, 7), _short(0x0106, 6), _long(0x0111, picture)]
    shown += [_long(0x0117, len(shot.picture)), _long(0x0100, 1000), _long(0x0101, 700)]
    subs = [tiff.add(_folder(each, tiff.end)) for each in (_sensor(shot, 7), shown)]
    entries = [
        *_camera(tiff, shot),
        _long(0x00FE, 1),
        _long(0x0100, 160),
        _long(0x0101, 120),
        _long(0x014A, *subs),
    ]
    entries.append((0xC612, 1, b"\1\4\0\0"))
    return tiff.file(tiff.add(_folder_with_bytes(entries, tiff.end)))


def _folder_with_bytes(entries: list[_Entry], at: int) -> bytes:
    """Like `_folder`, for entries of single bytes, which have the size of undefined ones."""
    block = _folder([(tag, _UNDEFINED if kind == 1 else kind, value) for tag, kind, value in entries], at)
    return block.replace(struct.pack("<HHI", 0xC612, _UNDEFINED, 4), struct.pack("<HHI", 0xC612, 1, 4))


def rw2(shot: Shot) -> bytes:
    """Panasonic: borders of the sensor in the first folder, the JPEG as the value of a tag."""
    tiff = _Tiff(b"IIU\0", 24)
    entries = [*_camera(tiff, shot), _short(0x0002, shot.width), _short(0x0003, shot.height), _short(0x0004, 0)]
    entries += [_short(0x0005, 0), _short(0x0006, shot.height), _short(0x0007, shot.width)]
    entries.append((0x002E, _UNDEFINED, shot.picture))
    return tiff.file(tiff.add(_folder(entries, tiff.end)))


def orf(shot: Shot) -> bytes:
    """Olympus: the sensor's data in the first folder, the JPEG in the maker's notes."""
    tiff = _Tiff(b"IIRO")
    notes_at = tiff.end
    # Offsets in these notes count from their own beginning; the picture follows them.
    settings_at = 12 + 2 + 12 + 4
    picture_at = settings_at + 2 + 3 * 12 + 4
    settings = [_long(0x0100, 1), _long(0x0101, picture_at), _long(0x0102, len(shot.picture))]
    folder = struct.pack("<HHHII", 1, 0x2020, 13, 1, settings_at) + bytes(4)
    tiff.add(b"OLYMPUS\0II\3\0" + folder + _folder(settings, settings_at))
    notes = tiff.end - notes_at
    tiff.add(shot.picture)
    exif = [_text(0x9003, shot.taken), (0x927C, _UNDEFINED, b"")]
    exif_at = tiff.end
    block = _folder(exif, exif_at)
    empty = struct.pack("<HHI", 0x927C, _UNDEFINED, 0) + bytes(4)
    tiff.add(block.replace(empty, struct.pack("<HHII", 0x927C, _UNDEFINED, notes, notes_at)))
    entries = [_text(0x010F, shot.make), _text(0x0110, shot.model), _short(0x0112, shot.orientation)]
    entries += [_long(0x8769, exif_at), _long(0x0100, shot.width), _long(0x0101, shot.height), _short(0x0103, 1)]
    return tiff.file(tiff.add(_folder(entries, tiff.end)))


def raf(shot: Shot) -> bytes:
    """Fujifilm: a JPEG with all the EXIF at a place that the header names; its own list has the size."""
    tiff = _Tiff(b"II*\0")
    exif = tiff.file(tiff.add(_folder(_camera(tiff, shot), tiff.end)))
    app1 = b"Exif\0\0" + exif
    picture = shot.picture[:2] + b"\xff\xe1" + struct.pack(">H", len(app1) + 2) + app1 + shot.picture[2:]
    sizes = b"".join(struct.pack(">4H", tag, 4, shot.height, shot.width) for tag in (0x0100, 0x0111))
    listing = struct.pack(">I", 2) + sizes
    head = b"FUJIFILMCCD-RAW 0201FF383501" + shot.model.ljust(32, b"\0") + b"0100" + bytes(20)
    places = (148, len(picture), 148 + len(picture), len(listing), 148 + len(picture) + len(listing), 16)
    return (head + struct.pack(">6I", *places)).ljust(148, b"\0") + picture + listing + bytes(16)


def cr3(shot: Shot) -> bytes:
    """Canon's newer ones: boxes as in a video; EXIF in "CMT1" and "CMT2", the JPEG in "PRVW"."""

    def box(kind: bytes, *content: bytes) -> bytes:
        body = b"".join(content)
        return struct.pack(">I", 8 + len(body)) + kind + body

    first, second = _Tiff(b"II*\0"), _Tiff(b"II*\0")
    names = [_text(0x010F, shot.make), _text(0x0110, shot.model), _short(0x0112, shot.orientation)]
    names += [_long(0x0100, shot.width), _long(0x0101, shot.height)]
    cmt1 = first.file(first.add(_folder(names, first.end)))
    taken = [_text(0x9003, shot.taken), _long(0xA002, shot.width), _long(0xA003, shot.height)]
    cmt2 = second.file(second.add(_folder(taken, second.end)))
    canon = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    preview = bytes.fromhex("eaf42b5e1c984b88b9fbb7dc406e4d16")
    version = box(b"CNCV", b"CanonCR3_001/00.09.00/00.00.00")
    shown = bytes(4) + struct.pack(">HHHHI", 1, 1620, 1080, 1, len(shot.picture)) + shot.picture
    return (
        box(b"ftyp", b"crx \0\0\0\1crx isom")
        + box(b"moov", box(b"uuid", canon, version, box(b"CMT1", cmt1), box(b"CMT2", cmt2)))
        + box(b"uuid", preview, bytes(4), b"\0\0\0\1", box(b"PRVW", shown))
        + box(b"mdat", bytes(16))
    )


def crw(shot: Shot) -> bytes:
    """Canon's CIFF (1998): a heap of values, its directory at the end."""
    heap, entries = b"", []
    degrees = {1: 0, 6: 90, 3: 180, 8: 270}[shot.orientation]
    for tag, value in (
        (0x2007, shot.picture),
        (0x080A, shot.make + b"\0" + shot.model + b"\0"),
        (0x180E, struct.pack("<IiI", _seconds(shot), 0, 0)),
        (0x1810, struct.pack("<IIfIIII", shot.width, shot.height, 1.0, degrees, 8, 24, 0)),
    ):
        entries.append(struct.pack("<HII", tag, len(value), len(heap)))
        heap += value + b"\0" * (len(value) % 2)
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", len(heap))
    return b"II" + struct.pack("<I", 26) + b"HEAPCCDR" + struct.pack("<IQ", 0x00010002, 0) + heap + directory


def crw_with(file: bytes, tag: int, value: bytes) -> bytes:
    """A CRW with one more value in its heap."""
    heap = file[26:]
    (at,) = struct.unpack("<I", heap[-4:])
    (count,) = struct.unpack_from("<H", heap, at)
    entries = heap[at + 2 : at + 2 + 10 * count] + struct.pack("<HII", tag, len(value), at)
    longer = heap[:at] + value + bytes(len(value) % 2)
    return file[:26] + longer + struct.pack("<H", count + 1) + entries + struct.pack("<I", len(longer))


def x3f(shot: Shot) -> bytes:
    """Sigma's: sections, and a list of them at the end."""
    degrees = {1: 0, 6: 90, 3: 180, 8: 270}[shot.orientation]
    data = b"FOVb" + struct.pack("<I", 0x00020000) + bytes(16)
    data += struct.pack("<IIII", 0, shot.width, shot.height, degrees)
    words = [b"CAMMANUF", shot.make, b"CAMMODEL", shot.model, b"TIME", str(_seconds(shot)).encode()]
    places, text = [], ""
    for word in words:
        places.append(len(text))
        text += word.decode() + "\0"
    properties = b"SECp" + struct.pack("<5I", 0x00020000, len(words) // 2, 0, 0, len(text))
    properties += struct.pack(f"<{len(places)}I", *places) + text.encode("utf-16-le")
    picture = b"SECi" + struct.pack("<6I", 0x00020000, 2, 18, 320, 214, 0) + shot.picture
    listed = b""
    for kind, section in ((b"IMA2", picture), (b"PROP", properties)):
        listed += struct.pack("<II", len(data), len(section)) + kind
        data += section + bytes(-len(section) % 4)
    return data + b"SECd" + struct.pack("<II", 0x00020000, 2) + listed + struct.pack("<I", len(data))


def _seconds(shot: Shot) -> int:
    taken = datetime.strptime(shot.taken.decode(), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
    return int(taken.timestamp())


BUILDERS: dict[str, tuple[Callable[[Shot], bytes], bytes, bytes]] = {
    "cr2": (cr2, b"Canon", b"Canon EOS 6D"),
    "cr3": (cr3, b"Canon", b"Canon EOS R6"),
    "crw": (crw, b"Canon", b"Canon EOS 10D"),
    "x3f": (x3f, b"SIGMA", b"SIGMA SD10"),
    "nef": (nef, b"NIKON CORPORATION", b"NIKON D80"),
    "arw": (arw, b"SONY", b"ILCE-7M3"),
    "dng": (dng, b"Google", b"Pixel 6"),
    "rw2": (rw2, b"Panasonic", b"DMC-GX7"),
    "orf": (orf, b"OLYMPUS IMAGING CORP.", b"E-PL2"),
    "raf": (raf, b"FUJIFILM", b"X-T2"),
}
