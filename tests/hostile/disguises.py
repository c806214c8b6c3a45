"""Files that are two things at once, are not what they are called, or are nothing Fovea takes at all."""

import io
import struct
import zipfile
from collections.abc import Iterator

from tests.hostile.broken import example

SCRIPT = b"<script>window.hacked=1</script>"
PAGE = b"<!doctype html><html><body>" + SCRIPT + b"</body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="window.hacked=1">' + SCRIPT + b"</svg>"
_SECRET = b"/etc/passwd"


def polyglots() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of files that a picture reader and another program both take for theirs."""
    jpeg, png, gif, mp4 = (example(ending) for ending in ("jpg", "png", "gif", "mp4"))
    comment = b"\xff\xfe" + struct.pack(">H", len(PAGE) + 2) + PAGE
    yield "page-inside.jpg", jpeg[:2] + comment + jpeg[2:]
    yield "page-inside.html", jpeg[:2] + comment + jpeg[2:]
    yield "page-behind.jpg", jpeg + PAGE
    yield "script.gif", b"GIF89a" + gif[6:] + b"/*" + SCRIPT + b"*/=1;"
    yield "script.js", b"GIF89a=1/*" + b"\0" * 64 + b"*/;window.hacked=1"
    yield "archive-behind.png", png + _archive()
    yield "archive-behind.zip", png + _archive()
    free = struct.pack(">I", len(PAGE) + 8) + b"free" + PAGE
    yield "page-inside.mp4", mp4 + free
    yield "page-inside.hta", mp4 + free
    yield "program-behind.jpg", jpeg + b"\x7fELF" + b"\0" * 200
    yield "php.jpg", jpeg[:2] + b"\xff\xfe\x00\x20<?php system($_GET['c']); ?>  " + jpeg[2:]
    yield "page-as-bmp.bmp", b"BM" + PAGE.ljust(200)
    yield "page-as-jxl.jxl", b"\xff\x0a" + PAGE


def liars() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of files with another format's name; those that call other files carry a video's name."""
    for name, ending in (("really-png.jpg", "png"), ("really-film.jpg", "mp4"), ("really-photo.mp4", "jpg")):
        yield name, example(ending) + b"\0"
    yield "really-heic.jpg", example("heic") + b"\0"
    yield "really-photo.svg", example("jpg") + b"\0\0"
    yield "playlist.mp4", b"#EXTM3U\n#EXTINF:1,\nfile://" + _SECRET + b"\n#EXT-X-ENDLIST\n"
    yield "list.mp4", b"ffconcat version 1.0\nfile " + _SECRET + b"\n"
    yield "manifest.mp4", b'<?xml version="1.0"?><MPD><BaseURL>file://' + _SECRET + b"</BaseURL></MPD>"
    yield "reference.mov", _reference_film()
    yield "drawing.png", SVG
    yield "commented-drawing.jpg", b"<!--" + b" " * 5000 + b"-->" + SVG
    yield "vector.jpg", b"push graphic-context\nviewbox 0 0 1 1\nimage over 0,0 0,0 '" + _SECRET + b"'\n"
    yield "label.jpg", b"label:@" + _SECRET
    yield "postscript.jpg", b"%!PS-Adobe-3.0\n(" + _SECRET + b") (r) file\n"


def strangers() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of what is no photo or video, and of what is hardly anything."""
    yield "nothing.jpg", b""
    yield "nothing", b""
    yield "one-byte.png", b"\x89"
    yield "only-magic.jpg", b"\xff\xd8\xff"
    yield "only-magic.png", b"\x89PNG\r\n\x1a\n"
    yield "only-magic.mp4", b"\0\0\0\x08ftyp"
    yield "only-magic.webp", b"RIFF\0\0\0\0WEBP"
    yield "zeros.jpg", b"\0" * 5000
    yield "drawing.svg", SVG
    yield "marked-drawing.svg", b'\xef\xbb\xbf  <?xml version="1.0"?>\n' + SVG
    yield "page.html", PAGE
    yield "page.xhtml", b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT + b"</html>"
    yield "document.pdf", b"%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj\n"
    yield "archive.zip", _archive()
    yield "office.docx", _archive()
    yield "program", b"\x7fELF\x02\x01\x01" + b"\0" * 57
    yield "program.exe", b"MZ" + b"\0" * 200
    yield "shell.sh", b"#!/bin/sh\nrm -rf /\n"
    yield "sound.mp3", b"ID3\x03\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 100
    yield "sound.wav", b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 28
    yield "text.txt", b"nothing to see"
    yield "alone.xmp", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    yield "deep.jpg.json", b"[" * 200_000
    yield "deep-object.jpg.json", b'{"title":' * 100_000
    yield "numbers.jpg.json", b'{"title":"numbers.jpg","photoTakenTime":{"timestamp":' + b"9" * 5000 + b"}}"


def sidecars(photo: str) -> Iterator[tuple[str, bytes]]:
    """Hostile sidecars of the photo called `photo`."""
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">' + laughs
    head += b'<!ENTITY file SYSTEM "file://' + _SECRET + b'">]>'
    described = b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description"
    described += b" xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:description>&l9;&file;</dc:description>"
    yield (
        f"{photo}.xmp",
        head + b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + described + b"</rdf:Description></rdf:RDF></x:xmpmeta>",
    )
    times = b'{"title":"%s","description":"%s","photoTakenTime":{"timestamp":"%s"},"geoData":{"latitude":1e999,'
    times += b'"longitude":-999,"altitude":1e308}}'
    yield f"{photo}.json", times % (photo.encode(), SCRIPT, b"9" * 40)
    yield f"{photo}.supplemental-metadata.json", times % (photo.encode(), b"\\u0000\\ud800", b"-1e400")


def _archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(zipfile.ZipInfo("../../etc/cron.d/evil"), "* * * * * root true\n")
    return written.getvalue()


def _reference_film() -> bytes:
    """A QuickTime film that is nothing but the address of another file."""
    address = b"file://" + _SECRET + b"\0"
    rdrf = (
        struct.pack(">I", 8 + 12 + len(address)) + b"rdrf\0\0\0\0url " + struct.pack(">I", len(address)) + address
    )
    inner = rdrf
    for kind in (b"rmda", b"rmra", b"moov"):
        inner = struct.pack(">I", 8 + len(inner)) + kind + inner
    return b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + inner
