"""`fovea list` and `fovea show`: looking at the library."""

from typing import Annotated, Any

import typer

from fovea.output import out, print_json
from fovea.questions import asking

Json = dict[str, Any]


def list_assets(
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 means all.")] = 50,
    after: Annotated[str | None, typer.Option(help="The cursor a page before ended with.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List photos and videos, newest capture first.

    Example: fovea list --limit 20
    """
    with asking() as library:
        found = library.list_assets(limit=limit, after=after)
    if as_json:
        print_json(found)
        return
    for asset in found["items"]:
        out.print(summary_line(asset), markup=False)
    if found["next"]:
        out.print(f"more: fovea list --limit {limit} --after {found['next']}", markup=False, style="dim")


def show_asset(
    what: Annotated[str, typer.Argument(metavar="ID|PATH", help="Number, path or name there, or a file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show everything that is known about one photo or video.

    Example: fovea show IMG_1234.jpg
    """
    with asking() as library:
        asset = library.show(what)
    if as_json:
        print_json(asset)
        return
    for line in asset_lines(asset):
        out.print(line, markup=False)


def summary_line(asset: Json) -> str:
    """One asset on one line: number, time, kind, place, name."""
    length = f" {asset['duration_s']:.0f} s" if asset["duration_s"] else ""
    parts = (
        f"{asset['id']:>7}",
        f"{_when(asset, 'no time')[: 19 if _is_plain(asset) else None]:<19}",
        f"{asset['kind']}{length}",
        asset["place"] or "",
        asset["name"],
        "(working)" if asset["busy"] else "",
        "(damaged)" if asset["damaged"] else "",
    )
    return "  ".join(part for part in parts if part)


def asset_lines(asset: Json) -> list[str]:
    """The six answers about an asset, each on its line, and what every analysis says of itself."""
    size = f"{asset['width']} × {asset['height']}" if asset["width"] else "size not known yet"
    lines = [f"{asset['id']}  {asset['path']}  {asset['kind']}, {size}, {asset['bytes']:,} bytes"]
    lines += [f"  {'damaged':<8} {asset['damaged']}"] if asset["damaged"] else []
    answers = {
        "where": _where(asset),
        "when": " ".join(filter(None, (_when(asset, ""), asset["utc_offset"] if _is_plain(asset) else ""))),
        "who": f"{len(asset['faces'])} faces" if asset["faces"] else "",
        "what": ", ".join(_thing(one) for one in asset["objects"] + asset["tags"]),
        "written": _written(asset["text"]),
        "said": _said((asset["speech"] or {}).get("segments", [])),
    }
    lines += [f"  {question:<8} {answer or '–'}" for question, answer in answers.items()]
    camera = " ".join(filter(None, asset["camera"].values()))
    lines += [f"  {'camera':<8} {camera}"] if camera else []
    for name in ("title", "caption", "rating"):
        from_where = "" if asset[f"{name}_source"] == "person" else f" (from the {asset[f'{name}_source']})"
        lines += [f"  {name:<8} {asset[name]}{from_where}"] if asset[name] else []
    lines += [f"  {'comment':<8} {asset['comment']}"] if asset["comment"] else []
    for file in asset["files"]:
        missing = f" (missing since {file['missing_since'][:10]})" if file["missing_since"] else ""
        damaged = f" ({file['damaged']})" if file["damaged"] else ""
        if missing or file["role"] != "original":
            lines.append(f"  {file['role']:<8} {file['path']}{missing}{damaged}")
        for said in file["says"]:
            lines.append(
                f"  {'':<8}   {'gives' if said['used'] else 'contradicts'}: {said['what']} {said['says']}"
            )
    for name, analysis in asset["analyses"].items():
        reason = f": {analysis['error']}" if analysis["error"] else ""
        lines.append(f"  {name:<10} {analysis['state']}{reason}")
    return lines


def _when(asset: Json, unknown: str) -> str:
    """As it is kept where there is nothing to say about it, in words where there is."""
    if asset["taken"] is None:
        return unknown
    return str(asset["taken_local"] if _is_plain(asset) else asset["taken"]["words"])


def _is_plain(asset: Json) -> bool:
    taken = asset["taken"] or {}
    exact = taken.get("precision") in ("minute", "second") and taken["clock"] == "local"
    return exact and taken["plausible"] and taken["basis"] != "change"


def _where(asset: Json) -> str:
    place = ", ".join(filter(None, (asset["place"] or {}).values()))
    position = asset["position"]
    spot = f"{position['lat']:.5f}, {position['lon']:.5f}" if position else ""
    return f"{place} ({spot})" if place and spot else place or spot


def _thing(one: Json) -> str:
    """A thing or a tag with how sure it is, in words."""
    if one.get("source") == "person":
        return f"{one['label']} (decided)"
    return f"{one['label']} ({one['certainty']})" if one["certainty"] else str(one["label"])


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("list")(list_assets)
    app.command("show")(show_asset)


def _written(lines: list[Json]) -> str:
    unread = sum(not line["read"] for line in lines)
    told = [line["text"] for line in lines if line["read"]]
    if unread:
        told.append(f"({unread} {'line' if unread == 1 else 'lines'} of writing, not read)")
    return " · ".join(told)


def _said(segments: list[Json]) -> str:
    """Stretch after stretch; before each that is in another language, or in one that is only guessed, which."""
    told: list[str] = []
    known: tuple[str | None, bool] | None = None
    several = len({segment["language"] for segment in segments}) > 1
    for segment in segments:
        now = (segment["language"], segment["language_unsure"])
        if now != known and (several or now[1]):
            told.append(f"({segment['language'] or 'language unknown'}{', unsure' if now[1] else ''})")
        known = now
        told.append(segment["text"].strip())
    return " ".join(told)
