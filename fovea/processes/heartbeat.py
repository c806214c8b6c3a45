"""A service's sign of life: a file that is touched while its loop turns. Light, as `healthy` reads it often."""

import json
import os
import tempfile
import time
from pathlib import Path

_STALE_S = 45.0
_EVERY_S = 1.0


def place() -> Path:
    """Where the sign lies: FOVEA_BEAT, or in the folder for passing things. One service in a container."""
    return Path(os.environ.get("FOVEA_BEAT") or Path(tempfile.gettempdir()) / "fovea.beat")


class Heartbeat:
    """Written at the start with what the service is, touched with each `tick`, removed at the end."""

    def __init__(self, service: str, *, port: int | None = None) -> None:
        self._path = place()
        self._ticked_at = time.monotonic()
        about = {"service": service, "pid": os.getpid(), "port": port}
        half = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        half.write_text(json.dumps(about), encoding="utf-8")
        half.replace(self._path)

    def tick(self) -> None:
        """The loop turns; may be called as often as one likes."""
        if time.monotonic() - self._ticked_at >= _EVERY_S:
            self._ticked_at = time.monotonic()
            try:
                os.utime(self._path)
            except OSError:
                return  # `healthy` will say so

    def close(self) -> None:
        """The service ends."""
        self._path.unlink(missing_ok=True)


def look(stale_s: float = _STALE_S) -> tuple[dict[str, object], str | None]:
    """What the service said of itself, and what is wrong with it, if anything is."""
    path = place()
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        age_s = time.time() - path.stat().st_mtime
    except (OSError, ValueError):
        return {}, "no service has begun here"
    if about.get("port") is None and age_s > stale_s:
        return about, f"{about.get('service')} has not moved for {age_s:.0f} s"
    return about, None
