"""Sessions, tokens for scripts, the one-time claim, and attempts to sign in. Only SHA-256 hashes are stored.

`TokenStore` is the seam between the two shapes: PostgreSQL in the embedded one (db/tokens_postgres.py), MongoDB in
the deployed one (db/tokens_mongodb.py). A secret has 256 random bits, so a plain hash is enough: there is nothing
to guess from a leaked table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Kind = Literal["session", "api", "claim", "device"]
"""A device is a browser from which its account has signed in before; it may do nothing, but is known again."""


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What is kept of a token. `id` names it to its owner and is no secret; times are aware instants."""

    id: str
    kind: Kind
    account_id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be kept. `token_hash` is the SHA-256 of its secret; no `expires_at` means for ever."""

    kind: Kind
    account_id: int
    token_hash: bytes
    name: str = ""
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pauses:
    """How failures are answered: `free` of them at once, then a pause of `first_s` seconds after the next attempt,
    twice as long after each further one, `longest_s` at most; forgotten when none came for `kept_s` seconds."""

    free: int
    first_s: float
    longest_s: float
    kept_s: float = 86_400.0


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """Whose attempts are counted. `key_hash` is the SHA-256 of whom or where they come from."""

    key_hash: bytes
    pauses: Pauses


class TokenStore(Protocol):
    """Safe between threads and processes; every method raises ServiceAway when the store does not answer.

    Nothing is cached: what one process revoked is worth nothing in any other.
    """

    def add(self, new: NewToken) -> StoredToken: ...

    def find(self, token_hash: bytes, kinds: tuple[Kind, ...]) -> StoredToken | None:
        """The token with this hash and one of these kinds, unless it has expired or was revoked."""
        ...

    def of_account(self, account_id: int, kind: Kind) -> list[StoredToken]:
        """Newest first, without expired ones."""
        ...

    def living(self, token_ids: Sequence[str]) -> set[str]:
        """Which of these tokens have neither expired nor been revoked; one question for all of them."""
        ...

    def remove(self, account_id: int, token_id: str, kind: Kind) -> bool:
        """Revoke one token of an account; False when the account has none of this id and kind."""
        ...

    def remove_kind(self, account_id: int, kind: Kind, *, but: str | None = None) -> int:
        """Revoke all that an account has of one kind, except the token whose id is `but`; how many."""
        ...

    def remove_all(self) -> None:
        """Revoke everything. After accounts came back from a backup, their ids may name other people."""
        ...

    def for_backup(self) -> list[NewToken]:
        """Every living token for scripts as `add` takes it, so that it can be brought back elsewhere."""
        ...

    def remove_expired(self) -> None:
        """Forget tokens and attempts that are over, so that neither piles up."""
        ...

    def attempt(self, limits: Sequence[AttemptLimit]) -> float:
        """Note an attempt under each of the keys, or under none when one of them has to wait.

        Answers 0 when it is noted, otherwise after how many seconds the next one will be. It is noted before its
        outcome is known, so that many at the same moment do not slip through together.
        """
        ...

    def forgive(self, *, all_of: bytes | None, last_of: bytes) -> None:
        """An attempt was no failure: forget all of one key's attempts, and the newest of another's, whose pause
        goes on if there is one."""
        ...

    def check(self) -> None:
        """Whether the store answers: comes back, or raises ServiceAway."""
        ...
