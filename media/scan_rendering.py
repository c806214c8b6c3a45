"""A larger rendering of a picture than its preview, for what the preview is too small for."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from media.child import Child
from media.rendering import render_picture


@contextmanager
def scan_rendering(source: Path, mime: str, longest_px: int) -> Iterator[Path]:
    """An upright JPEG of a picture, its sides at most `longest_px`; it is gone after the block.

    Few files need one, so the decoding child lives for this one only. Raises what `render_picture` raises: the
    child's limits of pixels, memory and time hold.
    """
    with tempfile.TemporaryDirectory(prefix="fovea-scan-") as folder, Child() as child:
        rendered = Path(folder) / "scan.jpg"
        render_picture(child, source, mime, rendered, Path(folder) / "scan.webp", longest_px)
        yield rendered
