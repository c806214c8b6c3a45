"""`fovea search`: what is in the library, and why it was found."""

from typing import Annotated, Any

import typer
from rich.text import Text

from fovea.browse import summary_line
from fovea.open import open_library
from fovea.output import err, out, print_json
from library.search import search as search_library

Json = dict[str, Any]
_MOST_REASONS = 4  # on one line; --json has all


def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help="Words and filters.")],
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 means all.")] = 50,
    after: Annotated[str | None, typer.Option(help="The cursor a page before ended with.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Search labels, written text, speech, places and names; each result says why it was found.

    Example: fovea search 'object:bus taken:2019..2021 said:"ask not" -has:faces'
    """
    text = " ".join(query)
    with open_library() as library, library.database.transaction() as connection:
        found = search_library(connection, library.owner_id, text, limit=limit, after=after)
    if as_json:
        print_json(found)
        return
    for item in found["items"]:
        out.print(result_line(item))
    if not found["items"]:
        err.print("nothing was found", style="dim")
    if found["next"]:
        command = f"fovea search {text!r} --limit {limit} --after {found['next']}"
        err.print(f"{len(found['items'])} of {found['total']}; more: {command}", markup=False, style="dim")


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
        details += [f"{why['score']:.2f}"] if why["score"] is not None else []
        if details:
            line.append(f" ({', '.join(details)})", style="dim")
    if len(item["why"]) > _MOST_REASONS:
        line.append(f"  and {len(item['why']) - _MOST_REASONS} more", style="dim")
    return line


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(context_settings={"ignore_unknown_options": True})(search)  # `-bus` is no option
