"""Reading a stranger's file at any place, without being led outside of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from media.tiff_facts import ReadAt


@contextmanager
def reading(path: Path) -> Iterator[tuple[ReadAt, int]]:
    """`read_at(offset, count)` of a file, and its size in bytes. Raises OSError."""
    # O_NONBLOCK: opening a named pipe must not wait for ever for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size

        def read_at(at: int, count: int) -> bytes:
            # Places and lengths come out of the file: the system call itself complains about absurd ones.
            return os.pread(descriptor, min(count, size), at) if 0 <= at < size and count > 0 else b""

        yield read_at, size
    finally:
        os.close(descriptor)
