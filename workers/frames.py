"""The pictures that vision analyses look at: a photo's preview, or a video's key frames with their times."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.errors import UnreadableMedia
from core.findings import Picture
from core.media import Kind
from workers.contract import Source

_DECODED_MOST = 4


class DecodedLately:
    """The pictures decoded last, by all slots of a process: the analyses of a photo come one after the other, and
    the first decodes it for all. About 5 MB each. Whoever asks while another decodes waits for that."""

    def __init__(self, most: int = _DECODED_MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._pictures: dict[tuple[Path, int, int], Future[Picture]] = {}  # oldest first

    def get(self, path: Path) -> Picture:
        """Upright, blue-green-red, not to be written to. Raises UnreadableMedia."""
        try:
            state = path.stat()
        except OSError as gone:
            raise _unreadable(path) from gone
        key = (path, state.st_mtime_ns, state.st_size)
        with self._lock:
            known = self._pictures.pop(key, None)
            picture = self._pictures[key] = known or Future()
            while len(self._pictures) > self._most:
                del self._pictures[next(iter(self._pictures))]
        if known is None:
            try:
                picture.set_result(_decode(path))
            except BaseException as error:
                with self._lock:
                    self._pictures.pop(key, None)
                picture.set_exception(error)
        return picture.result()

    def forget(self) -> None:
        """Let go of all of them."""
        with self._lock:
            self._pictures.clear()


_DECODED = DecodedLately()


def forget_decoded() -> None:
    """Nothing came for a while: what was decoded last will not be asked for again."""
    _DECODED.forget()


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of an asset; `at_s` is None for a photo."""

    at_s: float | None
    path: Path

    def picture(self) -> Picture:
        """Decoded, upright, blue-green-red; shared with the other analyses, so nobody writes to it."""
        return _DECODED.get(self.path)


def frames_of(source: Source) -> Iterator[Frame]:
    """The preview of a photo, the key frames of a video, one after the other."""
    if source.kind is Kind.PHOTO:
        yield Frame(None, source.derived.preview)
        return
    for at_s, path in source.derived.frames():
        yield Frame(at_s, path)


def _decode(path: Path) -> Picture:
    """It is a JPEG that Fovea wrote itself, so it is decoded in this process."""
    decoded = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if decoded is None:
        raise _unreadable(path)
    picture = np.asarray(decoded, dtype=np.uint8)
    picture.flags.writeable = False
    return picture


def _unreadable(path: Path) -> UnreadableMedia:
    return UnreadableMedia(f"the preview {path.name} cannot be read; run `preview` again")
