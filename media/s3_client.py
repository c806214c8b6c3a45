"""The client of S3-compatible storage, and what it says as errors of ours.

botocore is imported when it is needed.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from core.errors import NoRoom, ServiceAway, TemporaryError

log = logging.getLogger(__name__)

TRIES = 3
_AWAY = "the storage does not answer; nothing was changed"
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
        connect_timeout=3,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        max_pool_connections=50,
        s3={"addressing_style": "path" if address.path_style else "auto"},
        # each upload carries its SHA-256, each download is compared with the SHA it is named by
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    keys = {"aws_access_key_id": address.access_key or None, "aws_secret_access_key": address.secret_key or None}
    values = {"endpoint_url": address.endpoint or None, "region_name": address.region, "config": config, **keys}
    return Session().create_client("s3", **values)


class Line:
    """The way to the storage. While it is away one question at a time finds out whether it is back, and the others
    are answered at once: a server whose threads all wait for it could answer nothing else."""

    def __init__(self, address: Address) -> None:
        self._where = address.endpoint or "Amazon S3"
        self._is_away = False
        self._turn = threading.Lock()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """What the client says, as an error of ours; addresses are for the log alone."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        finding_out = self._is_away
        if finding_out and not self._turn.acquire(blocking=False):
            raise ServiceAway(_AWAY)
        try:
            yield
            self._is_away = False
        except ClientError as error:
            self._is_away = False
            raise self._refusal(error) from error
        except BotoCoreError as error:
            if not self._is_away:
                log.warning("%s cannot be used: %s", self._where, error)
            self._is_away = True
            raise ServiceAway(_AWAY) from error
        finally:
            if finding_out:
                self._turn.release()

    def _refusal(self, error: Any) -> TemporaryError:
        code = code_of(error)
        log.warning("%s: %s", self._where, error)
        if code in _FULL:
            return NoRoom(f"the storage is full ({code})")
        if code in _DAMAGED_ON_THE_WAY:
            return TemporaryError(f"bytes changed on their way to the storage ({code}); send the file again")
        return ServiceAway(f"the storage refused the request ({code}); the server's log says more")


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
