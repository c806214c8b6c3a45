"""Who may do what: claiming the library, signing in, accounts and tokens. Knows nothing of HTTP."""

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import BadRequest, Conflict, NotAllowed, NotFound, NotSignedIn
from db import accounts
from db.accounts import Account, Person, Role
from db.connect import Database
from db.tokens import Kind, NewToken, StoredToken, TokenStore

FIRST_ACCOUNT = 1  # made by the first migration; owns whatever arrives before anybody signed in
SCOPES = ("read", "write", "admin")
SCOPES_OF_ROLE: dict[Role, frozenset[str]] = {
    "administrator": frozenset(SCOPES),
    "editor": frozenset(("read", "write")),
    "viewer": frozenset(("read",)),
}
CLAIM_LASTS = timedelta(hours=24)
SESSION_LASTS = timedelta(days=30)
DEVICE_LASTS = timedelta(days=365)
TOKEN_LASTS = timedelta(days=90)
"""Of a token for scripts, unless another end is asked for, or none."""
SHORTEST_PASSWORD = 10

# Each verification takes 64 MiB for about a tenth of a second: many at once must not take all the memory.
_hashing = threading.BoundedSemaphore(4)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts, and what the session or token they showed lets them do."""

    account: Account
    scopes: frozenset[str]
    token: StoredToken

    @property
    def owner_id(self) -> int:
        """The account whose library the caller looks at."""
        return library_of(self.account)

    def must(self, scope: str) -> None:
        """Raises NotAllowed when the caller lacks the scope."""
        if scope not in self.scopes:
            raise NotAllowed(
                f"this needs the scope {scope!r}; {self.account.login} ({self.account.role}) came with "
                f"{', '.join(sorted(self.scopes)) or 'none'}"
            )


def library_of(_account: Account) -> int:
    """The one rule of whose library an account sees: everybody shares that of the first administrator.

    Rows carry their owner all the same, so that a library per person needs a change of this function only.
    """
    return FIRST_ACCOUNT


def make_claim(database: Database, tokens: TokenStore) -> str | None:
    """The secret of a new one-time link that makes the first administrator, or None when there is one.

    Earlier links end; this one lasts a day.
    """
    with database.transaction() as connection:
        if accounts.is_claimed(connection, FIRST_ACCOUNT):
            return None
    tokens.remove_kind(FIRST_ACCOUNT, "claim")
    secret, _ = _issue(tokens, "claim", FIRST_ACCOUNT, lasts=CLAIM_LASTS)
    return secret


def is_claimed(database: Database) -> bool:
    """Whether the library has its administrator."""
    with database.transaction() as connection:
        return accounts.is_claimed(connection, FIRST_ACCOUNT)


def claim_library(database: Database, tokens: TokenStore, claim: str, login: str, password: str) -> Account:
    """Make the first administrator. Of several at the same moment one succeeds.

    Raises NotAllowed for a wrong or old claim, Conflict when the library is taken, BadRequest for a bad
    password.
    """
    if is_claimed(database):
        raise Conflict("this library has its administrator already; sign in instead")
    if tokens.find(_hash(claim), ("claim",)) is None:
        raise NotAllowed("this one-time link is not valid any more; the newest one is printed at each start")
    account = claim_directly(database, login, password)
    tokens.remove_kind(FIRST_ACCOUNT, "claim")
    return account


def claim_directly(database: Database, login: str, password: str) -> Account:
    """Make the first administrator without a link, for who can run commands here. Raises Conflict."""
    login = _clean_login(login)
    password_hash = hash_password(login, password)
    with database.transaction() as connection:
        account = accounts.claim(connection, FIRST_ACCOUNT, login, password_hash)
    if account is None:
        raise Conflict("this library has its administrator already; sign in instead")
    return account


def sign_in(database: Database, login: str, password: str) -> tuple[Account, str]:
    """The account and the hash that its password fitted. Raises NotSignedIn: for an unknown name the same, as
    slowly; that an account is disabled learns only who knows its password."""
    with database.transaction() as connection:
        found = accounts.account_by_login(connection, login.strip())
    password_hash = (found.password_hash if found else None) or _nobodys_hash()
    right = verify_password(password_hash, password)
    if found is None or found.password_hash is None or not right:
        raise NotSignedIn("name or password is wrong")
    if found.disabled_at is not None:
        raise NotSignedIn(f"the account {found.account.login!r} is disabled; an administrator can enable it")
    if _hasher().check_needs_rehash(password_hash):
        password_hash = _hasher().hash(password)
        with database.transaction() as connection:
            accounts.set_password_hash(connection, found.account.id, password_hash)
    return found.account, password_hash


def start_session(tokens: TokenStore, account: Account, name: str = "") -> tuple[str, StoredToken]:
    """A new session: its secret and what is kept of it. `name` says from where, for people to know it again."""
    scopes = tuple(sorted(SCOPES_OF_ROLE[account.role]))
    return _issue(tokens, "session", account.id, name=name, scopes=scopes, lasts=SESSION_LASTS)


def must_still_fit(
    database: Database, tokens: TokenStore, account: Account, password_hash: str, started: StoredToken
) -> None:
    """Between looking at a password and starting its session the password may have been changed, and the sessions
    of the old one ended: this one, too. Raises NotSignedIn."""
    with database.transaction() as connection:
        now = accounts.password_hash(connection, account.id)
    if now != password_hash:
        tokens.remove(account.id, started.id, "session")
        raise NotSignedIn("name or password is wrong")


def know_device(tokens: TokenStore, account: Account, shown: str | None) -> str | None:
    """The secret by which a browser that has just signed in is known again; None when what it showed is good."""
    if shown and is_known_device(tokens, account.id, shown):
        return None
    return _issue(tokens, "device", account.id, lasts=DEVICE_LASTS)[0]


def is_known_device(tokens: TokenStore, account_id: int, shown: str) -> bool:
    """Whether this account has signed in from there before."""
    found = tokens.find(_hash(shown), ("device",))
    return found is not None and found.account_id == account_id


def caller_of(database: Database, tokens: TokenStore, secret: str, kind: Kind) -> Caller:
    """Who showed this secret. A role that changed since changes a session, and shrinks a token. Raises
    NotSignedIn."""
    token = tokens.find(_hash(secret), (kind,))
    if token is None:
        raise NotSignedIn("the session or token is not valid, or has expired")
    with database.transaction() as connection:
        account = accounts.account_by_id(connection, token.account_id)
    if account is None:
        raise NotSignedIn("the account is not active any more")
    return Caller(account, scopes_of(account, token), token)


def scopes_of(account: Account, token: StoredToken) -> frozenset[str]:
    """A session may what its account's role may now; a token at most what it was given."""
    may = SCOPES_OF_ROLE[account.role]
    return may if token.kind == "session" else may & frozenset(token.scopes)


def add_account(database: Database, login: str, password: str, role: Role) -> Account:
    """Another account. Raises Conflict when the name is taken, BadRequest for a bad name or password."""
    login = _clean_login(login)
    password_hash = hash_password(login, password)
    with database.transaction() as connection:
        account = accounts.add_account(connection, login, password_hash, role)
    if account is None:
        raise Conflict(f"the name {login!r} is taken")
    return account


def list_accounts(database: Database) -> list[Person]:
    """All accounts, disabled ones too, oldest first."""
    with database.transaction() as connection:
        return accounts.list_accounts(connection)


def find_account(database: Database, login: str) -> Account:
    """The account of this name, disabled or not. Raises NotFound."""
    with database.transaction() as connection:
        found = accounts.account_by_login(connection, login.strip())
    if found is None:
        raise NotFound(f"there is no account {login!r}")
    return found.account


def make_token(
    tokens: TokenStore, account: Account, name: str, scopes: frozenset[str], expires_at: datetime | None
) -> tuple[str, StoredToken]:
    """A token for scripts: its secret, shown once, and what is kept. Without `expires_at` it never ends.

    Raises NotAllowed, BadRequest.
    """
    beyond = scopes - SCOPES_OF_ROLE[account.role]
    if beyond:
        raise NotAllowed(f"{account.login} ({account.role}) cannot give away {', '.join(sorted(beyond))}")
    if not scopes:
        raise BadRequest("a token needs at least one scope: read, write or admin")
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise BadRequest("expires_at lies in the past")
    lasts = None if expires_at is None else expires_at - datetime.now(UTC)
    return _issue(tokens, "api", account.id, name=name, scopes=tuple(sorted(scopes)), lasts=lasts)


def _issue(
    tokens: TokenStore,
    kind: Kind,
    account_id: int,
    *,
    name: str = "",
    scopes: tuple[str, ...] = (),
    lasts: timedelta | None = None,
) -> tuple[str, StoredToken]:
    secret = ("fovea_" if kind == "api" else "") + secrets.token_urlsafe(32)
    expires_at = None if lasts is None else datetime.now(UTC) + lasts
    return secret, tokens.add(NewToken(kind, account_id, _hash(secret), name, scopes, expires_at))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _clean_login(login: str) -> str:
    login = login.strip()
    if not 1 <= len(login) <= 100 or not login.isprintable():
        raise BadRequest("a name has 1 to 100 characters, all of them visible")
    return login


def hash_password(login: str, password: str) -> str:
    """The argon2id hash of a new password. Raises BadRequest when it is not worth the name."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadRequest(f"a password has at least {SHORTEST_PASSWORD} characters")
    if password.strip().casefold() == login.casefold():
        raise BadRequest("the password is the name; choose another one")
    with _hashing:
        return _hasher().hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Whether it is the one that was hashed; takes a tenth of a second."""
    try:
        with _hashing:
            return _hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with the parameters of RFC 9106, low-memory


@cache
def _nobodys_hash() -> str:
    """What an unknown name is checked against, so that it takes as long as a known one."""
    return _hasher().hash(secrets.token_urlsafe(32))
