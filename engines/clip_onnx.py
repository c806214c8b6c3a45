"""Picture vectors and tags of one's own words: any CLIP exported to ONNX as a vision and a text network.

No package registry carries CLIP weights, so there are none by default. `folder` names a folder with
`vision_model.onnx`, `text_model.onnx`, `tokenizer.json` and, where the preparation is not CLIP's own,
`preprocessor_config.json`: what the Hugging Face exporter and Xenova's repositories write. Vectors of pictures and
of texts lie in one space (Radford et al. 2021).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadRequest, WeightCorrupt, WeightMissing
from core.findings import FoundTag, Picture, Vector
from engines.contract import Options
from engines.identity import weight_identity
from engines.pixels import check_picture
from engines.runtime import DEFAULT_RUNTIME, Network, check_runtime, open_network
from engines.settings import check_fraction, read_settings

ANALYSIS = "embedding"
_FILES = ("vision_model.onnx", "text_model.onnx", "tokenizer.json")
_SCALE = 100.0  # what CLIP multiplies its cosines by before the softmax


@dataclass(frozen=True, slots=True)
class Settings:
    """`labels` are the tags to choose from, separated by commas; a tag below `min_score` is not told."""

    folder: str = ""
    labels: str = ""
    prompt: str = "a photo of {}"
    min_score: float = 0.2
    max_tags: int = 5
    max_tokens: int = 77
    runtime: str = DEFAULT_RUNTIME

    def __post_init__(self) -> None:
        check_fraction(min_score=self.min_score)
        check_runtime(self.runtime)
        if not 1 <= self.max_tokens <= 512 or self.max_tags < 0 or "{}" not in self.prompt:
            raise ValueError("max_tokens must lie in 1..512, max_tags be 0 or more, prompt hold {}")


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a picture becomes the network's input: the shorter side to `side_px`, the middle cut out, red first.

    Values 0..1 become (value − mean) / deviation.
    """

    side_px: int = 224
    mean: tuple[float, ...] = (0.48145466, 0.4578275, 0.40821073)
    deviation: tuple[float, ...] = (0.26862954, 0.26130258, 0.27577711)


def identity(options: Options) -> str:
    """Engine and weights without opening the networks."""
    settings = read_settings(Settings, "clip_onnx", options.extra)
    return weight_identity("clip_onnx", *_files(settings))


def _files(settings: Settings) -> list[Path]:
    if not settings.folder:
        raise WeightMissing(
            'clip_onnx has no weights of its own: name their folder, FOVEA_EMBEDDING__OPTIONS={"folder": "…"}'
        )
    files = [Path(settings.folder) / name for name in _FILES]
    for file in files:
        if not file.is_file():
            raise WeightMissing(f"{file} is missing; a CLIP exported to ONNX has {', '.join(_FILES)}")
    return files


class ClipOnnx:
    """Describes pictures and texts in one space; safe to call from several threads."""

    def __init__(
        self, vision: Network, text: Network, tokenizer: Any, look: Preparation, settings: Settings, identity: str
    ) -> None:
        self._vision, self._text, self._tokenizer, self._look = vision, text, tokenizer, look
        self._settings, self.identity = settings, identity
        self._labels = [label.strip() for label in settings.labels.split(",") if label.strip()]
        self._meanings = self.embed_texts([settings.prompt.format(label) for label in self._labels])
        self.dimensions = int(self.embed_texts(["a"]).shape[1])

    def embed(self, picture: Picture) -> tuple[Vector, list[FoundTag]]:
        """The picture's vector of unit length, and the likeliest of the labels (softmax over all of them)."""
        vector = _unit(self._vision.run(_prepared(check_picture(picture), self._look)), self.identity)[0]
        if not self._labels:
            return vector, []
        if vector.shape != self._meanings[0].shape:
            raise WeightCorrupt(f"vectors of pictures and texts differ: {vector.shape}, {self._meanings[0].shape}")
        likely = np.exp(_SCALE * (self._meanings @ vector - (self._meanings @ vector).max()))
        likely /= likely.sum()
        order = np.argsort(-likely, kind="stable")[: self._settings.max_tags]
        tags = [FoundTag(self._labels[index], float(likely[index])) for index in order]
        return vector, [tag for tag in tags if tag.score >= self._settings.min_score]

    def embed_texts(self, texts: list[str]) -> NDArray[np.float32]:
        """len(texts) × dimensions, each of unit length, in the space of the pictures."""
        rows = [self._embed_text(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, 0), dtype=np.float32)

    def _embed_text(self, text: str) -> Vector:
        numbers = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        more = [np.ones_like(numbers)] if len(self._text.inputs) > 1 else []  # the mask: nothing is padding
        vector: Vector = _unit(self._text.run(numbers, *more), self.identity)[0]
        return vector


def _unit(outputs: list[NDArray[np.float32]], name: str) -> NDArray[np.float32]:
    """The output that is one vector a row (others are hidden states), at unit length."""
    flat = [output for output in outputs if output.ndim == 2]
    if not flat:
        raise WeightCorrupt(f"{name} answers {[output.shape for output in outputs]}, and no vector a row")
    length = np.linalg.norm(flat[0], axis=1, keepdims=True).clip(1e-12)
    return np.asarray(flat[0] / length, dtype=np.float32)


def _prepared(picture: Picture, look: Preparation) -> NDArray[np.float32]:
    import cv2

    height, width = picture.shape[:2]
    scale = look.side_px / min(height, width)
    # A strip of 1 × 5000 would become a hundred times as long as wide: what is cut away is not made first.
    part = min(max(height, width), max(1, round(min(height, width) * 4)))
    top, left = max(0, (height - part) // 2), max(0, (width - part) // 2)
    middle = picture[top : top + part, left : left + part]
    size = tuple(max(look.side_px, round(side * scale)) for side in (middle.shape[1], middle.shape[0]))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    larger = np.asarray(cv2.resize(middle, size, interpolation=how), dtype=np.float32)
    top, left = (larger.shape[0] - look.side_px) // 2, (larger.shape[1] - look.side_px) // 2
    square = larger[top : top + look.side_px, left : left + look.side_px, ::-1] / 255.0
    values = (square - np.array(look.mean)) / np.array(look.deviation)
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None], dtype=np.float32)


def _preparation(folder: Path) -> Preparation:
    """What preprocessor_config.json says; CLIP's own where there is none."""
    file = folder / "preprocessor_config.json"
    if not file.is_file():
        return Preparation()
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        size = told.get("crop_size") or told["size"]
        side = size if isinstance(size, int) else size.get("height") or size["shortest_edge"]
        mean, deviation = (tuple(float(value) for value in told[key]) for key in ("image_mean", "image_std"))
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise WeightCorrupt(f"{file} does not say size, image_mean and image_std: {wrong!r}") from wrong
    if not 1 <= int(side) <= 2048 or len(mean) != 3 or len(deviation) != 3 or 0.0 in deviation:
        raise WeightCorrupt(f"{file} describes no preparation of pictures in three colours")
    return Preparation(int(side), mean, deviation)


def load(options: Options) -> ClipOnnx:
    """Settings: see Settings."""
    from tokenizers import Tokenizer

    settings = read_settings(Settings, "clip_onnx", options.extra)
    name = identity(options)
    vision, text, words = _files(settings)
    tokenizer = Tokenizer.from_file(str(words))
    tokenizer.no_padding()
    tokenizer.enable_truncation(settings.max_tokens)
    networks = [open_network(file, options.threads, settings.runtime) for file in (vision, text)]
    if len(networks[0].inputs) != 1 or len(networks[1].inputs) > 2:
        raise BadRequest(f"{settings.folder} holds no CLIP cut into a vision network and a text network")
    return ClipOnnx(networks[0], networks[1], tokenizer, _preparation(vision.parent), settings, name)
