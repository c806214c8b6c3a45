"""A larger rendering of a photo than its preview, for an analysis that has reason to look closer."""

import logging

from core.errors import ChildFailed, PermanentError
from core.findings import Picture
from media.child import Decoder
from media.scan_rendering import scan_rendering
from workers.contract import Source
from workers.frames import DecodedLately

log = logging.getLogger(__name__)

_WORTH = 1.25  # a rendering hardly larger than the preview shows nothing more


def shows_more(source: Source, preview: Picture) -> bool:
    """Whether the original is so much larger than its preview that looking at it is worth something."""
    return max(source.width or 0, source.height or 0) >= _WORTH * int(max(preview.shape[:2]))


def larger_picture(source: Source, longest_px: int, decoder: Decoder) -> tuple[Picture | None, str | None]:
    """The original upright with sides of at most `longest_px`; or None, and why it could not be rendered.

    Its preview could be made, so what that shows is known: an analysis goes on with it.
    """
    try:
        with scan_rendering(source.original, source.mime, longest_px, decoder) as path:
            # not the shared ones, which would keep it: up to 108 MB
            return DecodedLately(most=1).get(path), None
    except (ChildFailed, PermanentError) as error:
        log.warning("%s: the preview was looked at, not the original: %s", source.name, error)
        return None, str(error)
