"""What a verification found: counted always, listed up to a number of each kind."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

MEANINGS = {
    "damaged": "other bytes than were stored: bring the file in again, or take it from a backup",
    "missing": "the store does not have the file: bring it in again, or take it from a backup",
    "unreadable": "the disk could not be read",
    "orphan": "the store has a file that the library does not know; --aside moves it to lost+found",
    "preview": "a preview, thumbnail or key frame is missing or cut off; --repair has it made again",
    "left_over": "half received, and nobody goes on with it; --aside moves it to lost+found",
    "away": "indexed in place and not there now: a disk that is not plugged in, or removed",
    "changed": "changed where it lies since it was last looked at; `fovea rescan` takes note",
}
"""Each kind of finding, and what it means to a person."""

_NOTES = ("left_over", "away", "changed")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be. `settled`: it was put right, or is about to be."""

    kind: str
    what: str
    reason: str = ""
    asset_ids: tuple[int, ...] = ()
    settled: bool = False


@dataclass(slots=True)
class Verified:
    """What a verification did: files and bytes it looked at, and what it found. `most` of a kind are listed."""

    most: int = 1000
    files: int = 0
    bytes: int = 0
    previews: int = 0
    finished: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    settled: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Count it, and list it while there are few of its kind."""
        self.counts[finding.kind] += 1
        self.settled[finding.kind] += finding.settled
        if not self.most or self.counts[finding.kind] <= self.most:
            self.findings.append(finding)

    @property
    def is_well(self) -> bool:
        """Nothing is wrong that was not put right. What lies in place elsewhere is not Fovea's to keep."""
        return all(self.settled[kind] == count for kind, count in self.counts.items() if kind not in _NOTES)

    def as_json(self) -> Json:
        """For scripts: every kind with its count, and the list."""
        return {
            "well": self.is_well,
            "finished": self.finished,
            "files": self.files,
            "bytes": self.bytes,
            "previews": self.previews,
            "counts": {kind: self.counts[kind] for kind in MEANINGS},
            "settled": {kind: self.settled[kind] for kind in MEANINGS if self.settled[kind]},
            "findings": [finding_json(each) for each in self.findings],
        }


def finding_json(finding: Finding) -> Json:
    """One finding."""
    told = {"kind": finding.kind, "what": finding.what, "reason": finding.reason, "settled": finding.settled}
    return {**told, "asset_ids": list(finding.asset_ids)}
