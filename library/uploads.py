"""Files that come in pieces: announced, sent, gone on with after any break, and entered like every other file."""

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from core.cursor import decode_cursor, encode_cursor
from core.errors import (
    BadRequest,
    Conflict,
    FoveaError,
    InUse,
    NoRoom,
    NotFound,
    OverQuota,
    PermanentError,
    RefusedFile,
)
from core.paths import clean_path
from db import uploads
from db.connect import Connection, Database
from db.uploads import Upload
from library.ingest import Ingest
from library.whence import sent
from media.partial import PartialFile, PartialFiles

log = logging.getLogger(__name__)

MOST_AT_ONCE = 1000
"""Unfinished uploads of one account; each is a row and a file."""
_ORPHAN_AGE_S = 120.0
ALGORITHMS = ("sha1", "sha256", "sha512")


@dataclass(frozen=True, slots=True)
class Limits:
    """`file_bytes` of one file; `quota_bytes` of all that an account brings (0: no limit); `keep_s` unfinished."""

    file_bytes: int
    quota_bytes: int
    keep_s: float


@dataclass(frozen=True, slots=True)
class Announced:
    """What a sender says before the first byte. `sha512` (64 bytes) is checked at the end when given; `source` is
    the sender's name for the place that the file comes from."""

    owner_id: int
    account_id: int
    path: str
    sha512: bytes | None
    bytes: int
    metadata: str
    came_by: Literal["web", "api"]
    source: str = ""


class Uploads:
    """All uploads of a library. Safe between threads and processes."""

    def __init__(self, database: Database, files: PartialFiles, limits: Limits) -> None:
        self._database = database
        self._files = files
        self.limits = limits

    def create(self, announced: Announced) -> Upload:
        """Make room for a file. Raises OverQuota, NoRoom, Conflict (too many unfinished), BadRequest."""
        if announced.bytes < 1:
            raise RefusedFile("the file is empty")
        if announced.bytes > self.limits.file_bytes:
            raise OverQuota(f"this takes at most {self.limits.file_bytes:,} bytes a file; nothing was stored")
        name = secrets.token_hex(16)
        with self._database.transaction() as connection:
            used = uploads.used(connection, announced.account_id, lock=True)
            self._must_fit(used, announced.bytes)
            if used.uploads >= MOST_AT_ONCE:
                raise Conflict(f"{used.uploads} uploads are unfinished; finish or remove some of them first")
            self._must_fit_on_disk(connection, announced.bytes)
            values = {
                "id": name,
                "owner_id": announced.owner_id,
                "account_id": announced.account_id,
                "path": clean_path(announced.path),
                "bytes": announced.bytes,
                "sha512": announced.sha512,
                "metadata": announced.metadata,
                "came_by": announced.came_by,
                "source": announced.source,
                "keep_s": self.limits.keep_s,
            }
            made = uploads.add(connection, values)
            self._files.create(name)  # last: a row without its file would be worse than a file without its row
        return made

    def room_of(self, account_id: int) -> int | None:
        """How many bytes the account may still bring; None without a quota."""
        if not self.limits.quota_bytes:
            return None
        with self._database.transaction() as connection:
            used = uploads.used(connection, account_id)
        return max(0, self.limits.quota_bytes - used.kept - used.coming)

    def must_have_room(self, account_id: int, size: int | None) -> None:
        """For a file that comes in one piece, `size` bytes as announced. Raises OverQuota, NoRoom."""
        with self._database.transaction() as connection:
            self._must_fit_on_disk(connection, size or 1)
            if self.limits.quota_bytes:
                self._must_fit(uploads.used(connection, account_id), size or 1)

    def find(self, account_id: int, upload_id: str) -> Upload:
        """The account's upload. Raises NotFound."""
        with self._database.transaction() as connection:
            found = uploads.find(connection, account_id, upload_id)
        if found is None:
            raise NotFound("there is no such upload: it has ended, has expired, or is another account's")
        return found

    def offset(self, upload: Upload) -> int:
        """How much of it is there, durably. Raises NotFound."""
        return upload.bytes if upload.state == "done" else self._files.offset(upload.id)

    def hold(self, upload: Upload) -> PartialFile:
        """The partial file, for one sender at a time. Raises InUse, NotFound."""
        return self._files.open(upload.id, upload.bytes)

    def prolong(self, upload: Upload) -> datetime:
        """Something came: it is kept for longer; until when."""
        with self._database.transaction() as connection:
            return uploads.prolong(connection, upload.id, self.limits.keep_s) or upload.expires_at

    def finish(self, upload: Upload, held: PartialFile, ingest: Ingest) -> Upload:
        """Enter a file that is whole, as every other file is entered.

        Raises RefusedFile and BadRequest (the bytes are not those announced); both end the upload. After any other
        failure (the disk is full, the database is away) it is still whole and can be finished again.
        """
        digest = held.digest()
        if upload.sha512 is not None and upload.sha512 != digest:
            refusal = BadRequest("the bytes that came have another SHA-512 than was announced; send it again")
            self._refuse(upload, refusal)
            raise refusal
        with held.as_received(digest) as received:
            try:
                whence = sent(upload.source, upload.path)
                done = ingest.finish(received, upload.path, upload.came_by, upload.owner_id, whence)
            except PermanentError as refusal:
                self._refuse(upload, refusal)
                raise
        with self._database.transaction() as connection:
            uploads.finish(connection, upload.id, done.asset_id, done.is_new)
            if done.is_new:
                uploads.set_brought_by(connection, upload.owner_id, digest, upload.account_id)
        self._files.remove(upload.id)
        return self.find(upload.account_id, upload.id)

    def remove(self, upload: Upload) -> None:
        """End an upload; what came of it is removed. Raises InUse while it is being sent."""
        if upload.state == "receiving":
            try:
                with self.hold(upload):
                    self._files.remove(upload.id)
            except NotFound:
                self._files.remove(upload.id)
        with self._database.transaction() as connection:
            uploads.remove(connection, upload.id)

    def list_uploads(self, account_id: int, *, limit: int, after: str | None) -> dict[str, Any]:
        """The account's uploads, newest first: `{"items": [(Upload, offset)], "next"}`. `limit` 0 means all."""
        last = None
        if after is not None:
            at, name = decode_cursor(after, str, str)
            last = (_instant(cast("str", at)), cast("str", name))
        with self._database.transaction() as connection:
            rows = uploads.listed(connection, account_id, None if limit == 0 else limit + 1, last)
        more = 0 < limit < len(rows)
        rows = rows[:limit] if more else rows
        end = encode_cursor([rows[-1].created_at.isoformat(), rows[-1].id]) if more else None
        return {"items": [(row, self._shown_offset(row)) for row in rows], "next": end}

    def count_against(self, account_id: int, owner_id: int, sha512: bytes) -> None:
        """A new file that came in one piece counts against the quota of who brought it."""
        with self._database.transaction() as connection:
            uploads.set_brought_by(connection, owner_id, sha512, account_id)

    def tidy(self, ingest: Callable[[], Ingest]) -> None:
        """Forget what nobody goes on with, and enter what was whole when a server died."""
        with self._database.transaction() as connection:
            uploads.remove_expired(connection)
            receiving = uploads.receiving(connection)
        self._remove_orphans()
        for upload in receiving:
            if self._files.length(upload.id) >= upload.bytes:
                self._finish_late(upload, ingest())

    def _finish_late(self, upload: Upload, ingest: Ingest) -> None:
        try:
            with self.hold(upload) as held:
                if held.offset == upload.bytes:
                    self.finish(self.find(upload.account_id, upload.id), held, ingest)
        except (InUse, NotFound):
            return  # its sender is at it, or has ended it
        except (FoveaError, OSError) as error:
            log.warning("upload of %s: %s", upload.path, error)

    def _remove_orphans(self) -> None:
        names = self._files.names(_ORPHAN_AGE_S)  # the row of a younger one may not be committed yet
        with self._database.transaction() as connection:
            known = uploads.known(connection, names)
        for name in names:
            if name in known:
                continue
            try:
                # Held, so that a request that is finishing it does not lose it.
                with self._files.open(name, 0):
                    self._files.remove(name)
            except InUse:
                continue
            except NotFound:
                self._files.remove(name)

    def _must_fit(self, used: uploads.Used, size: int) -> None:
        quota = self.limits.quota_bytes
        if quota and used.kept + used.coming + size > quota:
            raise OverQuota(
                f"this file has {size:,} bytes; of your quota of {quota:,} bytes {used.kept:,} are used and "
                f"{used.coming:,} are on their way; nothing was stored"
            )

    def _must_fit_on_disk(self, connection: Connection, size: int) -> None:
        """What is announced already has its room; nobody else gets it."""
        missing = sum(max(0, each.bytes - self._files.length(each.id)) for each in uploads.receiving(connection))
        if size + missing > self._files.free_bytes():
            raise NoRoom(f"the disk has no room for {size:,} more bytes; free some space")

    def _refuse(self, upload: Upload, refusal: FoveaError) -> None:
        with self._database.transaction() as connection:
            uploads.refuse(connection, upload.id, str(refusal))
        self._files.remove(upload.id)

    def _shown_offset(self, upload: Upload) -> int:
        return upload.bytes if upload.state == "done" else min(self._files.length(upload.id), upload.bytes)


def new_checksum(algorithm: str) -> Any:
    """A running checksum. Raises BadRequest for an algorithm that is not one of `ALGORITHMS`."""
    if algorithm not in ALGORITHMS:
        raise BadRequest(f"checksum algorithm {algorithm!r} is not one of {', '.join(ALGORITHMS)}")
    return hashlib.new(algorithm, usedforsecurity=False)


def _instant(text: str) -> str:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest("the cursor `after` is not one that this list gave out") from error
    if value.tzinfo is None:
        raise BadRequest("the cursor `after` is not one that this list gave out")
    return value.isoformat()
