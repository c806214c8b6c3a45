"""How far the analyses are, and what failed."""

from typing import Literal

from pydantic import Field

from api.schemas.values import Id, Wire


class Activity(Wire):
    """One analysis over the whole library."""

    name: str
    version: str
    waiting: int
    running: int
    done: int
    failed: int
    skipped: int
    rate_per_min: float = Field(description="Ended per minute, over the last five minutes.")
    left_s: float | None = Field(description="Seconds to the end at this rate; null where nothing moves.")
    paused: bool


class ActivityList(Wire):
    items: list[Activity]
    next: str | None = None


class AssetName(Wire):
    id: Id
    name: str


class Failure(Wire):
    """What failed for one and the same reason; `assets` are the first twenty."""

    reason: str
    count: int
    assets: list[AssetName]


class FailureList(Wire):
    items: list[Failure]
    next: str | None


class Requeue(Wire):
    which: Literal["failed", "stale", "all"]
    asset_id: Id | None = None


class Queued(Wire):
    queued: int
