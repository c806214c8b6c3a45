"""How many files of each analysis at once in a worker process, changed while it works."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from workers.run import Slot

log = logging.getLogger(__name__)

MOST_SLOTS = 64


def slot_names(worker: str) -> list[str]:
    """What the slots of a worker may be called in the ledger; how many there are changes while it works."""
    return [f"{worker}/{number}" for number in range(MOST_SLOTS)]


class Room:
    """Places for files: as many of each analysis as its limit, or as the process was started with."""

    def __init__(self, analyses: Sequence[str], slots: int) -> None:
        self._slots = slots
        self._limits = dict.fromkeys(analyses, slots)
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._left = threading.Condition(self._lock)
        self._ending = False

    def set_limits(self, limits: Mapping[str, int]) -> bool:
        """Analysis → how many at once; whether that is something new. What runs already ends first."""
        with self._lock:
            wanted = {name: min(limits.get(name, self._slots), MOST_SLOTS) for name in self._limits}
            changed, self._limits = wanted != self._limits, wanted
        return changed

    def names(self) -> list[str]:
        """The analyses of this process."""
        return list(self._limits)

    def __str__(self) -> str:
        with self._lock:
            return ", ".join(f"{name} {limit}" for name, limit in sorted(self._limits.items()))

    def most(self) -> int:
        """How many files at once, at most, whichever they are."""
        with self._lock:
            return max(self._limits.values(), default=self._slots)

    def free(self) -> list[str]:
        """Analyses that may begin another file."""
        with self._lock:
            if self._ending:
                return []
            return [name for name, limit in self._limits.items() if self._taken[name] < limit]

    def take(self, analysis: str) -> bool:
        """A place for one more file of it, if there is one; give it back with `leave`."""
        with self._lock:
            if self._ending or self._taken[analysis] >= self._limits[analysis]:
                return False
            self._taken[analysis] += 1
            return True

    def leave(self, analysis: str) -> None:
        """The file is done with."""
        with self._lock:
            self._taken[analysis] -= 1
            self._left.notify_all()

    def end(self) -> None:
        """No file is begun any more, and slots hand back what they work on."""
        with self._lock:
            self._ending = True

    def is_ending(self) -> bool:
        """Whether the process is about to end."""
        return self._ending

    def wait_for_others(self, most_s: float, but: int = 1) -> None:
        """Until all but `but` files are let go of, or for `most_s`."""
        with self._left:
            self._left.wait_for(lambda: self._taken.total() <= but, most_s)


class Team:
    """The slots of a process, each in a thread: as many as the room has places for."""

    def __init__(self, room: Room, make_slot: Callable[[int], Slot], idle: Callable[[], object]) -> None:
        self._room = room
        self._make_slot = make_slot
        self._idle = idle
        self._threads: dict[int, tuple[threading.Thread, threading.Event, Slot]] = {}

    def fit(self) -> None:
        """Begin the slots that are missing, and end those that are too many once their file is done."""
        wanted = self._room.most()
        self._threads = {number: each for number, each in self._threads.items() if each[0].is_alive()}
        for number in range(wanted):
            if number not in self._threads:
                self._begin(number)
        for number, (_, stop, _slot) in self._threads.items():
            if number >= wanted:
                stop.set()

    def stop(self, patience_s: float) -> None:
        """End all of them; one that is inside a long file is left alone after `patience_s`."""
        for _, stop, _slot in self._threads.values():
            stop.set()
        for thread, _stop, _slot in self._threads.values():
            thread.join(patience_s / max(1, len(self._threads)))

    def stuck(self, most_s: float) -> list[str]:
        """Names of slots that showed no sign of life for longer than `most_s`."""
        now = time.monotonic()
        return [slot.name for _thread, _stop, slot in self._threads.values() if now - slot.turned_at > most_s]

    def __len__(self) -> int:
        return sum(not stop.is_set() for _, stop, _slot in self._threads.values())

    def _begin(self, number: int) -> None:
        stop = threading.Event()
        slot = self._make_slot(number)
        thread = threading.Thread(target=slot.run, args=(stop, self._idle), name=slot.name, daemon=True)
        self._threads[number] = (thread, stop, slot)
        thread.start()
