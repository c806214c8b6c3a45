"""ExifTool kept open: real tags, hostile names, limits, and no process left behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import piexif
import pytest
from PIL import Image

from core.errors import ChildFailed, UnreadableMedia
from media.exiftool import ExifTool, clean_value
from media.limits import MIB
from tests.media_files import media_files


@pytest.fixture(scope="module")
def tool() -> Iterator[ExifTool]:
    with ExifTool() as opened:
        yield opened


@pytest.fixture(scope="module")
def photo() -> Path:
    return media_files().path("jpeg-south-offset")


def picture_with(path: Path, exif: dict[str, dict[int, object]]) -> Path:
    Image.new("RGB", (16, 16)).save(path, exif=piexif.dump(exif))
    return path


def test_all_tags_with_numbers_and_wording(tool: ExifTool, photo: Path) -> None:
    raw = tool.read(photo)
    assert raw.values["GPS:GPSLatitude"] == pytest.approx(34.91889, abs=1e-5)
    assert raw.values["GPS:GPSLatitudeRef"] == "S"
    assert raw.values["Composite:GPSLatitude"] == pytest.approx(-34.91889, abs=1e-5)
    assert raw.values["ExifIFD:OffsetTimeOriginal"] == "+09:30"
    assert raw.shown["GPS:GPSLatitudeRef"] == "South"
    assert not any(name.startswith(("System:", "SourceFile")) for name in raw.values)
    assert not any("Binary data" in str(value) for value in raw.values.values())
    json.dumps(raw.values, allow_nan=False)


def test_heic_keeps_its_position(tool: ExifTool) -> None:
    # What -fast2 would lose.
    assert tool.read(media_files().path("heic-iphone")).values["GPS:GPSLongitude"] == pytest.approx(
        34.97665, abs=1e-5
    )


@pytest.mark.parametrize(
    "name", ["a\nb.jpg", "#comment", "-execute", " lead", "trail ", "sh -c 'touch pwned' |", "ü%d{x}.jpg", "a\\nb"]
)
def test_any_file_name(
    tool: ExifTool, photo: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    odd = tmp_path / name
    shutil.copy(photo, odd)
    assert tool.read(odd).values["IFD0:Model"] == "iPhone 6s"
    assert os.listdir(tmp_path) == [name]  # noqa: PTH208  # names, exactly


def test_a_name_that_is_not_text(tool: ExifTool, photo: Path, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.jpg"))
    shutil.copy(photo, odd)
    assert tool.read(odd).values["IFD0:Model"] == "iPhone 6s"


def test_values_a_database_refuses_are_cleaned(tool: ExifTool, tmp_path: Path) -> None:
    comment = b"ASCII\0\0\0" + b"x" * 50_000
    path = picture_with(
        tmp_path / "a.jpg",
        {"0th": {piexif.ImageIFD.Make: b"A\0B", piexif.ImageIFD.Model: b"\xff\xfe"}, "Exif": {0x9286: comment}},
    )
    values = tool.read(path).values
    assert len(str(values["ExifIFD:UserComment"])) <= 4001
    assert "\0" not in json.dumps(values)
    assert clean_value(["a\0\ud800b", {"k\0": 10**40}]) == ["ab", {"k": str(10**40)}]


def test_broken_files_give_what_there_is(tool: ExifTool, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe1\x00\x10Exif\0\0garbage")
    assert tool.read(broken).values["File:FileType"] == "JPEG"
    with pytest.raises(UnreadableMedia):
        tool.read(tmp_path / "missing.jpg")


def test_a_late_answer_is_cut_off_and_the_next_file_is_read(photo: Path) -> None:
    with ExifTool() as slow:
        slow.read(photo)
        assert slow._tool is not None
        os.kill(slow._tool.process.pid, signal.SIGSTOP)
        usual, slow._limits = slow._limits, replace(slow._limits, wall_s=1.0)
        with pytest.raises(ChildFailed, match="took more than 1 s"):
            slow.read(photo)
        slow._limits = usual
        assert slow.read(photo).values["IFD0:Model"] == "iPhone 6s"


def test_what_eats_processor_time_is_given_up_for_good(photo: Path, tmp_path: Path) -> None:
    """A million comments of one letter; however busy the machine is, trying again would not help."""
    data = photo.read_bytes()
    endless = tmp_path / "endless.jpg"
    endless.write_bytes(data[:2] + b"\xff\xfe\x00\x03x" * 1_000_000 + data[2:])
    with ExifTool(cpu_s=1) as tool:
        with pytest.raises(UnreadableMedia, match=r"^endless\.jpg: ExifTool needs more than 1 s for it$"):
            tool.read(endless)
        for _ in range(3):  # each file has its own second
            assert tool.read(photo).values["IFD0:Model"] == "iPhone 6s"


def test_a_killed_process_is_replaced(photo: Path) -> None:
    with ExifTool() as killed:
        killed.read(photo)
        assert killed._tool is not None
        killed._tool.process.kill()
        killed._tool.process.wait()
        assert killed.read(photo).values["IFD0:Model"] == "iPhone 6s"


def test_memory_is_bounded(photo: Path) -> None:
    with ExifTool(memory_bytes=8 * MIB) as small, pytest.raises(ChildFailed):
        small.read(photo)


def test_many_threads_share_one_process(tool: ExifTool, photo: Path) -> None:
    models: list[object] = []
    threads = [
        threading.Thread(target=lambda: models.append(tool.read(photo).values["IFD0:Model"])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert models == ["iPhone 6s"] * 8


def test_it_dies_with_its_parent_even_by_kill_9(photo: Path) -> None:
    code = (
        "import sys, time, pathlib, threading; from media.exiftool import ExifTool; t = ExifTool()\n"
        "threading.Thread(target=t.read, args=(pathlib.Path(sys.argv[1]),)).start(); time.sleep(1)\n"
        "t.read(pathlib.Path(sys.argv[1])); print(t._tool.process.pid, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(photo)], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.kill()
    deadline = time.monotonic() + 60
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
