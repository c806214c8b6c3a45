"""The Range header (RFC 9110)."""

import re

_RANGE = r"(?:\d{1,18}-\d{0,18}|-\d{1,18})"
_RANGES = re.compile(rf"bytes\s*=\s*{_RANGE}(?:\s*,\s*{_RANGE})*", re.IGNORECASE | re.ASCII)


def well_formed(ranges: str) -> bool:
    """Whether it is one at all; if not, it is ignored."""
    if not _RANGES.fullmatch(ranges.strip()):
        return False
    pairs = [part.strip().partition("-") for part in ranges.partition("=")[2].split(",")]
    return all(not (start and end) or int(start) <= int(end) for start, _, end in pairs)


def all_inside(ranges: str, size: int) -> bool:
    """Whether each of them begins inside of a file of `size` bytes."""
    pairs = [part.strip().partition("-") for part in ranges.partition("=")[2].split(",")]
    return all(int(start) < size if start else int(end) > 0 and size > 0 for start, _, end in pairs)


def only_one(ranges: str, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last, of one well formed range inside of the file; None for several."""
    pairs = ranges.partition("=")[2].split(",")
    if len(pairs) > 1:
        return None
    start, _, end = pairs[0].strip().partition("-")
    if not start:
        return max(0, size - int(end)), size
    return int(start), min(size, int(end) + 1) if end else size
