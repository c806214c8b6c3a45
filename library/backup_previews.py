"""Previews in a backup: copied as whole sets, as an analysis made them; what is missing can be made again."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from media.derived import DerivedFolder
from media.stock import UNFINISHED
from media.store import Store


def copy_previews(store: Store, rows: Iterable[dict[str, Any]], target: Path) -> None:
    """Into a backup, for assets of these rows (sha512). A set that is there with the same sizes is left alone."""
    for row in rows:
        derived = store.derived(bytes(row["sha512"]))
        if isinstance(derived, DerivedFolder) and derived.path.is_dir():
            place = _place(target, bytes(row["sha512"]))
            if _sizes(derived.path) != _sizes(place):
                _replace(derived.path, place)


def bring_previews(store: Store, sha512: bytes, source: Path) -> bool:
    """Out of a backup into a store; False when the backup has none of this original."""
    place = _place(source, sha512)
    if not place.is_dir():
        return False
    with store.derived(sha512).replacing() as fresh:
        for path in place.iterdir():
            shutil.copyfile(path, fresh / path.name)
    return True


def _place(top: Path, sha512: bytes) -> Path:
    name = sha512.hex()
    return top / name[:2] / name


def _sizes(folder: Path) -> dict[str, tuple[int, int]]:
    if not folder.is_dir():
        return {}
    states = ((path.name, path.stat()) for path in folder.iterdir())
    return {name: (state.st_size, int(state.st_mtime)) for name, state in states}


def _replace(source: Path, place: Path) -> None:
    fresh = place.with_name(f"{UNFINISHED}{place.name}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        shutil.copytree(source, fresh)  # with times, by which it is known again
    except FileNotFoundError:
        shutil.rmtree(fresh, ignore_errors=True)  # made anew or removed just now
        return
    shutil.rmtree(place, ignore_errors=True)
    fresh.rename(place)
