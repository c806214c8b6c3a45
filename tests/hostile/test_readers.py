"""Everything that reads a stranger's file, given hostile ones without a server: an answer or a reason, in time."""

import shutil
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.errors import ChildFailed, FoveaError, PermanentError
from core.media import Kind
from core.paths import clean_path
from media.child import Child
from media.content import content_key, read_hints, whole_content
from media.exiftool import ExifTool
from media.keyframes import Sampling, write_keyframes
from media.kinds import sniff
from media.rendering import render_picture
from media.sniffed import SniffedKind
from media.video import extract_sound, probe_video
from tests.hostile.bombs import overlapping_strips
from tests.hostile.broken import EXAMPLES, example
from tests.hostile.files import NAMES, PATHS, HostileFile, broken_files, hostile_files, make_oddities, write_down

FEWER = Sampling(most=5)
# Generous, for the machine may be busy: what hangs takes minutes.
SLOWEST_S = {"sniff": 10.0, "identity": 130.0, "tags": 130.0, "picture": 190.0, "film": 480.0}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[HostileFile, Path]]:
    folder = tmp_path_factory.mktemp("hostile")
    made = list(hostile_files(4))
    places = {each: folder / f"{number:04}" for number, each in enumerate(made)}
    for each, place in places.items():
        place.write_bytes(each.data)
    yield places
    shutil.rmtree(folder)


def _kinds(files: dict[HostileFile, Path]) -> dict[HostileFile, SniffedKind]:
    found = {}
    for each, place in files.items():
        with suppress(PermanentError):
            found[each] = sniff(place)
    return found


def _timed(step: str, each: HostileFile, deed: Callable[[], object]) -> str:
    """ "done", or the name of the error that Fovea foresaw; anything else fails the test, and so does slowness."""
    began = time.monotonic()
    try:
        deed()
        outcome = "done"
    except FoveaError as error:
        assert str(error), each.name
        outcome = type(error).__name__
    took_s = time.monotonic() - began
    assert took_s < SLOWEST_S[step], f"{step} of {each.name!r} took {took_s:.1f} s"
    return outcome


def test_there_are_enough_and_always_the_same(files: dict[HostileFile, Path]) -> None:
    assert len(files) >= 230
    assert len({each.sort for each in files}) >= 12
    assert len(EXAMPLES) >= 8
    once, again = ([each.sha512 for each in broken_files(6)] for _ in range(2))
    assert once == again


def test_each_is_recognised_or_refused_with_a_reason(files: dict[HostileFile, Path]) -> None:
    outcomes = Counter(_timed("sniff", each, lambda place=place: sniff(place)) for each, place in files.items())
    assert set(outcomes) == {"done", "RefusedFile"}
    kinds = _kinds(files)
    assert [each.name for each in kinds if each.sort == "stranger" and b"magic" not in each.name] == []
    assert not any(b"drawing" in each.name for each in kinds), "no SVG is ever taken"


def test_identity_survives_them(files: dict[HostileFile, Path]) -> None:
    for each, kind in _kinds(files).items():
        place = files[each]
        _timed("identity", each, lambda place=place, kind=kind: read_hints(place, kind.mime))
        _timed("identity", each, lambda place=place, kind=kind: content_key(place, kind.mime))
        if kind.kind is Kind.PHOTO:
            _timed("identity", each, lambda place=place, kind=kind: whole_content(place, kind.mime))


def test_a_tiff_whose_strips_are_all_the_whole_file_is_not_read_again_and_again(tmp_path: Path) -> None:
    place = tmp_path / "strips.tif"
    place.write_bytes(overlapping_strips(100_000, 64 << 20))  # 6.4 TB, read strip by strip
    began = time.monotonic()
    whole_content(place, "image/tiff")
    assert time.monotonic() - began < 60


def test_a_gif_of_countless_blocks_is_not_walked_to_its_end(tmp_path: Path) -> None:
    place = tmp_path / "blocks.gif"
    head = example("gif")[:13] + bytes(3 << (example("gif")[10] & 7) + 1)
    place.write_bytes(head + b"\x2c" + struct.pack("<HHHHBB", 0, 0, 1, 1, 0, 2) + b"\1a" * (100 << 20))
    began = time.monotonic()
    assert content_key(place, "image/gif") is None
    assert time.monotonic() - began < 90


def test_tags_are_read_or_refused(files: dict[HostileFile, Path]) -> None:
    with ExifTool() as tool:
        outcomes = Counter(
            _timed("tags", each, lambda place=place: tool.read(place)) for each, place in files.items()
        )
        assert set(outcomes) <= {"done", "UnreadableMedia", "ChildFailed"}
        assert outcomes["done"] > len(files) / 2
        assert outcomes["ChildFailed"] <= 3


def test_pictures_are_decoded_or_refused(files: dict[HostileFile, Path], tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    with Child() as child:
        for each, kind in _kinds(files).items():
            if kind.kind is Kind.PHOTO:
                made = (tmp_path / "preview.jpg", tmp_path / "thumbnail.webp")
                deed = lambda each=each, kind=kind, made=made: render_picture(child, files[each], kind.mime, *made)  # noqa: E731
                outcomes[_timed("picture", each, deed)] += 1
    assert set(outcomes) <= {"done", "UnreadableMedia", "PermanentError", "ChildFailed"}
    assert outcomes["done"] > 50
    assert outcomes["UnreadableMedia"] > 20
    assert outcomes["PermanentError"] >= 1, "the bombs"


def test_a_size_that_is_a_lie_is_no_lack_of_memory(files: dict[HostileFile, Path], tmp_path: Path) -> None:
    """Or it would be tried again and again, for a machine with less to do."""
    made = (tmp_path / "preview.jpg", tmp_path / "thumbnail.webp")
    liars = [each for each in files if each.name in (b"bomb/claims.heic", b"bomb/claims.avif")]
    assert len(liars) == 2
    with Child() as child:
        for each in liars:
            with pytest.raises(PermanentError, match=r"[a-z]{3}.* [a-z]{3}"):
                render_picture(child, files[each], sniff(files[each]).mime, *made)


def test_films_are_decoded_or_refused(files: dict[HostileFile, Path], tmp_path: Path) -> None:
    chosen = [each for each in files if each.sort != "video-metadata" or b"-1." in each.name]
    outcomes: Counter[str] = Counter()
    for each, kind in _kinds({each: files[each] for each in chosen}).items():
        if kind.kind is Kind.VIDEO:
            folder = tmp_path / files[each].name
            folder.mkdir()
            deed = lambda each=each, folder=folder: _film(files[each], folder)  # noqa: E731
            outcomes[_timed("film", each, deed)] += 1
    assert set(outcomes) <= {"done", "UnreadableMedia", "PermanentError", "ChildFailed"}
    assert outcomes["done"] > 20
    assert outcomes["UnreadableMedia"] > 10
    assert outcomes["PermanentError"] >= 1, "frames of 12,000 pixels a side"


def _film(place: Path, folder: Path) -> None:
    try:
        write_keyframes(place, probe_video(place), folder, FEWER)
    except ChildFailed as error:
        assert "took more than" in str(error) or "processor time" in str(error) or "MiB" in str(error)
        raise


def test_lies_about_length_do_not_become_work(files: dict[HostileFile, Path]) -> None:
    """A second of video that claims 136 years is refused, or sampled like the second that it is."""
    liars = [place for each, place in files.items() if b"/long" in each.name or b"slow-track" in each.name]
    assert len(liars) == 3
    for place in liars:
        with suppress(PermanentError):
            assert probe_video(place).duration_s <= 7 * 24 * 3600


def test_sound_with_hours_of_gaps_does_not_fill_the_disk(tmp_path: Path) -> None:
    film, sound = tmp_path / "gaps.mkv", tmp_path / "sound.wav"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=s=64x64:r=1/3600:d=400000"]
    command += ["-f", "lavfi", "-i", "sine=d=4", "-af", "asetpts=PTS+floor(N/20)*40000/TB"]
    subprocess.run([*command, "-c:v", "mpeg4", "-c:a", "libopus", str(film)], check=True)
    assert film.stat().st_size < 1 << 20
    with suppress(ChildFailed):
        extract_sound(film, sound)
    assert sound.stat().st_size < 400 << 20


def test_links_pipes_and_folders_are_refused(tmp_path: Path) -> None:
    make_oddities(tmp_path)
    for name in ("nowhere.jpg", "round.jpg", "pipe.jpg", "folder.jpg"):
        with pytest.raises(PermanentError, match=r"cannot be opened|not a regular file"):
            sniff(tmp_path / name)


def test_names_become_harmless(tmp_path: Path) -> None:
    write_down([HostileFile(b"name/" + name, b"x", "name") for name in NAMES], tmp_path)
    for name in (*(name.decode("utf-8", "surrogateescape") for name in NAMES), *PATHS):
        path = clean_path(name)
        assert path.encode()
        assert path.isprintable() or "\u200d" in path
        assert not path.startswith("/")
        assert not {"", ".", ".."} & set(path.split("/"))
        assert all(len(part) <= 255 for part in path.split("/"))
