"""Positions in the `loci` box (report 23), wherever in a film it stands."""

import struct
from pathlib import Path

import pytest

from core.capture import position_of
from media.exiftool import ExifTool
from media.location_box import location_tags

REPORT = Path(__file__).parents[1] / "data" / "reports" / "23-mp4-loci"


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def loci(
    lat: float, lon: float, alt_m: float = 0, name: bytes = b"\0", role: int = 0, body: bytes = b"earth\0"
) -> bytes:
    fixed = (struct.pack(">i", round(each * 65536)) for each in (lon, lat, alt_m))
    return box(b"loci", b"\0\0\0\0", struct.pack(">H", 0x15C7), name, bytes([role]), *fixed, body, b"\0")


def handler(kind: bytes) -> bytes:
    return box(b"hdlr", b"\0" * 8, kind, b"\0" * 13)


def film(tmp_path: Path, *content: bytes) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(box(b"ftyp", b"isom\0\0\2\0isom") + b"".join(content))
    return path


@pytest.mark.parametrize(("name", "lat", "lon"), [("a.3gp", 48.8577, 2.2950), ("b.mp4", -33.8577, 151.2950)])
def test_what_ffmpeg_writes(name: str, lat: float, lon: float) -> None:
    with ExifTool() as exiftool:
        tags = exiftool.read(REPORT / name).values
    found = position_of({**tags, **location_tags(REPORT / name)})
    assert found is not None
    assert (found.lat, found.lon, found.alt_m, found.source) == (
        pytest.approx(lat, abs=2e-5),
        pytest.approx(lon, abs=2e-5),
        None,
        "tag",
    )


HERE = loci(-33.8577, 151.2950, 35.5)
PLACES = {
    "moov": box(b"moov", HERE),
    "moov/udta": box(b"moov", box(b"udta", HERE)),
    "moov/udta/meta of ISO": box(b"moov", box(b"udta", box(b"meta", b"\0\0\0\0", handler(b"mdir"), HERE))),
    "moov/meta of QuickTime": box(b"moov", box(b"meta", handler(b"mdta"), HERE)),
    "moov/meta without handler": box(b"moov", box(b"meta", b"\0\0\0\0", HERE)),
    "moov/trak/udta": box(b"moov", box(b"trak", box(b"udta", HERE))),
    "moov/trak/udta/meta": box(
        b"moov", box(b"trak", box(b"udta", box(b"meta", b"\0\0\0\0", handler(b"mdir"), HERE)))
    ),
    "udta": box(b"udta", HERE),
    "meta": box(b"meta", b"\0\0\0\0", handler(b"null"), HERE),
    "behind a large box": box(b"mdat", b"\0" * 100_000)
    + box(b"moov", box(b"udta", box(b"titl", b"\0" * 9), HERE)),
    "behind a size of 64 bits": struct.pack(">I4sQ", 1, b"mdat", 16 + 50) + b"\0" * 50 + box(b"moov", HERE),
    "a name in UTF-8": box(b"moov", box(b"udta", loci(-33.8577, 151.2950, 35.5, "Zürich".encode() + b"\0"))),
    "a name in UTF-16": box(
        b"moov", box(b"udta", loci(-33.8577, 151.2950, 35.5, "\ufeff横浜".encode("utf-16-be") + b"\0\0"))
    ),
    "no body": box(b"moov", box(b"udta", loci(-33.8577, 151.2950, 35.5, body=b"\0"))),
    "the place shown after another": box(b"moov", box(b"udta", loci(1, 2, role=1), HERE)),
}


@pytest.mark.parametrize("where", PLACES)
def test_wherever_it_stands(tmp_path: Path, where: str) -> None:
    found = position_of(location_tags(film(tmp_path, PLACES[where])))
    assert found is not None
    assert (found.lat, found.lon, found.alt_m) == (
        pytest.approx(-33.8577, abs=1e-5),
        pytest.approx(151.2950, abs=1e-5),
        35.5,
    )


@pytest.mark.parametrize(
    "content",
    [
        loci(0, 0),
        loci(1, 2, role=2),
        loci(1, 2, body=b"moon\0"),
        loci(91, 2),
        loci(1, 2)[:-20],
        loci(1, 2, name=b"no end"),
        box(b"loci"),
        b"\0\0\0\1loci",
        b"",
    ],
)
def test_what_is_no_place_on_earth_is_none(tmp_path: Path, content: bytes) -> None:
    assert location_tags(film(tmp_path, box(b"moov", box(b"udta", content)))) == {}


def test_a_file_of_boxes_within_boxes_ends(tmp_path: Path) -> None:
    inner = loci(1, 2)
    for _ in range(1000):
        inner = box(b"udta", inner)
    assert location_tags(film(tmp_path, inner)) == {}
    assert location_tags(tmp_path / "none.mp4") == {}
