"""What a person means who names an asset by number, path or file, or a saved search."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import BadRequest, NotFound

_MOST_LISTED = 20


def the_number(what: str) -> int | None:
    """The number that was said, if it is one that an asset may have."""
    return int(what) if what.isdecimal() and len(what) < 19 else None


def the_one(what: str, found: Sequence[int], paths: Sequence[str] = ()) -> int | None:
    """The only asset that a path, or the end of one, is that of. Raises BadRequest when there are several."""
    if len(found) < 2:
        return found[0] if found else None
    if not paths:
        raise BadRequest(f"{what} is the path of several: {', '.join(map(str, found))}; name one by its number")
    listed = [f"{asset_id:>7}  {path}" for asset_id, path in list(zip(found, paths, strict=True))[:_MOST_LISTED]]
    more = [f"        and {len(found) - _MOST_LISTED} more"] if len(found) > _MOST_LISTED else []
    several = "\n".join([*listed, *more])
    raise BadRequest(f"{what} is the name of several; name one by its number, or by more of its path:\n{several}")


def is_file_here(what: str) -> bool:
    """Whether it names a file of this machine; what no file can be called does not."""
    try:
        return Path(what).is_file()
    except (OSError, ValueError):  # too long, or with a NUL
        return False


def not_found(what: str) -> NotFound:
    """What to say of a name that nothing has."""
    if is_file_here(what):
        return NotFound(f"{what} is not in the library: `fovea ingest {what}` brings it in")
    return NotFound(f"there is no asset {what}: neither a number, a path or name in the library, nor a file here")


def sha512_of(path: Path) -> bytes:
    """Of a file of this machine."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha512").digest()


def search_named(kept: dict[str, Any], name: str) -> dict[str, Any]:
    """The saved search of this name, capitals aside. Raises NotFound."""
    wanted = " ".join(name.split()).casefold()
    for each in kept["items"]:
        if each["name"].casefold() == wanted:
            return dict(each)
    raise NotFound(f"there is no saved search {name!r}; `fovea search --saved` lists them")
