"""What the verbs ask of a library, wherever it is: on this machine, or behind FOVEA_URL.

The verbs know this seam alone; each answer is the JSON that they print, the same from either side.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core.errors import BadRequest
from fovea.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

Json = dict[str, Any]


class Questions(Protocol):
    """Methods raise the errors of core/errors.py. `what` is a number, a path in the library, or a file here."""

    def status(self) -> Json:
        """Counts, and each analysis under "analyses"."""
        ...

    def list_assets(self, *, limit: int, after: str | None) -> Json: ...

    def show(self, what: str) -> Json: ...

    def search(self, query: str, *, limit: int, after: str | None, sort: str) -> Json: ...

    def saved_searches(self) -> Json: ...

    def save_search(self, name: str, query: str, sort: str) -> None: ...

    def similar(self, what: str, *, limit: int) -> Json: ...

    def cost(self, analysis: str, which: str) -> Json:
        """`{"files", "mean_s", "work_s"}` of doing an analysis again for what is failed, stale or all."""
        ...

    def requeue(self, analysis: str, which: str) -> Json: ...

    def choose_language(self, asset_id: int, language: str | None) -> Json: ...

    def split(self, asset_id: int, sha512: str) -> Json: ...

    def join(self, asset_ids: Sequence[int]) -> Json: ...

    def belonging(self, asset_id: int) -> Json: ...

    def undo_belonging(self, belonging_id: int) -> Json: ...

    def list_trash(self, *, limit: int, after: str | None) -> Json: ...

    def put_into_trash(self, which: Sequence[str]) -> list[int]:
        """Numbers of what was put there, each once; nothing when one of them does not exist."""
        ...

    def restore_from_trash(self, which: Sequence[str]) -> list[int]: ...

    def empty_trash(self, older_than_days: float) -> Json: ...


class Accounts(Protocol):
    """Accounts, by login. What is JSON is as the API shows it; methods raise the errors of core/errors.py."""

    def add_user(self, login: str, password: str, role: str) -> Json: ...

    def list_users(self) -> list[Json]: ...

    def find_user(self, login: str) -> Json: ...

    def is_own(self, login: str) -> bool:
        """Whether it is the account of the token that is shown; on the machine of the library nobody's is."""
        ...

    def change_own_password(self, old: str, new: str) -> None: ...

    def set_password(self, login: str, password: str) -> None:
        """All sessions of the account end."""
        ...

    def change_user(self, login: str, *, role: str | None = None, disabled: bool | None = None) -> Json: ...

    def delete_user(self, login: str) -> Json:
        """What the account was."""
        ...

    def sessions(self, login: str) -> list[Json]: ...

    def end_session(self, login: str, session_id: str) -> None: ...

    def end_sessions(self, login: str) -> int: ...

    def tokens(self, login: str) -> list[Json]: ...

    def make_token(self, login: str, label: str, scopes: Sequence[str], expires_at: "datetime | None") -> Json:
        """`{"id", "name", "scopes", "expires_at", "token"}`; without `expires_at` it never ends."""
        ...

    def revoke_token(self, login: str, token_id: str) -> None: ...

    def revoke_tokens(self, login: str) -> int: ...


class Intake(Protocol):
    """Taking files in: `{"asset_id", "path", "sha512", "role", "restored", "source", "status", "reason"}` of each.

    quiet: no progress bars. Refused files are told on standard error.
    """

    def take(self, paths: Sequence[Path], *, move: bool, quiet: bool) -> list[Json]: ...

    def index(self, paths: Sequence[Path], *, quiet: bool) -> list[Json]:
        """In place. Raises BadRequest where that cannot be."""
        ...

    def wait(self, asset_ids: Sequence[int], *, quiet: bool) -> None:
        """Until the analyses of these assets have ended."""
        ...


@contextmanager
def asking(*, register: bool = False) -> Iterator[Questions]:
    """The library that the verbs are about. `register`: see `fovea.open.open_library`; nothing to a remote one."""
    settings = Settings()
    if settings.url:
        from fovea.remote import Remote  # noqa: PLC0415  # neither side loads the other's packages
        from fovea.remote_questions import RemoteQuestions  # noqa: PLC0415

        with Remote(settings) as remote:
            yield RemoteQuestions(remote)
        return
    from fovea.local_questions import LocalQuestions  # noqa: PLC0415
    from fovea.open import open_library  # noqa: PLC0415

    with open_library(register=register) as library:
        yield LocalQuestions(library)


@contextmanager
def managing() -> Iterator[Accounts]:
    """The accounts of the library that the verbs are about."""
    settings = Settings()
    if settings.url:
        from fovea.remote import Remote  # noqa: PLC0415
        from fovea.remote_accounts import RemoteAccounts  # noqa: PLC0415

        with Remote(settings) as remote:
            yield RemoteAccounts(remote)
        return
    from fovea.local_accounts import LocalAccounts  # noqa: PLC0415
    from fovea.open import open_library  # noqa: PLC0415

    with open_library() as library:
        yield LocalAccounts(library)


@contextmanager
def taking_in() -> Iterator[Intake]:
    """The door to the library that the verbs are about."""
    settings = Settings()
    if settings.url:
        from fovea.remote import Remote  # noqa: PLC0415
        from fovea.remote_intake import RemoteIntake  # noqa: PLC0415

        with Remote(settings) as remote:
            yield RemoteIntake(remote)
        return
    from fovea.local_intake import opened  # noqa: PLC0415

    with opened() as intake:
        yield intake


def must_be_here(settings: Settings) -> None:
    """For what only works beside the data. Raises BadRequest while FOVEA_URL names another machine's library."""
    if settings.url:
        raise BadRequest(
            "this works only where the library is, and FOVEA_URL names another machine's: run it on that machine "
            "(with containers: docker compose exec api fovea …), or unset FOVEA_URL for the library of FOVEA_DATA"
        )
