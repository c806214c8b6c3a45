"""Written text: Tesseract 5 (Apache-2.0) through pytesseract. Good on clean pages, weak on street scenes.

Needs the program `tesseract` and the language's data (Debian: tesseract-ocr, tesseract-ocr-deu, …).
"""

import os
import subprocess
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ChildFailed, WeightMissing
from core.findings import FoundText, Picture
from core.media import Box
from core.unread import Reading, unread
from engines.contract import Options
from engines.identity import sha256_of
from engines.pixels import check_picture, limit_side
from engines.settings import check_fraction, read_settings

ANALYSIS = "text"
_WORD_LEVEL = 5  # Tesseract's table: 1 page, 2 block, 3 paragraph, 4 line, 5 word
_SMALLEST_PX = 32
_LINE_SIGNS, _LINE_SCORE = 5, 0.6  # a line of so many signs is writing this surely, whatever they are


@dataclass(frozen=True, slots=True)
class Settings:
    """`languages` as Tesseract writes them, "eng+deu"; `page_mode` 3 finds columns by itself, 11 sparse words."""

    languages: str = "eng"
    page_mode: int = 3
    min_score: float = 0.5
    max_side_px: int = 4000
    timeout_s: float = 60.0

    def __post_init__(self) -> None:
        check_fraction(min_score=self.min_score)
        if not all(part.replace("_", "").isalnum() for part in self.languages.split("+")):
            raise ValueError(f"languages must look like eng or eng+deu, not {self.languages!r}")
        if not 0 <= self.page_mode <= 13 or self.timeout_s <= 0 or not 64 <= self.max_side_px <= 10000:
            raise ValueError("page_mode must lie in 0..13, max_side_px in 64..10000, timeout_s above 0")


def identity(options: Options) -> str:
    """Program version and the hash of each language's data, "tesseract_text-5.3.0-eng-7d4322bd2a77"."""
    settings = read_settings(Settings, "tesseract_text", options.extra)
    version, folder = _installed()
    parts = [f"tesseract_text-{version}"]
    for language in settings.languages.split("+"):
        data = folder / f"{language}.traineddata"
        if not data.is_file():
            raise WeightMissing(
                f"Tesseract has no data for {language!r} in {folder}: install tesseract-ocr-{language}"
            )
        parts.append(f"{language}-{sha256_of(data)[:12]}")
    return "-".join(parts)


@lru_cache(maxsize=1)
def _installed() -> tuple[str, Path]:
    """Version of the program and the folder of its languages."""
    try:
        told = [
            subprocess.run(["tesseract", flag], capture_output=True, text=True, timeout=30, check=True).stdout
            for flag in ("--version", "--list-langs")
        ]
    except FileNotFoundError as gone:
        raise WeightMissing("the program tesseract is not installed (Debian: tesseract-ocr)") from gone
    except (subprocess.SubprocessError, OSError) as broken:
        raise WeightMissing(f"the program tesseract does not run: {broken}") from broken
    return told[0].split()[1], Path(told[1].split('"')[1])


class TesseractText:
    """Reads lines of writing, each call in a process of its own."""

    def __init__(self, settings: Settings, identity: str) -> None:
        self._settings, self.identity = settings, identity

    def read(self, picture: Picture) -> list[FoundText]:
        """Lines in an upright picture in Tesseract's reading order; boxes and corners are fractions.

        Raises ChildFailed when it takes longer than `timeout_s`.
        """
        picture = limit_side(check_picture(picture), self._settings.max_side_px)
        height, width = picture.shape[:2]
        rows = self._table(_not_tiny(picture))
        lines: dict[tuple[int, int, int], list[int]] = {}
        for index, level in enumerate(rows["level"]):
            if level == _WORD_LEVEL and float(rows["conf"][index]) >= 0 and str(rows["text"][index]).strip():
                key = (rows["block_num"][index], rows["par_num"][index], rows["line_num"][index])
                lines.setdefault(key, []).append(index)
        found = [_line(rows, words, width, height) for words in lines.values()]
        readings = [
            _reading(
                line, [float(rows["conf"][index]) / 100 for index in words], self._settings.min_score, picture
            )
            for line, words in zip(found, lines.values(), strict=True)
        ]
        good, seen = unread(readings)
        return [
            line if good[at] else replace(line, text="", score=readings[at].outline_score, read=False)
            for at, line in enumerate(found)
            if good[at] or seen[at]
        ]

    def _table(self, picture: Picture) -> dict[str, Any]:
        import pytesseract

        try:
            table: dict[str, Any] = pytesseract.image_to_data(
                picture[:, :, ::-1],
                lang=self._settings.languages,
                config=f"--psm {self._settings.page_mode}",
                timeout=self._settings.timeout_s,
                output_type=pytesseract.Output.DICT,
            )
        except RuntimeError as late:
            if "timeout" not in str(late):
                raise
            raise ChildFailed(f"tesseract took longer than {self._settings.timeout_s:.0f} s") from late
        return table


def _reading(line: FoundText, chances: list[float], min_score: float, picture: Picture) -> Reading:
    """Tesseract says nothing of how sure a line is one: of a few signs it often is a leaf or a shadow."""
    length = line.box.w * picture.shape[1] / max(1.0, line.box.h * picture.shape[0])
    outline = _LINE_SCORE if len(line.text) >= _LINE_SIGNS else 0.0
    return Reading(line.text, line.score, tuple(chances), outline, length, line.score >= min_score)


def _not_tiny(picture: Picture) -> Picture:
    """Tesseract refuses pictures of a few pixels: white is added below and beside."""
    import cv2

    below, beside = (max(0, _SMALLEST_PX - side) for side in picture.shape[:2])
    padded = cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    return np.asarray(padded, dtype=np.uint8)


def _line(rows: dict[str, Any], words: list[int], width: int, height: int) -> FoundText:
    """One line from its words; its score is the words' mean, weighted by their letters."""
    texts = [str(rows["text"][index]).strip() for index in words]
    letters = np.array([len(text) for text in texts])
    score = float((np.array([float(rows["conf"][index]) for index in words]) * letters).sum() / letters.sum())
    left, top = min(rows["left"][i] for i in words), min(rows["top"][i] for i in words)
    right = max(rows["left"][i] + rows["width"][i] for i in words)
    bottom = max(rows["top"][i] + rows["height"][i] for i in words)
    box = Box.from_pixels(left, top, right, bottom, width, height)
    far_x, far_y = box.x + box.w, box.y + box.h
    corners = ((box.x, box.y), (far_x, box.y), (far_x, far_y), (box.x, far_y))
    return FoundText(" ".join(texts), min(1.0, max(0.0, score / 100)), box, corners)


def load(options: Options) -> TesseractText:
    """Settings: languages, page_mode, min_score, max_side_px, timeout_s."""
    import pytesseract.pytesseract as caller

    settings = read_settings(Settings, "tesseract_text", options.extra)
    # Its threads wait for each other: an A4 page took 3.0 s with one and 16.9 s with the default. The variable is
    # set for the child alone, since CTranslate2 in this process obeys the same one.
    caller.environ = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    return TesseractText(settings, identity(options))
