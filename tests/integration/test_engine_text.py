"""RapidOCR's networks and Tesseract on real pictures."""

import os
import socket
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pytesseract.pytesseract import subprocess_args

from core.errors import BadRequest, ChildFailed, WeightMissing
from core.findings import FoundText, Picture
from core.media import Box
from core.reading_order import reading_order, without_margin
from engines.contract import Options, TextReader
from engines.rapidocr_text import load
from tests.engine_door import door, odd_pictures, picture

# Read off the pictures by eye.
CERO = Box.from_pixels(560, 550, 612, 580, 810, 1080)
EMISIONES = Box.from_pixels(560, 574, 676, 615, 810, 1080)
_PAGE_TEXT = """
Region-based segmentation Let us first determine markers of the coins and the background. These markers
are pixels that we can label unambiguously as either object or background. Here, the markers are found at the two
extreme parts of the histogram of grey values
"""
PAGE = _PAGE_TEXT.split()


def rapidocr(**options: object) -> TextReader:
    return door().get("rapidocr_text", TextReader, options)


def tesseract(**options: object) -> TextReader:
    return door().get("tesseract_text", TextReader, options)


def words(lines: list[FoundText]) -> list[str]:
    return " ".join(line.text for line in lines).split()


def recall(lines: list[FoundText]) -> float:
    """Which part of the page's words was read."""
    left = words(lines)
    hits = 0
    for word in PAGE:
        if word in left:
            left.remove(word)
            hits += 1
    return hits / len(PAGE)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_the_words_on_the_bus(runtime: str) -> None:
    found = {line.text.lower(): line for line in rapidocr(runtime=runtime).read(picture("bus"))}
    assert {"cero", "emisiones"} <= set(found)
    # The boxes drawn by eye touch the letters; PP-OCR's leave a margin that weighs most on a short word.
    assert found["cero"].box.iou(CERO) > 0.4
    assert found["emisiones"].box.iou(EMISIONES) > 0.5
    assert all(0.6 <= line.score <= 1.0 for line in found.values())
    assert all(0.0 <= value <= 1.0 for line in found.values() for corner in line.corners for value in corner)


def test_one_thread_reads_the_same() -> None:
    alone = door().get("rapidocr_text", TextReader, {}, threads=1)
    assert words(alone.read(picture("bus"))) == words(rapidocr().read(picture("bus")))


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_is_read_whichever_way_it_lies(quarters: int) -> None:
    turned = np.ascontiguousarray(np.rot90(picture("page", "page.png"), quarters))
    assert recall(rapidocr().read(turned)) >= 0.9


def test_lines_come_in_reading_order() -> None:
    read = words(rapidocr().read(picture("page", "page.png")))
    places = [read.index(word) for word in ("Region-based", "determine", "pixels", "unambiguously", "histogram")]
    assert places == sorted(places)


def test_thin_strips_are_read_and_their_boxes_lie_right() -> None:
    strip: Picture = np.full((40, 2000, 3), 255, np.uint8)
    cv2.putText(strip, "Hello thin world", (1000, 30), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    (line,) = rapidocr().read(strip)
    assert line.text == "Hello thin world"
    assert abs(line.box.x - 0.5) < 0.02
    (standing,) = rapidocr().read(np.ascontiguousarray(np.rot90(strip)))
    assert standing.text == "Hello thin world"


def test_no_words_where_nothing_is_written() -> None:
    for seen in (picture("pictures", "chelsea.png"), np.zeros((500, 700, 3), np.uint8)):
        assert rapidocr().read(seen) == []
        assert tesseract().read(seen) == []


def test_odd_pictures_do_no_harm() -> None:
    for odd in odd_pictures():
        for line in rapidocr().read(odd):
            assert 0 <= line.box.x <= 1
            assert line.text.strip()


def two_columns() -> Picture:
    """A clean page of two columns, twelve numbered lines each."""
    page = Image.new("L", (1240, 900), 255)
    font = ImageFont.load_default(size=28)
    for column, word in enumerate(("harbour", "mountain")):
        for row in range(12):
            place = (80 + 600 * column, 80 + 60 * row + 9 * column)
            ImageDraw.Draw(page).text(place, f"The {word} in line {row + 10} is quiet", font=font, fill=0)
    return np.asarray(page.convert("RGB"), np.uint8)


@pytest.mark.parametrize("engine", ["tesseract_text", "rapidocr_text"])
def test_columns_are_read_one_after_the_other(engine: str) -> None:
    lines = door().get(engine, TextReader).read(two_columns())
    expected = [f"The {word} in line {row + 10} is quiet" for word in ("harbour", "mountain") for row in range(12)]
    assert [line.text for line in lines] == expected
    assert all(0.8 <= line.score <= 1.0 for line in lines)
    first = Box.from_pixels(80, 84, 460, 114, 1240, 900)
    assert lines[0].box.iou(first) > 0.5


def test_tesseract_survives_odd_pictures() -> None:
    for odd in odd_pictures()[:8]:
        tesseract().read(odd)


def test_tesseract_has_a_time_limit_and_one_thread() -> None:
    large = np.asarray(cv2.resize(picture("page", "page.png"), (3800, 1900)), np.uint8)
    with pytest.raises(ChildFailed, match="longer than"):
        tesseract(timeout_s=0.05).read(large)
    assert subprocess_args()["env"]["OMP_THREAD_LIMIT"] == "1"
    assert "OMP_THREAD_LIMIT" not in os.environ  # CTranslate2 in this process would obey it


def test_a_language_that_is_not_there_is_said() -> None:
    with pytest.raises(WeightMissing, match="tesseract-ocr-xyz"):
        tesseract(languages="xyz")
    with pytest.raises(BadRequest, match="eng"):
        tesseract(languages="../../etc/passwd")


def test_no_network_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("an engine opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    fresh = door().get("rapidocr_text", TextReader, {"max_lines": 499})
    assert "emisiones" in [word.lower() for word in words(fresh.read(picture("bus")))]


def scene_with_a_sign(words: str, height_px: int) -> Picture:
    """A photo without writing (1280 × 720 px) with a blue sign in it, its letters so high."""
    sign = Image.new("RGB", (12 * height_px, 2 * height_px), (30, 60, 160))
    font = ImageFont.load_default(size=height_px)
    ImageDraw.Draw(sign).text((height_px, height_px // 2), words, font=font, fill=(255, 255, 255))
    scene = picture("zidane")
    scene[300 : 300 + sign.height, 900 : 900 + sign.width] = np.asarray(sign)
    return scene


@pytest.mark.parametrize("look_px", [640, 0])
def test_a_small_sign_is_found_by_the_quick_look_where_it_is(look_px: int) -> None:
    (line,) = rapidocr(look_px=look_px).read(scene_with_a_sign("HARBOUR 12", 28))
    assert line.text == "HARBOUR 12"
    place = Box.from_pixels(928, 314, 1090, 336, 1280, 720)
    assert line.box.x < place.x + place.w and place.x < line.box.x + line.box.w
    assert abs(line.box.y + line.box.h / 2 - (place.y + place.h / 2)) < 0.02


def test_without_writing_the_full_size_is_never_looked_at() -> None:
    """The detection sees one small picture, and the recognition none."""
    engine = load(Options(Path, 2))
    seen: list[tuple[int, ...]] = []
    detect = engine._detector.run

    def watched(*tensors: NDArray[Any]) -> list[NDArray[np.float32]]:
        seen.append(tensors[0].shape)
        return detect(*tensors)

    engine._detector.run = watched  # type: ignore[method-assign]
    assert engine.read(picture("zidane")) == []
    assert seen == [(1, 3, 352, 640)]
    seen.clear()
    assert engine.read(scene_with_a_sign("HARBOUR 12", 28))
    areas = [shape[2] * shape[3] for shape in seen]
    assert sum(area >= 1280 * 720 for area in areas) == 1  # once, since something was read
    assert sum(area for area in areas if area < 1280 * 720) < 0.6 * 1280 * 720  # the small copies and the part


def test_a_flat_background_that_looks_likely_is_asked_by_a_sample_alone() -> None:
    """A grey cloth with things on it: the quick look calls most of it likely."""
    engine = load(Options(Path, 2))
    seen: list[int] = []
    detect = engine._detector.run

    def watched(*tensors: NDArray[Any]) -> list[NDArray[np.float32]]:
        seen.append(tensors[0].shape[2] * tensors[0].shape[3])
        return detect(*tensors)

    engine._detector.run = watched  # type: ignore[method-assign]
    assert engine.read(picture("pictures", "MG_7805.webp")) == []
    assert len(seen) > 1 and max(seen[1:]) <= 320 * 320


@pytest.mark.parametrize(
    ("word", "size_px"),
    [("EXIT", 240), ("EXIT", 300), ("EXIT", 360), ("EXIT", 480), ("Open", 360), ("Open", 480), ("POLICE", 300)],
)
def test_huge_letters_are_read_as_one_word(word: str, size_px: int) -> None:
    """The detector outlines strokes and single letters of them; a smaller copy shows the word."""
    poster = Image.new("RGB", (1280, 720), (200, 30, 40))
    font = ImageFont.load_default(size=size_px)
    ImageDraw.Draw(poster).text((640, 360), word, font=font, fill=(255, 255, 255), anchor="mm")
    (line,) = rapidocr().read(np.asarray(poster))
    assert line.read
    assert line.text == word


def test_small_print_beside_huge_letters_stays() -> None:
    poster = Image.new("RGB", (1280, 720), (20, 60, 140))
    draw = ImageDraw.Draw(poster)
    draw.text((640, 300), "OPEN", font=ImageFont.load_default(size=360), fill=(255, 255, 255), anchor="mm")
    draw.text((640, 620), "Monday to Friday 9 to 17", font=ImageFont.load_default(size=40), anchor="mm")
    assert [line.text for line in rapidocr().read(np.asarray(poster))] == ["OPEN", "Monday to Friday 9 to 17"]


@pytest.mark.parametrize("far", ["Harbour Street", "TICKETS"])
def test_where_one_sign_is_read_small_ones_are_looked_for(far: str) -> None:
    """A word too small for the quick look, in a photo with a sign that it sees."""
    scene = scene_with_a_sign("HARBOUR 12", 28)
    label = Image.new("RGB", (150, 24), (230, 230, 225))
    ImageDraw.Draw(label).text((6, 4), far, font=ImageFont.load_default(size=13), fill=(60, 60, 60))
    scene[40:64, 60:210] = np.asarray(label)
    read = [line.text for line in rapidocr().read(scene)]
    assert {"HARBOUR 12", far} <= set(read)
    assert len(read) == len(rapidocr(look_px=0).read(scene))


def test_columns_are_not_torn_by_a_box_between_them() -> None:
    page = Image.new("L", (1240, 1100), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size=26)
    expected = []
    for column, word in enumerate(("harbour", "mountain")):
        for row in range(22):
            beside = 8 <= row < 12
            text = f"The {word} {row + 10} is" if beside else f"The {word} in line {row + 10} is quite quiet"
            place = (80 + 560 * column + (190 if beside and column else 0), 60 + 45 * row)
            draw.text(place, text, font=font, fill=0)
            expected.append(text)
    quote = ["A box stands between", "the columns of this", "page and is read", "when they have ended"]
    for row, text in enumerate(quote):
        draw.text((600, 64 + 45 * (8 + row)), text, font=font, fill=0, anchor="ma")
    lines = rapidocr().read(np.asarray(page.convert("RGB"), np.uint8))
    read = " ".join(line.text for line in lines).split()
    wanted = " ".join([*expected, *quote]).split()
    assert SequenceMatcher(None, wanted, read, autojunk=False).ratio() > 0.97


def test_every_word_of_a_page_is_read_as_without_the_quick_look() -> None:
    page = picture("page", "page.png")
    assert words(rapidocr().read(page)) == words(rapidocr(look_px=0).read(page))


def test_margins_of_outlines_do_not_join_columns() -> None:
    """Outlines reach a third of a line's height beyond the letters; on a tight page two columns meet."""
    columns = [Box(x, 0.1 + 0.03 * row, w, 0.03) for x, w in ((0.1, 0.405), (0.495, 0.4)) for row in range(12)]
    slim = [without_margin(box, 1.0) for box in columns]
    assert reading_order(columns) != list(range(24))
    assert reading_order(slim) == list(range(24))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_page_is_read_in_the_same_order(quarters: int) -> None:
    page = picture("mix-opencv", "imageTextN.png")
    upright = words(rapidocr().read(page))
    turned = words(rapidocr().read(np.ascontiguousarray(np.rot90(page, quarters))))
    assert len(upright) > 40
    assert SequenceMatcher(None, upright, turned, autojunk=False).ratio() > 0.9


@pytest.mark.parametrize(
    ("word", "size_px"), [("Ausgang", 16), ("POLICE", 24), ("Hauptbahnhof", 20), ("12,99", 30)]
)
def test_a_word_cut_out_is_read(word: str, size_px: int) -> None:
    font = ImageFont.load_default(size=size_px)
    left, top, right, bottom = (int(side) for side in font.getbbox(word))
    cut = Image.new("RGB", (right - left + 4, bottom - top + 4), (216, 200, 168))
    ImageDraw.Draw(cut).text((2 - left, 2 - top), word, font=font, fill=(20, 20, 20))
    found = rapidocr().read(np.ascontiguousarray(np.asarray(cut)[:, :, ::-1]))
    assert words(found) == [word]
    for line in found:
        assert line.box.x >= 0 and line.box.x + line.box.w <= 1.001
        assert line.box.y >= 0 and line.box.y + line.box.h <= 1.001
