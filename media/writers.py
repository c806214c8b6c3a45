"""Whether somebody has a file open for writing: asked of the kernel, which knows also of mapped memory.

A read lease (fcntl(2), F_SETLEASE) is granted only while nobody may write. It needs the file's owner or CAP_LEASE,
and a file system of this machine: behind a network others write unseen, and some answer as if somebody did.
"""

import ctypes
import errno
import fcntl
import os
import signal
import struct
from contextlib import suppress
from pathlib import Path

# statfs(2): ext2-4, xfs, btrfs, tmpfs, ramfs, overlay, f2fs, zfs, bcachefs, vfat, exfat, ntfs3
_OF_THIS_MACHINE = {
    *(0xEF53, 0x58465342, 0x9123683E, 0x01021994, 0x858458F6, 0x794C7630, 0xF2F52010, 0x2FC12FC1, 0xCA451A4E),
    *(0x4D44, 0x2011BAB0, 0x7366746E),
}
_STATFS_BYTES = 256
_ACCESS_MODE = 3


def being_written(path: Path) -> bool | None:
    """Whether a plain file is open for writing anywhere on this machine; None when nobody can tell.

    Raises OSError when it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        answer = _ask_for_lease(descriptor) if _is_of_this_machine(descriptor) else None
        if answer is None and _is_open_in_a_process(os.fstat(descriptor)):
            return True
        return answer
    finally:
        os.close(descriptor)


def _ask_for_lease(descriptor: int) -> bool | None:
    try:
        # Should somebody want to write just now, the kernel's signal is one that is ignored by default.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return True if error.errno == errno.EAGAIN else None
    with suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _is_of_this_machine(descriptor: int) -> bool:
    found = ctypes.create_string_buffer(_STATFS_BYTES)
    if ctypes.CDLL(None).fstatfs(descriptor, found) != 0:
        return False
    (kind,) = struct.unpack_from("l", found.raw)
    return kind & 0xFFFFFFFF in _OF_THIS_MACHINE


def _is_open_in_a_process(wanted: os.stat_result) -> bool:
    """Looks through the open files of all processes that may be looked at."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            handles = list((process / "fd").iterdir())
        except OSError:
            continue  # it ended, or is somebody else's
        for handle in handles:
            with suppress(OSError, ValueError):
                found = handle.stat()
                if (found.st_dev, found.st_ino) != (wanted.st_dev, wanted.st_ino):
                    continue
                flags = (process / "fdinfo" / handle.name).read_text().partition("flags:")[2].split()[0]
                if int(flags, 8) & _ACCESS_MODE:
                    return True
    return False
