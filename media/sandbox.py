"""Sandbox: programs that decode strangers' files reach the file at hand and the folder they write into, no more.

Files and calls are restricted by media/sandbox_main.py between fork and exec; started by root, the program runs as
nobody. docs/operators/hostile-files.md says what that keeps out.
"""

import ctypes
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from media.sandbox_main import knows_processor, landlock_version

NOBODY = 65534  # in Debian and all that follow the Linux Standard Base
_LAUNCHER = Path(__file__).with_name("sandbox_main.py")
# capabilities(7): CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, KILL, SETGID, SETUID, SETPCAP
_NEEDED_CAPABILITIES = (0, 1, 2, 5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Access:
    """What a program may open besides the system's own files: `read` are files, or folders with all below them;
    `write` are folders in which it may also make, change and remove files."""

    read: tuple[Path, ...] = ()
    write: tuple[Path, ...] = ()


def sandboxed(argv: Sequence[str], access: Access) -> list[str]:
    """`argv` with no more rights than `access` and the system's files, and without privileges."""
    paths = {
        "read": [str(path.absolute()) for path in access.read],
        "write": [str(path.absolute()) for path in access.write],
    }
    launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(paths), *argv]
    return ["setpriv", "--pdeathsig", "KILL", "--no-new-privs", *_unprivileged(), *launcher]


def python_access(packages: Path) -> tuple[Path, ...]:
    """What a Python program of ours has to read, started in `packages`, which is made and names core and media.

    It is not given the folder that they lie in: a library and its secrets may lie there, too.
    """
    packages.mkdir()
    ours = tuple(Path(__file__).resolve().parents[1] / name for name in ("core", "media"))
    for folder in ours:
        (packages / folder.name).symlink_to(folder)
    return (Path(sys.prefix), Path(sys.base_prefix), packages, *ours)


@contextmanager
def given_to_nobody(folders: Sequence[Path]) -> Iterator[None]:
    """While the block lasts the folders belong to the user that sandboxed programs run as; then everything in
    them is ours again. Nothing happens where they run as ourselves."""
    if not runs_as_nobody():
        yield
        return
    for folder in folders:
        give_to_nobody(folder)
    try:
        yield
    finally:
        for folder in folders:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, os.geteuid(), os.getegid(), follow_symlinks=False)


def give_to_nobody(folder: Path) -> None:
    """Let a sandboxed program write into a folder of ours; nothing is to be done where it runs as ourselves."""
    if runs_as_nobody():
        os.chown(folder, NOBODY, NOBODY)


def missing_protection() -> tuple[str, ...]:
    """What this kernel or processor cannot keep from decoders, for the log."""
    libc = ctypes.CDLL(None, use_errno=True)
    missing = () if landlock_version(libc) else ("all files that Fovea may read (Landlock is not there)",)
    return (
        missing if knows_processor() else (*missing, "the network (no filter of system calls for this processor)")
    )


@lru_cache(maxsize=1)
def runs_as_nobody() -> bool:
    """Whether programs are started as nobody: we are root, with the capabilities that it takes."""
    if os.geteuid() != 0:
        return False
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    held = int(next(line.split()[1] for line in lines if line.startswith("CapEff:")), 16)
    return all(held >> capability & 1 for capability in _NEEDED_CAPABILITIES)


def _unprivileged() -> list[str]:
    if not runs_as_nobody():
        return []
    # Originals may lie in folders that only their owner opens; which of them can be read, Landlock decides.
    kept = "-all,+dac_read_search"
    identity = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    # access(2) would otherwise answer as if the capability were not held
    identity.append("--securebits=+no_setuid_fixup")
    return [*identity, f"--inh-caps={kept}", f"--ambient-caps={kept}", f"--bounding-set={kept}"]
