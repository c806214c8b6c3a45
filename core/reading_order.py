"""The order in which a person reads the lines of a page."""

from collections.abc import Sequence
from enum import IntEnum

from core.media import Box

_FEW = 0.06  # so much of the lines may reach over a gap between columns for it to be one
_INSET = 0.3  # so much of them may be a box that stands into both columns
_LINES_LEAST = 3  # a column beside such a gap has at least so many
_COLUMN_WIDTHS = 4.0  # a column's lines are at least this many times as wide as high; prices on a receipt are not


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """Indices of `boxes` (lines of writing) in reading order: column by column, top down, left to right.

    The recursive X-Y cut of Nagy and Seth (1984): the page is cut where white runs through it from edge to
    edge, first between columns, whose insets are read after them, then about headings that reach over columns,
    else at the widest gap between lines; what cannot be cut is read in rows.
    """
    order: list[int] = []
    groups = [list(range(len(boxes)))]
    while groups:
        group = groups.pop()
        if len(group) < 2:
            order += group
            continue
        parts = _columns(boxes, group) or _insets(boxes, group) or _bands(boxes, group) or _halves(boxes, group)
        if parts:
            groups += reversed(parts)
        else:
            order += _rows(boxes, group)
    return order


class Turn(IntEnum):
    """Which way the lines of a page run in the picture: to the right as they should, down (the page was turned
    clockwise), to the left (upside down), up (turned anticlockwise)."""

    RIGHT = 0
    DOWN = 1
    LEFT = 2
    UP = 3


def turn_of_page(lines: Sequence[tuple[Turn, int]]) -> Turn:
    """The way most of the writing runs; of each line its own way and how many signs it has."""
    signs = {turn: sum(count for each, count in lines if each is turn) for turn in Turn}
    return max(Turn, key=lambda turn: (signs[turn], -turn))


def upright(box: Box, turn: Turn) -> Box:
    """Where a box lies when its page, turned so, is set upright; fractions of that."""
    match turn:
        case Turn.RIGHT:
            return box
        case Turn.DOWN:
            return Box(box.y, 1 - box.x - box.w, box.h, box.w)
        case Turn.LEFT:
            return Box(1 - box.x - box.w, 1 - box.y - box.h, box.w, box.h)
        case Turn.UP:
            return Box(1 - box.y - box.h, box.x, box.h, box.w)


def page_order(boxes: Sequence[Box], aspect: float, turn: Turn) -> list[int]:
    """`reading_order` of a page's lines in a picture of this aspect (width / height), however it is turned."""
    aspect = aspect if turn in (Turn.RIGHT, Turn.LEFT) else 1 / aspect
    return reading_order([without_margin(upright(box, turn), aspect) for box in boxes])


def without_margin(box: Box, aspect: float) -> Box:
    """The box without the margin that outlines have about the letters: margins close gaps between columns."""
    across, down = min(0.3 * box.h / aspect, box.w / 3), 0.1 * box.h
    return Box(box.x + across, box.y + down, box.w - 2 * across, box.h - 2 * down)


def _gaps(spans: list[tuple[float, float, int]]) -> list[tuple[float, int]]:
    """Width of each empty stretch between spans sorted by start, with how many spans lie before it."""
    found, reach = [], spans[0][1]
    for number, (start, end, _) in enumerate(spans[1:], start=1):
        if start > reach:
            found.append((start - reach, number))
        reach = max(reach, end)
    return found


def _split(spans: list[tuple[float, float, int]], number: int) -> list[list[int]]:
    return [[index for *_, index in spans[:number]], [index for *_, index in spans[number:]]]


def _columns(boxes: Sequence[Box], group: list[int]) -> list[list[int]]:
    spans = sorted((boxes[i].x, boxes[i].x + boxes[i].w, i) for i in group)
    for _, number in sorted(_gaps(spans), reverse=True):
        sides = _split(spans, number)
        if all(len(side) > 1 and _is_column([boxes[i] for i in side]) for side in sides):
            return sides
    return []


def _bands(boxes: Sequence[Box], group: list[int]) -> list[list[int]]:
    """The group cut above and below the few lines (headings, a title) that reach over the gap between columns."""
    best: list[int] = []
    for place in sorted({boxes[i].x + boxes[i].w for i in group}):
        over = [i for i in group if boxes[i].x < place < boxes[i].x + boxes[i].w]
        if not over or len(over) > _FEW * len(group) or (best and len(over) >= len(best)):
            continue
        left = [boxes[i] for i in group if boxes[i].x + boxes[i].w <= place]
        right = [boxes[i] for i in group if boxes[i].x >= place]
        if all(len(side) >= _LINES_LEAST and _is_column(side) for side in (left, right)):
            best = over
    if not best:
        return []
    edges = sorted(boxes[i].y + boxes[i].h / 2 for i in best)
    bands: list[list[int]] = [[] for _ in range(2 * len(edges) + 1)]
    for i in group:
        middle = boxes[i].y + boxes[i].h / 2
        above = sum(edge < middle for edge in edges)
        bands[2 * above + 1 if i in best else 2 * above].append(i)
    parts = [band for band in bands if band]
    return parts if len(parts) > 1 else []


def _insets(boxes: Sequence[Box], group: list[int]) -> list[list[int]]:
    """The columns of a page, and then each box (a pull quote, a caption) that stands into both of them.

    Its lines follow each other, and those of both columns run on beside it; beside a heading there are none.
    Without it white runs between the columns from top to bottom.
    """
    best: list[list[int]] = []
    fewest = _INSET * len(group)
    for place in sorted({boxes[i].x + boxes[i].w for i in group}):
        over = [i for i in group if boxes[i].x < place < boxes[i].x + boxes[i].w]
        if not 0 < len(over) <= fewest:
            continue
        sides = (
            [boxes[i] for i in group if boxes[i].x + boxes[i].w <= place],
            [boxes[i] for i in group if boxes[i].x >= place],
        )
        if all(len(side) >= _LINES_LEAST and _is_column(side) for side in sides):
            found = [block for block in _blocks(boxes, over) if _runs_beside(boxes, block, sides)]
            if found:
                best, fewest = found, len(over) - 1
    inset = {i for block in best for i in block}
    rest = [i for i in group if i not in inset]
    return [rest, *best] if best and _columns(boxes, rest) else []


def _blocks(boxes: Sequence[Box], group: list[int]) -> list[list[int]]:
    """Lines that follow each other with no more than a line's height between them."""
    blocks: list[list[int]] = []
    bottom = 0.0
    for index in sorted(group, key=lambda i: boxes[i].y):
        if blocks and boxes[index].y - bottom <= boxes[index].h:
            blocks[-1].append(index)
        else:
            blocks.append([index])
        bottom = boxes[index].y + boxes[index].h
    return blocks


def _runs_beside(boxes: Sequence[Box], block: list[int], sides: Sequence[Sequence[Box]]) -> bool:
    top, bottom = min(boxes[i].y for i in block), max(boxes[i].y + boxes[i].h for i in block)
    return all(any(top < each.y + each.h / 2 < bottom for each in side) for side in sides)


def _is_column(lines: list[Box]) -> bool:
    wide = sorted(line.w / line.h if line.h > 0 else 0.0 for line in lines)
    return wide[len(wide) // 2] >= _COLUMN_WIDTHS


def _halves(boxes: Sequence[Box], group: list[int]) -> list[list[int]]:
    spans = sorted((boxes[i].y, boxes[i].y + boxes[i].h, i) for i in group)
    gaps = _gaps(spans)
    return _split(spans, max(gaps)[1]) if gaps else []


def _rows(boxes: Sequence[Box], group: list[int]) -> list[int]:
    """Lines whose middles lie within each other's height form a row; rows top down, each left to right."""
    rows: list[list[int]] = []
    for index in sorted(group, key=lambda i: boxes[i].y + boxes[i].h / 2):
        middle = boxes[index].y + boxes[index].h / 2
        first = boxes[rows[-1][0]] if rows else None
        if first is not None and middle <= first.y + first.h * 0.75:
            rows[-1].append(index)
        else:
            rows.append([index])
    return [index for row in rows for index in sorted(row, key=lambda i: boxes[i].x)]
