"""Doing an analysis again for files of the library: what it costs first, then, when that is wanted, the deed."""

import sys
from typing import Any

import typer

from core.errors import BadRequest
from fovea.output import out, print_json
from fovea.questions import asking

Json = dict[str, Any]


def run_again(name: str, which: str, *, as_json: bool, yes: bool, dry_run: bool) -> None:
    """Say the cost; ask on a terminal, unless `yes`; queue. `dry_run` ends after the cost."""
    with asking(register=True) as library:
        cost = library.cost(name, which)
        if dry_run:
            _tell(name, which, cost, as_json)
            return
        if not as_json:
            out.print(_in_words(name, which, cost))
        asks = sys.stdin.isatty() and sys.stdout.isatty() and not yes and not as_json
        if cost["files"] and asks and not typer.confirm("Begin?", default=False):
            raise typer.Exit(1)
        queued = library.requeue(name, which)
    if as_json:
        print_json({**queued, **_seconds(cost)})
    else:
        out.print(f"{queued['queued']} files will be analysed again by {name}")


def _tell(name: str, which: str, cost: Json, as_json: bool) -> None:
    if as_json:
        print_json({"analysis": name, "which": which, "files": cost["files"], **_seconds(cost)})
    else:
        out.print(_in_words(name, which, cost))


def _seconds(cost: Json) -> Json:
    return {"mean_s": round(cost["mean_s"], 3), "work_s": round(cost["work_s"], 1)}


def _in_words(name: str, which: str, cost: Json) -> str:
    what = {"stale": "done by an older version", "failed": "that failed", "all": "of the library"}[which]
    told = f"{name}: {cost['files']} files {what}"
    if not cost["files"]:
        return told
    if not cost["work_s"]:
        return f"{told}; how long it takes nobody knows yet, none was done before"
    return f"{told}; about {duration(cost['work_s'])} for one worker ({cost['mean_s']:.2g} s a file so far)"


def duration(seconds: float) -> str:
    """ "40 s", "12 min", "3 h 20 min": as exact as a guess deserves."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def force_language(name: str, asset_id: int, language: str | None, *, as_json: bool) -> None:
    """Have the speech of one video written down again in a language; "auto": find it out again."""
    if name != "speech" or language is None:
        raise BadRequest(
            "--asset goes with speech and --language, as in: fovea analyse speech --asset 7 --language de"
        )
    with asking(register=True) as library:
        done = library.choose_language(asset_id, None if language == "auto" else language)
    if as_json:
        print_json(done)
    else:
        how = f"in {done['language']}" if done["language"] else "in whatever language is heard"
        out.print(f"the speech of asset {asset_id} will be written down again, {how}")
