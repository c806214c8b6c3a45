"""Picture vector (1280 values, unit length) and ImageNet tags: EfficientNet-Lite0.

Weights Apache-2.0 (Google's, converted to PyTorch by ML Illustrated), turned into ONNX on first use without
PyTorch (engines/efficientnet_graph.py). Preparation is the training's own: (byte − 127) / 128, red-green-blue,
224 × 224. The whole picture is squeezed into the square rather than cut, so that nothing at the edge is unseen.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import WeightCorrupt, WeightMissing
from core.findings import FoundTag, Picture, Vector
from engines.contract import Options
from engines.efficientnet_graph import CLASSES, DIMENSIONS, SIDE_PX, converted
from engines.identity import weight_identity
from engines.pixels import check_picture, resize, to_tensor
from engines.runtime import DEFAULT_RUNTIME, Network, check_runtime, open_network
from engines.settings import check_fraction, read_settings

ANALYSIS = "embedding"


@dataclass(frozen=True, slots=True)
class Settings:
    """A tag below `min_score` is not told: under a fifth the network is guessing among many."""

    min_score: float = 0.2
    max_tags: int = 5
    runtime: str = DEFAULT_RUNTIME

    def __post_init__(self) -> None:
        check_fraction(min_score=self.min_score)
        check_runtime(self.runtime)
        if not 0 <= self.max_tags <= CLASSES:
            raise ValueError(f"max_tags must lie in 0..{CLASSES}")


def identity(options: Options) -> str:
    """Engine and weights without opening the network."""
    read_settings(Settings, "efficientnet_lite0", options.extra)
    return weight_identity("efficientnet_lite0", options.weight("efficientnet-lite0"))


class EfficientNetLite0:
    """Describes a whole picture; safe to call from several threads."""

    dimensions = DIMENSIONS

    def __init__(self, network: Network, names: list[str], settings: Settings, identity: str) -> None:
        self._network, self._names, self._settings = network, names, settings
        self.identity = identity

    def embed(self, picture: Picture) -> tuple[Vector, list[FoundTag]]:
        """The picture's vector, and its tags with the network's own probability (softmax), surest first."""
        squeezed = resize(check_picture(picture), SIDE_PX, SIDE_PX)
        vector, logits = self._network.run(to_tensor(squeezed, 127.0, 1 / 128))
        length = float(np.linalg.norm(vector[0]))
        unit = (vector[0] / length if length > 0 else vector[0]).astype(np.float32)
        chances = np.exp(logits[0].astype(np.float64) - logits[0].max())
        chances /= chances.sum()
        order = np.argsort(-chances, kind="stable")[: self._settings.max_tags]
        tags = [FoundTag(self._names[index], float(chances[index])) for index in order]
        return unit, [tag for tag in tags if tag.score >= self._settings.min_score]


def class_names(folder: Path) -> list[str]:
    """The first English name of each of ImageNet's 1000 classes, in the order the network numbers them."""
    try:
        ids = (folder / "imagenet_synsets.txt").read_text(encoding="utf-8").split()
        lines = (folder / "imagenet_synset_to_lemma.txt").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as gone:
        raise WeightMissing(f"{gone.filename} is missing; `fovea weights fetch` brings it") from gone
    lemmas = dict(line.split("\t", 1) for line in lines if "\t" in line)
    if len(ids) != CLASSES or not all(name in lemmas for name in ids):
        raise WeightCorrupt(f"{folder} does not name ImageNet's {CLASSES} classes")
    return [lemmas[name].split(",")[0].strip() for name in ids]


def load(options: Options) -> EfficientNetLite0:
    """Settings: min_score, max_tags, runtime."""
    settings = read_settings(Settings, "efficientnet_lite0", options.extra)
    name = identity(options)
    file = converted(options.weight("efficientnet-lite0"))
    names = class_names(options.weight("imagenet-names"))
    return EfficientNetLite0(open_network(file, options.threads, settings.runtime), names, settings, name)
