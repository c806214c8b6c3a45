"""Pixels as a decoder gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Decoded:
    """Upright pixels, rows × columns × bands (grey, grey + alpha, RGB, RGB + alpha), their colour profile, and
    what is wrong with the picture, in words."""

    pixels: NDArray[np.uint8]
    profile: bytes | None
    damaged: str | None = None
