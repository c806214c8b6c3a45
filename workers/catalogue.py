"""Finding the analyses: every module of this package that holds `ANALYSIS`."""

import importlib
import logging
import pkgutil
from typing import Any

import workers
from core.errors import BadRequest, WeightMissing
from workers.contract import Analysis, Tools

log = logging.getLogger(__name__)

AnyAnalysis = Analysis[Any, Any]


def find_analyses() -> dict[str, AnyAnalysis]:
    """Name → analysis. Importing them is cheap: engines and their packages load only when used."""
    found: dict[str, AnyAnalysis] = {}
    for module in pkgutil.iter_modules(workers.__path__):
        analysis = getattr(importlib.import_module(f"workers.{module.name}"), "ANALYSIS", None)
        if isinstance(analysis, Analysis):
            found[analysis.name] = analysis
    return found


def choose_analyses(names: list[str]) -> dict[str, AnyAnalysis]:
    """The named analyses. Raises BadRequest for a name that does not exist."""
    found = find_analyses()
    unknown = sorted(set(names) - set(found))
    if unknown:
        raise BadRequest(f"there is no analysis {', '.join(unknown)}; there are {', '.join(sorted(found))}")
    return {name: found[name] for name in names}


def declarations(tools: Tools) -> list[dict[str, Any]]:
    """What table `analysis` is to say about each of them. Raises WeightMissing, save for what is optional."""
    declared = []
    for analysis in find_analyses().values():
        try:
            version = analysis.full_version(tools)
        except WeightMissing as missing:
            if not analysis.optional:
                raise
            log.warning("%s is left out: %s", analysis.name, missing)
            continue
        declared.append(
            {
                "name": analysis.name,
                "version": version,
                "kinds": sorted(kind.value for kind in analysis.kinds),
                "after": list(analysis.after),
                "reads": list(analysis.reads),
            }
        )
    return declared
