"""The one door through which API and workers come to engines: found by name, loaded once, let go when idle."""

import ctypes
import functools
import gc
import importlib
import pkgutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

import engines
from core.errors import BadRequest
from engines.contract import Options

T = TypeVar("T")


class _Shelf:
    """Place of one engine: loaded when first used, again after it was let go; never let go during a call."""

    def __init__(self, load: Callable[[], Any], clock: Callable[[], float]) -> None:
        self._load, self._clock = load, clock
        self._lock = threading.Lock()
        self._engine: Any = None
        self._calls = 0
        self._used_s = clock()

    def begin(self) -> Any:
        """The engine, marked as in use until `end`."""
        with self._lock:  # two threads that want it first load it once
            if self._engine is None:
                self._engine = self._load()
            self._calls += 1
            return self._engine

    def end(self) -> None:
        with self._lock:
            self._calls -= 1
            self._used_s = self._clock()

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        engine = self.begin()
        try:
            return getattr(engine, method)(*args, **kwargs)
        finally:
            self.end()

    def let_go(self, idle_s: float) -> bool:
        with self._lock:
            idle = self._calls == 0 and self._clock() - self._used_s >= idle_s
            if self._engine is None or not idle:
                return False
            self._engine = None
            return True

    @property
    def loaded(self) -> bool:
        return self._engine is not None


class _Handle:
    """Stands for an engine and outlives it: a caller may keep it while the engine comes and goes."""

    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf
        self._values: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._values:
            value = getattr(self._shelf.begin(), name)
            self._shelf.end()
            self._values[name] = functools.partial(self._shelf.call, name) if callable(value) else value
        return self._values[name]


class EngineDoor:
    """Engines by name. Safe to use from several threads.

    `weight` gives the verified path of a weight by its manifest name; `threads` is what an engine may use when
    `get` does not say. `clock` counts seconds.
    """

    def __init__(
        self, weight: Callable[[str], Path], threads: int = 2, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._weight, self._threads, self._clock = weight, threads, clock
        self._lock = threading.Lock()
        self._handles: dict[tuple[str, str, int], _Handle] = {}

    def get(
        self,
        name: str,
        protocol: Callable[..., T],  # type[T], but for type checkers a protocol is not one
        options: dict[str, Any] | None = None,
        threads: int | None = None,
    ) -> T:
        """The engine `name`, loaded, as `protocol` (one of engines/contract.py) describes it.

        Keep it as long as you like: when it was let go for idleness, the next call loads it again. Raises
        BadRequest for an unknown name, setting or kind of work, WeightMissing when its weights are not there.
        """
        extra, count = dict(options or {}), threads or self._threads
        module = _module(name)
        key = (name, repr(sorted(extra.items())), count)
        with self._lock:
            handle = self._handles.get(key)
            if handle is None:
                load = functools.partial(module.load, Options(self._weight, count, extra))
                handle = self._handles[key] = _Handle(_Shelf(load, self._clock))
        engine = handle._shelf.begin()
        handle._shelf.end()
        wanted = cast(type, protocol)
        if not isinstance(engine, wanted):
            raise BadRequest(f"engine {name} is for {module.ANALYSIS} and is no {wanted.__name__}")
        return cast(T, handle)

    def identity(self, name: str, options: dict[str, Any] | None = None) -> str:
        """What the engine would call itself with these options, without loading it."""
        return str(_module(name).identity(Options(self._weight, self._threads, dict(options or {}))))

    def unload_idle(self, idle_s: float) -> int:
        """Let go of engines not used for `idle_s` seconds; returns how many.

        What a native runtime gives back is then returned to the system where the C library can (glibc).
        """
        with self._lock:
            handles = list(self._handles.values())
        count = sum(handle._shelf.let_go(idle_s) for handle in handles)
        if count:
            gc.collect()
            _trim()
        return count

    def loaded(self) -> list[str]:
        """Names of the engines in memory now."""
        with self._lock:
            return sorted({key[0] for key, handle in self._handles.items() if handle._shelf.loaded})


def names(analysis: str | None = None) -> list[str]:
    """Engines that exist, or those that serve one analysis ("objects", "text", …)."""
    found = []
    for module in pkgutil.iter_modules(engines.__path__):
        serves = getattr(importlib.import_module(f"engines.{module.name}"), "ANALYSIS", None)
        if serves is not None and analysis in (None, serves):
            found.append(module.name)
    return sorted(found)


def _module(name: str) -> ModuleType:
    known = names()
    if name not in known:
        raise BadRequest(f"there is no engine {name!r}; there are {', '.join(known)}")
    return importlib.import_module(f"engines.{name}")


def _trim() -> None:
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):  # another C library: nothing to do
        return
