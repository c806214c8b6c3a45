"""What must outlive a power cut."""

import os
from pathlib import Path


def make_durable(path: Path) -> None:
    """A file's bytes, or the names in a folder, are on the disk when this returns. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
