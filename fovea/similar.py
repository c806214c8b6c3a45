"""`fovea similar`: what looks alike, in the library or in a folder."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track

from core.errors import BadRequest, ChildFailed, PermanentError, RefusedFile
from core.findings import Vector
from core.pairs import alike_pairs
from engines.door import EngineDoor
from fovea.browse import summary_line
from fovea.output import err, out, print_json
from fovea.questions import asking
from fovea.settings import Settings
from library.picture_search import picture_vector
from media.child import Child
from media.weights import WeightStore, default_folder, load_manifest
from workers.embedding import Settings as EmbeddingSettings

Json = dict[str, Any]
MOST_PICTURES = 5000
ALIKE = 0.58
"""Cosine from which two pictures of efficientnet_lite0 are likely near duplicates (precision .89, recall .87 on
1,430 pictures)."""


def similar(
    what: Annotated[str, typer.Argument(metavar="ID|FILE|DIR", help="An asset, a picture, or a folder.")],
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 means all.")] = 20,
    least: Annotated[float, typer.Option(min=-1, max=1, help="For a folder: how alike, as a cosine.")] = ALIKE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find what looks like an asset or a picture in the library; or all pairs that look alike in a folder.

    Example: fovea similar holiday.jpg --limit 5
    """
    if Path(what).is_dir():
        _show_pairs(similar_in_folder(Path(what), least, limit), as_json)
        return
    with asking() as library:
        found = library.similar(what, limit=limit)
    if as_json:
        print_json(found)
        return
    for item in found["items"]:
        out.print(f"{item['likeness'] or '':<15}  {summary_line(item['asset'])}", markup=False)
    if not found["items"]:
        err.print("nothing is more alike than chance, or `embedding` has not looked at it yet", style="dim")


def similar_in_folder(folder: Path, least: float, limit: int) -> Json:
    """Pairs of pictures of a folder and those below it that look alike, without any library.

    `{"items": [{"a", "b", "similarity"}], "unreadable": [{"path", "reason"}], "next": None}`.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    if len(paths) > MOST_PICTURES:
        raise BadRequest(f"{folder} has {len(paths)} files; {MOST_PICTURES} can be compared at once")
    names: list[str] = []
    vectors: list[Vector] = []
    unreadable: list[Json] = []
    settings, engine = Settings(), EmbeddingSettings()
    weights = WeightStore(settings.weights or default_folder(os.environ), load_manifest())
    door = EngineDoor(weights.path, os.cpu_count() or 2)
    with Child() as child:
        for path in track(paths, "Looking", console=err, transient=True, disable=not err.is_terminal):
            try:
                _, vector = picture_vector(door, engine.engine, child, path)
            except RefusedFile:
                continue  # a video, a text: nothing that could look like a picture
            except (PermanentError, ChildFailed) as error:
                unreadable.append({"path": str(path), "reason": str(error)})
                continue
            names.append(str(path))
            vectors.append(vector)
    pairs = alike_pairs(vectors, least)[: limit or None]
    items = [{"a": names[a], "b": names[b], "similarity": round(cosine, 4)} for a, b, cosine in pairs]
    return {"items": items, "unreadable": unreadable, "next": None}


def _show_pairs(found: Json, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for pair in found["items"]:
        out.print(f"{pair['similarity']:.3f}  {pair['a']}  {pair['b']}", markup=False)
    for each in found["unreadable"]:
        err.print(f"{each['path']}: {each['reason']}", markup=False, style="red")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(similar)
