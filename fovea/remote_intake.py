"""Taking files of this machine into a library on another one: small ones at once, large ones in pieces (tus).

What broke off goes on where it was, also in a later run of the command: the server keeps what it has for a week.
"""

import hashlib
import os
import socket
import stat
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeVar

import httpx
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from core.errors import (
    BadRequest,
    Conflict,
    InUse,
    LeftAside,
    NotAllowed,
    NotFound,
    NotRemoved,
    OverQuota,
    PermanentError,
    RefusedFile,
    ServiceAway,
    StillWritten,
)
from core.paths import clean_path
from core.sidecars import may_be_sidecar
from fovea.found_files import files_below, left_aside, refused
from fovea.output import err
from fovea.remote import Answered, Json, Remote
from library.walk import spelled
from media.writers import being_written

T = TypeVar("T")
AT_ONCE_BYTES = 4 << 20
"""Files up to this size are sent as the body of one request."""
PIECE_BYTES = 8 << 20
PATIENCE_S = 180.0
"""How long a server may be away while files are being sent, before the command gives up."""
_WAIT_FIRST_S, _WAIT_MOST_S = 0.5, 15.0
_LOOK_EVERY_S = 1.0
_TUS = {"Tus-Resumable": "1.0.0"}
_BINARY = {"Content-Type": "application/octet-stream"}
_PIECE = {**_TUS, "Content-Type": "application/offset+octet-stream"}


@dataclass(frozen=True, slots=True)
class Sending:
    """A file on its way: its bytes, their number and SHA-512, its name to be, what its folder on this machine is
    called towards the server, and whom to tell how far it is."""

    file: BufferedReader
    bytes: int
    sha512: str
    path: str
    source: str
    tell: Callable[[int], None]


class RemoteIntake:
    """See `fovea.questions.Intake`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._unfinished: dict[tuple[str, int], str] | None = None

    def take(self, paths: Sequence[Path], *, move: bool, quiet: bool) -> list[Json]:
        # A wrong address or token is said at once, not after minutes of patience.
        if "read" not in self._remote.get("session")["scopes"]:
            raise NotAllowed("FOVEA_TOKEN may not read, and so cannot see what became of a file: read and write")
        found = [each for path in paths for each in files_below(path)]
        found.sort(key=lambda each: may_be_sidecar(each[1]))  # which belong to what comes before them
        items: list[Json] = []
        with _bars(quiet) as progress:
            sizes = [_size(source) for source, _ in found]
            bar, before = progress.add_task("Sending", total=sum(sizes)), 0
            for number, ((source, name), size) in enumerate(zip(found, sizes, strict=True), 1):
                progress.update(bar, description=f"Sending {number} of {len(found)}", completed=before)

                def tell(there: int, before: int = before) -> None:
                    progress.update(bar, completed=before + there)

                try:
                    items.append(self._bring(source, name, move=move, tell=tell))
                except LeftAside:
                    items.append(left_aside(source, name))
                except (PermanentError, StillWritten, NotRemoved, BadRequest, OverQuota, OSError) as refusal:
                    reason = refusal.strerror if isinstance(refusal, OSError) else str(refusal)
                    items.append(refused(source, name, reason))
                before += size
        return items

    def index(self, paths: Sequence[Path], *, quiet: bool) -> list[Json]:  # noqa: ARG002 (refused in any case)
        raise BadRequest(
            f"--in-place indexes files where they lie, and the Fovea at {self._remote.url} cannot reach those of "
            "this machine: run it there, or leave --in-place away to send them"
        )

    def wait(self, asset_ids: Sequence[int], *, quiet: bool) -> None:
        pending = list(dict.fromkeys(asset_ids))
        with Progress(console=err, transient=True, disable=quiet or not err.is_terminal) as progress:
            bar = progress.add_task("Analysing", total=len(pending))
            while pending:
                try:
                    busy = self._insist(lambda: self._remote.get(f"assets/{pending[-1]}"))["busy"]
                except NotFound:
                    busy = False  # somebody put it into the trash meanwhile
                if busy:
                    time.sleep(_LOOK_EVERY_S)
                    continue
                pending.pop()
                progress.update(bar, advance=1, description=f"Analysing, {len(pending)} to do")

    def _bring(self, source: Path, name: str, *, move: bool, tell: Callable[[int], None]) -> Json:
        with _open_plain(source) as file:
            before = os.fstat(file.fileno())
            digest = hashlib.file_digest(file, "sha512").hexdigest()
            file.seek(0)
            sending = Sending(file, before.st_size, digest, clean_path(name), _place(source), tell)
            send = self._send_at_once if before.st_size <= AT_ONCE_BYTES else self._send_in_pieces
            done = send(sending)
        if move:
            self._let_go(source, before, done["asset_id"], digest)
        status = done.pop("status")
        return {**done, "source": spelled(source), "status": status, "reason": None}

    def _send_at_once(self, sending: Sending) -> Json:
        body = sending.file.read(AT_ONCE_BYTES + 1)  # one that grew meanwhile has another SHA-512, and is refused
        headers = {**_BINARY, "X-SHA512": sending.sha512}
        name = {"path": sending.path, "source": sending.source}
        told = self._remote.read(
            self._insist(lambda: self._remote.ask("POST", "assets", content=body, params=name, headers=headers))
        )
        named = {"asset_id": told["asset"]["id"], "path": told["path"], "sha512": sending.sha512}
        return {**named, "role": told["role"], "restored": told["restored"], "status": told["status"]}

    def _send_in_pieces(self, sending: Sending) -> Json:
        known = self._insist(lambda: self._remote.get("assets/named", sha512=sending.sha512))["ids"]
        upload = f"uploads/{self._begun(sending) or self._announce(sending)}"
        done = self._pour(sending, upload)
        asset_id, status = int(done["X-Asset-Id"]), done["X-Asset-Status"]
        files = self._insist(lambda: self._remote.get(f"assets/{asset_id}"))["files"]
        role = next((file["role"] for file in files if file["sha512"] == sending.sha512), "original")
        named = {"asset_id": asset_id, "path": sending.path, "sha512": sending.sha512, "role": role}
        # Bytes that are known, and were those of no visible asset a moment ago, came out of the trash.
        return {**named, "restored": status == "known" and not known, "status": status}

    def _announce(self, sending: Sending) -> str:
        headers = {**_TUS, "Upload-Length": str(sending.bytes), "Upload-Metadata": _metadata(sending)}
        answer = self._insist(lambda: self._remote.ask("POST", "uploads", headers=headers))
        return str(answer.headers["Location"]).rpartition("/")[2]

    def _begun(self, sending: Sending) -> str | None:
        """The upload of the same bytes under the same path that an earlier run did not end."""
        if self._unfinished is None:
            listed = self._insist(lambda: self._remote.list("uploads", limit=0))["items"]
            self._unfinished = {
                (one["path"], one["bytes"]): one["id"] for one in listed if one["state"] == "receiving"
            }
        upload_id = self._unfinished.get((sending.path, sending.bytes))
        if upload_id is None:
            return None
        try:
            seen = self._insist(lambda: self._remote.ask("HEAD", f"uploads/{upload_id}", headers=_TUS))
        except (NotFound, PermanentError):
            return None
        return upload_id if seen.headers.get("Upload-Metadata") == _metadata(sending) else None

    def _pour(self, sending: Sending, upload: str) -> httpx.Headers:
        """Send what is missing, piece by piece; headers of the answer to the last one."""
        patience = Patience()
        headers = self._insist(lambda: self._remote.ask("HEAD", upload, headers=_TUS)).headers
        while "X-Asset-Id" not in headers:
            offset = int(headers["Upload-Offset"])
            sending.tell(offset)
            sending.file.seek(offset)
            piece = sending.file.read(min(PIECE_BYTES, sending.bytes - offset))
            if not piece and offset < sending.bytes:
                raise RefusedFile(f"{sending.path} has become shorter while it was sent")
            told = {**_PIECE, "Upload-Offset": str(offset)}
            try:
                headers = self._remote.ask("PATCH", upload, content=piece, headers=told).headers
                patience.renew()
            except (ServiceAway, InUse, Conflict) as error:
                patience.spend(error)
                headers = self._insist(lambda: self._remote.ask("HEAD", upload, headers=_TUS)).headers
                if int(headers["Upload-Offset"]) > offset:
                    patience.renew()
        sending.tell(sending.bytes)
        return headers

    def _let_go(self, source: Path, before: os.stat_result, asset_id: int, sha512: str) -> None:
        """Remove a file once the server gave its bytes back. Raises StillWritten, NotRemoved; then it stays."""
        try:
            kept = self._insist(lambda: self._remote.sha512_of(f"assets/{asset_id}/files/{sha512}"))
        except (NotFound, NotAllowed) as refusal:
            raise NotRemoved(f"{source.name} was sent, but cannot be read back ({refusal}); it stays") from refusal
        if kept != sha512:
            raise NotRemoved(f"{source.name}: the server gives other bytes back than were sent; it stays")
        with _open_plain(source) as file:
            same = hashlib.file_digest(file, "sha512").hexdigest() == sha512
            after = os.fstat(file.fileno())
        looks = [(each.st_size, each.st_mtime_ns, each.st_ino) for each in (before, after)]
        if not same or looks[0] != looks[1] or being_written(source):
            raise StillWritten(f"{source.name} was sent, and may still be written to; it stays")
        source.unlink()

    def _insist(self, deed: Callable[[], T]) -> T:
        """What `deed` answers; done again while the server is away or busy. Raises its last error."""
        patience = Patience()
        while True:
            try:
                return deed()
            except (ServiceAway, InUse) as error:
                patience.spend(error)


class Patience:
    """Waits longer and longer, and gives up when nothing has come of it for PATIENCE_S."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Something went forward."""
        self._waits_s = _WAIT_FIRST_S
        self._ends_at = time.monotonic() + PATIENCE_S

    def spend(self, error: Exception) -> None:
        """Wait for a moment, or raise the error."""
        wait_s = max(self._waits_s, (error.retry_s or 0.0) if isinstance(error, Answered) else 0.0)
        if time.monotonic() + wait_s > self._ends_at:
            raise error
        err.print(f"{error}; going on in {wait_s:g} s", style="yellow", markup=False)
        time.sleep(wait_s)
        self._waits_s = min(self._waits_s * 2, _WAIT_MOST_S)


def _open_plain(source: Path) -> BufferedReader:
    if source.is_symlink() or not source.is_file():
        raise RefusedFile(f"{source.name} is not a plain file (links, folders and devices are not taken)")
    # what was a plain file a moment ago may be a link or a pipe by now
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    return os.fdopen(descriptor, "rb")


def _place(source: Path) -> str:
    """The same for the files of one folder of this machine, and nothing that tells its name."""
    folder = f"{socket.gethostname()}:{spelled(source.absolute().parent)}"
    return hashlib.sha256(folder.encode("utf-8", "replace")).hexdigest()[:32]


def _size(source: Path) -> int:
    try:
        found = source.lstat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _metadata(sending: Sending) -> str:
    words = {"path": sending.path, "sha512": sending.sha512, "source": sending.source}
    return ",".join(f"{name} {b64encode(value.encode()).decode()}" for name, value in words.items())


def _bars(quiet: bool) -> Progress:
    columns: Any = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal)
