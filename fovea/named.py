"""What a person means who names an asset by number, path or file, or a saved search."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import BadRequest, NotFound


def the_number(what: str) -> int | None:
    """The number that was said, if it is one that an asset may have."""
    return int(what) if what.isdecimal() and len(what) < 19 else None


def the_one(what: str, found: Sequence[int]) -> int | None:
    """The only asset that a path is that of. Raises BadRequest when there are several."""
    if len(found) > 1:
        raise BadRequest(f"{what} is the path of several: {', '.join(map(str, found))}; name one by its number")
    return found[0] if found else None


def not_found(what: str) -> NotFound:
    """What to say of a name that nothing has."""
    if Path(what).is_file():
        return NotFound(f"{what} is not in the library: `fovea ingest {what}` brings it in")
    return NotFound(f"there is no asset {what}: neither a number, a path in the library, nor a file here")


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
