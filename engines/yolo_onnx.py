"""Objects: a YOLO11 network (COCO's 80 classes) exported to ONNX by Ultralytics.

Weights AGPL-3.0. Input 1 × 3 × 640 × 640, output 1 × 84 × 8400: centre, size and 80 scores of each candidate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import WeightCorrupt
from core.findings import FoundObject, Picture
from core.letterbox import Letterbox
from core.media import Box
from core.suppression import keep_best
from engines import coco
from engines.contract import Options
from engines.identity import weight_identity
from engines.object_looks import WEAK, found_and_signs, look_closer
from engines.pixels import check_picture, letterboxed, to_tensor
from engines.runtime import DEFAULT_RUNTIME, Network, check_runtime, open_network
from engines.settings import check_fraction, read_settings

ANALYSIS = "objects"
SIDE_PX = 640


@dataclass(frozen=True, slots=True)
class Settings:
    """`min_score` .25 gives the best F1 of tags on COCO val; `max_overlap` is Ultralytics' own; `small_score` is
    the least of what only a closer look shows."""

    weight: str = "yolo11n"
    min_score: float = 0.25
    small_score: float = 0.6
    max_overlap: float = 0.7
    max_objects: int = 300
    runtime: str = DEFAULT_RUNTIME

    def __post_init__(self) -> None:
        check_fraction(min_score=self.min_score, small_score=self.small_score, max_overlap=self.max_overlap)
        check_runtime(self.runtime)
        if self.max_objects < 1:
            raise ValueError("max_objects must be at least 1")


def identity(options: Options) -> str:
    """Engine and weights without opening the network."""
    settings = read_settings(Settings, "yolo_onnx", options.extra)
    return weight_identity("yolo_onnx", options.weight(settings.weight))


class YoloOnnx:
    """Finds objects; safe to call from several threads."""

    def __init__(self, network: Network, settings: Settings, identity: str) -> None:
        self._network, self._settings, self.identity = network, settings, identity

    def detect(self, picture: Picture) -> list[FoundObject]:
        """Objects in an upright picture, surest first; boxes are fractions of it."""
        return self._things(picture, self._settings.min_score)

    def detect_with_signs(self, picture: Picture) -> tuple[list[FoundObject], list[Box]]:
        """As `detect`, and where a larger rendering may show things too small for this one, surest first."""
        things = self._things(picture, min(WEAK, self._settings.min_score))
        return found_and_signs(things, picture, self._settings.min_score)

    def look_closer(
        self, rendering: Picture, found: Sequence[FoundObject], signs: Sequence[Box]
    ) -> list[FoundObject]:
        """`found` and the small things about `signs` that a larger rendering shows, surest first."""
        least = max(self._settings.small_score, self._settings.min_score)
        return look_closer(lambda part: self._things(part, least), rendering, found, signs)

    def _things(self, picture: Picture, min_score: float) -> list[FoundObject]:
        picture = check_picture(picture)
        height, width = picture.shape[:2]
        fit = Letterbox.fit(width, height, SIDE_PX)
        output = self._network.run(to_tensor(letterboxed(picture, fit, SIDE_PX), 0.0, 1 / 255))[0]
        corners, scores, classes = _candidates(output, min_score)
        corners = fit.restore(corners)
        kept = keep_best(corners, scores, classes, self._settings.max_overlap, self._settings.max_objects)
        found = []
        for index in kept:
            left, top, right, bottom = (float(value) for value in corners[index])
            box = Box.from_pixels(left, top, right, bottom, width, height)
            if box.w > 0 and box.h > 0:
                found.append(FoundObject(coco.NAMES[int(classes[index])], float(scores[index]), box))
        return found


def _candidates(
    output: NDArray[np.float32], min_score: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]:
    """Corners in the network's square, scores and classes of what reaches `min_score`."""
    if output.ndim != 3 or output.shape[1] != 4 + len(coco.NAMES):
        raise WeightCorrupt(f"a YOLO of COCO's 80 classes answers 1 × 84 × N, this one {output.shape}")
    rows = output[0].T
    best = rows[:, 4:].max(axis=1)
    rows, best = rows[best >= min_score], best[best >= min_score]
    centre, half = rows[:, :2], rows[:, 2:4] / 2
    corners = np.concatenate([centre - half, centre + half], axis=1)
    return corners, np.minimum(best, 1.0), rows[:, 4:].argmax(axis=1)


def load(options: Options) -> YoloOnnx:
    """Settings: weight, min_score, small_score, max_overlap, max_objects, runtime."""
    settings = read_settings(Settings, "yolo_onnx", options.extra)
    name = identity(options)
    network = open_network(options.weight(settings.weight), options.threads, settings.runtime)
    return YoloOnnx(network, settings, name)
