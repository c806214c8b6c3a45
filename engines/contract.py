"""What an engine must be able to do. An engine is one file: `load(options) -> one of these protocols`.

Heavy packages are imported inside `load`, never at the top of an engine's file, so that naming an engine costs
nothing. Besides `load` it has `identity(options) -> str`, cheap, and `ANALYSIS`, the analysis it serves.
Engines are found by name: setting `FOVEA_OBJECTS__ENGINE=yolo_onnx` means `engines/yolo_onnx.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.findings import FoundFace, FoundObject, FoundTag, FoundText, Picture, Transcript, Vector
from core.media import Box


@dataclass(frozen=True, slots=True)
class Options:
    """What an engine is loaded with.

    `weight` gives the verified path of a weight by its manifest name (raises WeightMissing).
    `threads` is how many processor threads it may use. `extra` holds the analysis's settings for the engine.
    """

    weight: Callable[[str], Path]
    threads: int = 2
    extra: dict[str, Any] = field(default_factory=dict)


@runtime_checkable
class Engine(Protocol):
    """`identity` names engine and weights, e.g. "yolo_onnx-f5fcf896be5c"; part of each result's version."""

    @property
    def identity(self) -> str: ...


@runtime_checkable
class ObjectDetector(Engine, Protocol):
    def detect(self, picture: Picture) -> list[FoundObject]: ...
    def detect_with_signs(self, picture: Picture) -> tuple[list[FoundObject], list[Box]]:
        """As `detect`, and where a larger rendering may show things too small for this preview, surest first."""
        ...

    def look_closer(
        self, rendering: Picture, found: Sequence[FoundObject], signs: Sequence[Box]
    ) -> list[FoundObject]:
        """`found` and the small things about `signs` that such a rendering shows; nothing is lost or doubled."""
        ...


@runtime_checkable
class FaceFinder(Engine, Protocol):
    @property
    def dimensions(self) -> int: ...
    def find(self, picture: Picture) -> list[FoundFace]: ...
    def wanted_px(self, picture: Picture, faces: Sequence[FoundFace]) -> int:
        """The longer side of a rendering in which there may be more than `faces`, those of this preview; or 0."""
        ...

    def find_small(self, rendering: Picture) -> list[FoundFace]:
        """Faces in every part of such a rendering, in its own pixels."""
        ...


@runtime_checkable
class TextReader(Engine, Protocol):
    def read(self, picture: Picture) -> list[FoundText]: ...


@runtime_checkable
class PictureEmbedder(Engine, Protocol):
    @property
    def dimensions(self) -> int: ...
    def embed(self, picture: Picture) -> tuple[Vector, list[FoundTag]]: ...


@runtime_checkable
class TextEmbedder(Engine, Protocol):
    """Texts to vectors of unit length, len(texts) × dimensions: the cosine of two says how alike they are."""

    @property
    def dimensions(self) -> int: ...
    def embed(self, texts: list[str]) -> NDArray[np.float32]: ...


@runtime_checkable
class SpeechTranscriber(Engine, Protocol):
    def transcribe(self, sound: Path, language: str | None) -> Transcript: ...
