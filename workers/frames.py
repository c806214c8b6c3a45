"""The pictures that vision analyses look at: a photo's preview, or a video's key frames with their times."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import UnreadableMedia
from core.findings import Picture
from core.media import Kind
from workers.contract import Source


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of an asset; `at_s` is None for a photo."""

    at_s: float | None
    path: Path

    def picture(self) -> Picture:
        """Decoded, upright, blue-green-red. It is a JPEG that Fovea wrote itself, so it is decoded in place."""
        import cv2  # noqa: PLC0415  # every process imports this module, few look at pictures

        decoded = cv2.imread(str(self.path), cv2.IMREAD_COLOR)
        if decoded is None:
            raise UnreadableMedia(f"the preview {self.path.name} cannot be read; run `preview` again")
        return np.asarray(decoded, dtype=np.uint8)


def frames_of(source: Source) -> Iterator[Frame]:
    """The preview of a photo, the key frames of a video, one after the other."""
    if source.kind is Kind.PHOTO:
        yield Frame(None, source.derived.preview)
        return
    for at_s, path in source.derived.frames():
        yield Frame(at_s, path)
