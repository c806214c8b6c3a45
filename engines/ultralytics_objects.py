"""Objects: a PyTorch checkpoint of Ultralytics (YOLOv8, YOLO11, YOLO26, …), with the classes it names itself.

Needs the environment .venv-torch. Package and weights are AGPL-3.0. The package's own loading and non-maximum
suppression are used; its predictor is not, since it imports torchvision, which has no CPU build everywhere.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import WeightCorrupt
from core.findings import FoundObject, Picture
from core.letterbox import Letterbox
from core.media import Box
from engines.contract import Options
from engines.identity import weight_identity
from engines.object_looks import WEAK, found_and_signs, look_closer
from engines.pixels import check_picture, letterboxed, to_tensor
from engines.settings import check_fraction, read_settings
from engines.torch_packages import import_extra, quieten_ultralytics

ANALYSIS = "objects"


@dataclass(frozen=True, slots=True)
class Settings:
    """`weight` is a name of the manifest, or the path of a checkpoint of one's own. `side_px` a multiple of 32.
    `small_score` is the least of what only a closer look shows."""

    weight: str = "yolov8n-pt"
    min_score: float = 0.25
    small_score: float = 0.6
    max_overlap: float = 0.7
    max_objects: int = 300
    side_px: int = 640

    def __post_init__(self) -> None:
        check_fraction(min_score=self.min_score, small_score=self.small_score, max_overlap=self.max_overlap)
        if self.max_objects < 1 or self.side_px % 32 or not 32 <= self.side_px <= 2048:
            raise ValueError("max_objects must be at least 1, side_px a multiple of 32 up to 2048")


def identity(options: Options) -> str:
    """Engine and weights without importing torch."""
    settings = read_settings(Settings, "ultralytics_objects", options.extra)
    return weight_identity("ultralytics_objects", _checkpoint(options, settings))


def _checkpoint(options: Options, settings: Settings) -> Path:
    return Path(settings.weight) if "/" in settings.weight else options.weight(settings.weight)


class UltralyticsObjects:
    """Finds objects; one picture at a time (the network of Ultralytics keeps state between calls)."""

    def __init__(self, network: Any, threads: int, settings: Settings, identity: str) -> None:
        self._network, self._threads, self._settings, self.identity = network, threads, settings, identity
        self._names = {int(number): str(name) for number, name in network.names.items()}
        self._lock = threading.Lock()

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
        import torch
        from ultralytics.utils.nms import non_max_suppression

        picture, limits = check_picture(picture), self._settings
        height, width = picture.shape[:2]
        fit = Letterbox.fit(width, height, limits.side_px)
        tensor = torch.from_numpy(to_tensor(letterboxed(picture, fit, limits.side_px), 0.0, 1 / 255))
        with self._lock, torch.inference_mode():
            torch.set_num_threads(self._threads)
            answer = self._network(tensor)
            rows = non_max_suppression(
                answer,
                min_score,
                limits.max_overlap,
                max_det=limits.max_objects,
                nc=len(self._names),
                end2end=bool(getattr(self._network, "end2end", False)),
                max_time_img=10.0,  # by itself it gives up after a moment, and finds less on a busy machine
            )[0]
        return self._objects(rows.numpy().astype(np.float32), fit)

    def _objects(self, rows: Any, fit: Letterbox) -> list[FoundObject]:
        found = []
        for (left, top, right, bottom), (score, number) in zip(
            fit.restore(rows[:, :4]).tolist(), rows[:, 4:6].tolist(), strict=True
        ):
            box = Box.from_pixels(left, top, right, bottom, fit.width, fit.height)
            if box.w > 0 and box.h > 0:
                found.append(FoundObject(self._names[int(number)], min(1.0, score), box))
        return sorted(found, key=lambda one: -one.score)


def load(options: Options) -> UltralyticsObjects:
    """Settings: weight, min_score, small_score, max_overlap, max_objects, side_px."""
    settings = read_settings(Settings, "ultralytics_objects", options.extra)
    name = identity(options)
    quieten_ultralytics()
    tasks = import_extra("ultralytics_objects", "ultralytics.nn.tasks")
    checkpoint = _checkpoint(options, settings)
    try:
        network, _ = tasks.load_checkpoint(str(checkpoint), fuse=True)
    except (TypeError, KeyError, AttributeError, ValueError, RuntimeError) as wrong:
        raise WeightCorrupt(f"{checkpoint.name} is no checkpoint of Ultralytics: {wrong}"[:400]) from wrong
    if getattr(network, "task", "detect") != "detect":
        raise WeightCorrupt(f"{checkpoint.name} is for {network.task}, not for finding objects")
    return UltralyticsObjects(network, options.threads, settings, name)
