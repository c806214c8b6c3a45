"""Whether a picture that Fovea wrote itself is there from beginning to end, without decoding it."""

import struct
from pathlib import Path


def is_whole(path: Path, *, quick: bool = False) -> bool:
    """A JPEG that begins and ends as one, a WebP of the size it names, an MP4 that begins as one; `quick`: a file
    that is not empty."""
    try:
        with path.open("rb") as opened:
            size = opened.seek(0, 2)
            if quick or size < 12:
                return size > 0 and quick
            opened.seek(0)
            head = opened.read(12)
            opened.seek(-2, 2)
            tail = opened.read(2)
    except OSError:
        return False
    if path.suffix == ".mp4":  # its tables come first: what is cut off is behind them
        return head[4:8] == b"ftyp"
    if path.suffix == ".webp":
        (told,) = struct.unpack("<I", head[4:8])
        return head[:4] == b"RIFF" and head[8:] == b"WEBP" and told + 8 <= size <= told + 9
    return head[:2] == b"\xff\xd8" and tail == b"\xff\xd9"
