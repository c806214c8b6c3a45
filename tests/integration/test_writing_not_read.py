"""Writing in scripts that an engine does not know is not given as other letters (report 49)."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.findings import FoundText, Picture
from engines.contract import TextReader
from tests.engine_door import door
from tests.media_files import media_files

MADE = Path(__file__).parent.parent / "data" / "reports" / "49-writing-not-read"
ENGINES = ("rapidocr_text", "tesseract_text")


def read(engine: str, picture: Picture) -> list[FoundText]:
    return door().get(engine, TextReader, {}).read(picture)


def picture_of(file: Path) -> Picture:
    decoded = cv2.imread(str(file), cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(decoded, dtype=np.uint8)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("script", ["hebrew", "thai", "devanagari", "arabic", "georgian"])
def test_unknown_scripts_are_writing_without_words(engine: str, script: str) -> None:
    found = read(engine, picture_of(MADE / f"{script}.png"))
    assert [line.text for line in found if line.read] == []
    assert found
    for line in found:
        assert not line.text
        assert 0 < line.score <= 1
        assert line.box.w > 0.2
        assert len(line.corners) == 4


@pytest.mark.parametrize("engine", ENGINES)
def test_what_can_be_read_beside_them_is(engine: str) -> None:
    found = read(engine, picture_of(MADE / "english_and_thai.png"))
    assert [line.text for line in found if line.read] == ["Bangkok Railway Station"]
    assert [line.read for line in found].count(False) == 2


@pytest.mark.parametrize(
    "file", ["bus", "page/page.png", "zidane", "mix-more/invoice.png", "mix-opencv/sudoku.png"]
)
def test_known_scripts_and_no_writing_at_all_are_as_before(file: str) -> None:
    name, *inside = file.split("/")
    assert all(line.read for line in read("rapidocr_text", picture_of(media_files().path(name).joinpath(*inside))))
