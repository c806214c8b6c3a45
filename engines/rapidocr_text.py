"""Written text: PP-OCRv6 small, the detection and recognition inside the wheel of RapidOCR (Apache-2.0).

RapidOCR's own steps before and after the networks are used; the networks are opened by engines/runtime.py and the
sizes are bounded here: RapidOCR's own scaling fails on a strip of 1 × 5000 pixels and puts boxes of thin
pictures in the wrong place. No network is used: nothing of RapidOCR that downloads is called.
"""

from dataclasses import dataclass, replace
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
from engines.pixels import check_picture, limit_side, resize, to_tensor
from engines.runtime import DEFAULT_RUNTIME, Network, check_runtime, open_network
from engines.settings import check_fraction, read_settings
from engines.text_regions import STEP_PX, Region, find_regions, find_spots, sample_of
from engines.text_tiles import joined_map, look_side

ANALYSIS = "text"
_FILES = ("PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx")
_LINE_PX = 48  # height of a line as the recognition wants it
_WIDEST_PX = 3840  # a longer line is squeezed to this width, which bounds memory
_NARROWEST_PX = 160  # a shorter line is filled up with grey to this width
_SHORT_PX = 736  # a picture whose short side is less is enlarged to it: small writing is found better
_CROP_PX = 64  # a picture whose short side is less may be one word cut out
_THIN = 4.0  # a picture more elongated than this is widened with black before detection

Quad = NDArray[np.float32]
Outline = tuple[float, Quad]  # how sure, and four corners


@dataclass(frozen=True, slots=True)
class Read:
    """What a strip says, how sure that and each sign of it is; `flipped`: read upside down."""

    text: str
    score: float
    chances: tuple[float, ...]
    width_px: int = 0
    flipped: bool = False


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

        self._detector, self._recognizer, self._settings = detector, recognizer, settings
        self.identity = identity
        self._outline: Any = DBPostProcess(
            thresh=0.3, box_thresh=0.5, unclip_ratio=1.6, use_dilation=True, max_candidates=4000
        )
        alphabet = recognizer.note("character")
        if alphabet is None:
            raise WeightMissing("the recognition network does not name its characters")
        self._characters = ["", *alphabet.splitlines(), " "]  # 0 is the blank that separates characters

    def read(self, picture: Picture) -> list[FoundText]:
        """Lines in an upright picture in reading order; boxes and corners are fractions of it."""
        small = limit_side(check_picture(picture), self._settings.max_side_px)
        room_px = min(small.shape[:2]) if min(small.shape[:2]) < _CROP_PX else 0
        roomy = _with_room(small, room_px)
        outlines = self._detect(_not_thin(roomy))
        strips = [_strip(roomy, quad) for _, quad in outlines]
        kept = [outlines[index] for index, strip in enumerate(strips) if strip is not None]
        read = self._recognize([strip for strip in strips if strip is not None])
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
        limits = self._settings
        return [
            Reading(
                each.text,
                each.score,
                each.chances,
                outlines[index][0],
                each.width_px / _LINE_PX,
                bool(each.text) and each.score >= (limits.min_score if len(each.text) > 1 else limits.sure_score),
            )
            for index, each in enumerate(read)
        ]

    def _detect(self, picture: Picture) -> list[Outline]:
        """How sure, and four corners in pixels of each line, clockwise from top left; at most `max_lines`, surest
        first."""
        full, scale = _as_wanted(picture)
        everything = Region(0, 0, full.shape[1], full.shape[0])
        found: list[Outline] = []
        regions = [everything]
        if self._settings.look_px:
            found, regions = self._quick_look(full, max(picture.shape[:2]))
        for region in regions:
            found += self._outlines(full, region)
        found.sort(key=lambda one: -one[0])
        return [(score, quad / scale) for score, quad in found[: self._settings.max_lines]]

    def _quick_look(self, full: Picture, side_px: int) -> tuple[list[Outline], list[Region]]:
        """Where to look at full size: what a look at a copy no larger than `side_px` does not rule out.

        A spot too thick for a line is asked once more, by a sample at full size: a page whose lines ran together
        shows lines there, a flat background nothing. What is left are letters that fill the picture: their
        outlines, in pixels of `full`, come from the copy.
        """
        height, width = full.shape[:2]
        scale = min(1.0, min(look_side(self._settings.look_px, side_px), side_px) / max(width, height))
        small = resize(full, *(max(STEP_PX, round(side * scale / STEP_PX) * STEP_PX) for side in (width, height)))
        chances = self._chances(small)
        shape = chances.shape[2:]
        kept, huge = [], np.zeros_like(chances)
        for spot in find_spots(chances[0, 0], self._settings.look_score):
            if not spot.thick or self._outlines(full, sample_of(spot, shape, width, height)):
                kept.append(spot)
                continue
            window = np.s_[:, :, spot.top : spot.top + spot.high, spot.left : spot.left + spot.wide]
            huge[window] = chances[window]
        larger = np.array([width / shape[1], height / shape[0]], dtype=np.float32)
        found = [(score, quad * larger) for score, quad in self._outlined(huge)] if huge.any() else []
        return found, find_regions(kept, shape, width, height, side_px)

    def _outlines(self, full: Picture, region: Region) -> list[Outline]:
        """Outlines found in a part of the picture, in pixels of the whole."""
        part = full[region.top : region.bottom, region.left : region.right]
        corner = np.array([region.left, region.top], dtype=np.float32)
        return [(score, quad + corner) for score, quad in self._outlined(self._chances(part))]

    def _outlined(self, chances: NDArray[np.float32]) -> list[Outline]:
        quads, scores = self._outline(chances, chances.shape[2:])
        return [
            (float(score), np.asarray(quad, dtype=np.float32)) for quad, score in zip(quads, scores, strict=True)
        ]

    def _chances(self, picture: Picture) -> NDArray[np.float32]:
        """The detection's map, 1 × 1 × H × W: how likely each pixel belongs to writing."""
        # PaddleOCR's networks were trained on pictures as OpenCV reads them, blue first
        return joined_map(
            lambda part: self._detector.run(to_tensor(part, 127.5, 1 / 127.5, red_first=False))[0], picture
        )

    def _recognize(self, strips: list[Picture]) -> list[Read]:
        readings = self._read_strips(strips)
        unsure = [i for i, each in enumerate(readings) if each.score < self._settings.unsure_score]
        turned = self._read_strips([np.ascontiguousarray(strips[i][::-1, ::-1]) for i in unsure])
        for index, other in zip(unsure, turned, strict=True):
            before = readings[index]
            # One letter of three may look like another upside down and be sure of it: it must say as much.
            better = other.score > max(before.score, self._settings.sure_score)
            if better and len(other.text) >= 0.7 * len(before.text):
                readings[index] = replace(other, flipped=True)
        return readings

    def _read_strips(self, strips: list[Picture]) -> list[Read]:
        """Text and certainty of each strip.

        One after the other: a strip is read the same whatever else is in the picture, and faster than in a batch,
        where each is filled up to the widest (docs/decisions/019-all-analyses-together.md).
        """
        readings = []
        for strip in strips:
            width = strip.shape[1]
            tensor = np.zeros((1, 3, _LINE_PX, max(_NARROWEST_PX, width)), dtype=np.float32)
            tensor[0, :, :, :width] = strip.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1.0
            readings.append(replace(self._decode(self._recognizer.run(tensor)[0][0]), width_px=width))
        return readings

    def _decode(self, chances: NDArray[np.float32]) -> Read:
        """Greedy decoding of CTC: repeated classes are one character, class 0 separates."""
        classes = chances.argmax(axis=1)
        taken = classes != 0
        taken[1:] &= classes[1:] != classes[:-1]
        if not taken.any():
            return Read("", 0.0, ())
        text = "".join(self._characters[index] for index in classes[taken])
        sure = chances.max(axis=1)[taken]
        return Read(text.strip(), float(min(1.0, sure.mean())), tuple(float(one) for one in sure))


def _with_room(picture: Picture, room_px: int) -> Picture:
    """The picture with its edges drawn out on all sides: letters that fill a cutting are not seen as writing."""
    import cv2

    if not room_px:
        return picture
    sides = (room_px,) * 4
    return np.asarray(cv2.copyMakeBorder(picture, *sides, cv2.BORDER_REPLICATE), dtype=np.uint8)


def _not_thin(picture: Picture) -> Picture:
    """The picture with black below or beside it until it is at most four times as long as wide."""
    import cv2

    height, width = picture.shape[:2]
    least = max(32, round(max(height, width) / _THIN))
    below, beside = max(0, least - height), max(0, least - width)
    if not below and not beside:
        return picture
    return np.asarray(cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_CONSTANT), dtype=np.uint8)


def _as_wanted(picture: Picture) -> tuple[Picture, NDArray[np.float32]]:
    """The picture in a size the detection takes, and how many of its pixels one became, across and down."""
    height, width = picture.shape[:2]
    scale = max(1.0, _SHORT_PX / min(height, width))
    wide, high = (max(1, round(int(side * scale) / STEP_PX)) * STEP_PX for side in (width, height))
    return resize(picture, wide, high), np.array([wide / width, high / height], dtype=np.float32)


def _size(quad: Quad) -> tuple[float, float]:
    wide = max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[2] - quad[3]))
    high = max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2]))
    return float(wide), float(high)


def _stands(wide: float, high: float) -> bool:
    return high >= 1.5 * wide


def _turn(quad: Quad, read: Read) -> Turn:
    """The way a line runs: a standing one is read from above, or flipped from below."""
    if _stands(*_size(quad)):
        return Turn.UP if read.flipped else Turn.DOWN
    return Turn.LEFT if read.flipped else Turn.RIGHT


def _strip(picture: Picture, quad: Quad) -> Picture | None:
    """The line straightened to 48 pixels height; a standing one is turned. None when it lies outside."""
    import cv2

    wide, high = _size(quad)
    if quad[:, 0].min() >= picture.shape[1] or quad[:, 1].min() >= picture.shape[0] or min(wide, high) < 2:
        return None
    if _stands(wide, high):  # turned a quarter: what was top left becomes bottom left
        quad, wide, high = np.roll(quad, -1, axis=0), high, wide
    target = min(_WIDEST_PX, max(1, int(np.ceil(_LINE_PX * wide / high))))
    flat = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float32)
    turn = cv2.getPerspectiveTransform(quad, flat)
    size = (max(1, int(wide)), max(1, int(high)))
    straight = cv2.warpPerspective(picture, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(straight, (target, _LINE_PX)), dtype=np.uint8)


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
