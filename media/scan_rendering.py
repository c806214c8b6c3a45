"""A larger rendering of a picture than its preview, for what the preview is too small for."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from media.child import Child, Decoder
from media.rendering import render_picture


@contextmanager
def scan_rendering(source: Path, mime: str, longest_px: int, decoder: Decoder | None = None) -> Iterator[Path]:
    """An upright JPEG of a picture, its sides at most `longest_px`; it is gone after the block.

    Without a `decoder` the decoding child lives for this one only, for what few files need. Raises what
    `render_picture` raises: the child's limits of pixels, memory and time hold.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="fovea-scan-"))
        rendered = Path(folder) / "scan.jpg"
        render_picture(
            decoder or stack.enter_context(Child()), source, mime, rendered, Path(folder) / "scan.webp", longest_px
        )
        yield rendered
