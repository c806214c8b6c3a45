"""Kinds by content."""

import os
import socket
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RefusedFile
from core.media import Kind
from media.kinds import sniff, sniff_bytes


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    return struct.pack(">I", 16 + 4 * len(compatible)) + b"ftyp" + major + b"\0\0\0\0" + b"".join(compatible)


@pytest.mark.parametrize(
    ("head", "mime", "kind"),
    [
        (b"\xff\xd8\xff\xe1rest", "image/jpeg", Kind.PHOTO),
        (b"\x89PNG\r\n\x1a\nrest", "image/png", Kind.PHOTO),
        (b"GIF89arest", "image/gif", Kind.PHOTO),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp", Kind.PHOTO),
        (b"II*\0\x08\0\0\0\0\0", "image/tiff", Kind.PHOTO),
        (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp", Kind.PHOTO),
        (b"\xff\x0a\xfa\x1f", "image/jxl", Kind.PHOTO),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl", Kind.PHOTO),
        (ftyp(b"avif", b"mif1"), "image/avif", Kind.PHOTO),
        (ftyp(b"mif1", b"avif"), "image/avif", Kind.PHOTO),
        (ftyp(b"crx ", b"isom"), "image/x-canon-cr3", Kind.PHOTO),
        (b"II*\0\x10\0\0\0CR\x02\0", "image/x-canon-cr2", Kind.PHOTO),
        (b"IIU\0\x18\0\0\0", "image/x-panasonic-rw2", Kind.PHOTO),
        (b"IIRO\x08\0\0\0", "image/x-olympus-orf", Kind.PHOTO),
        (b"FUJIFILMCCD-RAW 0201", "image/x-fujifilm-raf", Kind.PHOTO),
        (ftyp(b"3gp5", b"isom"), "video/3gpp", Kind.VIDEO),
        (ftyp(b"3g2a", b"isom"), "video/3gpp2", Kind.VIDEO),
        (b"\0\0\x01\xba\x44\0\4\0", "video/mpeg", Kind.VIDEO),
        (b"\0\0\x01\xb3\x16\0\xf0", "video/mpeg", Kind.VIDEO),
        ((b"\x47" + b"\0" * 187) * 4, "video/mp2t", Kind.VIDEO),
        ((b"\0\0\0\0\x47" + b"\0" * 187) * 4, "video/mp2t", Kind.VIDEO),
        (b"MM\0*\0\0\0\x08\0\0", "image/tiff", Kind.PHOTO),
        (ftyp(b"heic", b"mif1", b"heic"), "image/heic", Kind.PHOTO),
        (ftyp(b"mif1", b"mif1", b"heic"), "image/heic", Kind.PHOTO),
        (ftyp(b"qt  ", b"qt  "), "video/quicktime", Kind.VIDEO),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime", Kind.VIDEO),
        (ftyp(b"isom", b"mp42"), "video/mp4", Kind.VIDEO),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo", Kind.VIDEO),
        (b"\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska", "video/x-matroska", Kind.VIDEO),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm", Kind.VIDEO),
    ],
)
def test_known_kinds(head: bytes, mime: str, kind: Kind) -> None:
    found = sniff_bytes(head, "x")
    assert (found.mime, found.kind) == (mime, kind)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04....", "ZIP"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b'<?xml version="1.0"?><x/>', "XML"),
        ("Notes of a journey, März".encode(), "text"),
        (b"RIFF\0\0\0\0WAVEfmt ", "sound"),
        (ftyp(b"M4A ", b"mp42"), "sound"),
        (b"8BPS\0\7", "Photoshop"),
        (b"BMW has brought out a new car", "text"),
        (b"Grating" + b"G" * 100, "text"),
        (b"\x7fELF\x02", "program"),
        (b"\x00\x01\x02\x03\xff\xfe\xfd", "not a photo"),
    ],
)
def test_refusals_say_why(head: bytes, reason: str) -> None:
    with pytest.raises(RefusedFile, match=reason):
        sniff_bytes(head, "thing.jpg")


def raw_tiff(make: bytes, order: str = "<", folder_at: int = 8) -> bytes:
    """A TIFF whose first folder has a reduced picture (NewSubfileType 1) and sub-folders, as NEF and ARW."""
    make_at = folder_at + 2 + 3 * 12 + 4
    entries = [(0x00FE, 4, 1, 1), (0x010F, 2, len(make) + 1, make_at), (0x014A, 4, 1, 300)]
    packed = b"".join(struct.pack(order + "HHII", *entry) for entry in entries)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    start = mark + struct.pack(order + "I", folder_at)
    return start.ljust(folder_at, b"\0") + struct.pack(order + "H", 3) + packed + bytes(4) + make + b"\0"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("make", "mime"),
    [
        (b"NIKON CORPORATION", "image/x-nikon-nef"),
        (b"SONY", "image/x-sony-arw"),
        (b"PENTAX", "image/x-pentax-pef"),
        (b"EPSON", "image/x-camera-raw"),
    ],
)
def test_a_raw_picture_is_told_by_its_subfolders_and_its_maker(make: bytes, mime: str, order: str) -> None:
    assert sniff_bytes(raw_tiff(make, order), "DSC_0001.tif").mime == mime


def test_the_folder_may_lie_far_behind(tmp_path: Path) -> None:
    far = tmp_path / "far.tif"
    far.write_bytes(raw_tiff(b"SONY", folder_at=1_000_000))
    assert sniff(far).mime == "image/x-sony-arw"


def test_a_dng_says_its_version_and_an_ordinary_tiff_does_not() -> None:
    version = struct.pack("<HHI4s", 0xC612, 1, 4, b"\1\4\0\0")
    width = struct.pack("<HHII", 0x0100, 4, 1, 300)
    for entry, mime in ((version, "image/x-adobe-dng"), (width, "image/tiff")):
        assert sniff_bytes(b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry, "x").mime == mime


@given(st.binary(max_size=300), st.sampled_from([b"", b"II*\0", b"MM\0*", b"\x1a\x45\xdf\xa3", b"\0\0\0\x20ftyp"]))
def test_any_bytes_are_told_or_refused(rest: bytes, start: bytes) -> None:
    try:
        assert sniff_bytes(start + rest, "x").kind in Kind
    except RefusedFile as error:
        assert str(error).startswith("x: ")


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.jpg"))
        for name in ("pipe.jpg", "socket.jpg", ".", "missing.jpg"):
            with pytest.raises(RefusedFile):
                sniff(tmp_path / name)
    with pytest.raises(RefusedFile, match="not a regular file"):
        sniff(Path("/dev/zero"))
