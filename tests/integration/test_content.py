"""Content apart from metadata, on real files of every format; and that broken ones are survived quickly."""

import random
import shutil
import subprocess
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from core.errors import RefusedFile
from media import picture_data
from media.content import content_key, read_hints, same_content, whole_content
from media.kinds import sniff
from tests.media_files import media_files


def _real_files() -> list[Path]:
    store = media_files()
    folders = [store.path("pictures"), store.path("videos"), store.path("presidents")]
    single = [store.path(name) for name in ("bus", "heic-iphone", "heic-samsung", "jpeg-west", "quicktime")]
    return [*single, *(path for folder in folders for path in sorted(folder.iterdir()))]


def _pictures() -> list[tuple[Path, str]]:
    found = [(path, sniff(path).mime) for path in _real_files()]
    return [(path, mime) for path, mime in found if not mime.startswith("video/")]


def test_writing_metadata_changes_no_content(tmp_path: Path) -> None:
    for source, mime in _pictures():
        edited = tmp_path / source.name
        shutil.copy(source, edited)
        tags = ["-XMP-dc:Title=other", "-EXIF:Artist=somebody", "-XMP-xmp:Rating=3"]
        subprocess.run(["exiftool", "-q", "-m", "-overwrite_original", *tags, str(edited)], check=True)
        assert edited.read_bytes() != source.read_bytes(), source.name
        assert content_key(edited, mime) == content_key(source, mime) is not None, source.name
        assert same_content(source, edited, mime), source.name


def test_every_file_has_a_content_of_its_own() -> None:
    keys = [content_key(path, sniff(path).mime) for path in _real_files()]
    assert None not in keys
    assert len(set(keys)) == len(keys)


def test_another_quality_is_another_content(tmp_path: Path) -> None:
    shown = Image.open(media_files().path("bus"))
    for number, options in enumerate(({"quality": 90}, {"quality": 91}, {"quality": 90, "progressive": True})):
        shown.save(tmp_path / f"{number}.jpg", **options)
    wholes = {whole_content(path, "image/jpeg") for path in tmp_path.iterdir()}
    assert len(wholes) == 3


def test_a_change_near_the_end_is_seen_by_the_whole_only(tmp_path: Path) -> None:
    for source, mime in _pictures():
        if source.stat().st_size < 300_000 or mime in ("image/heic", "image/tiff"):
            continue
        raw = bytearray(source.read_bytes())
        raw[-20_000] ^= 0x55
        changed = tmp_path / source.name
        changed.write_bytes(raw)
        assert not same_content(source, changed, mime), source.name


@pytest.mark.parametrize("chunk_bytes", [7, 64, 1000])
def test_where_the_data_is_cut_for_reading_does_not_matter(
    chunk_bytes: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small = tmp_path / "small.jpg"
    Image.effect_noise((90, 70), 80).convert("RGB").save(small, progressive=True, quality=95)
    files = [(small, "image/jpeg"), (media_files().path("jpeg-west"), "image/jpeg")]
    before = [(content_key(path, mime), whole_content(path, mime)) for path, mime in files]
    monkeypatch.setattr(picture_data, "_CHUNK_BYTES", chunk_bytes)
    assert [(content_key(path, mime), whole_content(path, mime)) for path, mime in files] == before


def test_broken_files_are_survived_quickly(tmp_path: Path) -> None:
    """Two thousand cut, mixed up and overwritten pictures: no exception, no long look."""
    chance = random.Random(20261120)
    sources = [(path.read_bytes(), mime) for path, mime in _pictures() if path.stat().st_size < 1_500_000]
    target = tmp_path / "broken"
    slowest_s = 0.0
    for number in range(2000):
        raw, mime = sources[number % len(sources)]
        broken = bytearray(raw)
        for _ in range(chance.randrange(1, 40)):
            broken[chance.randrange(min(len(broken), 4000))] = chance.choice(
                (0, 1, 0x7F, 0xFF, chance.randrange(256))
            )
        if chance.random() < 0.5:
            del broken[chance.randrange(1, len(broken)) :]
        target.write_bytes(broken)
        with suppress(RefusedFile):  # half are read as what they look like by now, half as what they were
            mime = sniff(target).mime if chance.random() < 0.5 else mime
        if mime.startswith("video/"):
            continue
        began = time.process_time()
        content_key(target, mime)
        whole_content(target, mime)
        read_hints(target, mime)
        slowest_s = max(slowest_s, time.process_time() - began)
    assert slowest_s < 5.0


def test_what_is_no_film_has_no_content(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x18ftypisom" + bytes(5000))
    assert content_key(broken, "video/mp4") is None
    assert whole_content(broken, "video/mp4") is None
    assert not same_content(broken, broken, "video/mp4")


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif"])
def test_pictures_that_are_turned_differently_are_not_the_same(tmp_path: Path, ending: str) -> None:
    photo = Image.open(media_files().path("bus")).convert("RGB").resize((64, 48))
    files = [tmp_path / f"{turn}.{ending}" for turn in (0, 1, 6)]
    for turn, path in zip((0, 1, 6), files, strict=True):
        photo.save(path)
        if turn:
            tag = f"-Orientation={turn}"
            subprocess.run(["exiftool", "-q", "-n", "-overwrite_original", tag, str(path)], check=True)
    silent, upright, lying = files
    mime = sniff(silent).mime
    assert same_content(silent, upright, mime)
    assert same_content(silent, lying, mime)  # one that says nothing: a copy without its metadata
    assert not same_content(upright, lying, mime)


def test_films_that_are_turned_differently_are_not_the_same(tmp_path: Path) -> None:
    for turn in (0, 90, 180, 270):
        path = tmp_path / f"{turn}.mp4"
        shutil.copy(media_files().path("quicktime"), path)
        subprocess.run(["exiftool", "-q", "-n", "-overwrite_original", f"-Rotation={turn}", str(path)], check=True)
    films = sorted(tmp_path.iterdir())
    for one in films:
        assert [same_content(one, other, "video/quicktime") for other in films] == [
            other == one for other in films
        ]


def test_the_offset_of_a_change_is_none_of_the_photo(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    for changed, instant in (("2021:07:01 12:00:00", None), ("2021:06:01 12:00:00", datetime(2021, 6, 1, 10))):
        Image.new("RGB", (16, 16)).save(path)
        tags = ["-DateTimeOriginal=2021:06:01 12:00:00", f"-ModifyDate={changed}", "-OffsetTime=+02:00"]
        subprocess.run(["exiftool", "-q", "-overwrite_original", *tags, str(path)], check=True)
        assert read_hints(path, "image/jpeg").instant == instant
