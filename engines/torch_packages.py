"""The packages of the extra `torch`, which the ordinary environment does not have."""

import os
from importlib import import_module
from pathlib import Path
from types import ModuleType

from core.errors import BadRequest


def import_extra(engine: str, module: str) -> ModuleType:
    """A module of .venv-torch. Raises BadRequest where this Python does not have it."""
    # PyTorch's threads wait by spinning, unless told before it is imported: 1,565 CPU ms a picture instead of 99.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        return import_module(module)
    except ModuleNotFoundError as gone:
        raise BadRequest(
            f"engine {engine} needs the Python package {gone.name}, which this environment does not have: "
            "run Fovea from .venv-torch (`make engines-environment`), or choose another engine"
        ) from gone


def quieten_ultralytics() -> None:
    """Set, before the package is imported, that it asks no network and keeps its settings in Fovea's own cache.

    Nothing but the classes it knows is then taken out of a checkpoint, which is a pickle.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    for name, value in {
        "YOLO_OFFLINE": "true",
        "YOLO_VERBOSE": "false",
        "YOLO_CONFIG_DIR": str(cache / "fovea"),
        "YOLO_AUTOINSTALL": "false",
        "ULTRALYTICS_SAFE_LOAD": "1",
    }.items():
        os.environ[name] = value
