"""A closer look at a large picture, where a look from afar shows weak signs of small things.

A network of 640 pixels sees a dog that is 60 of 4,000 pixels long as ten: nothing, or a sign far below any
threshold. Cut out about the sign and enlarged, the same network is sure. docs/decisions/086-small-things.md.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from core.findings import FoundObject, Picture
from core.media import Box

WEAK = 0.02
"""From this score on something small is a sign that there is more to see."""
_SURE = 0.8  # what is as sure as this needs no closer look
_SIGN_SHARE = 0.1  # of the longer side: larger things are seen from afar
_WINDOW_TIMES, _LEAST_PX, _MOST_PX = 4, 200, 640  # a window is this much larger than the sign
_MOST_WINDOWS = 12
_SEEN_MARGIN = 0.15  # a sign that lies in a window, but not this near to its edge, gets none of its own
_LARGE_SHARE = 0.5  # of a window: what fills more of it is a surface, seldom a thing
_EDGE = 0.005  # of a window: what reaches to its edge is cut
_SAME_OVERLAP, _SAME_COVER = 0.5, 0.8

Detect = Callable[[Picture], list[FoundObject]]
_Window = tuple[int, int, int]  # left, top, side in pixels


def found_and_signs(
    things: Sequence[FoundObject], picture: Picture, min_score: float
) -> tuple[list[FoundObject], list[Box]]:
    """Of things of WEAK and more, surest first: those that count, and where a closer look may show small ones."""
    height, width = picture.shape[:2]
    small_px = _SIGN_SHARE * max(height, width)
    found = [thing for thing in things if thing.score >= min_score]
    signs = [
        thing.box
        for thing in things
        if WEAK <= thing.score < _SURE and max(thing.box.w * width, thing.box.h * height) < small_px
    ]
    return found, signs


def look_closer(
    detect: Detect, rendering: Picture, found: Sequence[FoundObject], signs: Sequence[Box]
) -> list[FoundObject]:
    """`found` and the small things about `signs` that `detect` sees there, surest first; each thing once.

    Nothing of `found` is lost; the same thing seen closer takes its place when it is surer.
    """
    closer: list[FoundObject] = []
    for window in _windows(rendering, signs):
        closer += _in_window(detect, rendering, window)
    kept = list(found)
    for thing in sorted(closer, key=lambda one: -one.score):
        same = [one for one in kept if _same(one, thing)]
        if not same:
            kept.append(thing)
        elif len(same) == 1 and same[0] in found and _instead(thing, same[0]):
            kept[kept.index(same[0])] = thing
    return sorted(kept, key=lambda one: -one.score)


def _windows(rendering: Picture, signs: Sequence[Box]) -> Iterator[_Window]:
    """Squares about signs, surest first, as large as the sign asks for."""
    height, width = rendering.shape[:2]
    windows: list[_Window] = []
    for sign in signs:
        x, y = (sign.x + sign.w / 2) * width, (sign.y + sign.h / 2) * height
        wanted = _WINDOW_TIMES * max(sign.w * width, sign.h * height)
        side = int(min(max(wanted, _LEAST_PX), _MOST_PX, height, width))
        if any(_seen(x, y, side, window) for window in windows):
            continue
        window = (
            int(min(max(0, x - side / 2), width - side)),
            int(min(max(0, y - side / 2), height - side)),
            side,
        )
        windows.append(window)
        yield window
        if len(windows) == _MOST_WINDOWS:
            return


def _seen(x: float, y: float, side: int, window: _Window) -> bool:
    left, top, wide = window
    inner = _SEEN_MARGIN * wide
    within = left + inner <= x <= left + wide - inner and top + inner <= y <= top + wide - inner
    return within and wide <= 1.6 * side  # in a much larger window it is not enlarged as it asks for


def _in_window(detect: Detect, rendering: Picture, window: _Window) -> Iterator[FoundObject]:
    """Whole small things, their boxes as fractions of the rendering."""
    height, width = rendering.shape[:2]
    left, top, side = window
    for thing in detect(np.ascontiguousarray(rendering[top : top + side, left : left + side])):
        box = thing.box
        cut = (
            (box.x < _EDGE and left > 0)
            or (box.y < _EDGE and top > 0)
            or (box.x + box.w > 1 - _EDGE and left + side < width)
            or (box.y + box.h > 1 - _EDGE and top + side < height)
        )
        if cut or max(box.w, box.h) > _LARGE_SHARE:
            continue
        x, y = (left + box.x * side) / width, (top + box.y * side) / height
        yield FoundObject(thing.label, thing.score, Box(x, y, box.w * side / width, box.h * side / height))


def _same(before: FoundObject, closer: FoundObject) -> bool:
    """Whether a closer look shows only what is known: one thing, or part of it, or a less sure name for it."""
    overlap = before.box.iou(closer.box)
    if before.label != closer.label:
        return overlap > _SAME_OVERLAP and before.score >= closer.score
    return overlap > _SAME_OVERLAP or before.box.covers(closer.box) > _SAME_COVER


def _instead(closer: FoundObject, before: FoundObject) -> bool:
    overlap = before.box.iou(closer.box)
    return before.label == closer.label and overlap > _SAME_OVERLAP and closer.score > before.score
