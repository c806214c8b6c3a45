"""Small print on a real page within a large scan, read from its original."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.media import Kind
from engines.contract import TextReader
from fovea.analyse import analyse_once
from media.derived import DerivedFolder
from tests.engine_door import door, picture
from tests.media_files import media_files
from workers import frames
from workers.contract import Source
from workers.scans import read_scan

SHEET = (5100, 1980)
PAGE = (1530, 1980)
LEFT_PX = 1800


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sheet of 5,100 px with a real page on it whose letters are 5 px high in the preview; stored lying down."""
    sheet = Image.new("L", SHEET, 255)
    with Image.open(media_files().path("small-print") / "linn.png") as page:
        sheet.paste(page.convert("L").resize(PAGE, Image.Resampling.LANCZOS), (LEFT_PX, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter, clockwise
    path = tmp_path_factory.mktemp("scan") / "scan.jpg"
    sheet.transpose(Image.Transpose.ROTATE_90).save(path, quality=92, exif=exif)
    return path


def recall(found: list[dict[str, object]]) -> float:
    truth = Counter(words((media_files().path("small-print") / "linn.txt").read_text()))
    read = Counter(words(" ".join(str(line["text"]) for line in found)))
    return (truth & read).total() / truth.total()


def test_small_print_is_read_from_the_original(scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEA_TEXT__SCAN_PX", "0")
    before = analyse_once("text", scan)
    assert before["scan_px"] is None
    assert recall(before["text"]) < 0.75, "small pictures are enlarged, which does not bring back what is lost"
    monkeypatch.delenv("FOVEA_TEXT__SCAN_PX")
    after = analyse_once("text", scan)
    assert recall(after["text"]) > 0.93
    assert 2000 < after["scan_px"] < SHEET[0], "as large as the print needs, not larger"
    assert after["complaint"] is None
    assert not any(path.name == "scan.jpg" for path, *_ in frames._DECODED._pictures), "too large to be kept"
    lines = [line["text"] for line in after["text"]]
    assert lines[0] == "The LinnSequencer"
    boxes = [line["box"] for line in after["text"]]
    left, right = LEFT_PX / SHEET[0], (LEFT_PX + PAGE[0]) / SHEET[0]
    assert all(left - 0.01 < box["x"] < box["x"] + box["w"] < right + 0.01 for box in boxes)
    tops = [box["y"] for box in boxes]
    assert min(tops) < 0.1
    assert max(tops) > 0.8


def source_of(path: Path, folder: Path, width: int, height: int) -> Source:
    derived = DerivedFolder(folder, b"\0" * 64)
    return Source(1, 1, Kind.PHOTO, "image/jpeg", path.name, path, None, derived, width=width, height=height)


def small_page() -> np.ndarray:
    """The preview of such a sheet."""
    page = cv2.resize(picture("small-print", "linn.png"), (432, 559), interpolation=cv2.INTER_AREA)
    return np.asarray(np.tile(page, (1, 3, 1)), dtype=np.uint8)


def test_an_original_that_cannot_be_read_keeps_what_the_preview_gave(tmp_path: Path) -> None:
    broken = media_files().path("broken") / "truncated.jpg"
    engine, preview = door().get("rapidocr_text", TextReader), small_page()
    lines = engine.read(picture("bus"))
    read = read_scan(engine, source_of(broken, tmp_path, 6000, 2500), preview, lines, 5000, 6000)
    assert read is not None
    assert read.lines == tuple(lines)
    assert read.side_px == preview.shape[1]
    assert read.complaint is not None
    assert "truncated.jpg" in read.complaint


def test_only_large_pictures_with_small_print_are_decoded_again(tmp_path: Path) -> None:
    engine, preview = door().get("rapidocr_text", TextReader), small_page()
    nowhere = source_of(tmp_path / "gone.jpg", tmp_path, 6000, 2500)
    photo = np.asarray(cv2.resize(picture("pictures", "coffee.png"), (1440, 960)), dtype=np.uint8)
    assert read_scan(engine, nowhere, preview, [], 5000, 6000) is not None
    assert read_scan(engine, nowhere, photo, [], 5000, 6000) is None
    assert read_scan(engine, nowhere, preview, [], 6000, 6000) is None
    assert read_scan(engine, nowhere, preview, [], 5000, 0) is None
    assert read_scan(engine, replace(nowhere, width=None, height=None), preview, [], 5000, 6000) is None
    assert read_scan(engine, replace(nowhere, kind=Kind.VIDEO), preview, [], 5000, 6000) is None
