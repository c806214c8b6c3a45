"""Model weights and other large data: what a manifest names, where it lies, bringing and checking it.

A manifest (media/weights.toml) gives every file its SHA-256, its size and its sources in order. The
folder of the store is NAME/FILE for every weight NAME. A file that is in place and has the right hash
is never asked for again, so everything works without a network once it was fetched.
"""

import fcntl
import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.errors import BadRequest, NotFound, WeightMissing
from media.weights_sources import Progress, Silent, hash_file, parse_member

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file: its name, hash, size, and the sources to try in order (each one or more parts to join)."""

    name: str
    sha256: str
    bytes: int
    sources: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """What an engine loads: one file, or a folder of files that belong together."""

    name: str
    task: str
    licence: str
    about: str
    files: tuple[WeightFile, ...]
    default: bool = True  # fetched when nobody names what to fetch
    measuring_only: bool = False  # its licence allows tests and measurements, not copies

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(file.bytes for file in self.files)

    @property
    def sha256(self) -> str:
        """The file's hash, or for several files the hash over their hashes: part of a result's version."""
        if len(self.files) == 1:
            return self.files[0].sha256
        return hashlib.sha256("".join(file.sha256 for file in self.files).encode()).hexdigest()


class State(StrEnum):
    """What verify found about one file."""

    OK = "ok"
    MISSING = "missing"
    CORRUPT = "corrupt"


@dataclass(frozen=True, slots=True)
class Check:
    """One file of one weight as verify found it."""

    weight: str
    path: Path
    state: State


def load_manifest(path: Path | None = None) -> dict[str, Weight]:
    """Weights by name, in the order of the file; without a path the manifest that ships with Fovea.

    Raises BadRequest naming the entry that is malformed."""
    path = path or Path(__file__).with_name("weights.toml")
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    manifest = {}
    for name, entry in entries.items():
        try:
            manifest[name] = parse_weight(name, entry)
        except (KeyError, TypeError, ValueError) as wrong:
            raise BadRequest(f"{path.name}: the entry {name!r} is malformed: {wrong!r}") from wrong
    return manifest


def parse_weight(name: str, entry: dict[str, Any]) -> Weight:
    """One entry of a manifest. Raises KeyError, TypeError or ValueError when it is malformed."""
    files = tuple(parse_file(file) for file in entry.pop("files"))
    weight = Weight(name=name, files=files, **entry)
    names = [weight.name, *(file.name for file in files)]
    if not files or not all(PLAIN_NAME.fullmatch(plain) for plain in names):
        raise ValueError("names are letters, digits, dot, dash, underscore; one file or more")
    return weight


def parse_file(entry: dict[str, Any]) -> WeightFile:
    """One file of an entry; a source may be a list of parts. Raises KeyError, TypeError or ValueError."""
    given = entry.pop("sources")
    sources = tuple((source,) if isinstance(source, str) else tuple(source) for source in given)
    file = WeightFile(sources=sources, **entry)
    if not SHA256.fullmatch(file.sha256) or file.bytes <= 0 or not sources:
        raise ValueError(f"{file.name}: needs a sha256 of 64 hex digits, a size, and a source")
    for part in (part for parts in sources for part in parts):
        parse_member(part)
    return file


def default_folder(environment: Mapping[str, str]) -> Path:
    """Where weights lie: FOVEA_WEIGHTS, or fovea/weights in the user's cache folder."""
    if chosen := environment.get("FOVEA_WEIGHTS"):
        return Path(chosen)
    return cache_folder(environment) / "weights"


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Fovea's folder in the user's cache (XDG_CACHE_HOME, else ~/.cache)."""
    cache = environment.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "fovea"


class WeightStore:
    """The folder of weights, and the manifest that says what belongs into it."""

    def __init__(self, folder: Path, manifest: Mapping[str, Weight]) -> None:
        """The folder need not exist yet."""
        self.folder = folder
        self.manifest = manifest

    def path(self, name: str) -> Path:
        """The weight's file, or its folder when it has several files.

        Raises NotFound for a name the manifest does not have, WeightMissing when it is not here."""
        weight = self._weight(name)
        for file in weight.files:
            path = self._place(weight, file)
            if not path.is_file() or path.stat().st_size != file.bytes:
                raise WeightMissing(f"{path} is missing or not whole: `fovea weights fetch {name}` brings it")
        home = self.folder / name
        return home / weight.files[0].name if len(weight.files) == 1 else home

    def file(self, name: str, file_name: str) -> Path:
        """One file of a weight that has several. Raises as `path` does."""
        self.path(name)
        if file_name not in (file.name for file in self._weight(name).files):
            raise NotFound(f"the weight {name} has no file {file_name}")
        return self.folder / name / file_name

    def fetch(self, names: Iterable[str] = (), progress: Progress | None = None) -> list[Path]:
        """Bring what is missing or corrupt among the named weights (none named: the default ones).

        Returns the files that were brought; without any, no network is touched. Raises NotFound,
        WeightCorrupt or ServiceAway; what was brought before the failure stays."""
        watcher = progress or Silent()
        wanted = list(names) or [weight.name for weight in self.manifest.values() if weight.default]
        if not any(check.state is not State.OK for check in self.verify(wanted)):
            return []
        # only now: the HTTP client takes longer to import than all the files take to hash
        from media.weights_fetch import open_fetcher  # noqa: PLC0415

        self.folder.mkdir(parents=True, exist_ok=True)
        with alone_in(self.folder, watcher), open_fetcher(self.folder, watcher) as fetcher:
            lacking = [check.path for check in self.verify(wanted) if check.state is not State.OK]
            for name in dict.fromkeys(wanted):
                files = [f for f in self._weight(name).files if self.folder / name / f.name in lacking]
                found = [fetcher.fetch(self.folder / name / f.name, f.sha256, f.bytes, f.sources) for f in files]
                if found:
                    size = sum(file.bytes for file in files)
                    where = ", ".join(dict.fromkeys(found))
                    watcher.note(f"{name}: {len(files)} files, {size:,} bytes, verified, from {where}")
        return lacking

    def verify(self, names: Iterable[str] = ()) -> list[Check]:
        """Hash every file of the named weights anew (none named: all of the manifest)."""
        checks = []
        for name in list(names) or list(self.manifest):
            weight = self._weight(name)
            for file in weight.files:
                path = self._place(weight, file)
                checks.append(Check(name, path, state_of(path, file)))
        return checks

    def _weight(self, name: str) -> Weight:
        if name not in self.manifest:
            raise NotFound(f"no weight is called {name!r}; there are: {', '.join(self.manifest)}")
        return self.manifest[name]

    def _place(self, weight: Weight, file: WeightFile) -> Path:
        return self.folder / weight.name / file.name


def state_of(path: Path, file: WeightFile) -> State:
    """Whether the file at `path` is the one the manifest names; a wrong size is seen without hashing."""
    if not path.is_file():
        return State.MISSING
    if path.stat().st_size != file.bytes:
        return State.CORRUPT
    digest, _ = hash_file(path)
    return State.OK if digest.hexdigest() == file.sha256 else State.CORRUPT


@contextmanager
def alone_in(folder: Path, progress: Progress) -> Iterator[None]:
    """Hold the folder's lock, so two processes do not bring the same file at once."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.note(f"waiting: another process is fetching into {folder}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
