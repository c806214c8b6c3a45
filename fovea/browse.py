"""`fovea list` and `fovea show`: looking at the library."""

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import BadRequest, NotFound
from db.connect import Connection
from fovea.open import open_library
from fovea.output import out, print_json
from library import browse

Json = dict[str, Any]
_CHUNK_BYTES = 1 << 20


def list_assets(
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 means all.")] = 50,
    after: Annotated[str | None, typer.Option(help="The cursor a page before ended with.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List photos and videos, newest capture first.

    Example: fovea list --limit 20
    """
    with open_library() as library, library.database.transaction() as connection:
        found = browse.list_assets(connection, library.owner_id, limit=limit, after=after)
    if as_json:
        print_json(found)
        return
    for asset in found["items"]:
        out.print(summary_line(asset), markup=False)
    if found["next"]:
        out.print(f"more: fovea list --limit {limit} --after {found['next']}", markup=False, style="dim")


def show_asset(
    what: Annotated[str, typer.Argument(metavar="ID|PATH", help="Number, path in the library, or a file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show everything that is known about one photo or video.

    Example: fovea show 2019/Lisbon/IMG_1.jpg
    """
    with open_library() as library, library.database.transaction() as connection:
        asset_id = find_asset(connection, library.owner_id, what)
        asset = browse.show_asset(connection, library.owner_id, asset_id)
    if as_json:
        print_json(asset)
        return
    for line in asset_lines(asset):
        out.print(line, markup=False)


def find_asset(connection: Connection, owner_id: int, what: str) -> int:
    """The asset that a person means: by its number, its path in the library, or a file with the same bytes.

    Raises NotFound, and BadRequest when a path is that of several assets.
    """
    if what.isdecimal() and len(what) < 19:
        return int(what)
    found = browse.asset_ids_by_path(connection, owner_id, what)
    if len(found) > 1:
        raise BadRequest(f"{what} is the path of several: {', '.join(map(str, found))}; name one by its number")
    if found:
        return found[0]
    if Path(what).is_file():
        asset_id = browse.asset_id_by_sha512(connection, owner_id, _sha512(Path(what)))
        if asset_id is not None:
            return asset_id
        raise NotFound(f"{what} is not in the library: `fovea ingest {what}` brings it in")
    raise NotFound(f"there is no asset {what}: neither a number, a path in the library, nor a file here")


def summary_line(asset: Json) -> str:
    """One asset on one line: number, time, kind, place, name."""
    length = f" {asset['duration_s']:.0f} s" if asset["duration_s"] else ""
    parts = (
        f"{asset['id']:>7}",
        f"{(asset['taken_local'] or 'no time')[:19]:<19}",
        f"{asset['kind']}{length}",
        asset["place"] or "",
        asset["name"],
        "(working)" if asset["busy"] else "",
    )
    return "  ".join(part for part in parts if part)


def asset_lines(asset: Json) -> list[str]:
    """The six answers about an asset, each on its line, and what every analysis says of itself."""
    size = f"{asset['width']} × {asset['height']}" if asset["width"] else "size not known yet"
    lines = [f"{asset['id']}  {asset['path']}  {asset['kind']}, {size}, {asset['bytes']:,} bytes"]
    answers = {
        "where": _where(asset),
        "when": " ".join(filter(None, (asset["taken_local"], asset["utc_offset"]))),
        "who": f"{len(asset['faces'])} faces" if asset["faces"] else "",
        "what": ", ".join(f"{one['label']} {one['score']:.2f}" for one in asset["objects"] + _tags(asset)),
        "written": " · ".join(one["text"] for one in asset["text"]),
        "said": " ".join(one["text"].strip() for one in (asset["speech"] or {}).get("segments", [])),
    }
    lines += [f"  {question:<8} {answer or '–'}" for question, answer in answers.items()]
    camera = " ".join(filter(None, asset["camera"].values()))
    lines += [f"  {'camera':<8} {camera}"] if camera else []
    lines += [f"  {'comment':<8} {asset['comment']}"] if asset["comment"] else []
    for file in asset["files"]:
        missing = f" (missing since {file['missing_since'][:10]})" if file["missing_since"] else ""
        if missing or file["role"] != "original":
            lines.append(f"  {file['role']:<8} {file['path']}{missing}")
    for name, analysis in asset["analyses"].items():
        reason = f": {analysis['error']}" if analysis["error"] else ""
        lines.append(f"  {name:<10} {analysis['state']}{reason}")
    return lines


def _where(asset: Json) -> str:
    place = ", ".join(filter(None, (asset["place"] or {}).values()))
    position = asset["position"]
    spot = f"{position['lat']:.5f}, {position['lon']:.5f}" if position else ""
    return f"{place} ({spot})" if place and spot else place or spot


def _tags(asset: Json) -> list[Json]:
    return [{"label": tag["label"], "score": tag["score"] or 1.0} for tag in asset["tags"]]


def _sha512(path: Path) -> bytes:
    digest = hashlib.sha512()
    with path.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.digest()


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("list")(list_assets)
    app.command("show")(show_asset)
