"""Having a picture rendered by the decoding child, and checking what came back."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ChildFailed
from media.child import Child

MOST_PLACEHOLDER = 64
MOST_SIDE_PX = 2_000_000
PREVIEW_PX = 1440
THUMBNAIL_PX = 320


@dataclass(frozen=True, slots=True)
class Rendered:
    """`width` and `height` of the upright original in pixels; `placeholder` a ThumbHash in base64; `damaged`
    when part of the picture is missing."""

    width: int
    height: int
    placeholder: str
    damaged: bool


def render_picture(
    child: Child, source: Path, mime: str, preview: Path, thumbnail: Path, preview_px: int = PREVIEW_PX
) -> Rendered:
    """Write a picture's preview (JPEG, sides at most `preview_px`) and thumbnail (WebP, 320 px).

    Both paths must not exist yet. Raises what `Child.ask` raises; on an error neither may be used.
    """
    arguments = {
        "source": str(source),
        "mime": mime,
        "preview": str(preview),
        "thumbnail": str(thumbnail),
        "preview_px": preview_px,
        "thumbnail_px": THUMBNAIL_PX,
    }
    answer = child.ask("picture", source.name, arguments)
    _check_file(preview, b"\xff\xd8\xff", source.name)
    _check_file(thumbnail, b"RIFF", source.name)
    return Rendered(
        width=_side(answer.get("width"), source.name),
        height=_side(answer.get("height"), source.name),
        placeholder=str(answer.get("placeholder", ""))[:MOST_PLACEHOLDER],
        damaged=answer.get("damaged") is True,
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
