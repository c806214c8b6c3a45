"""Why a file is none of ours, in words for a person: what people drop by mistake is called by its name."""

_SOUND = "a sound file without a picture"
# Order matters only where one is a prefix of another.
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
    (b"8BPS", "a Photoshop document of an unknown version, which Fovea does not read yet"),
    (b"FLV\x01", "a Flash video, which Fovea does not read yet"),
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


def describe_stranger(head: bytes) -> str:
    """Why a file that begins with `head` is not taken, as the end of a sentence."""
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
        # The cut after the first bytes may split the last character.
        head[:-3].decode() if len(head) > 64 else head.decode()
    except UnicodeDecodeError:
        return False
    return True
