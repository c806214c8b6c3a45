"""Small volumes to be filled by tests: a real one where we may mount, and the kernel's limit of a file's size."""

import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILLER = "filler"


@dataclass
class SmallVolume:
    """A folder whose disk can be filled and freed again. `kind` is "mounted" or "limited"."""

    folder: Path
    kind: str

    def fill(self, leave_bytes: int) -> None:
        """Only about `leave_bytes` more fit (of one file, where the kernel's limit stands in for the disk)."""
        if self.kind == "limited":
            _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (leave_bytes, most))
            return
        with (self.folder / FILLER).open("wb", buffering=0) as filler:
            left = shutil.disk_usage(self.folder).free - leave_bytes
            while left > 0:
                left -= filler.write(b"\0" * min(left, 1 << 20))

    def free(self) -> None:
        """There is room again."""
        if self.kind == "limited":
            _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        else:
            (self.folder / FILLER).unlink(missing_ok=True)


@cache
def kinds() -> tuple[str, ...]:
    """The limit of a file's size exists for every user; a volume can be mounted by root alone."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "none", folder], capture_output=True, check=False)
        if done.returncode:
            return ("limited",)
        subprocess.run(["umount", folder], check=True)
    return ("limited", "mounted")


@contextmanager
def small_volume(folder: Path, kind: str, size_bytes: int) -> Iterator[SmallVolume]:
    """`folder` as a small volume."""
    folder.mkdir(parents=True, exist_ok=True)
    volume = SmallVolume(folder, kind)
    if kind == "mounted":
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "none", str(folder)], check=True)
    try:
        yield volume
    finally:
        volume.free()
        if kind == "mounted":
            with suppress(subprocess.CalledProcessError):
                subprocess.run(["umount", "--lazy", str(folder)], check=True)
