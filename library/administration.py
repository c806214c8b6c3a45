"""Changing accounts: passwords, roles, disabling, deleting; seeing and ending sessions and tokens.

Nothing is cached anywhere: what is changed here holds for every process from its next look on, and what runs is
looked at twice a second (api/leases.py).
"""

from core.errors import Conflict, NotAllowed, NotFound
from db import accounts
from db.accounts import Account, Person, Role
from db.connect import Connection, Database
from db.tokens import Kind, StoredToken, TokenStore
from library.accounts import hash_password, verify_password


def show_person(database: Database, account_id: int) -> Person:
    """One account, disabled or not. Raises NotFound."""
    with database.transaction() as connection:
        return _person(connection, account_id)


def change_password(
    database: Database, tokens: TokenStore, account: Account, old: str, new: str, *, session_id: str | None
) -> None:
    """One's own. The other sessions end and no device is known any more; tokens for scripts stay.

    Raises NotAllowed when the old one is wrong, BadRequest for a bad new one.
    """
    with database.transaction() as connection:
        password_hash = accounts.password_hash(connection, account.id)
    if password_hash is None or not verify_password(password_hash, old):
        raise NotAllowed("the old password is wrong; nothing was changed")
    password_hash = hash_password(account.login, new)
    with database.transaction() as connection:
        accounts.set_password_hash(connection, account.id, password_hash)
    end_sessions(tokens, account.id, but=session_id)


def change(
    database: Database,
    tokens: TokenStore,
    account_id: int,
    *,
    password: str | None = None,
    role: Role | None = None,
    disabled: bool | None = None,
) -> Person:
    """Change somebody's account, wholly or not at all; what is None stays. What it is like now.

    `password` is for who lost it: whoever may do this need not know the old one, and all sessions end. With
    another `role` the sessions go on, and tokens may no more than it. Nobody acts by a `disabled` account: its
    sessions end, its tokens wait until it is enabled. Raises NotFound, BadRequest for a bad password, and Conflict
    for the last administrator.
    """
    found = show_person(database, account_id)
    password_hash = None if password is None else hash_password(found.login, password)
    leaves = disabled is True or (role is not None and role != "administrator")
    with database.transaction() as connection:
        _person(connection, account_id, leaves=leaves)
        if password_hash is not None:
            accounts.set_password_hash(connection, account_id, password_hash)
        if role is not None:
            accounts.set_role(connection, account_id, role)
        if disabled is not None:
            accounts.set_disabled(connection, account_id, disabled)
        changed = _person(connection, account_id)
    if password_hash is not None or disabled is True:
        end_sessions(tokens, account_id)
    return changed


def delete(database: Database, tokens: TokenStore, account_id: int) -> Person:
    """Close an account for ever; what it was like before.

    Whatever its person brought and decided stays in the library, which all share; an upload that was not finished
    is let go. Raises NotFound, and Conflict for the last administrator.
    """
    with database.transaction() as connection:
        found = _person(connection, account_id, leaves=True)
        accounts.delete(connection, account_id)
    for kind in ("session", "api", "device"):
        tokens.remove_kind(account_id, kind)
    return found


def end_session(tokens: TokenStore, account_id: int, session_id: str) -> None:
    """Raises NotFound."""
    if not tokens.remove(account_id, session_id, "session"):
        raise NotFound(f"there is no session {session_id}, or it has ended")


def end_sessions(tokens: TokenStore, account_id: int, *, but: str | None = None) -> int:
    """Sign an account out everywhere, but for one session; how many ended. No device is known any more."""
    tokens.remove_kind(account_id, "device")
    return tokens.remove_kind(account_id, "session", but=but)


def revoke_token(tokens: TokenStore, account_id: int, token_id: str) -> None:
    """Raises NotFound."""
    if not tokens.remove(account_id, token_id, "api"):
        raise NotFound(f"there is no token {token_id}, or it has ended")


def revoke_tokens(tokens: TokenStore, account_id: int) -> int:
    """Revoke every token for scripts of an account; how many."""
    return tokens.remove_kind(account_id, "api")


def kept_of(database: Database, tokens: TokenStore, account_id: int, kind: Kind) -> list[StoredToken]:
    """The sessions or tokens of an account, newest first. Raises NotFound."""
    show_person(database, account_id)
    return tokens.of_account(account_id, kind)


def _person(connection: Connection, account_id: int, *, leaves: bool = False) -> Person:
    """`leaves`: it is about to stop being an active administrator, and may not if it is the last."""
    administrators = accounts.lock_administrators(connection) if leaves else []
    found = accounts.person(connection, account_id)
    if found is None:
        raise NotFound(f"there is no account {account_id}")
    if administrators == [account_id]:
        raise Conflict(
            f"{found.login} is the last active administrator, and without one nobody could manage this library; "
            "make or enable another first"
        )
    return found
