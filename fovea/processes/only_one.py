"""One process at a time runs the workers of a data folder: `fovea up`, or an `ingest --wait` without it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(data: Path) -> Iterator[bool]:
    """Whether we are the one; held until the end of the block, and let go by the kernel if we die."""
    with (data / "fovea.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
