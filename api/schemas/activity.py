"""How far the analyses are, and what failed."""

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.values import Id, Instant, Wire

Slots = Annotated[int, Field(ge=1, le=64)]


class Activity(Wire):
    """One analysis over the whole library."""

    name: str
    version: str
    waiting: int
    running: int
    done: int
    failed: int
    can_retry: int = Field(description="Of the failed: those that trying again may help.")
    skipped: int
    paused: bool
    slots: Slots | None = Field(description="Files at once in each worker process; null: as it was started.")
    rate_per_min: float = Field(description="Ended per minute, over the last five minutes.")
    left_s: float | None = Field(description="Seconds to the end at this rate; null where nothing moves.")


class ActivityList(Wire):
    items: list[Activity]
    next: str | None


class AssetName(Wire):
    id: Id
    name: str


class Failure(Wire):
    """What failed for one and the same reason; `assets` are the first twenty."""

    reason: str
    count: int
    can_retry: bool = Field(description="Trying again may help; a broken file stays broken.")
    assets: list[AssetName]


class FailureList(Wire):
    items: list[Failure]
    next: str | None


Which = Literal["failed", "retryable", "stale", "all"]


class Cost(Wire):
    """Of doing an analysis again."""

    files: int
    mean_s: float = Field(description="Seconds that one file took so far; 0: none was done yet.")
    work_s: float = Field(description="Seconds that one worker would need for all of them.")


class Requeue(Wire):
    which: Which
    asset_id: Id | None = None


class Queued(Wire):
    queued: int


class Concurrency(Wire):
    slots: Slots | None = Field(description="Files at once in each worker process; null: as it was started.")


class RefusedFile(Wire):
    """A file that was not taken. `path`: the name it would have had; `kept`: where it lies."""

    path: str
    kept: str


class RefusalReason(Wire):
    """What was refused for one and the same reason; `files` are the first twenty."""

    reason: str
    count: int
    files: list[RefusedFile]


class Refusal(Wire):
    path: str
    kept: str = Field(description="Where the file lies.")
    reason: str
    refused_at: Instant


class RefusalList(Wire):
    items: list[Refusal]
    next: str | None


class Deed(Wire):
    """Something long: an import, an export, a backup, a re-run."""

    id: Id
    kind: str = Field(examples=["import", "rerun"])
    title: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: int
    total: int | None = Field(description="null while nobody knows.")
    message: str = Field(description="What it does just now, what became of it, or why it failed.")
    stored: int = Field(description="Of an import: files that are new in the library.")
    known: int = Field(description="Of an import: files whose bytes were there already.")
    refused: int = Field(description="Files that were not taken.")
    reasons: list[RefusalReason] = Field(description="Why not: the most frequent reasons.")
    cancel_asked: bool = Field(description="Somebody asked for its end; it comes at the next step.")
    began_at: Instant
    ended_at: Instant | None


class DeedList(Wire):
    items: list[Deed]
    next: str | None
