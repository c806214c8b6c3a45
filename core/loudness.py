"""Where in a stretch of sound something sounds."""

import numpy as np
from numpy.typing import NDArray

_FRAME_S = 0.02
_PAUSE_S = 0.2  # longer than the silence inside a word (the closed lips of a p or k: under 0.15 s)
_CONTRAST_DB = 15.0


def sounding_part(samples: NDArray[np.float32], rate_hz: int) -> tuple[float, float]:
    """Start and end, in seconds, of the longest stretch between pauses of at least 0.2 s.

    Frames of 20 ms count as silent in the lower half (in decibels) between the quietest and the loudest. Where
    these are less than 15 dB apart (no pause, or noise over everything) it is the whole stretch.
    """
    size = round(_FRAME_S * rate_hz)
    count = len(samples) // size
    whole = (0.0, len(samples) / rate_hz)
    if count < 2:
        return whole
    power = np.square(samples[: count * size].reshape(count, size), dtype=np.float64).mean(axis=1)
    level_db = 10.0 * np.log10(power + 1e-10)
    low, high = float(level_db.min()), float(level_db.max())
    if high - low < _CONTRAST_DB:
        return whole
    loud = np.flatnonzero(level_db > (low + high) / 2)
    breaks = np.flatnonzero(np.diff(loud) > _PAUSE_S / _FRAME_S)
    firsts = loud[np.concatenate([[0], breaks + 1])]
    lasts = loud[np.concatenate([breaks, [loud.size - 1]])]
    longest = int((lasts - firsts).argmax())
    # A pause shorter than 0.2 s at either end belongs to the word: soft beginnings are quiet.
    start = float(firsts[longest] * _FRAME_S)
    end = float((lasts[longest] + 1) * _FRAME_S)
    return (start if start >= _PAUSE_S else 0.0, end if whole[1] - end >= _PAUSE_S else whole[1])
