"""`fovea search`: what is in the library, and why it was found."""

from typing import Annotated, Any

import typer
from rich.text import Text

from core.errors import BadRequest
from fovea.browse import summary_line
from fovea.named import search_named
from fovea.output import err, out, print_json
from fovea.questions import asking

Json = dict[str, Any]
_MOST_REASONS = 4  # on one line; --json has all


def search(
    query: Annotated[list[str] | None, typer.Argument(metavar="QUERY", help="Words and filters.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 means all.")] = 50,
    after: Annotated[str | None, typer.Option(help="The cursor a page before ended with.")] = None,
    sort: Annotated[str | None, typer.Option(help="match (surest first), newest or oldest.")] = None,
    save: Annotated[str | None, typer.Option(metavar="NAME", help="Keep this search under a name.")] = None,
    saved: Annotated[bool, typer.Option("--saved", help="List the kept searches, or do the one named.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Search labels, written text, speech, places and names; each result says why it was found.

    Example: fovea search 'object:bus taken:2019..2021 said:"ask not" -has:faces'
    """
    text = " ".join(query or [])
    if not text and not saved:
        raise BadRequest("what is to be searched for? Words and filters, or --saved")
    with asking() as library:
        if saved and not text:
            _print_saved(library.saved_searches(), as_json)
            return
        kept = search_named(library.saved_searches(), text) if saved else {"query": text, "sort": "match"}
        order = sort or kept["sort"]
        found = library.search(kept["query"], limit=limit, after=after, sort=order)
        if save is not None:
            library.save_search(save, kept["query"], order)
    if as_json:
        print_json(found)
        return
    _print_found(found, after is not None)
    if found["next"]:
        command = f"fovea search {kept['query']!r} --limit {limit} --sort {order} --after {found['next']}"
        err.print(f"more: {command}", markup=False, style="dim")


def _print_found(found: Json, goes_on: bool) -> None:
    """What has the words; apart from it, what is only close in meaning; how many of each there are."""
    for item in found["items"]:
        out.print(result_line(item))
    if found["close"]:
        err.print(f"close in meaning, without the words: {found['close_total']}", style="dim")
    for item in found["close"]:
        out.print(result_line(item))
    for chip in found["chips"]:
        if chip["note"]:
            err.print(f"{chip['raw']}: {chip['note']}", markup=False, style="dim")
    if goes_on and not (found["items"] or found["close"]):
        err.print("nothing further", style="dim")
    elif found["total"] is not None:
        err.print(f"{found['total']} found" if found["total"] else "nothing has all of that", style="dim")


def _print_saved(kept: Json, as_json: bool) -> None:
    if as_json:
        print_json(kept)
        return
    for each in kept["items"]:
        out.print(f"{each['name']}  {each['query']}  ({each['sort']})", markup=False, highlight=False)
    if not kept["items"]:
        err.print("no search was saved yet: fovea search QUERY --save NAME", markup=False, style="dim")


def result_line(item: Json) -> Text:
    """One result: the asset, then the reasons with the matched words set off."""
    line = Text(summary_line(item["asset"]))
    for why in item["why"][:_MOST_REASONS]:
        line.append("  ")
        line.append(f"{why['kind']}:", style="cyan")
        reason = Text(" ".join(why["text"].split()))
        if len(reason) > 100:
            reason.truncate(100, overflow="ellipsis")
        reason.highlight_words(list(why["matched"]), style="bold yellow", case_sensitive=True)
        line.append(reason)
        details = [f"{why['at_s']:.1f} s"] if why["at_s"] is not None else []
        guessed = "language only guessed, " if why["kind"] == "said" else ""
        details += [f"{guessed}{why['certainty']}"] if why["certainty"] else []
        if details:
            line.append(f" ({', '.join(details)})", style="dim")
    if len(item["why"]) > _MOST_REASONS:
        line.append(f"  and {len(item['why']) - _MOST_REASONS} more", style="dim")
    return line


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(context_settings={"ignore_unknown_options": True})(search)  # `-bus` is no option
