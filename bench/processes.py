"""Processor time and memory of a whole tree of processes, sampled from outside."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil


@dataclass
class Usage:
    """`cpu_s` of every process seen so far, `pss_bytes` of the tree at its largest and at the last look."""

    cpu_s: float = 0.0
    pss_most_bytes: int = 0
    pss_last_bytes: int = 0


@dataclass
class Watch:
    """Looks at the processes that `find` names, every `every_s`, until stopped.

    A process that ended between two looks is counted up to the last look, which errs by `every_s` at most.
    """

    find: Callable[[], list[psutil.Process]]
    every_s: float = 0.25
    memory: bool = False
    _cpu_s: dict[tuple[int, float], float] = field(default_factory=dict)
    _usage: Usage = field(default_factory=Usage)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: "threading.Thread | None" = None

    def start(self) -> "Watch":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> Usage:
        self._stop.set()
        assert self._thread is not None  # noqa: S101 (start came first)
        self._thread.join()
        self._look()
        self._usage.cpu_s = sum(self._cpu_s.values())
        return self._usage

    def _run(self) -> None:
        while not self._stop.wait(self.every_s):
            self._look()

    def _look(self) -> None:
        pss = 0
        for process in self.find():
            try:
                times = process.cpu_times()
                key = (process.pid, process.create_time())
                self._cpu_s[key] = times.user + times.system
                if self.memory:
                    pss += process.memory_full_info().pss
            except psutil.Error:
                continue
        if self.memory and pss:
            self._usage.pss_last_bytes = pss
            self._usage.pss_most_bytes = max(self._usage.pss_most_bytes, pss)


def tree(pid: int, server: "Callable[[], psutil.Process | None] | None" = None) -> list[psutil.Process]:
    """A process with all below it, and a database server with all below it."""
    found: list[psutil.Process] = []
    roots = [pid]
    extra = server() if server else None
    if extra is not None:
        roots.append(extra.pid)
    for root in roots:
        try:
            process = psutil.Process(root)
            found += [process, *process.children(recursive=True)]
        except psutil.Error:
            continue
    return found


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """Processor seconds of those that still live."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def pss_mb(processes: list[psutil.Process]) -> float:
    """Memory of those that still live, what they share counted once."""
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return round(total / 1e6, 1)
