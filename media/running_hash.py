"""Hashing a file while it comes, piece by piece."""

import hashlib
from pathlib import Path

_READ_BYTES = 1 << 20


class RunningHash:
    """SHA-512 of a file's first `offset` bytes. It lives in memory only: after a restart it begins anew."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Nothing is hashed."""
        self.offset = 0
        self.sha512 = hashlib.sha512()

    def catch_up(self, path: Path) -> bytes:
        """The digest of the whole file, reading only what was not hashed while it came."""
        with path.open("rb") as opened:
            opened.seek(self.offset)
            while chunk := opened.read(_READ_BYTES):
                self.sha512.update(chunk)
                self.offset += len(chunk)
        return self.sha512.digest()
