"""Whether files are whole by their own structure: cut anywhere, emptied at their end, spoiled inside."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.errors import RefusedFile
from media.complaints import BROKEN_INSIDE, CUT_SHORT, damage_in
from media.kinds import sniff
from media.wholeness import Wholeness, look_whole
from tests.media_files import media_files, of_tests

# Samples that their makers shortened themselves, so that only the tags are left.
SHORTENED = {"canon.raw.cr2"}
# Formats that do not say where they end, or say so only by rows that are packed.
SILENT = {"image/jxl", "video/mp2t", "video/mpeg"}


def every_file() -> list[Path]:
    store = media_files()
    found = []
    for name in of_tests(store):
        place = store.path(name)
        found += [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    return found


def media() -> Iterator[Path]:
    """All whole photos and films at hand."""
    for path in every_file():
        if path.parent.name == "broken" or path.name in SHORTENED:
            continue
        with suppress(RefusedFile):
            sniff(path)
            yield path


def look(path: Path) -> Wholeness:
    return look_whole(path, sniff(path).mime)


def cut(path: Path, share: float, to: Path) -> Path:
    whole = path.read_bytes()
    to.write_bytes(whole[: int(len(whole) * share)])
    return to


def test_no_whole_file_is_called_damaged() -> None:
    looked = {path: look(path) for path in media()}
    assert len(looked) > 60
    assert {path.name: found.damage for path, found in looked.items() if found.damage} == {}
    unsure = {sniff(path).mime for path, found in looked.items() if not found.ended}
    assert unsure <= SILENT, "all others say where they end"


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 0.97])
def test_a_file_that_is_cut_is_said_to_be(tmp_path: Path, share: float) -> None:
    missed = []
    for path in media():
        mime = sniff(path).mime
        if mime in SILENT or path.stat().st_size < 2000:
            continue
        found = look_whole(cut(path, share, tmp_path / "cut"), mime)
        assert not found.ended, path.name
        if found.damage != CUT_SHORT:
            missed.append(path.name)
    assert missed == []


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_copy_whose_size_was_set_ahead_is_not_whole(tmp_path: Path, share: float) -> None:
    for path in media():
        size = path.stat().st_size
        if size * (1 - share) < 5000 or sniff(path).mime == "image/tiff":
            continue  # in a TIFF zeros may be black or white
        copy = cut(path, share, tmp_path / "copy")
        with copy.open("r+b") as opened:
            opened.truncate(size)
        assert not look_whole(copy, sniff(path).mime).ended, path.name


def test_what_follows_a_picture_is_waited_for_but_no_damage(tmp_path: Path) -> None:
    picture = media_files().path("bus").read_bytes()
    said = b'http://ns.adobe.com/xap/1.0/\0<x><c Item:Semantic="MotionPhoto" Item:Length="5000"/></x>'
    segment = b"\xff\xe1" + (len(said) + 2).to_bytes(2, "big") + said
    motion = picture[:2] + segment + picture[2:]
    for more, ended in ((5000, True), (2500, False)):
        path = tmp_path / f"{more}.jpg"
        path.write_bytes(motion + b"\1" * more)
        assert look(path) == Wholeness(None, ended)


def test_a_wrong_checksum_and_a_file_of_tags_alone_are_broken(tmp_path: Path) -> None:
    png = bytearray((media_files().path("formats-hopper") / "hopper.png").read_bytes())
    png[len(png) // 2] ^= 0x10
    (tmp_path / "a.png").write_bytes(png)
    assert look(tmp_path / "a.png").damage == BROKEN_INSIDE
    picture = media_files().path("jpeg-south").read_bytes()
    (tmp_path / "tags.jpg").write_bytes(picture[: picture.index(b"\xff\xdb")] + b"\xff\xd9")
    assert look(tmp_path / "tags.jpg").damage == BROKEN_INSIDE


def test_a_recording_that_was_never_ended(tmp_path: Path) -> None:
    """Cameras write the index last."""
    box = (20).to_bytes(4, "big") + b"ftypisom" + bytes(8) + (0).to_bytes(4, "big") + b"mdat" + b"\1" * 3000
    (tmp_path / "a.mp4").write_bytes(box)
    assert look(tmp_path / "a.mp4") == Wholeness(CUT_SHORT, False)


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        ("Warning: JPEG EOI marker not found", CUT_SHORT),
        ("[mov,mp4] stream 0, offset 0x30: partial file", CUT_SHORT),
        ("VipsJpeg: Corrupt JPEG data: bad Huffman code", BROKEN_INSIDE),
        ("[h264 @ 0x1] Invalid NAL unit size (1234 > 12).", BROKEN_INSIDE),
        ("VipsJpeg: Corrupt JPEG data: 16 extraneous bytes before marker 0xe1", None),
        ("[hevc] Could not find ref with POC 12", None),
        ("[minor] Possibly incorrect maker notes offsets", None),
        ("", None),
    ],
)
def test_what_decoders_complain_about(complaint: str, words: str | None) -> None:
    assert damage_in(complaint) == words
