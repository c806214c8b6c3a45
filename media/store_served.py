"""Files by way of the file service: for workers that have neither the storage's keys nor a way out.

What a job needs is fetched into a folder of its own, which is gone when the job ends.
"""

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from core.errors import NoRoom, ServiceAway, TemporaryError, UnreadableMedia
from media.derived import MOTION, PREVIEW, THUMBNAIL, frame_name, frame_times
from media.staging import INCOMING
from media.store import Files, Lease, from_location

# The first byte of a large original comes when the service has fetched all of it.
_TIMEOUT = httpx.Timeout(10.0, read=900.0, write=300.0)
_PIECE_BYTES = 1 << 20


class ServedFiles:
    """The file service at `url` as workers see it; safe between threads. `data`: where to put what comes."""

    def __init__(self, url: str, data: Path) -> None:
        self._client = httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False)
        self._data = data
        self._folder = data / INCOMING
        self._folder.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def place(self, kept: str, location: str) -> Path:
        """A name for the file; `bring` makes a path of it that can be opened."""
        return from_location(location) if kept == "in_place" else self._data / "served" / location

    @contextmanager
    def hold_for(self, lease: Lease) -> Iterator[Files]:
        """The files of one job."""
        with tempfile.TemporaryDirectory(prefix="job-", dir=self._folder) as folder:
            yield FilesOfJob(self._client, lease, self._data / "served", Path(folder))


class FilesOfJob:
    """The files of the job that is held, fetched as they are asked for."""

    def __init__(self, client: httpx.Client, lease: Lease, root: Path, folder: Path) -> None:
        self._client = client
        self._lease = lease
        self._root = root
        self.folder = folder

    def bring(self, place: Path) -> Path:
        """The file that belongs to a place, compared with its SHA-512 while it comes."""
        if not place.is_relative_to(self._root):
            return place  # indexed in place
        return self.fetch(
            f"files/{place.relative_to(self._root)}", place.name, sha512=place.name.partition(".")[0]
        )

    def path(self, kept: str, location: str) -> Path:
        """A file of table `file`, like `bring`."""
        return self.bring(from_location(location) if kept == "in_place" else self._root / location)

    def derived(self, sha512: bytes) -> "DerivedOfJob":  # noqa: ARG002 - the service knows whose
        """What was derived from the job's original."""
        return DerivedOfJob(self)

    def fetch(self, what: str, name: str, sha512: str = "") -> Path:
        """A file of the job; there is none at the path answered when the service has none."""
        target = self.folder / name
        if target.exists():
            return target
        with _problems(), self._client.stream("GET", self._address(what), headers=self._headers()) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                return target
            _check(answer)
            half = target.with_name(f"{name}.part")
            hashed = hashlib.sha512()
            with half.open("wb") as opened:
                for piece in answer.iter_bytes(_PIECE_BYTES):
                    opened.write(piece)
                    hashed.update(piece)
        if sha512 and hashed.hexdigest() != sha512:
            raise TemporaryError(f"{name} arrived damaged; it is fetched again")
        return half.rename(target)

    def names(self) -> set[str]:
        """Of what was derived."""
        with _problems():
            answer = self._client.get(self._address("derived"), headers=self._headers())
            _check(answer)
            return set(answer.json())

    def send(self, fresh: Path) -> None:
        """Give a whole new set of derived files back."""
        archive = self.folder / "derived.tar"
        # a name each, also where two names mean one file (a poster is a key frame)
        with tarfile.open(archive, "w:", dereference=True) as packed:
            for path in sorted(fresh.iterdir()):
                packed.add(path, path.name, recursive=False)
        with _problems(), archive.open("rb") as opened:
            headers = {**self._headers(), "Content-Length": str(archive.stat().st_size)}
            _check(self._client.put(self._address("derived"), headers=headers, content=opened))
        archive.unlink()

    def _address(self, what: str) -> str:
        return f"/jobs/{self._lease.job_id}/{what}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._lease.key}"}


class DerivedOfJob:
    """What was derived from the job's original. A worker never copies or removes sets."""

    def __init__(self, files: FilesOfJob) -> None:
        self._files = files

    @property
    def preview(self) -> Path:
        """The upright picture, 1440 px, JPEG; of a video its poster."""
        return self.file(PREVIEW)

    @property
    def thumbnail(self) -> Path:
        """The same, 320 px, WebP."""
        return self.file(THUMBNAIL)

    @property
    def motion(self) -> Path:
        """The film inside a photo."""
        return self.file(MOTION)

    def frame(self, at_ms: int) -> Path:
        """A video's key frame at a time in milliseconds."""
        return self.file(frame_name(at_ms))

    def frames(self) -> list[tuple[float, Path]]:
        """A video's key frames with their seconds, in order; empty for a photo."""
        return [(at_s, self.file(name)) for at_s, name in frame_times(self.names())]

    def names(self) -> set[str]:
        """What is there, by name."""
        return self._files.names()

    def file(self, name: str) -> Path:
        """One of `names`."""
        return self._files.fetch(f"derived/{name}", name)

    @contextmanager
    def replacing(self) -> Iterator[Path]:
        """A fresh folder to write a new set into; the service takes all of it or nothing."""
        fresh = Path(tempfile.mkdtemp(prefix="set-", dir=self._files.folder))
        try:
            yield fresh
            self._files.send(fresh)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def copy_to(self, sha512: bytes) -> bool:
        """Not a worker's business."""
        raise NotImplementedError("only who keeps the files copies them")

    def remove(self) -> None:
        """Not a worker's business."""
        raise NotImplementedError("only who keeps the files removes them")


@contextmanager
def _problems() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise ServiceAway(f"the file service cannot be reached: {error}") from error
    except OSError as error:
        raise NoRoom(f"a file of the job could not be written: {error.strerror}; free some space") from error


def _check(answer: httpx.Response) -> None:
    """Raises what the service says is wrong as one of our errors."""
    if answer.is_success:
        return
    answer.read()
    why = str(answer.json().get("detail", "")) if "json" in answer.headers.get("Content-Type", "") else ""
    why = why or f"the file service answers {answer.status_code}"
    if answer.status_code in (
        httpx.codes.BAD_GATEWAY,
        httpx.codes.SERVICE_UNAVAILABLE,
        httpx.codes.GATEWAY_TIMEOUT,
    ):
        raise ServiceAway(why)
    if answer.status_code == httpx.codes.INSUFFICIENT_STORAGE:
        raise NoRoom(why)
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        raise UnreadableMedia(why)
    raise TemporaryError(why)
