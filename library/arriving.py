"""Whether a file that lies in a folder has come whole, or may still be written to.

Copies pause, begin anew, and set a file's size before its bytes come. A file counts as whole when nobody has it
open for writing and nothing about it changed for a while; how long depends on what is known: a moment when the
kernel answers and the file's own structure is complete, longer and growing with its size when one of the two is
missing.
"""

import os
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import RefusedFile
from core.sidecars import may_be_sidecar
from media.kinds import sniff
from media.wholeness import look_whole
from media.writers import being_written

OPEN = "somebody has it open for writing"
CHANGING = "it has just come or changed"
NOT_WHOLE = "its end is missing: it may still be coming"
UNTOLD = "nothing says yet that it has come whole"
_TAIL_BYTES = 64


@dataclass(frozen=True, slots=True)
class Look:
    """A file as seen: size in bytes, time of last change in ns, inode, and whether it is a plain file."""

    size: int
    changed_ns: int
    inode: int
    plain: bool


def look_at(path: Path) -> Look:
    """Raises OSError."""
    state = path.lstat()
    return Look(state.st_size, state.st_mtime_ns, state.st_ino, stat.S_ISREG(state.st_mode))


@dataclass(frozen=True, slots=True)
class Still:
    """How long a file must have stayed as it is: `least_s`, and a second more for each `bytes_per_s`."""

    least_s: float
    bytes_per_s: float
    most_s: float = 600.0

    def needed_s(self, size: int) -> float:
        return min(self.most_s, self.least_s + size / self.bytes_per_s)


@dataclass(frozen=True, slots=True)
class Patience:
    """By what is known. `closed`: the kernel says that nobody writes. `whole`: its own structure has its end."""

    closed_whole: Still = Still(1.0, 1e12)
    closed_untold: Still = Still(10.0, 20e6)
    closed_cut: Still = Still(30.0, 5e6)
    whole: Still = Still(5.0, 20e6)
    rest: Still = Still(60.0, 5e6, 3600.0)

    def still(self, *, closed: bool, state: "_State") -> Still:
        if closed:
            return {_WHOLE: self.closed_whole, _CUT: self.closed_cut}.get(state, self.closed_untold)
        return self.whole if state == _WHOLE else self.rest


_State = str
_WHOLE, _CUT, _SILENT = "whole", "cut", "silent"


@dataclass(slots=True)
class _Seen:
    look: Look
    since: float
    state: _State | None = None


class Arriving:
    """The files of a folder that is looked at again and again. `sees`: a file counts from its first look on."""

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self._seen: dict[Path, _Seen] = {}

    def why_not(self, path: Path, look: Look) -> str | None:
        """Why the file is not taken yet, in words for a person; None when it is whole. Raises OSError."""
        seen = self._seen.get(path)
        now = time.monotonic()
        if seen is None or seen.look != look:
            self._seen[path] = _Seen(look, now)
            return CHANGING
        if not look.plain:
            return None
        writing = being_written(path)
        if writing:
            return OPEN
        if seen.state is None:
            seen.state = _state_of(path)
        still_s = now - seen.since
        if writing is False:  # the time that the file bears counts, too: nobody else can be at it
            still_s = max(still_s, time.time() - look.changed_ns / 1e9)
        needed_s = self._patience.still(closed=writing is False, state=seen.state).needed_s(look.size)
        if still_s >= needed_s:
            return None
        return {_WHOLE: CHANGING, _CUT: NOT_WHOLE}.get(seen.state, UNTOLD)

    def keep_only(self, paths: Iterable[Path]) -> None:
        """Forget all others: they were taken, or are gone."""
        here = set(paths)
        self._seen = {path: seen for path, seen in self._seen.items() if path in here}


def may_still_be_written(path: Path, age_s: float) -> str | None:
    """For who looks only now and then: why a file that changed `age_s` ago may not be whole. Raises OSError."""
    writing = being_written(path)
    if writing:
        return OPEN
    state = _state_of(path)
    needed_s = Patience().still(closed=writing is False, state=state).needed_s(path.lstat().st_size)
    return None if age_s >= needed_s else {_WHOLE: CHANGING, _CUT: NOT_WHOLE}.get(state, UNTOLD)


def _state_of(path: Path) -> _State:
    try:
        if may_be_sidecar(path.name):
            return _WHOLE if _tail(path).rstrip().endswith((b">", b"}", b"]")) else _CUT
        found = look_whole(path, sniff(path).mime)
    except RefusedFile:
        return _SILENT
    if found.ended:
        return _WHOLE
    return _CUT if found.damage else _SILENT


def _tail(path: Path) -> bytes:
    with path.open("rb") as opened:
        opened.seek(max(0, opened.seek(0, os.SEEK_END) - _TAIL_BYTES))
        return opened.read()
