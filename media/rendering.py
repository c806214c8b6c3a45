"""Having a picture rendered by the decoding child, and checking what came back."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import ChildFailed, UnreadableMedia
from media.child import Decoder, Request
from media.raw import extract_pictures
from media.raw_kinds import RAW_MIMES

MOST_PLACEHOLDER = 64
MOST_DAMAGE = 200
MOST_SIDE_PX = 2_000_000
PREVIEW_PX = 1440
THUMBNAIL_PX = 320


@dataclass(frozen=True, slots=True)
class Rendered:
    """`width` and `height` of the upright original in pixels; `placeholder` a ThumbHash in base64; `damaged`
    what is wrong with the picture, in words, None where nothing is seen to be."""

    width: int
    height: int
    placeholder: str
    damaged: str | None


def render_picture(
    child: Decoder, source: Path, mime: str, preview: Path, thumbnail: Path, preview_px: int = PREVIEW_PX
) -> Rendered:
    """Write a picture's preview (JPEG, sides at most `preview_px`) and thumbnail (WebP, 320 px).

    Of a camera's raw file it is the picture that the camera put into it. Both paths must not exist yet. Raises
    what `Decoder.ask` and `extract_pictures` raise; on an error neither may be used.
    """
    job = _Job(child, source.name, preview, thumbnail, preview_px)
    if mime not in RAW_MIMES:
        return job.render(source, mime)
    with tempfile.TemporaryDirectory(prefix="fovea-raw-") as folder:
        complaint: UnreadableMedia | None = None
        for raw in extract_pictures(source, Path(folder)):
            try:
                made = job.render(raw.picture, "image/jpeg", orientation=raw.orientation, adobe_rgb=raw.adobe_rgb)
            except UnreadableMedia as error:
                complaint = complaint or error
                continue
            return replace(made, width=raw.width or made.width, height=raw.height or made.height)
    raise UnreadableMedia(f"{source.name}: the picture in it: {complaint}") from complaint


@dataclass(frozen=True, slots=True)
class _Job:
    """Where a picture's preview and thumbnail shall go; `name` is what errors call it."""

    child: Decoder
    name: str
    preview: Path
    thumbnail: Path
    preview_px: int

    def render(self, source: Path, mime: str, **how: Any) -> Rendered:
        arguments = {"mime": mime, "preview_px": self.preview_px, "thumbnail_px": THUMBNAIL_PX, **how}
        outputs = {"preview": self.preview, "thumbnail": self.thumbnail}
        answer = self.child.ask(Request("picture", self.name, source, arguments, outputs))
        _check_file(self.preview, b"\xff\xd8\xff", self.name)
        _check_file(self.thumbnail, b"RIFF", self.name)
        return Rendered(
            width=_side(answer.get("width"), self.name),
            height=_side(answer.get("height"), self.name),
            placeholder=str(answer.get("placeholder", ""))[:MOST_PLACEHOLDER],
            damaged=str(answer["damaged"])[:MOST_DAMAGE] if answer.get("damaged") else None,
        )


def _side(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_SIDE_PX:
        raise ChildFailed(f"{name}: the decoding process answered a size of {value!r}"[:300])
    return value


def _check_file(path: Path, magic: bytes, name: str) -> None:
    if path.is_symlink() or not path.is_file():
        raise ChildFailed(f"{name}: the decoding process wrote no {path.name}")
    with path.open("rb") as file:
        if file.read(len(magic)) != magic:
            raise ChildFailed(f"{name}: the decoding process wrote a wrong {path.name}")
