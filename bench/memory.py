"""Memory of everything that `fovea up` consists of, the database included, as proportional set size (PSS)."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from bench.processes import tree
from tests.media_files import media_files
from tests.running import RunningFovea

_SETTLE_S = 3.0


def bench_memory(idle_s: float) -> dict[str, Any]:
    """MB before any work, with every engine loaded, and after `idle_s` without work (engines are let go)."""
    folder = Path(tempfile.mkdtemp(prefix="fovea-memory-"))
    folder.chmod(0o755)
    fovea = RunningFovea(folder, environment={"FOVEA_ENGINE_IDLE_S": str(idle_s)})
    try:
        fovea.start()
        time.sleep(_SETTLE_S)
        figures: dict[str, Any] = {"idle_mb": _pss_mb(fovea)}
        store = media_files()
        for name in ("bus", "zidane", "speech-video", "jpeg-east"):
            shutil.copy(store.path(name), fovea.inbox)
        most = 0.0
        waiting_until = time.monotonic() + 240
        time.sleep(_SETTLE_S)
        while fovea.unfinished_or_unknown() and time.monotonic() < waiting_until:
            most = max(most, _pss_mb(fovea))
            time.sleep(0.2)
        figures["at_work_most_mb"] = most
        figures["engines_loaded_mb"] = _pss_mb(fovea)
        time.sleep(idle_s + 10)
        figures["after_idle_mb"] = _pss_mb(fovea)
        figures["by_process_mb"] = _by_process(fovea)
        return figures
    finally:
        fovea.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _processes(fovea: RunningFovea) -> list[psutil.Process]:
    assert fovea.process is not None  # noqa: S101 (called while it runs)
    return tree(fovea.process.pid, fovea.postgres)


def _pss_mb(fovea: RunningFovea) -> float:
    return round(sum(_by_process(fovea).values()), 1)


def _by_process(fovea: RunningFovea) -> dict[str, float]:
    found: dict[str, float] = {}
    for process in _processes(fovea):
        try:
            words = [word for word in process.cmdline() if not word.startswith("/")] or process.cmdline()
            name = " ".join(words[:3])[:40]
            found[name] = round(found.get(name, 0.0) + process.memory_full_info().pss / 1e6, 1)
        except psutil.Error:
            continue
    return found
