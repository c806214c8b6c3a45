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
        (ftyp(b"avif", b"mif1"), "AVIF"),
        (ftyp(b"crx ", b"isom"), "CR3"),
        (b"II*\0\x10\0\0\0CR\x02\0", "raw"),
        (b"\x7fELF\x02", "program"),
        (b"\x00\x01\x02\x03\xff\xfe\xfd", "not a photo"),
    ],
)
def test_refusals_say_why(head: bytes, reason: str) -> None:
    with pytest.raises(RefusedFile, match=reason):
        sniff_bytes(head, "thing.jpg")


def test_a_raw_picture_is_told_by_its_subfolders() -> None:
    # First IFD: NewSubfileType = 1 (a reduced picture), SubIFDs present, as in NEF and ARW.
    entries = struct.pack("<HHII", 0x00FE, 4, 1, 1) + struct.pack("<HHII", 0x014A, 4, 1, 300)
    with pytest.raises(RefusedFile, match="raw"):
        sniff_bytes(b"II*\0\x08\0\0\0" + struct.pack("<H", 2) + entries, "DSC_0001.tif")


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
