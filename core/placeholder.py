"""A picture in about 25 bytes, shown blurred while the thumbnail loads: ThumbHash.

Method and bit layout by Evan Wallace (https://evanw.github.io/thumbhash/, MIT licence), so that its decoders for
JavaScript and others read what this writes. Chosen over BlurHash because it also carries the picture's shape.
"""

import base64

import numpy as np
from numpy.typing import NDArray

LONGEST_PX = 100

_Channel = NDArray[np.float64]


def thumbhash(picture: NDArray[np.uint8]) -> str:
    """The ThumbHash of a small opaque picture, as base64.

    `picture`: height × width × 3 (red, green, blue), at most 100 pixels long and wide; ValueError otherwise.
    """
    sides = picture.shape[:2]
    if picture.ndim != 3 or picture.shape[2] != 3 or min(sides) < 1 or max(sides) > LONGEST_PX:
        raise ValueError(f"a picture of up to {LONGEST_PX} px in three colours is needed, not {picture.shape}")
    height, width = sides
    red, green, blue = (picture[:, :, i].astype(np.float64) / 255.0 for i in range(3))
    longest = max(width, height)
    across, down = max(1, _round(7 * width / longest)), max(1, _round(7 * height / longest))
    light = _encode_channel((red + green + blue) / 3.0, max(3, across), max(3, down))
    yellow_blue = _encode_channel((red + green) / 2.0 - blue, 3, 3)
    red_green = _encode_channel(red - green, 3, 3)
    landscape = width > height
    header = _round(63 * light[0]) | _round(31.5 + 31.5 * yellow_blue[0]) << 6
    header |= _round(31.5 + 31.5 * red_green[0]) << 12 | _round(31 * light[2]) << 18
    scales = (down if landscape else across) | _round(63 * yellow_blue[2]) << 3
    scales |= _round(63 * red_green[2]) << 9 | int(landscape) << 15
    nibbles = [_round(15 * factor) for channel in (light, yellow_blue, red_green) for factor in channel[1]]
    nibbles += [0] * (len(nibbles) % 2)
    pairs = zip(nibbles[::2], nibbles[1::2], strict=True)
    coded = header.to_bytes(3, "little") + scales.to_bytes(2, "little")
    return base64.b64encode(coded + bytes(low | high << 4 for low, high in pairs)).decode()


def _encode_channel(channel: _Channel, across: int, down: int) -> tuple[float, list[float], float]:
    """Mean, the low cosine terms scaled to 0..1 (a triangle of `across` × `down`), and their scale."""
    height, width = channel.shape
    x = np.cos(np.pi / width * np.outer(np.arange(across), np.arange(width) + 0.5))
    y = np.cos(np.pi / height * np.outer(np.arange(down), np.arange(height) + 0.5))
    terms = y @ channel @ x.T / (width * height)
    varying = [
        float(terms[row, column])
        for row in range(down)
        for column in range(across)
        if (row or column) and column * down < across * (down - row)
    ]
    scale = max(abs(term) for term in varying)
    return float(terms[0, 0]), [0.5 + 0.5 / scale * term if scale else 0.0 for term in varying], scale


def _round(number: float) -> int:
    """Half up, as JavaScript's Math.round."""
    return int(np.floor(number + 0.5))
