"""What a file is, told by its first bytes. A stranger's file name proves nothing: it is never looked at."""

import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import RefusedFile
from core.media import Kind
from media.raw_kinds import CR3, RAW_MAGICS, ReadAt, raw_kind
from media.refusals import describe_stranger
from media.sniffed import SniffedKind

HEAD_BYTES = 4096

JPEG = SniffedKind(Kind.PHOTO, "image/jpeg", "jpg")
PNG = SniffedKind(Kind.PHOTO, "image/png", "png")
GIF = SniffedKind(Kind.PHOTO, "image/gif", "gif")
WEBP = SniffedKind(Kind.PHOTO, "image/webp", "webp")
TIFF = SniffedKind(Kind.PHOTO, "image/tiff", "tif")
HEIC = SniffedKind(Kind.PHOTO, "image/heic", "heic")
AVIF = SniffedKind(Kind.PHOTO, "image/avif", "avif")
JXL = SniffedKind(Kind.PHOTO, "image/jxl", "jxl")
BMP = SniffedKind(Kind.PHOTO, "image/bmp", "bmp")
JPEG_2000 = SniffedKind(Kind.PHOTO, "image/jp2", "jp2")
PHOTOSHOP = SniffedKind(Kind.PHOTO, "image/vnd.adobe.photoshop", "psd")
MP4 = SniffedKind(Kind.VIDEO, "video/mp4", "mp4")
MOV = SniffedKind(Kind.VIDEO, "video/quicktime", "mov")
THREE_GP = SniffedKind(Kind.VIDEO, "video/3gpp", "3gp")
THREE_G2 = SniffedKind(Kind.VIDEO, "video/3gpp2", "3g2")
AVI = SniffedKind(Kind.VIDEO, "video/x-msvideo", "avi")
MKV = SniffedKind(Kind.VIDEO, "video/x-matroska", "mkv")
WEBM = SniffedKind(Kind.VIDEO, "video/webm", "webm")
MPEG = SniffedKind(Kind.VIDEO, "video/mpeg", "mpg")
TRANSPORT = SniffedKind(Kind.VIDEO, "video/mp2t", "mts")
WINDOWS_MEDIA = SniffedKind(Kind.VIDEO, "video/x-ms-wmv", "wmv")

_PICTURE_MAGICS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"\xff\x0a", JXL),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", JXL),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", JPEG_2000),
    (b"\xff\x4f\xff\x51", JPEG_2000),  # its codestream alone
    (b"8BPS\x00\x01", PHOTOSHOP),
    (b"8BPS\x00\x02", PHOTOSHOP),
)
# Brands of ISO base media files (ISO/IEC 14496-12 `ftyp`, registered at mp4ra.org).
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_STILL_BRANDS = {b"mif1", b"msf1", b"mif2", b"miaf"}
# Pictures in the same container that are not read: HEIF's short form, and other codings within HEIF.
_OTHER_STILLS = {
    **dict.fromkeys((b"mif3",), 'HEIF in its short form, the box "mini"'),
    **dict.fromkeys((b"avci", b"avcs"), "H.264 in HEIF"),
    **dict.fromkeys((b"jpeg", b"jpgs"), "JPEG in HEIF"),
    **dict.fromkeys((b"j2ki", b"j2is"), "JPEG 2000 in HEIF"),
    **dict.fromkeys((b"vvic", b"vvis"), "H.266 in HEIF"),
    **dict.fromkeys((b"evbi", b"evbs", b"evmi", b"evms"), "EVC in HEIF"),
    **dict.fromkeys((b"unif",), "HEIF without a known coding"),
}
_AVIF_BRANDS = {b"avif", b"avis"}
_MAJOR_BRANDS = ((b"crx ", CR3), (b"3g2", THREE_G2), (b"3g", THREE_GP), (b"qt  ", MOV))
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"aax "}
# A QuickTime file older than `ftyp` (1991 to about 2001) starts with any of these atoms.
_OLD_QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
# Sizes of the headers that BMP has had, OS/2's and Windows'.
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
# A transport stream's packets have 188 bytes and start with 0x47; cameras put 4 bytes of time before each.
_SYNC, _PACKETS = 0x47, ((0, 188), (4, 192))
_FEWEST_PACKETS = 3
# Windows Media (ASF): the header object, and the kinds of stream that it lists, by their identifiers.
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_PICTURE = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_ASF_SOUND = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")


def sniff(path: Path, name: str | None = None) -> SniffedKind:
    """The kind of the file at `path` by its content; a symlink is followed. `name` is what errors call it.

    Raises RefusedFile with a reason for people when it is not a photo or video Fovea reads.
    """
    with _opened(path) as descriptor:
        try:
            head = os.read(descriptor, HEAD_BYTES)
            return _sniff(head, name or path.name, lambda at, count: os.pread(descriptor, count, at))
        except OSError as error:
            raise RefusedFile(f"{path.name}: cannot be read: {error.strerror or error}") from error


def sniff_bytes(head: bytes, name: str) -> SniffedKind:
    """The kind by a file's first bytes (`HEAD_BYTES` are enough but for some raw pictures, which then pass for a
    TIFF); `name` only serves the error."""
    return _sniff(head, name, lambda at, count: head[at : at + count])


def _sniff(head: bytes, name: str, read_at: ReadAt) -> SniffedKind:
    if not head:
        raise RefusedFile(f"{name}: the file is empty")
    found = _picture(head, read_at) or _iso_media(head, name) or _other_video(head, name)
    if found is not None:
        return found
    raise RefusedFile(f"{name}: {describe_stranger(head)}")


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    # O_NONBLOCK: opening a named pipe must not wait for ever for its writer.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedFile(f"{path.name}: cannot be opened: {error.strerror or error}") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise RefusedFile(f"{path.name}: not a regular file (a folder, pipe, socket or device)")
        yield descriptor
    finally:
        os.close(descriptor)


def _picture(head: bytes, read_at: ReadAt) -> SniffedKind | None:
    for magic, kind in (*_PICTURE_MAGICS, *RAW_MAGICS):
        if head.startswith(magic):
            return kind
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        return raw_kind(head, read_at) or TIFF
    if head.startswith(b"BM") and len(head) >= 18 and struct.unpack_from("<I", head, 14)[0] in _BMP_HEADERS:
        return BMP
    return None


def _iso_media(head: bytes, name: str) -> SniffedKind | None:
    if head[4:8] != b"ftyp":
        return MOV if head[4:8] in _OLD_QUICKTIME_ATOMS and _plausible_atom(head) else None
    size = struct.unpack(">I", head[:4])[0]
    major = head[8:12]
    end = min(size, len(head)) - 3
    compatible = {head[i : i + 4] for i in range(16, end, 4)}
    brands = {major} | compatible
    if major in _AVIF_BRANDS or (major in _STILL_BRANDS and compatible & _AVIF_BRANDS):
        return AVIF
    if major in _HEIC_BRANDS or (major in _STILL_BRANDS and brands & _HEIC_BRANDS):
        return HEIC
    if major in _SOUND_BRANDS:
        raise RefusedFile(f"{name}: a sound file without a picture")
    if (other := _other_still(head, size, major, compatible)) is not None:
        raise RefusedFile(f"{name}: a still picture of a kind that Fovea does not read yet ({other})")
    return next((kind for start, kind in _MAJOR_BRANDS if major.startswith(start)), MP4)


def _other_still(head: bytes, size: int, major: bytes, compatible: set[bytes]) -> str | None:
    """What a picture is that is not read, by its brands or by the box after them; None for a film."""
    if major in _OTHER_STILLS:
        return _OTHER_STILLS[major]
    second = head[size + 4 : size + 8] if size < len(head) else b""
    if second == b"mini":
        return _OTHER_STILLS[b"mif3"]
    if second == b"meta" and head[size + 16 : size + 20] == b"hdlr" and head[size + 28 : size + 32] == b"pict":
        return next((_OTHER_STILLS[each] for each in compatible if each in _OTHER_STILLS), "HEIF")
    return "HEIF" if major in _STILL_BRANDS else None


def _plausible_atom(head: bytes) -> bool:
    """An atom's size is 0 (to the end), 1 (64 bits follow) or at least its own header's 8 bytes."""
    size = struct.unpack(">I", head[:4])[0]
    return size in (0, 1) or size >= 8


def _other_video(head: bytes, name: str) -> SniffedKind | None:
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return AVI
    if head.startswith((b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")):
        return MPEG
    if head.startswith(_ASF):
        return _windows_media(head, name)
    if any(_is_transport(head, start, step) for start, step in _PACKETS):
        return TRANSPORT
    return _matroska(head, name) if head.startswith(b"\x1a\x45\xdf\xa3") else None


def _windows_media(head: bytes, name: str) -> SniffedKind:
    header_bytes = struct.unpack("<Q", head[16:24])[0] if len(head) >= 24 else 0
    if _ASF_SOUND in head and _ASF_PICTURE not in head and header_bytes <= len(head):
        raise RefusedFile(f"{name}: a sound file without a picture")
    return WINDOWS_MEDIA


def _matroska(head: bytes, name: str) -> SniffedKind:
    """EBML: the DocType element (0x4282) says which of the two it is."""
    at = head.find(b"\x42\x82", 4, 128)
    doctype = head[at + 3 : at + 3 + (head[at + 2] & 0x7F)] if 0 < at < len(head) - 3 else b""
    if doctype.rstrip(b"\0") == b"webm":
        return WEBM
    if doctype.rstrip(b"\0") == b"matroska":
        return MKV
    raise RefusedFile(f"{name}: an EBML file that is neither Matroska nor WebM")


def _is_transport(head: bytes, start: int, step: int) -> bool:
    syncs = head[start::step]
    return len(syncs) >= _FEWEST_PACKETS and all(byte == _SYNC for byte in syncs)
