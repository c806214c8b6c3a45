"""Pictures on their way into a network. OpenCV is imported when first needed, like every heavy package here."""

import numpy as np
from numpy.typing import NDArray

from core.errors import UnreadableMedia
from core.findings import Picture
from core.letterbox import Letterbox

Tensor = NDArray[np.float32]


def check_picture(picture: Picture) -> Picture:
    """The picture as three contiguous channels of bytes; a grey one (H × W) is repeated in each.

    Raises UnreadableMedia for what is no picture: no pixels, no bytes, or another number of channels.
    """
    import cv2

    if picture.dtype != np.uint8 or picture.size == 0 or picture.ndim not in (2, 3):
        raise UnreadableMedia(f"not a picture of bytes: {picture.dtype} of shape {picture.shape}")
    if picture.ndim == 2 or picture.shape[2] == 1:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    if picture.shape[2] == 4:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGRA2BGR), dtype=np.uint8)
    if picture.shape[2] != 3:
        raise UnreadableMedia(f"a picture has 1, 3 or 4 channels, not {picture.shape[2]}")
    return np.ascontiguousarray(picture)


def resize(picture: Picture, width: int, height: int) -> Picture:
    """The picture at another size in pixels: by area when it shrinks (no moiré), bilinear when it grows."""
    import cv2

    shrinks = width * height < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), dtype=np.uint8)


def limit_side(picture: Picture, side_px: int) -> Picture:
    """The picture with its long side at most `side_px`; a smaller one as it is."""
    height, width = picture.shape[:2]
    if max(height, width) <= side_px:
        return picture
    fit = Letterbox.fit(width, height, side_px)
    return resize(picture, fit.inner_width, fit.inner_height)


def letterboxed(picture: Picture, box: Letterbox, size: int, grey: int = 114) -> Picture:
    """The picture in a square of `size` pixels as `box` says, the rest filled with grey."""
    square = np.full((size, size, 3), grey, dtype=np.uint8)
    inner = resize(picture, box.inner_width, box.inner_height)
    square[box.top : box.top + box.inner_height, box.left : box.left + box.inner_width] = inner
    return square


def to_tensor(picture: Picture, mean: float, scale: float, red_first: bool = True) -> Tensor:
    """1 × 3 × H × W, red-green-blue unless told otherwise, each value (byte − mean) · scale."""
    import cv2

    size = (picture.shape[1], picture.shape[0])
    return np.asarray(
        cv2.dnn.blobFromImage(picture, scale, size, (mean, mean, mean), swapRB=red_first), dtype=np.float32
    )
