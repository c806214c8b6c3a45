"""The files of the store seen as a whole, for who verifies and backs up: walked in order, read, written safely."""

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import NoRoom, PermanentError, TemporaryError
from media.durable import make_durable

_CHUNK_BYTES = 1 << 20
UNFINISHED = ".unfinished-"

Pieces = Iterable[bytes | memoryview]


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it is kept: its location, size, and when it last changed or was renamed (seconds since 1970)."""

    location: str
    bytes: int
    changed_at: float


class WrongBytes(PermanentError):
    """A file's SHA-512 is not the one it should have."""


def stored_files(top: Path, after: str = "") -> Iterator[Stored]:
    """Every file below `top` whose location comes after `after`, in the order of their bytes.

    Never more than the listings of a few folders is in memory. Links are not followed. What cannot be listed
    raises OSError: a file that was not seen is not known to be gone.
    """
    yield from _below(top, "", os.fsencode(after))


def _below(folder: Path, prefix: str, after: bytes) -> Iterator[Stored]:
    with os.scandir(folder) as listing:
        entries = [(entry, entry.is_dir(follow_symlinks=False)) for entry in listing]
    # with its stroke a folder stands where its files do
    named = [(os.fsencode(prefix + entry.name + ("/" if inner else "")), entry, inner) for entry, inner in entries]
    for name, entry, inner in sorted(named, key=lambda each: each[0]):
        if inner:
            if name[: len(after)] >= after[: len(name)]:
                yield from _below(folder / entry.name, prefix + entry.name + "/", after)
        elif name > after and not entry.name.startswith(UNFINISHED):
            try:
                state = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # it went while we looked
            yield Stored(prefix + entry.name, state.st_size, max(state.st_mtime, state.st_ctime))


def pieces_of(path: Path) -> Iterator[memoryview]:
    """A plain file's bytes, in a buffer that is written over with the next ones. Raises OSError.

    Reading it all does not push what others need out of memory.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    chunk = memoryview(bytearray(_CHUNK_BYTES))
    with os.fdopen(descriptor, "rb", buffering=0) as opened:
        while count := opened.readinto(chunk):
            yield chunk[:count]
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def hash_pieces(pieces: Pieces) -> tuple[bytes, int]:
    """SHA-512 and size in bytes."""
    hashed, size = hashlib.sha512(), 0
    for piece in pieces:
        hashed.update(piece)
        size += len(piece)
    return hashed.digest(), size


def hash_on_disk(path: Path) -> bytes:
    """SHA-512 of a plain file as the disk has it, not as memory still remembers it. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as opened:
        with suppress(OSError):  # some file systems keep nothing in memory
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(opened, "sha512").digest()


def write_checked(pieces: Pieces, target: Path, sha512: bytes) -> int:
    """Write a file whose SHA-512 is known; its size. It appears under its name whole, durable and right, or not.

    Raises WrongBytes when the bytes are not what they should be, NoRoom and TemporaryError of the target, and
    whatever the source raises.
    """
    unfinished = target.with_name(f"{UNFINISHED}{os.getpid()}-{target.name}")
    hashed, size = hashlib.sha512(), 0
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        made = os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        try:
            for piece in pieces:
                hashed.update(piece)
                size += len(piece)
                with _writing(target):
                    _write_all(made, memoryview(piece))
            with _writing(target):
                with suppress(PermissionError):  # of file systems without modes
                    os.fchmod(made, 0o444)
                os.fsync(made)
            os.posix_fadvise(made, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(made)
        if hashed.digest() != sha512:
            raise WrongBytes("its SHA-512 is another one")
        with _writing(target):
            unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return size


def _write_all(target: int, piece: memoryview) -> None:
    while piece:
        piece = piece[os.write(target, piece) :]


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """What goes wrong while writing is the target's fault, and said so."""
    try:
        yield
    except OSError as error:
        kind = NoRoom if error.errno in (errno.ENOSPC, errno.EDQUOT) else TemporaryError
        raise kind(f"{target.parent} cannot be written to: {error.strerror}") from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the file system can."""
    with suppress(OSError):  # network file systems refuse
        make_durable(folder)


def clear_unfinished_copies(top: Path) -> None:
    """Remove what cut-off copies left below `top`."""
    for folder, _, names in os.walk(top):
        for name in names:
            if name.startswith(UNFINISHED):
                with suppress(OSError):
                    (Path(folder) / name).unlink()
