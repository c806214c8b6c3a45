"""What a file is, told by its first bytes. A stranger's file name proves nothing: it is never looked at."""

import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path

from core.errors import RefusedFile
from core.media import Kind

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class SniffedKind:
    """Kind of asset, media type and the usual extension without its dot ("jpg", "mov")."""

    kind: Kind
    mime: str
    extension: str


JPEG = SniffedKind(Kind.PHOTO, "image/jpeg", "jpg")
PNG = SniffedKind(Kind.PHOTO, "image/png", "png")
GIF = SniffedKind(Kind.PHOTO, "image/gif", "gif")
WEBP = SniffedKind(Kind.PHOTO, "image/webp", "webp")
TIFF = SniffedKind(Kind.PHOTO, "image/tiff", "tif")
HEIC = SniffedKind(Kind.PHOTO, "image/heic", "heic")
MP4 = SniffedKind(Kind.VIDEO, "video/mp4", "mp4")
MOV = SniffedKind(Kind.VIDEO, "video/quicktime", "mov")
AVI = SniffedKind(Kind.VIDEO, "video/x-msvideo", "avi")
MKV = SniffedKind(Kind.VIDEO, "video/x-matroska", "mkv")
WEBM = SniffedKind(Kind.VIDEO, "video/webm", "webm")

# Brands of ISO base media files (ISO/IEC 14496-12 `ftyp`, registered at mp4ra.org).
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_STILL_BRANDS = {b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P ", b"aax "}
# A QuickTime file older than `ftyp` (1991 to about 2001) starts with any of these atoms.
_OLD_QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}

_SOUND = "a sound file without a picture"
# What people drop by mistake, so that the refusal can name it. Order matters only where one is a prefix.
_KNOWN_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document; unpack it first"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a Windows program"),
    (b"SQLite format 3", "a database"),
    (b"8BPS", "a Photoshop document, which Fovea does not read yet"),
    (b"\xff\x0a", "a JPEG XL picture, which Fovea does not read yet"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture, which Fovea does not read yet"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture, which Fovea does not read yet"),
    (b"BM", "a BMP picture, which Fovea does not read yet"),
    (b"FUJIFILMCCD-RAW", "a Fujifilm raw picture, which Fovea does not read yet"),
    (b"IIU\x00", "a Panasonic raw picture, which Fovea does not read yet"),
    (b"IIRO", "an Olympus raw picture, which Fovea does not read yet"),
    (b"IIRS", "an Olympus raw picture, which Fovea does not read yet"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file, which Fovea does not read yet"),
    (b"FLV\x01", "a Flash video, which Fovea does not read yet"),
    (b"\x00\x00\x01\xba", "an MPEG program stream, which Fovea does not read yet"),
    (b"\x00\x00\x01\xb3", "an MPEG video stream, which Fovea does not read yet"),
    (b"ID3", _SOUND),
    (b"fLaC", _SOUND),
    (b"OggS", "an Ogg file, which Fovea does not read yet"),
    (b"\xff\xfb", _SOUND),
)

_SIDECAR = "an XML file (a sidecar is taken together with its photo, not by itself)"
_MARKUP: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xpacket", _SIDECAR),
    (b"<x:xmpmeta", _SIDECAR),
    (b"<?xml", _SIDECAR),
)


def sniff(path: Path, name: str | None = None) -> SniffedKind:
    """The kind of the file at `path` by its content; a symlink is followed. `name` is what errors call it.

    Raises RefusedFile with a reason for people when it is not a photo or video Fovea reads.
    """
    return sniff_bytes(_read_head(path), name or path.name)


def sniff_bytes(head: bytes, name: str) -> SniffedKind:
    """The kind by a file's first bytes (`HEAD_BYTES` are enough); `name` only serves the error."""
    if not head:
        raise RefusedFile(f"{name}: the file is empty")
    found = _picture(head, name) or _iso_media(head, name) or _other_video(head, name)
    if found is not None:
        return found
    raise RefusedFile(f"{name}: {_describe(head)}")


def _read_head(path: Path) -> bytes:
    # O_NONBLOCK: opening a named pipe must not wait for ever for its writer.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RefusedFile(f"{path.name}: cannot be opened: {error.strerror or error}") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise RefusedFile(f"{path.name}: not a regular file (a folder, pipe, socket or device)")
        return os.read(descriptor, HEAD_BYTES)
    except OSError as error:
        raise RefusedFile(f"{path.name}: cannot be read: {error.strerror or error}") from error
    finally:
        os.close(descriptor)


def _picture(head: bytes, name: str) -> SniffedKind | None:
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        if _is_camera_raw(head):
            raise RefusedFile(f"{name}: a camera's raw picture, which Fovea does not read yet")
        return TIFF
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
        raise RefusedFile(f"{name}: an AVIF picture, which Fovea does not read yet")
    if major in _HEIC_BRANDS or (major in _STILL_BRANDS and brands & _HEIC_BRANDS):
        return HEIC
    if major == b"crx ":
        raise RefusedFile(f"{name}: a Canon raw picture (CR3), which Fovea does not read yet")
    if major in _SOUND_BRANDS:
        raise RefusedFile(f"{name}: {_SOUND}")
    if major in _STILL_BRANDS:
        raise RefusedFile(f"{name}: a still picture of a kind Fovea does not read yet")
    return MOV if major == b"qt  " else MP4


def _plausible_atom(head: bytes) -> bool:
    """An atom's size is 0 (to the end), 1 (64 bits follow) or at least its own header's 8 bytes."""
    size = struct.unpack(">I", head[:4])[0]
    return size in (0, 1) or size >= 8


def _other_video(head: bytes, name: str) -> SniffedKind | None:
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return AVI
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        # EBML: the DocType element (0x4282) says which of the two it is.
        at = head.find(b"\x42\x82", 4, 128)
        doctype = head[at + 3 : at + 3 + (head[at + 2] & 0x7F)] if 0 < at < len(head) - 3 else b""
        if doctype.rstrip(b"\0") == b"webm":
            return WEBM
        if doctype.rstrip(b"\0") == b"matroska":
            return MKV
        raise RefusedFile(f"{name}: an EBML file that is neither Matroska nor WebM")
    return None


def _is_camera_raw(head: bytes) -> bool:
    """Whether a TIFF is a raw picture: CR2's own mark, DNGVersion, or a first IFD that only holds a reduced
    picture beside SubIFDs (TIFF/EP, ISO 12234-2: NEF, ARW, PEF and most others)."""
    if head[8:10] == b"CR":
        return True
    order = "<" if head.startswith(b"II") else ">"
    first_ifd = struct.unpack_from(order + "I", head, 4)[0] if len(head) >= 8 else 0
    if head[2:4] in (b"+\x00", b"\x00+") or not 8 <= first_ifd <= len(head) - 2:
        return False
    entries = struct.unpack_from(order + "H", head, first_ifd)[0]
    tags: dict[int, int] = {}
    for index in range(entries):
        at = first_ifd + 2 + 12 * index
        if at + 12 > len(head):
            break
        tag = struct.unpack_from(order + "H", head, at)[0]
        tags[tag] = struct.unpack_from(order + "I", head, at + 8)[0]
    return 0xC612 in tags or (0x014A in tags and tags.get(0x00FE) == 1)


def _describe(head: bytes) -> str:
    """Why a file is none of ours, as the end of a sentence for a person."""
    for magic, description in _KNOWN_OTHERS:
        if head.startswith(magic):
            return description
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return _SOUND
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in text[:1024]:
        return "an SVG drawing, which may carry scripts and is not a photo"
    for opening, description in _MARKUP:
        if text.startswith(opening):
            return description
    return "a text file" if _looks_like_text(head) else "not a photo or video that Fovea knows"


def _looks_like_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    try:
        # The cut at HEAD_BYTES may split the last character.
        head[:-3].decode() if len(head) > 64 else head.decode()
    except UnicodeDecodeError:
        return False
    return True
