"""`fovea analyse`: one analysis on one file without a library, or doing an analysis again in the library."""

import hashlib
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import BadRequest
from engines.door import EngineDoor
from fovea.output import print_json
from fovea.rerun import force_language, run_again
from fovea.settings import Settings
from media.derived import DerivedFolder
from media.kinds import sniff
from media.weights import WeightStore, default_folder, load_manifest
from workers.catalogue import AnyAnalysis, choose_analyses, find_analyses
from workers.contract import NotApplicable, Source, Tools
from workers.preview import Preview


def analyse(
    name: Annotated[str, typer.Argument(help="The analysis: metadata, preview, objects, faces, text, …")],
    once: Annotated[Path | None, typer.Option(help="Analyse this one file and print what was found.")] = None,
    stale: Annotated[bool, typer.Option("--stale", help="Again where an older version did it.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Again where it failed.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Again for the whole library.")] = False,
    asset: Annotated[int | None, typer.Option(help="Again for this one asset, in the --language given.")] = None,
    language: Annotated[str | None, typer.Option(help="What is spoken in it: de, en, …, or auto.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many files and how long.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run an analysis: on one file without any library, or again for files of the library.

    Example: fovea analyse objects --once bus.jpg
    """
    if (once is not None) + stale + failed + everything + (asset is not None) != 1:
        raise BadRequest("choose one of --once FILE, --stale, --failed, --all, --asset ID")
    choose_analyses([name])
    if once is not None:
        print_json(analyse_once(name, once))
    elif asset is not None:
        force_language(name, asset, language, as_json=as_json)
    else:
        which = "stale" if stale else "failed" if failed else "all"
        run_again(name, which, as_json=as_json, yes=yes, dry_run=dry_run)


def analyse_once(name: str, path: Path) -> dict[str, Any]:
    """What the analysis finds in a file, together with the version that found it.

    What it depends on (the preview) is made first, in a folder that is removed afterwards.
    """
    if not path.is_file():
        raise BadRequest(f"there is no file {path}")
    sniffed = sniff(path)
    settings = Settings()
    weights = WeightStore(settings.weights or default_folder(os.environ), load_manifest())
    door = EngineDoor(weights.path, os.cpu_count() or 2)
    with tempfile.TemporaryDirectory(prefix="fovea-once-") as folder:
        tools = Tools(door, weights.path, Path(folder))
        with path.open("rb") as opened:
            sha512 = hashlib.file_digest(opened, "sha512").digest()
        source = Source(
            0, 0, sniffed.kind, sniffed.mime, path.name, path.resolve(), None, DerivedFolder(Path(folder), sha512)
        )
        result: object = None
        for analysis in _in_order(name):
            if sniffed.kind not in analysis.kinds:
                raise BadRequest(f"{analysis.name} does not apply to a {sniffed.kind.value}")
            try:
                result = analysis.analyse(analysis.open(tools, analysis.settings()), source)
            except NotApplicable as reason:
                return {"analysis": name, "version": analysis.full_version(tools), "skipped": str(reason)}
            if isinstance(result, Preview):
                source = replace(source, width=result.width, height=result.height)
        return {"analysis": name, "version": analysis.full_version(tools), **analysis.data(result)}


def _in_order(name: str) -> list[AnyAnalysis]:
    """The analysis with what it depends on before it."""
    found = find_analyses()
    ordered: dict[str, AnyAnalysis] = {}

    def visit(each: str) -> None:
        for needed in found[each].after:
            visit(needed)
        ordered.setdefault(each, found[each])

    visit(name)
    return list(ordered.values())


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(analyse)
