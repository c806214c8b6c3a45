"""The client of S3-compatible storage, and what it says as errors of ours.

botocore is imported when it is needed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from core.errors import NoRoom, ServiceAway, TemporaryError

TRIES = 3
_FULL = {"InsufficientStorage", "QuotaExceeded", "StorageFull", "XMinioStorageFull", "EntityTooLarge"}
_DAMAGED_ON_THE_WAY = {"BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "InvalidDigest"}


@dataclass(frozen=True, slots=True)
class Address:
    """Which bucket, and by which keys; without keys those of the machine's role are looked for."""

    bucket: str
    endpoint: str = ""
    region: str = "us-east-1"
    prefix: str = ""
    path_style: bool = True
    access_key: str = ""
    secret_key: str = field(default="", repr=False)


def make_client(address: Address) -> Any:
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    config = Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        max_pool_connections=20,
        s3={"addressing_style": "path" if address.path_style else "auto"},
        # each upload carries its SHA-256, each download is compared with the SHA it is named by
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    keys = {"aws_access_key_id": address.access_key or None, "aws_secret_access_key": address.secret_key or None}
    values = {"endpoint_url": address.endpoint or None, "region_name": address.region, "config": config, **keys}
    return Session().create_client("s3", **values)


@contextmanager
def told(address: Address) -> Iterator[None]:
    """What the client says, as an error of ours."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    where = f"the storage {address.endpoint or 'of AWS'}"
    try:
        yield
    except ClientError as error:
        code, why = code_of(error), error.response.get("Error", {}).get("Message", "")
        if code in _FULL:
            raise NoRoom(f"{where} is full: {code} {why}") from error
        if code in _DAMAGED_ON_THE_WAY:
            raise TemporaryError(f"bytes changed on their way to {where}: {code}") from error
        raise ServiceAway(f"{where} refused bucket {address.bucket}: {code} {why}".rstrip()) from error
    except BotoCoreError as error:
        raise ServiceAway(f"{where} cannot be used: {error}") from error


@contextmanager
def missing() -> Iterator[None]:
    """That there is no such object is an answer, not an error."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        if code_of(error) not in ("NoSuchKey", "NotFound", "404"):
            raise


def code_of(error: Any) -> str:
    code: str = error.response.get("Error", {}).get("Code", "")
    return code
