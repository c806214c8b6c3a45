"""What an engine calls itself in the version of each result: its name and the hash of its weights."""

import hashlib
from functools import lru_cache
from pathlib import Path

from core.errors import WeightMissing


@lru_cache(maxsize=64)
def _sha256(path: str, size: int, changed_ns: int) -> str:  # noqa: ARG001 - size and time are the cache's key
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a weight file as hex; read once per process while the file stays unchanged."""
    try:
        state = path.stat()
    except FileNotFoundError as gone:
        raise WeightMissing(f"weight file {path} is missing; `fovea weights fetch` brings it") from gone
    return _sha256(str(path), state.st_size, state.st_mtime_ns)


def weight_identity(engine: str, *files: Path) -> str:
    """ "engine-0123456789ab": one file's own hash, or the hash of all files' hashes in the order given."""
    hashes = [sha256_of(file) for file in files]
    whole = hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
    return f"{engine}-{whole[:12]}"
