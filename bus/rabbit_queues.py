"""The queues of RabbitMQ: two lanes for each analysis, and one for what is never dealt with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LANES = ("arrivals", "bulk")
"""In the order in which they are asked: new files go before what is done once more."""


@dataclass(frozen=True, slots=True)
class Queues:
    """Names and arguments of the queues of one installation.

    `delivery_limit`: after so many deliveries that nobody acknowledged a message goes to `dead`. Giving one back
    counts as well, so it is generous. `consumer_timeout_s`: how long a message may be worked on, more than any
    analysis's limit (an hour of video has three hours): leases in the ledger, not the broker, end what hangs.
    """

    prefix: str = "fovea"
    delivery_limit: int = 20
    consumer_timeout_s: int = 7 * 24 * 3600

    @property
    def dead(self) -> str:
        """Name of the queue of dead letters."""
        return f"{self.prefix}.dead"

    def name(self, analysis: str, lane: str) -> str:
        """Name of an analysis's lane."""
        return f"{self.prefix}.{analysis}.{lane}"

    def names(self, analyses: Sequence[str]) -> list[tuple[str, str]]:
        """Every (analysis, lane), arrivals of all before bulk of any."""
        return [(analysis, lane) for lane in LANES for analysis in analyses]

    def parts(self, name: str) -> tuple[str, str]:
        """Analysis and lane of a queue's name; empty when it is none of ours."""
        parts = name.split(".")
        return (parts[-2], parts[-1]) if len(parts) == 3 else ("", "")

    def arguments(self, name: str) -> dict[str, Any]:
        """What the queue of this name is declared with; always the same, or the broker refuses."""
        if name == self.dead:
            return {"x-queue-type": "quorum"}
        return {
            "x-queue-type": "quorum",
            "x-delivery-limit": self.delivery_limit,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.dead,
            "x-consumer-timeout": self.consumer_timeout_s * 1000,
        }
