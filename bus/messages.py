"""What every way of delivering jobs can do. A message says only "look at this job"; it may be lost or doubled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """A job to look at. `lane` is "arrivals" or "bulk"; `receipt` belongs to the adapter that delivered it."""

    job_id: int
    analysis: str
    lane: str
    receipt: Any = None


class Bus(Protocol):
    """One connection to the queue, for one thread."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand over messages; returns when they are safe. Raises ServiceAway."""

    def receive(self, analyses: Sequence[str], wait_s: float) -> Message | None:
        """The next message for one of the analyses, arrivals first, or None after `wait_s`."""

    def acknowledge(self, message: Message) -> None:
        """The message was dealt with; it will not come again, unless the connection broke meanwhile."""

    def keep_alive(self) -> None:
        """To be called every few seconds while a message is worked on for long. Raises nothing."""

    def depths(self, analyses: Sequence[str] = ()) -> dict[str, int]:
        """Analysis → messages not yet taken, of those named; of none it only asks whether the queue is there."""

    def depths_by_lane(self, analyses: Sequence[str]) -> dict[tuple[str, str], int]:
        """(analysis, lane) → messages not yet taken, of those named."""

    def dead(self, most: int) -> list[Message]:
        """Messages that were delivered again and again and never acknowledged; acknowledge them."""

    def close(self) -> None: ...
