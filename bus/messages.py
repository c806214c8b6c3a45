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
        """The message was dealt with; it will not come again."""

    def depths(self) -> dict[str, int]:
        """Analysis → messages not yet taken. A missing name means none."""

    def close(self) -> None: ...
