"""The words of the tus protocol, version 1.0.0 (https://tus.io/protocols/resumable-upload): headers in and out."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from fastapi import Request, Response

from api.errors import HttpError
from core.errors import BadRequest
from core.paths import clean_line
from db.uploads import Upload
from library.uploads import ALGORITHMS, new_checksum

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
PIECE = "application/offset+octet-stream"
ROOT = "/api/v1/uploads"
_METADATA_MOST = 8000
MOST_SOURCE = 200
_SHA512_DIGITS = 128


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the sender says a piece's checksum is."""

    algorithm: str
    digest: bytes


def must_speak(version: str | None) -> None:
    """Raises HttpError 412 when the sender speaks another version of the protocol."""
    if version != VERSION:
        detail = f"send the header Tus-Resumable: {VERSION}; this server speaks no other version"
        raise HttpError(412, "Another version", detail, headers={"Tus-Version": VERSION})


def must_be_piece(request: Request) -> None:
    """Raises HttpError 415 when the body is not said to be a piece of a file."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != PIECE:
        raise HttpError(415, "Another content type", f"a piece of a file has Content-Type: {PIECE}")


def read_metadata(text: str) -> dict[str, str]:
    """Upload-Metadata as a dictionary: `filename d29ybGQ=,is_private`. Raises BadRequest."""
    if len(text) > _METADATA_MOST:
        raise BadRequest(f"Upload-Metadata is longer than {_METADATA_MOST} characters")
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError) as error:
            raise BadRequest(f"the value of {key!r} in Upload-Metadata is not Base64") from error
    return found


def path_of(metadata: dict[str, str]) -> str:
    """Folders and name that a file came under. Raises BadRequest."""
    for key in ("path", "relativePath", "filename", "name"):
        if metadata.get(key, "").strip():
            return metadata[key]
    raise BadRequest("Upload-Metadata names no file: send path (with folders) or filename, in Base64")


def source_of(metadata: dict[str, str]) -> str:
    """The sender's name for the place that the file comes from; empty when it says none."""
    return clean_line(metadata.get("source", ""))[:MOST_SOURCE]


def sha512_of(metadata: dict[str, str]) -> bytes | None:
    """The announced SHA-512 of the whole file, from `sha512` in hexadecimal digits. Raises BadRequest."""
    text = metadata.get("sha512")
    if not text:
        return None
    try:
        digest = bytes.fromhex(text)
    except ValueError as error:
        raise BadRequest("sha512 in Upload-Metadata is not hexadecimal") from error
    if len(text) != _SHA512_DIGITS:
        raise BadRequest("sha512 in Upload-Metadata has another length than a SHA-512")
    return digest


def read_checksum(header: str | None) -> Checksum | None:
    """Upload-Checksum: `sha512 <Base64>`. Raises BadRequest."""
    if header is None:
        return None
    algorithm, _, value = header.strip().partition(" ")
    size = new_checksum(algorithm).digest_size
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest("the value in Upload-Checksum is not Base64") from error
    if len(digest) != size:
        raise BadRequest(f"the value in Upload-Checksum has another length than a {algorithm}")
    return Checksum(algorithm, digest)


def capabilities(most_bytes: int) -> dict[str, str]:
    """What this server can do, for OPTIONS."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(most_bytes),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }


def progress(upload: Upload, offset: int, expires_at: datetime) -> dict[str, str]:
    """Headers that say how far an upload is, and what became of it."""
    headers = {
        "Upload-Offset": str(offset),
        "Upload-Expires": format_datetime(expires_at.astimezone(UTC), usegmt=True),
    }
    if upload.asset_id is not None:
        headers |= {"X-Asset-Id": str(upload.asset_id), "X-Asset-Status": "new" if upload.is_new else "known"}
    return headers


def answer(status: int, headers: dict[str, str]) -> Response:
    """An answer without a body."""
    return Response(status_code=status, headers={"Tus-Resumable": VERSION, **headers})


def described(**headers: str) -> dict[str, Any]:
    """Response headers for the OpenAPI document."""
    return {
        name.replace("_", "-"): {"description": why, "schema": {"type": "string"}} for name, why in headers.items()
    }
