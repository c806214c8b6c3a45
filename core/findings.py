"""What an engine found in a picture or a sound. `at_s` is the second of a video's frame, None in a photo."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.media import Box

Vector = NDArray[np.float32]
Picture = NDArray[np.uint8]
"""Height × width × 3, uint8, blue-green-red as OpenCV decodes, upright."""


@dataclass(frozen=True, slots=True)
class FoundObject:
    """One thing of a known class. `score` is the detector's own, 0..1."""

    label: str
    score: float
    box: Box
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class FoundFace:
    """One face. `points` are right eye, left eye, nose, right and left mouth corner as fractions (5 × 2).

    `vector` is of unit length; its space is the engine's. `width_px` is the face's width in the picture that
    was looked at: small faces (under about 48 px) are recognised far less well.
    """

    box: Box
    score: float
    points: tuple[tuple[float, float], ...]
    vector: Vector
    width_px: float
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class FoundText:
    """One line of writing, as read. `corners` are the four corners as fractions, clockwise from top left.

    `read`: False for writing in a script that the engine does not know, or too bad to be read. It has no text;
    `score` is then how sure it is that there is writing.
    """

    text: str
    score: float
    box: Box
    corners: tuple[tuple[float, float], ...]
    at_s: float | None = None
    read: bool = True


@dataclass(frozen=True, slots=True)
class FoundTag:
    """A word that describes the whole picture, 0..1."""

    label: str
    score: float


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word with its time in the recording, seconds."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech, about a sentence, with its language and how sure that is."""

    start_s: float
    end_s: float
    text: str
    words: tuple[SpokenWord, ...]
    language: str | None = None
    language_probability: float = 0.0


@dataclass(frozen=True, slots=True)
class Transcript:
    """What is said in a recording. `language`: that of most of it; None when there is no speech."""

    language: str | None
    language_probability: float
    segments: tuple[Segment, ...]
