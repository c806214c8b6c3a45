"""`fovea weights`: list, fetch and verify the weights of models. Needs no library and no server."""

import os
import sys
from typing import Annotated

import typer

from fovea.output import out, print_json
from fovea.progress import watching
from fovea.settings import Settings
from media.weights import Check, State, Weight, WeightStore, default_folder, load_manifest

app = typer.Typer(help="Weights of models: what there is, bring it, check it.", no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Weights; see `fovea weights list`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Everything = Annotated[bool, typer.Option("--all", help="Also those that no default engine needs.")]


def register(parent: typer.Typer) -> None:
    """Add the verb to the `fovea` command."""
    parent.add_typer(app, name="weights")


def open_store() -> WeightStore:
    """The store of FOVEA_WEIGHTS with the manifest that ships with Fovea."""
    return WeightStore(Settings().weights or default_folder(os.environ), load_manifest())


@app.command("list")
def list_weights(as_json: AsJson = False) -> None:
    """What there is, for what, under which licence, and whether it is here.

    Example: fovea weights list --json
    """
    store = open_store()
    here = {weight.name: is_here(store, weight) for weight in store.manifest.values()}
    if as_json:
        print_json(
            {"items": [describe(weight, here[weight.name]) for weight in store.manifest.values()], "next": None}
        )
        return
    out.print(f"{store.folder}", markup=False)
    for weight in store.manifest.values():
        state = "here" if here[weight.name] else ("missing" if weight.default else "optional")
        out.print(
            f"{weight.name:<20} {state:<9} {weight.bytes / 1e6:>7.1f} MB  {weight.task:<13} {weight.licence}",
            markup=False,
        )


@app.command("fetch")
def fetch_weights(names: Names = None, everything: Everything = False, as_json: AsJson = False) -> None:
    """Bring what is missing or damaged; what is here and whole is left alone, without a network.

    Example: fovea weights fetch whisper-base
    """
    store = open_store()
    wanted = list(store.manifest) if everything else names or []
    with watching(sys.stderr) as progress:
        brought = store.fetch(wanted, progress)
    if as_json:
        print_json({"folder": str(store.folder), "fetched": [str(path) for path in brought]})
    else:
        out.print(f"weights: {len(brought) or 'no'} files had to be fetched, {store.folder}", markup=False)


@app.command("verify")
def verify_weights(names: Names = None, as_json: AsJson = False) -> None:
    """Hash every file anew. Exit code 1 when one is damaged, or one that is needed is missing.

    Example: fovea weights verify
    """
    store = open_store()
    checks = store.verify(names or [])
    bad = [check for check in checks if is_bad(store, check, asked=bool(names))]
    if as_json:
        items = [{"weight": c.weight, "path": str(c.path), "state": str(c.state)} for c in checks]
        print_json({"ok": not bad, "items": items})
    else:
        for check in checks:
            out.print(f"{check.state:<8} {check.weight}/{check.path.name}", markup=False)
        for name in dict.fromkeys(check.weight for check in bad):
            out.print(f"`fovea weights fetch {name}` brings it anew", markup=False)
    if bad:
        raise typer.Exit(1)


def is_bad(store: WeightStore, check: Check, asked: bool) -> bool:
    """A missing file is only wrong when its weight is a default one, or was asked for by name."""
    if check.state is State.MISSING:
        return asked or store.manifest[check.weight].default
    return check.state is State.CORRUPT


def is_here(store: WeightStore, weight: Weight) -> bool:
    """Whether all files are in place with the right size (verify hashes them)."""
    places = [(store.folder / weight.name / file.name, file.bytes) for file in weight.files]
    return all(path.is_file() and path.stat().st_size == size for path, size in places)


def describe(weight: Weight, here: bool) -> dict[str, object]:
    """One weight as JSON."""
    return {
        "name": weight.name,
        "task": weight.task,
        "licence": weight.licence,
        "about": weight.about,
        "default": weight.default,
        "here": here,
        "bytes": weight.bytes,
        "files": [{"name": file.name, "bytes": file.bytes, "sha256": file.sha256} for file in weight.files],
    }
