"""Lines cut out of a picture, and PP-OCR's recognition of them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightMissing
from core.findings import Picture
from engines.pixels import resize
from engines.runtime import Network
from engines.text_pieces import Quad, size, stands
from engines.text_regions import STEP_PX

LINE_PX = 48  # height of a line as the recognition wants it
_WIDEST_PX = 3840  # a longer line is squeezed to this width, which bounds memory
_NARROWEST_PX = 160  # a shorter line is filled up with grey to this width
_SHORT_PX = 736  # a picture whose short side is less is enlarged to it: small writing is found better
_THIN = 4.0  # a picture more elongated than this is widened with black before detection


@dataclass(frozen=True, slots=True)
class Read:
    """What a strip says, how sure that and each sign of it is; `flipped`: read upside down."""

    text: str
    score: float
    chances: tuple[float, ...]
    width_px: int = 0
    flipped: bool = False


class StripReader:
    """The recognition network and the characters it knows; safe to call from several threads."""

    def __init__(self, recognizer: Network, unsure_score: float, sure_score: float) -> None:
        self._recognizer, self._unsure_score, self._sure_score = recognizer, unsure_score, sure_score
        alphabet = recognizer.note("character")
        if alphabet is None:
            raise WeightMissing("the recognition network does not name its characters")
        self._characters = ["", *alphabet.splitlines(), " "]  # 0 is the blank that separates characters

    def read(self, strips: list[Picture]) -> list[Read]:
        """Text and certainty of each strip; an unsure one is also read upside down."""
        readings = self._read_strips(strips)
        unsure = [i for i, each in enumerate(readings) if each.score < self._unsure_score]
        turned = self._read_strips([np.ascontiguousarray(strips[i][::-1, ::-1]) for i in unsure])
        for index, other in zip(unsure, turned, strict=True):
            before = readings[index]
            # One letter of three may look like another upside down and be sure of it: it must say as much.
            better = other.score > max(before.score, self._sure_score)
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
            tensor = np.zeros((1, 3, LINE_PX, max(_NARROWEST_PX, width)), dtype=np.float32)
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


def with_room(picture: Picture, room_px: int) -> Picture:
    """The picture with its edges drawn out on all sides: letters that fill a cutting are not seen as writing."""
    import cv2

    if not room_px:
        return picture
    sides = (room_px,) * 4
    return np.asarray(cv2.copyMakeBorder(picture, *sides, cv2.BORDER_REPLICATE), dtype=np.uint8)


def not_thin(picture: Picture) -> Picture:
    """The picture with black below or beside it until it is at most four times as long as wide."""
    import cv2

    height, width = picture.shape[:2]
    least = max(32, round(max(height, width) / _THIN))
    below, beside = max(0, least - height), max(0, least - width)
    if not below and not beside:
        return picture
    return np.asarray(cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_CONSTANT), dtype=np.uint8)


def as_wanted(picture: Picture) -> tuple[Picture, NDArray[np.float32]]:
    """The picture in a size the detection takes, and how many of its pixels one became, across and down."""
    height, width = picture.shape[:2]
    scale = max(1.0, _SHORT_PX / min(height, width))
    wide, high = (max(1, round(int(side * scale) / STEP_PX)) * STEP_PX for side in (width, height))
    return resize(picture, wide, high), np.array([wide / width, high / height], dtype=np.float32)


def stepped(picture: Picture, scale: float) -> Picture:
    """A smaller copy, its sides multiples of 32 pixels."""
    height, width = picture.shape[:2]
    return resize(picture, *(max(STEP_PX, round(side * scale / STEP_PX) * STEP_PX) for side in (width, height)))


def signs_of(read: Read) -> int:
    """How many signs a reading has, spaces aside."""
    return sum(not sign.isspace() for sign in read.text)


def strip_of(picture: Picture, quad: Quad) -> Picture | None:
    """The line straightened to 48 pixels height; a standing one is turned. None when it lies outside."""
    import cv2

    wide, high = size(quad)
    if quad[:, 0].min() >= picture.shape[1] or quad[:, 1].min() >= picture.shape[0] or min(wide, high) < 2:
        return None
    if stands(quad):  # turned a quarter: what was top left becomes bottom left
        quad, wide, high = np.roll(quad, -1, axis=0), high, wide
    target = min(_WIDEST_PX, max(1, int(np.ceil(LINE_PX * wide / high))))
    flat = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float32)
    turn = cv2.getPerspectiveTransform(quad, flat)
    pixels = (max(1, int(wide)), max(1, int(high)))
    straight = cv2.warpPerspective(picture, turn, pixels, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(straight, (target, LINE_PX)), dtype=np.uint8)
