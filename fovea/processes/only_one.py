"""One process at a time runs the workers of a data folder: `fovea up`, or an `ingest --wait` without it."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_TRIES = 5
_PAUSE_S = 0.05


def is_served(data: Path) -> bool:
    """Whether somebody runs the workers of this data folder now."""
    with (data / "fovea.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


@contextmanager
def alone(data: Path) -> Iterator[bool]:
    """Whether we are the one; held until the end of the block, and let go by the kernel if we die."""
    with (data / "fovea.lock").open("ab") as lock:
        yield _lock(lock)


def _lock(lock: IO[bytes]) -> bool:
    for attempt in range(_TRIES):  # `is_served` of another process holds the lock for a moment
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < _TRIES:
                time.sleep(_PAUSE_S)
        else:
            return True
    return False
