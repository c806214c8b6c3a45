"""A bucket of S3-compatible storage: objects put so that the server checks them, read, listed, removed.

Raises ServiceAway when the storage cannot be reached or refuses us, NoRoom when it is full, and TemporaryError for
bytes that changed on the way (media/s3_client.py).
"""

import base64
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from core.errors import ServiceAway, TemporaryError
from media.s3_client import TRIES, Address, Line, code_of, make_client, missing

PART_BYTES = 16 << 20
_PARTS_MOST = 9_000  # servers take 10,000
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """An object as it lies there: its key without the prefix, size, and when it came, in seconds since 1970."""

    key: str
    bytes: int
    changed_at: float


Values = dict[str, Any]


class AlreadyThere(Exception):
    """An object of this key is there, and was not to be written over."""


class Bucket:
    """Objects by key, below the address's prefix. Safe between threads."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._prefix = f"{address.prefix.strip('/')}/" if address.prefix.strip("/") else ""
        self._line = Line(address)
        self._lock = threading.Lock()
        self._made: Any = None
        self._conditions = True  # whether the server knows If-None-Match on writing

    def answers(self) -> bool:
        """Whether the bucket is there and takes our keys."""
        try:
            with self._line.asking():
                self._client.head_bucket(Bucket=self._address.bucket)
        except TemporaryError:
            return False
        return True

    def head(self, key: str) -> Found | None:
        """What lies under a key, without its bytes."""
        with self._line.asking(), missing():
            answer = self._client.head_object(**self._of(key))
            return Found(key, answer["ContentLength"], answer["LastModified"].timestamp())
        return None

    def put(self, key: str, data: bytes, mime: str, *, only_new: bool = False) -> None:
        """Write an object; the server checks its SHA-256. Raises AlreadyThere if there is one and `only_new`."""
        checked = {"ChecksumSHA256": _sha256(data), "ContentType": mime}
        with self._line.asking():
            self._written(self._client.put_object, only_new, **self._of(key), **checked, Body=data)

    def put_file(self, key: str, opened: IO[bytes], size: int, sha512: bytes, *, only_new: bool) -> None:
        """Write a file of `size` bytes, in parts when it is large; each is checked by the server.

        Raises TemporaryError when what was read has another SHA-512, AlreadyThere. Then nothing is written.
        """
        if size <= PART_BYTES:
            data = opened.read(size + 1)
            _must_be(hashlib.sha512(data).digest(), sha512)
            self.put(key, data, "application/octet-stream", only_new=only_new)
            return
        with self._line.asking():
            begun = self._client.create_multipart_upload(**self._of(key), ChecksumAlgorithm="SHA256")
            upload = {**self._of(key), "UploadId": begun["UploadId"]}
            try:
                parts = list(self._parts(upload, opened, size, sha512))
                complete = self._client.complete_multipart_upload
                self._written(complete, only_new, **upload, MultipartUpload={"Parts": parts})
            except BaseException:
                self._give_up(upload)
                raise

    def read(self, key: str, start: int = 0, end: int | None = None) -> "Reading | None":
        """An object, or its bytes from `start` up to `end`, to be read in pieces; None when there is none."""
        wanted = {} if end is None else {"Range": f"bytes={start}-{end - 1}"}
        with self._line.asking(), missing():
            return Reading(self, key, self._client.get_object(**self._of(key), **wanted), start)
        return None

    def read_again(self, key: str, start: int, end: int, etag: str) -> Any:
        """A stream of part of an object that is still the same. Raises as botocore does."""
        return self._client.get_object(**self._of(key), Range=f"bytes={start}-{end - 1}", IfMatch=etag)["Body"]

    def copy(self, key: str, to: str) -> None:
        """Have the server copy an object."""
        source = {"Bucket": self._address.bucket, "Key": self._prefix + key}
        with self._line.asking():
            self._client.copy_object(**self._of(to), CopySource=source)

    def remove(self, key: str) -> None:
        """Remove an object, if it is there."""
        with self._line.asking(), missing():
            self._client.delete_object(**self._of(key))

    def list(self, below: str, after: str = "") -> Iterator[Found]:
        """Objects whose key begins with `below`, in the order of their bytes, from behind `after` on."""
        values: Values = {"Bucket": self._address.bucket, "Prefix": self._prefix + below}
        if after:
            values["StartAfter"] = self._prefix + after
        while True:
            with self._line.asking():
                page = self._client.list_objects_v2(**values)
            for each in page.get("Contents", ()):
                name = each["Key"].removeprefix(self._prefix)
                yield Found(name, each["Size"], each["LastModified"].timestamp())
            if not page.get("IsTruncated"):
                return
            values["ContinuationToken"] = page["NextContinuationToken"]

    def abort_uploads(self, before: float) -> int:
        """Let go of the parts of uploads that were begun before this time and never ended; how many."""
        values: Values = {"Bucket": self._address.bucket, "Prefix": self._prefix}
        aborted = 0
        while True:
            with self._line.asking():
                page = self._client.list_multipart_uploads(**values)
                for each in page.get("Uploads", ()):
                    if each["Initiated"].timestamp() < before and each["Key"].startswith(self._prefix):
                        named = {"Key": each["Key"], "UploadId": each["UploadId"]}
                        self._give_up({"Bucket": self._address.bucket, **named})
                        aborted += 1
            if not page.get("IsTruncated"):
                return aborted
            values |= {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    def _parts(self, upload: Values, opened: IO[bytes], size: int, sha512: bytes) -> Iterator[Values]:
        part_bytes = max(PART_BYTES, -(-size // _PARTS_MOST))
        hashed, number = hashlib.sha512(), 0
        while data := opened.read(part_bytes):
            hashed.update(data)
            number += 1
            checksum = _sha256(data)
            answer = self._client.upload_part(**upload, PartNumber=number, Body=data, ChecksumSHA256=checksum)
            part = {"PartNumber": number, "ETag": answer["ETag"]}
            yield {**part, "ChecksumSHA256": checksum} if "ChecksumSHA256" in answer else part
        _must_be(hashed.digest(), sha512)

    def _written(self, write: Any, only_new: bool, **values: Any) -> None:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        while True:
            conditions = {"IfNoneMatch": "*"} if only_new and self._conditions else {}
            try:
                write(**values, **conditions)
            except ClientError as error:
                if conditions and code_of(error) in ("NotImplemented", "501"):
                    self._conditions = False
                    continue
                if conditions and code_of(error) in ("PreconditionFailed", "412"):
                    raise AlreadyThere from error
                raise
            return

    def _give_up(self, upload: Values) -> None:
        """The parts are of no use; if this fails too, `abort_uploads` or the bucket's own rule finds them."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._client.abort_multipart_upload(**upload)
        except (BotoCoreError, ClientError):
            return

    def _of(self, key: str) -> dict[str, str]:
        return {"Bucket": self._address.bucket, "Key": self._prefix + key}

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                self._made = make_client(self._address)
            return self._made


class Reading:
    """An object that is being read. A connection that breaks is made anew, and goes on where it was."""

    def __init__(self, bucket: Bucket, key: str, answer: Any, start: int) -> None:
        self._bucket, self._key, self._start = bucket, key, start
        self._body, self._etag = answer["Body"], answer["ETag"]
        self.bytes: int = answer["ContentLength"]

    def pieces(self) -> Iterator[bytes]:
        """Its bytes. Raises ServiceAway."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        offset, tries = 0, TRIES
        while offset < self.bytes:
            why: Exception = OSError(f"it ended after {offset} of {self.bytes} bytes")
            try:
                if self._body is None:
                    start, end = self._start + offset, self._start + self.bytes
                    self._body = self._bucket.read_again(self._key, start, end, self._etag)
                while piece := self._body.read(_READ_BYTES):
                    offset += len(piece)
                    yield piece
            except (BotoCoreError, ClientError, OSError) as broken:
                why = broken
            if offset < self.bytes:
                self.close()
                tries -= 1
                if not tries:
                    raise ServiceAway(f"the storage broke off while {self._key} was read: {why}") from why
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        if self._body is not None:
            self._body.close()
            self._body = None


def _sha256(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _must_be(digest: bytes, sha512: bytes) -> None:
    if digest != sha512:
        raise TemporaryError("the file changed on this machine after it was received; send it again")
