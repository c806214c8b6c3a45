"""Files and folders that a person named to be taken in, and what is said of those that are not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.paths import clean_line, clean_path
from fovea.output import err
from library.walk import Walk, spelled


def files_below(path: Path, closed: Sequence[Path] = ()) -> list[tuple[Path, str]]:
    """Files below a path with the name each gets in the library: the folder's own name and what is below it.

    closed: folders that are not entered.
    """
    if path.is_symlink() or not path.is_dir():
        return [(path, path.name)]
    walk = Walk(path.resolve(), closed)
    found = [(source, str(Path(walk.top.name) / source.relative_to(walk.top))) for source, _ in walk.files()]
    tell_unreadable([spelled(folder) for folder in walk.unreadable])
    return found


def tell_unreadable(folders: Sequence[str]) -> None:
    """On standard error."""
    for folder in folders:
        err.print(clean_line(f"not looked into: {folder}: it cannot be read"), style="yellow", markup=False)


def refused(source: Path, name: str, reason: str | None) -> dict[str, Any]:
    """The item of a file that was not taken in; its reason goes to standard error, too."""
    err.print(clean_line(f"refused: {spelled(source)}: {reason}"), style="yellow", markup=False)
    return _untaken(source, name, "refused", reason)


def left_aside(source: Path, name: str) -> dict[str, Any]:
    """The item of a file that programs left beside photos (an album's JSON), of which nothing need be said."""
    return _untaken(source, name, "left", None)


def _untaken(source: Path, name: str, status: str, reason: str | None) -> dict[str, Any]:
    told = {"asset_id": None, "path": clean_path(name), "sha512": None, "role": None, "restored": False}
    return {**told, "source": spelled(source), "status": status, "reason": reason}
