"""Written text: PP-OCRv6 small, the detection and recognition inside the wheel of RapidOCR (Apache-2.0).

RapidOCR's own steps before and after the networks are used; the networks are opened by engines/runtime.py and the
sizes are bounded here: RapidOCR's own scaling fails on a strip of 1 × 5000 pixels and puts boxes of thin
pictures in the wrong place. No network is used: nothing of RapidOCR that downloads is called.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightMissing
from core.findings import FoundText, Picture
from core.media import Box
from core.reading_order import Turn, page_order, turn_of_page
from core.unread import Reading, unread
from engines.contract import Options
from engines.identity import weight_identity
from engines.pixels import check_picture, limit_side, to_tensor
from engines.runtime import DEFAULT_RUNTIME, Network, check_runtime, open_network
from engines.settings import check_fraction, read_settings
from engines.text_pieces import Quad, pieces_of, same_line, share_within, size, stands
from engines.text_regions import Region, find_regions, find_spots, sample_of
from engines.text_strips import (
    LINE_PX,
    Read,
    StripReader,
    as_wanted,
    not_thin,
    signs_of,
    stepped,
    strip_of,
    with_room,
)
from engines.text_tiles import joined_map, look_side

ANALYSIS = "text"
_FILES = ("PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx")
_CROP_PX = 64  # a picture whose short side is less may be one word cut out

_TALL_PX = 40  # letters this tall in a small copy are looked for there, too …
_TALL_SHARE = 0.1  # of the short side: letters that may lie in pieces beside their word
_LEAST_COPY_PX = 96  # … and in ever smaller copies, down to this side
_MOST_TALL = 8  # of each copy
Outline = tuple[float, Quad]  # how sure, and four corners


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """An outline in pixels of the picture, and what was read in it."""

    outline: Outline
    read: Read

    @property
    def quad(self) -> Quad:
        """The outline's four corners."""
        return self.outline[1]


@dataclass(frozen=True, slots=True)
class Look:
    """What small copies show: parts to look at in full, and outlines in pixels of the full picture.

    `huge` are all that there is of their spots; `tall` may be the same writing as is found in the parts.
    """

    regions: list[Region]
    huge: list[Outline]
    tall: list[Outline]


@dataclass(frozen=True, slots=True)
class Settings:
    """`max_side_px` bounds what is looked at. Previews are smaller; of scans with small print the analysis gives a
    larger rendering, which is looked at in tiles.

    A line read below `unsure_score` is also read upside down; that reading counts where it is better and itself
    above `sure_score` (letters upside down read as others at about .7, noise rarely reaches .85). A single
    character must reach `sure_score` too: a cat's eye reads as 0 at .73.

    Before everything else a copy of `look_px` (larger in proportion where the picture is larger than a preview) is
    looked at, and only parts whose chance of writing reaches `look_score` there are looked at in full; 0 looks at
    everything in full.
    """

    min_score: float = 0.6
    unsure_score: float = 0.9
    sure_score: float = 0.85
    max_side_px: int = 6000
    max_lines: int = 2000
    look_px: int = 640
    look_score: float = 0.5
    runtime: str = DEFAULT_RUNTIME

    def __post_init__(self) -> None:
        check_fraction(min_score=self.min_score, unsure_score=self.unsure_score, sure_score=self.sure_score)
        check_fraction(look_score=self.look_score)
        check_runtime(self.runtime)
        if not 64 <= self.max_side_px <= 10000 or self.max_lines < 1 or not 0 <= self.look_px <= 6000:
            raise ValueError("max_side_px must lie in 64..10000, max_lines be at least 1, look_px in 0..6000")


def identity(options: Options) -> str:
    """Engine and weights without opening the networks."""
    read_settings(Settings, "rapidocr_text", options.extra)
    return weight_identity("rapidocr_text", *_files())


def _files() -> list[Path]:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise WeightMissing("the package rapidocr, whose wheel holds the text networks, is not installed")
    return [Path(spec.origin).parent / "models" / name for name in _FILES]


class RapidOcrText:
    """Reads lines of writing; safe to call from several threads."""

    def __init__(self, detector: Network, recognizer: Network, settings: Settings, identity: str) -> None:
        from rapidocr.ch_ppocr_det.utils import DBPostProcess

        self._detector, self._settings = detector, settings
        self.identity = identity
        self._outline: Any = DBPostProcess(
            thresh=0.3, box_thresh=0.5, unclip_ratio=1.6, use_dilation=True, max_candidates=4000
        )
        self._reader = StripReader(recognizer, settings.unsure_score, settings.sure_score)

    def read(self, picture: Picture) -> list[FoundText]:
        """Lines in an upright picture in reading order; boxes and corners are fractions of it."""
        small = limit_side(check_picture(picture), self._settings.max_side_px)
        room_px = min(small.shape[:2]) if min(small.shape[:2]) < _CROP_PX else 0
        roomy = with_room(small, room_px)
        found = self._lines(roomy, not_thin(roomy))
        kept, read = [each.outline for each in found], [each.read for each in found]
        readings = self._readings(kept, read)
        good, seen = unread(readings)
        lines = [
            _line(each, quad - room_px, small, read=good[index])
            for index, (each, (_, quad)) in enumerate(zip(readings, kept, strict=True))
            if good[index] or seen[index]
        ]
        turn = turn_of_page(
            [(_turn(kept[at][1], read[at]), len(read[at].text)) for at in range(len(read)) if good[at]]
        )
        order = page_order([line.box for line in lines], small.shape[1] / small.shape[0], turn)
        return [lines[index] for index in order]

    def _readings(self, outlines: list[Outline], read: list[Read]) -> list[Reading]:
        return [
            Reading(
                each.text,
                each.score,
                each.chances,
                outlines[index][0],
                each.width_px / LINE_PX,
                self._is_accepted(each),
            )
            for index, each in enumerate(read)
        ]

    def _lines(self, picture: Picture, widened: Picture) -> list[Line]:
        """Lines of a picture, as they were read, surest outlines first; looked for in the widened picture."""
        full, scale = as_wanted(widened)
        everything = Region(0, 0, full.shape[1], full.shape[0])
        if not self._settings.look_px:
            return self._read_outlines(picture, self._outlines(full, everything), scale)
        look = self._quick_look(full, max(widened.shape[:2]))
        found = look.huge + [each for region in look.regions for each in self._outlines(full, region)]
        lines = self._read_outlines(picture, found, scale)
        if look.regions != [everything] and any(self._is_sure(line.read) for line in lines):
            lines = self._with_the_rest(picture, lines, self._outlines(full, everything), scale)
        return self._with_words_for_pieces(picture, lines, look.tall, scale) if look.tall else lines

    def _with_the_rest(
        self, picture: Picture, lines: list[Line], found: list[Outline], scale: NDArray[np.float32]
    ) -> list[Line]:
        """The lines of a look at everything, which is worth it where something was read: signs seldom stand alone.

        What was read already in such an outline is not read again; lines that it does not show are kept. What
        cannot be read is left: where the quick look saw nothing, it is a smudge.
        """
        known = {
            at: line for at, (_, quad) in enumerate(found) for line in lines if same_line(quad / scale, line.quad)
        }
        new = self._read_outlines(picture, [each for at, each in enumerate(found) if at not in known], scale)
        whole = [*known.values(), *(line for line in new if self._is_accepted(line.read))]
        return whole + [line for line in lines if all(share_within(line.quad, each.quad) < 0.5 for each in whole)]

    def _with_words_for_pieces(
        self, picture: Picture, lines: list[Line], tall: list[Outline], scale: NDArray[np.float32]
    ) -> list[Line]:
        """Lines in which words of huge letters, seen whole in a small copy, stand for their pieces."""
        sure = [line for line in lines if self._is_sure(line.read)]
        known = [line for line in sure if min(size(line.quad)) >= _TALL_SHARE * min(picture.shape[:2])]
        new = [each for each in tall if not any(same_line(each[1] / scale, line.quad) for line in sure)]
        words = [line for line in self._read_outlines(picture, new, scale) if self._is_sure(line.read)] + known
        for word in sorted(words, key=lambda line: (-signs_of(line.read), -line.read.score)):
            if word in known and word not in lines:
                continue  # a piece of a longer one
            others = [line for line in lines if line is not word]
            told = [(each.quad, signs_of(each.read) if self._is_accepted(each.read) else 0) for each in others]
            pieces = pieces_of(word.quad, signs_of(word.read), told)
            if pieces is not None:
                lines = [line for at, line in enumerate(others) if at not in pieces] + [word]
        return lines

    def _read_outlines(self, picture: Picture, outlines: list[Outline], scale: NDArray[np.float32]) -> list[Line]:
        outlines = sorted(outlines, key=lambda one: -one[0])[: self._settings.max_lines]
        placed = [(score, quad / scale) for score, quad in outlines]
        strips = [(each, strip_of(picture, each[1])) for each in placed]
        inside = [(each, strip) for each, strip in strips if strip is not None]
        read = self._reader.read([strip for _, strip in inside])
        return [Line(each, reading) for (each, _), reading in zip(inside, read, strict=True)]

    def _is_accepted(self, read: Read) -> bool:
        limits = self._settings
        return bool(read.text) and read.score >= (limits.min_score if len(read.text) > 1 else limits.sure_score)

    def _is_sure(self, read: Read) -> bool:
        return signs_of(read) > 1 and read.score >= self._settings.unsure_score

    def _quick_look(self, full: Picture, side_px: int) -> Look:
        """Where to look at full size: what a look at a copy no larger than `side_px` does not rule out.

        A spot too thick for a line is asked once more, by a sample at full size: a page whose lines ran together
        shows lines there, a flat background nothing. What is left are letters that fill the picture: their
        outlines, in pixels of `full`, come from the copy.
        """
        height, width = full.shape[:2]
        scale = min(1.0, min(look_side(self._settings.look_px, side_px), side_px) / max(width, height))
        small = stepped(full, scale)
        chances = self._chances(small)
        shape = chances.shape[2:]
        kept, huge = [], np.zeros_like(chances)
        for spot in find_spots(chances[0, 0], self._settings.look_score):
            if not spot.thick or self._outlines(full, sample_of(spot, shape, width, height)):
                kept.append(spot)
                continue
            window = np.s_[:, :, spot.top : spot.top + spot.high, spot.left : spot.left + spot.wide]
            huge[window] = chances[window]
        tall = self._tall(full, chances) if kept or huge.any() else []
        regions = find_regions(kept, shape, width, height, side_px)
        return Look(regions, self._outlined(huge, full) if huge.any() else [], tall)

    def _tall(self, full: Picture, chances: NDArray[np.float32]) -> list[Outline]:
        """Outlines of tall letters in the quick look's map and in copies each half as large as the one before."""
        found: list[Outline] = []
        while True:
            shape = chances.shape[2:]
            least_px = _TALL_PX * full.shape[0] / shape[0]
            tall = [each for each in self._outlined(chances, full) if min(size(each[1])) >= least_px]
            found += sorted(tall, key=lambda one: -one[0])[:_MOST_TALL]
            if max(shape) < 2 * _LEAST_COPY_PX:
                return found
            chances = self._chances(stepped(full, max(shape) / 2 / max(full.shape[:2])))

    def _outlines(self, full: Picture, region: Region) -> list[Outline]:
        """Outlines found in a part of the picture, in pixels of the whole."""
        part = full[region.top : region.bottom, region.left : region.right]
        corner = np.array([region.left, region.top], dtype=np.float32)
        return [(score, quad + corner) for score, quad in self._outlined(self._chances(part), part)]

    def _outlined(self, chances: NDArray[np.float32], picture: Picture) -> list[Outline]:
        """Outlines in a map, in pixels of the picture it is of, be that larger or not."""
        quads, scores = self._outline(chances, chances.shape[2:])
        larger = np.array([picture.shape[1] / chances.shape[3], picture.shape[0] / chances.shape[2]], np.float32)
        return [
            (float(score), np.asarray(quad, dtype=np.float32) * larger)
            for quad, score in zip(quads, scores, strict=True)
        ]

    def _chances(self, picture: Picture) -> NDArray[np.float32]:
        """The detection's map, 1 × 1 × H × W: how likely each pixel belongs to writing."""
        # PaddleOCR's networks were trained on pictures as OpenCV reads them, blue first
        return joined_map(
            lambda part: self._detector.run(to_tensor(part, 127.5, 1 / 127.5, red_first=False))[0], picture
        )


def _turn(quad: Quad, read: Read) -> Turn:
    """The way a line runs: a standing one is read from above, or flipped from below."""
    if stands(quad):
        return Turn.UP if read.flipped else Turn.DOWN
    return Turn.LEFT if read.flipped else Turn.RIGHT


def _line(reading: Reading, quad: Quad, picture: Picture, read: bool) -> FoundText:
    height, width = picture.shape[:2]
    fractions = np.clip(quad / np.array([width, height], dtype=np.float32), 0.0, 1.0)
    left, top = (float(value) for value in fractions.min(axis=0))
    right, bottom = (float(value) for value in fractions.max(axis=0))
    corners = tuple((float(x), float(y)) for x, y in fractions)
    box = Box(left, top, right - left, bottom - top)
    if read:
        return FoundText(reading.text, reading.score, box, corners)
    return FoundText("", min(1.0, reading.outline_score), box, corners, read=False)


def load(options: Options) -> RapidOcrText:
    """Settings: see Settings."""
    settings = read_settings(Settings, "rapidocr_text", options.extra)
    name = identity(options)
    detector, recognizer = (open_network(file, options.threads, settings.runtime) for file in _files())
    return RapidOcrText(detector, recognizer, settings, name)
