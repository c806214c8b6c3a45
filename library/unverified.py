"""How far a verification has come, on disk, so that one that was cut off can be gone on with."""

import json
import logging
import time
from collections import Counter
from pathlib import Path

from core.errors import Conflict
from library.findings import Finding, Verified, finding_json

log = logging.getLogger(__name__)

_SAVE_EVERY_S = 5.0


class Unverified:
    """The file `<data>/verify.json`: there while a verification runs, and after one that was cut off."""

    def __init__(self, data: Path, most: int) -> None:
        self._path = data / "verify.json"
        self._most = most
        self.after = ""  # everything in the store up to this location was looked at,
        self.after_sha512 = b""  # and every file that should be there up to these bytes
        self._saved_at = time.monotonic()

    def begin(self, *, resume: bool) -> Verified:
        """What was found so far. Raises Conflict when there is nothing to go on with."""
        if not resume:
            return Verified(self._most)
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
            found = Verified(self._most, known["files"], known["bytes"])
            found.counts, found.settled = Counter(known["counts"]), Counter(known["settled"])
            found.findings = [
                Finding(**{**each, "asset_ids": tuple(each["asset_ids"])}) for each in known["findings"]
            ]
            self.after, self.after_sha512 = str(known["after"]), bytes.fromhex(known["after_sha512"])
        except FileNotFoundError as error:
            raise Conflict("no verification was cut off; begin one without --resume") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Conflict(f"{self._path} cannot be read ({error}); begin anew without --resume") from error
        return found

    def reached(self, found: Verified, after: str, sha512: bytes) -> None:
        """Everything up to this file was looked at."""
        self.after, self.after_sha512 = after, sha512
        if time.monotonic() - self._saved_at >= _SAVE_EVERY_S:
            self.save(found)

    def save(self, found: Verified) -> None:
        """Write it down. A data folder that may only be read does not end the verification."""
        self._saved_at = time.monotonic()
        if not self.after:
            return
        counts = {"counts": dict(found.counts), "settled": dict(found.settled)}
        findings = [finding_json(each) for each in found.findings]
        where = {"after": self.after, "after_sha512": self.after_sha512.hex()}
        known = {**where, "files": found.files, "bytes": found.bytes, **counts, "findings": findings}
        fresh = self._path.with_suffix(".json.new")
        try:
            fresh.write_text(json.dumps(known), encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:
            log.warning("how far the verification is could not be written down: %s", error)

    def end(self) -> None:
        """It has come to its end."""
        self._path.unlink(missing_ok=True)
