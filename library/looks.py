"""What a look through a folder indexed in place is asked for, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.companions import Role
from db.in_place import Root

STATUSES = ("unchanged", "new", "known", "moved", "changed", "returned", "missing", "left", "refused", "busy")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look found out about one file. `path` is the one in the library."""

    source: str
    path: str
    status: str
    asset_id: int | None = None
    sha512: str | None = None
    reason: str | None = None
    role: Role | None = None
    restored: bool = False


@dataclass(slots=True)
class Rescanned:
    """What a look through a root found: how many files of each status, each file that is not as it was, and
    folders that could not be looked into."""

    root: Root
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    outcomes: list[Outcome] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wish:
    """How to look.

    by_person: a person asks for these files, so what was refused is tried again and what lies in the trash comes
    out of it. Files changed less than `settled_s` ago are left for the next time. `step` hears how far it is: how
    many more files are done, how many were found on the whole, and which file it was; None for those left unread.
    """

    by_person: bool = False
    settled_s: float = 0.0
    tell: Callable[[Outcome], None] = lambda _: None
    step: Callable[[int, int, str | None], None] = lambda _more, _found, _path: None
    stopped: Callable[[], bool] = lambda: False
