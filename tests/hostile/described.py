"""Whole pictures and videos with hostile metadata: HTML, NUL, megabytes, dates and places that are not."""

import io
import random
import subprocess
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import piexif
from PIL import Image, ImageDraw

from tests.media_files import media_files

HTML = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
_ZEROTH, _EXIF, _GPS = piexif.ImageIFD, piexif.ExifIFD, piexif.GPSIFD
_DATES = (
    *("0000:00:00 00:00:00", "9999:12:31 23:59:59", "10000:01:01 00:00:00", "0001:01:01 00:00:00"),
    *(
        "2020:13:45 25:61:61",
        "-001:01:01 00:00:00",
        "    :  :     :  :  ",
        "2020:02:30 10:00:00",
        "1e9",
        "",
        "\0\0",
    ),
    *("2016:12:31 23:59:60", "9999:12:31 23:59:59+99:99", "2020:01:01", "٢٠٢٠:٠١:٠١ ٠٠:٠٠:٠٠"),
)
_PLACES = (
    ((0, 0), (0, 0), (0, 0)),
    ((91, 1), (0, 1), (0, 1)),
    ((4294967295, 1), (4294967295, 1), (4294967295, 1)),
    ((89, 1), (59, 1), (599999, 10000)),
    ((1, 0), (1, 0), (1, 0)),
)
_ISO_6709 = (
    *("+999.0000-9999.000/", "nonsense", "+48.2+16.3+1e999/", "++--//", "+90.0000+180.0000/", "+1e5-1e5/"),
    *(HTML, "+48.2000+016.3000CRSWGS_84/" * 500, "-00.0000-000.0000/"),
)
_MOMENTS = ("0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "-4000-01-01T00:00:00Z", "1903-12-31T00:00:00Z", HTML)


@lru_cache
def _whole(name: str) -> Image.Image:
    return Image.open(media_files().path(name)).convert("RGB")


def picture(number: int, side: int = 192) -> bytes:
    """A small real photo unlike all others of another number: a cut of a street, as JPEG."""
    chance = random.Random(number)
    whole = _whole(("bus", "zidane")[number % 2])
    left, top = chance.randrange(whole.width // 2), chance.randrange(whole.height // 2)
    cut = whole.crop((left, top, left + whole.width // 2, top + whole.height // 2))
    cut.thumbnail((side, side))
    written = io.BytesIO()
    cut.save(written, "JPEG", quality=80)
    return written.getvalue()


def _with_exif(jpeg: bytes, tags: dict[str, dict[int, object]]) -> bytes:
    written = io.BytesIO()
    piexif.insert(piexif.dump(tags), jpeg, written)
    return written.getvalue()


def html_photo(number: int) -> bytes:
    """A photo whose maker, camera, artist, description, comment, lens and XMP are HTML that would run a script."""
    text = HTML.encode()
    tags: dict[str, dict[int, object]] = {
        "0th": dict.fromkeys((_ZEROTH.Make, _ZEROTH.Model, _ZEROTH.Artist, _ZEROTH.ImageDescription), text),
        "Exif": {_EXIF.LensModel: text, _EXIF.UserComment: b"ASCII\0\0\0" + text, _EXIF.OffsetTime: text},
    }
    tags["0th"][_ZEROTH.XPKeywords] = HTML.encode("utf-16le")
    return _with_exif(picture(number), tags)


def written_photo(number: int) -> bytes:
    """A photo of a page on which HTML is written, large enough to be recognised."""
    page = Image.new("RGB", (1400, 500), "white")
    draw = ImageDraw.Draw(page)
    for line, text in enumerate(
        ("<script>alert(1)</script>", "<b>hostile</b> words", f"<img src=x> number {number}")
    ):
        draw.text((40, 40 + 140 * line), text, "black", font_size=80)
    written = io.BytesIO()
    page.save(written, "PNG")
    return written.getvalue()


def photos() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of photos with hostile EXIF and XMP."""
    number = 1000
    yield "html.jpg", html_photo(number)
    yield "written.png", written_photo(number)
    for date in _DATES:
        number += 1
        exif: dict[int, object] = {tag: date.encode() for tag in (_EXIF.DateTimeOriginal, _EXIF.DateTimeDigitized)}
        exif |= {_EXIF.OffsetTimeOriginal: b"+99:99", _EXIF.SubSecTimeOriginal: b"9" * 50}
        yield f"date-{number}.jpg", _with_exif(picture(number), {"Exif": exif})
    for place in _PLACES:
        number += 1
        gps: dict[int, object] = {_GPS.GPSLatitude: place, _GPS.GPSLongitude: place, _GPS.GPSAltitude: (1, 0)}
        gps |= {_GPS.GPSLatitudeRef: b"\0", _GPS.GPSLongitudeRef: b"<", _GPS.GPSDateStamp: b"0000:00:00"}
        yield f"place-{number}.jpg", _with_exif(picture(number), {"GPS": gps})
    for text in (
        b"nul\0inside\0",
        b"\xff\xfe\xed\xa0\x80",
        b"x" * 30_000,
        b"\x1b]0;owned\x07\x1b[2J",
        b"\r\n\r\n",
    ):
        number += 1
        tags = {"0th": dict.fromkeys((_ZEROTH.Artist, _ZEROTH.Model), text)}
        yield f"text-{number}.jpg", _with_exif(picture(number), tags)
    for turned in (0, 9, 255, 65_535):
        number += 1
        yield f"turned-{number}.jpg", _with_exif(picture(number), {"0th": {_ZEROTH.Orientation: turned}})
    for xmp in _packets():
        number += 1
        jpeg = picture(number)
        block = b"http://ns.adobe.com/xap/1.0/\0" + xmp[:65_000]
        yield f"xmp-{number}.jpg", jpeg[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2) + block + jpeg[2:]


def _packets() -> Iterator[bytes]:
    head = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    end = "</rdf:RDF></x:xmpmeta>"
    escaped = HTML.replace("<", "&lt;").replace('"', "&quot;")
    given = f"<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>{escaped}</dc:title></rdf:Description>"
    yield (head + given + end).encode()
    yield (head + "<rdf:Bag>" * 5000).encode()
    yield (
        head + "".join(f"<rdf:Description xmlns:a{n}='urn:{n}' a{n}:b='c'/>" for n in range(900)) + end
    ).encode()
    yield b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + head.encode() + b"&a;" + end.encode()


def videos() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of short videos whose places, dates and titles are nonsense or HTML."""
    number = 0
    for place in _ISO_6709:
        number += 1
        yield f"location-{number}.mp4", _tagged(number, location=place, title=HTML)
    for moment in _MOMENTS:
        number += 1
        yield f"moment-{number}.mp4", _tagged(number, creation_time=moment, comment=HTML, artist="\x1b[2J")


def _tagged(number: int, **tags: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.mp4"
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc=d=1:s={64 + 2 * number}x64:r=4"]
        said = [part for name, value in tags.items() for part in ("-metadata", f"{name}={value}")]
        subprocess.run([*command, *said, "-movflags", "+use_metadata_tags", str(path)], check=False)
        if not path.is_file():  # ffmpeg itself takes no such date
            subprocess.run([*command, str(path)], check=True)
        return path.read_bytes()
