"""Child processes of `fovea up`: started, watched, started anew when they die, and never left behind."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
_PAUSE_MOST_S = 10.0
_STEADY_S = 30.0  # who lived this long may come back at once


def die_with_parent() -> None:
    """Called first in a child: the kernel ends it when its parent is gone, however that came about."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1 and os.environ.get("FOVEA_PARENT", "1") != "1":
        sys.exit("the parent process was gone before this one began")


@dataclass(slots=True)
class Child:
    """One child: its module, arguments and environment, and how often it died of late."""

    name: str
    module: str
    arguments: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    deaths: int = 0
    again_at: float = 0.0

    def start(self) -> None:
        command = [sys.executable, "-m", self.module, *self.arguments]
        environment = {**os.environ, **self.environment, "FOVEA_PARENT": str(os.getpid())}
        # A session of its own: Ctrl-C reaches the parent alone, which then stops everything in order.
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, env=environment)
        self.began = time.monotonic()


class Children:
    """All children. `on_death` is told each one's name, before it is started anew."""

    def __init__(self, children: Sequence[Child], on_death: Callable[[str], None]) -> None:
        self._children = list(children)
        self._on_death = on_death

    def start(self) -> None:
        for child in self._children:
            child.start()

    def watch(self) -> None:
        """Start anew who died; who dies again and again waits longer each time."""
        now = time.monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.again_at:
                    child.start()
            elif (code := child.process.poll()) is not None:
                child.deaths = 0 if now - child.began > _STEADY_S else child.deaths + 1
                pause_s = min(_PAUSE_MOST_S, 0.25 * 2**child.deaths) if child.deaths else 0.0
                log.warning("%s ended (%s); starting it again", child.name, _describe(code))
                child.process, child.again_at = None, now + pause_s
                self._on_death(child.name)

    def stop(self, patience_s: float = 8.0) -> None:
        """Ask all to end, then end those that did not."""
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + patience_s
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _describe(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
