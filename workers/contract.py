"""What an analysis is. Adding one is one file in this folder that holds `ANALYSIS = Analysis(…)`.

Queue, retries, time limit, leases, progress and metrics follow from the declaration; there is no list of analyses
anywhere else (see catalogue.py).
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic_settings import BaseSettings, SettingsConfigDict

from core.media import Kind
from db.connect import Connection
from engines.door import EngineDoor
from media.child import ChildPool
from media.derived import Derived

E = TypeVar("E")
PERSON = "person"
"""In `reads`: what people decide about an asset (tags, comment)."""
R = TypeVar("R")


class NotApplicable(Exception):
    """There is nothing to analyse in this file, for the reason given; the job ends as `skipped`."""


class AnalysisSettings(BaseSettings):
    """Settings of one analysis; a subclass names its prefix, as in `FOVEA_OBJECTS__ENGINE`."""

    model_config = SettingsConfigDict(extra="ignore")

    engine: str = ""
    """File in engines/ that does the work; empty when the analysis needs no model."""
    threads: int = 0
    """Processor threads the engine may use; 0: the process's share of the processors for each file."""
    options: dict[str, Any] = {}
    """Further settings of the engine, as JSON; docs/engines.md lists them."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker process has at hand, for all its slots. `data` is the data folder, `weight` gives a weight's
    verified path, `decoders` decode originals: one for each processor."""

    door: EngineDoor
    weight: Callable[[str], Path]
    data: Path
    decoders: ChildPool = field(default_factory=lambda: ChildPool(os.cpu_count() or 1))


def _as_it_is(place: Path) -> Path:
    return place


@dataclass(frozen=True, slots=True)
class Source:
    """The asset to analyse. `place` is where its original lies once it was brought to this machine, `derived`
    what was made from it."""

    asset_id: int
    owner_id: int
    kind: Kind
    mime: str
    name: str
    place: Path
    duration_s: float | None
    derived: Derived
    given: Any = None
    """What the analysis's `read` answered."""
    beside: tuple[Path, ...] = ()
    """Places of its sidecars, newest first."""
    others: tuple[tuple[str, Path], ...] = ()
    """Other files of the same picture: SHA-512 in hexadecimal digits, and place."""
    width: int | None = None
    """Of the upright original in pixels, once `preview` has found it; `height` likewise."""
    height: int | None = None
    bring: Callable[[Path], Path] = _as_it_is
    """Makes sure that the file of a place is on this machine until the analysis ends (Files.bring)."""

    @property
    def original(self) -> Path:
        """The original, never written to. Raises as Files.bring does."""
        return self.bring(self.place)

    @property
    def sidecars(self) -> tuple[Path, ...]:
        """Its sidecars, newest first. Raises as Files.bring does."""
        return tuple(self.bring(place) for place in self.beside)


@dataclass(frozen=True, slots=True)
class Analysis(Generic[E, R]):
    """One analysis of one file.

    open      makes what `analyse` works with (an engine from the door, ExifTool, …); once per process
    read      for an analysis of what is known of the asset: reads that from the database, given its version
    analyse   the work itself, without the database; raises PermanentError for a broken file
    data      the result as JSON values, kept per version in table `result`
    save      rows beyond that: terms, vectors, facts; in the transaction that ends the job
    """

    name: str
    version: int
    kinds: frozenset[Kind]
    settings: type[AnalysisSettings]
    open: Callable[[Tools, Any], E]
    analyse: Callable[[E, Source], R]
    data: Callable[[R], Mapping[str, Any]]
    save: Callable[[Connection, Source, str, R], None]
    after: tuple[str, ...] = ()
    """Analyses that must have ended well before."""
    reads: tuple[str, ...] = ()
    """Analyses (or PERSON) whose results `read` looks at. It waits until each has ended, in whatever way, and is
    done again whenever one of them ends anew."""
    read: Callable[[Connection, Source, str], Any] | None = None
    optional: bool = False
    """Whether all else works without its weights: while they are missing it is left out, and that is said."""
    limit_s: float = 300.0
    """Longest time for a photo; a video may take three times its own length more."""
    rest: Callable[[E], None] | None = None
    """Ends programs that wait for the next file, which starts them anew: nothing came for a long while."""

    def limit_for(self, source: Source) -> float:
        return self.limit_s + 3.0 * (source.duration_s or 0.0)

    def full_version(self, tools: Tools) -> str:
        """Analysis version + engine + weights: what each result is marked with."""
        settings = self.settings()
        if not settings.engine:
            return str(self.version)
        return f"{self.version}+{tools.door.identity(settings.engine, settings.options)}"
