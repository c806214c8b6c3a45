"""The picture that a camera put into its raw file: a JPEG, taken out by ExifTool. The sensor's own data is not
developed: that is a matter of taste, and the camera's own picture is what its owner has seen."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.capture import orientation_of
from core.errors import UnreadableMedia
from core.tags import number_of, text_of
from media.limits import MIB, Limits, ProgramError, run_limited
from media.sandbox import Access

# By falling size in most makers' files; the largest that is there is taken.
_EMBEDDED = ("JpgFromRaw", "PreviewImage", "OtherImage", "JpgFromRaw2", "ThumbnailImage")
_LIMITS = Limits(memory_bytes=1024 * MIB, file_bytes=128 * MIB, wall_s=60.0, cpu_s=60)
_JPEG_MAGIC = b"\xff\xd8\xff"
_MOST_SIDE_PX = 200_000


@dataclass(frozen=True, slots=True)
class RawPicture:
    """`picture` is a JPEG as the camera wrote it; `orientation` (EXIF's 1..8) brings it upright; `width` and
    `height` are the sensor's, upright, in pixels, None when the tags do not tell; `adobe_rgb`: the camera was set
    to that colour space, which its JPEG itself need not say."""

    picture: Path
    orientation: int
    width: int | None
    height: int | None
    adobe_rgb: bool


def extract_pictures(path: Path, folder: Path) -> list[RawPicture]:
    """Write the JPEGs in the raw file at `path` into the empty `folder`; the largest comes first.

    Smaller ones serve where a larger one cannot be decoded. Raises UnreadableMedia when there is none, ChildFailed
    when ExifTool ran into its limits.
    """
    # A plain name: the file's own might mean something to ExifTool (see media.exiftool).
    original = folder / "raw"
    original.symlink_to(path.absolute())
    tags = _tags(original, path.name)
    names = [f"-{name}" for name in _EMBEDDED]
    access = Access(read=(path,), write=(folder,))
    try:
        _exiftool(["-b", *names, "-W", f"{folder}/%t.%s", str(original)], path.name, access)
    except ProgramError as error:
        raise UnreadableMedia(f"{path.name}: no picture can be taken out of it: {error}") from error
    found = [each for each in folder.iterdir() if not each.is_symlink() and _is_jpeg(each)]
    if not found:
        raise UnreadableMedia(f"{path.name}: this raw file holds no picture that Fovea can show")
    found.sort(key=lambda each: (each.stat().st_size, each.name), reverse=True)
    return [_described(picture, tags) for picture in found]


def _described(picture: Path, tags: dict[str, Any]) -> RawPicture:
    width, height = _sensor_size(tags)
    orientation = orientation_of(tags)
    if orientation >= 5 and width and height:
        orientation = 1 if _is_upright_already(picture, width, height) else orientation
        width, height = height, width
    adobe_rgb = text_of(tags, "InteropIFD:InteropIndex").startswith("R03")
    return RawPicture(picture, orientation, width, height, adobe_rgb)


def _tags(original: Path, name: str) -> dict[str, Any]:
    wanted = (
        *("-IFD0:Orientation", "-CanonRaw:Rotation", "-SigmaRaw:Rotation"),
        *("-Composite:ImageSize", "-InteropIFD:InteropIndex"),
    )
    try:
        found = json.loads(
            _exiftool(["-json", "-n", "-G1", *wanted, str(original)], name, Access(read=(original,)))
        )
    except (ProgramError, ValueError) as error:
        raise UnreadableMedia(f"{name}: ExifTool cannot read it: {error}") from error
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}


def _exiftool(arguments: list[str], name: str, access: Access) -> str:
    # An empty -config keeps a configuration file (which is Perl code) in the home folder from being run.
    return run_limited(["exiftool", "-config", "", "-q", "-m", *arguments], _LIMITS, name, access)


def _is_jpeg(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(3) == _JPEG_MAGIC


def _sensor_size(tags: dict[str, Any]) -> tuple[int | None, int | None]:
    sides = [number_of(part) for part in text_of(tags, "Composite:ImageSize").split()]
    if len(sides) != 2 or any(side is None or not 1 <= side <= _MOST_SIDE_PX for side in sides):
        return None, None
    width, height = (int(side) for side in sides if side is not None)
    return width, height


def _is_upright_already(picture: Path, width: int, height: int) -> bool:
    """Some cameras turn the picture they embed: it then stands while the sensor lies."""
    found = _jpeg_size(picture.read_bytes())
    return found is not None and width != height and (found[0] > found[1]) != (width > height)


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height by the frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + length if marker != 0xFF else 1
    return None
