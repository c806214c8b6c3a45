"""What a service must be told before it starts: where its servers are, and no secret that everybody knows."""

from collections.abc import Collection
from urllib.parse import unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from core.errors import BadRequest
from fovea.settings import Settings
from fovea.storage import S3Settings

_KNOWN_TO_ALL = frozenset(
    (
        *("admin", "administrator", "change-me", "change_me", "changeme", "default", "example", "fovea", "guest"),
        *("letmein", "minioadmin", "mongo", "mongodb", "pass", "password", "passwort", "placeholder"),
        *("postgres", "postgresql", "replace_me"),
        *("rabbit", "rabbitmq", "replace-me", "root", "secret", "test", "todo", "user", "123456", "12345678"),
    )
)
_UNREPLACED = ("<", "${", "{{")  # of a template that nobody filled in
SHORTEST_SECRET = 12


def refuse_bad_settings(settings: Settings) -> None:
    """Raises BadRequest: the database is not named, or a secret is missing, short or known to everybody.

    FOVEA_WITHOUT_PASSWORD names servers that something else guards: `mongodb`, `broker`, `database`.
    """
    if not settings.database_url:
        raise BadRequest(
            "a service needs FOVEA_DATABASE_URL (or the file /run/secrets/fovea_database_url); "
            "only `fovea up` brings a database of its own"
        )
    guarded = {name.strip() for name in settings.without_password.split(",")}
    urls = {
        "database": settings.database_url,
        "broker": settings.broker_url,
        "mongodb": settings.mongodb_url,
    }
    for name, url in urls.items():
        if url:
            _refuse_bad_secret(name, url, guarded)
    s3 = S3Settings()
    if s3.bucket and s3.secret_key:
        _refuse_known("FOVEA_S3__SECRET_KEY", s3.access_key, s3.secret_key)


def _refuse_bad_secret(name: str, url: str, guarded: Collection[str]) -> None:
    setting = f"FOVEA_{name.upper()}_URL"
    user, password, by_socket = _secret_of_database(url) if name == "database" else _secret_of(setting, url)
    if not password:
        if by_socket or name in guarded:
            return  # who may open the socket, or what guards the server, decides
        raise BadRequest(f"{setting} has no password; a service does not start without one")
    _refuse_known(setting, user, password)


def _refuse_known(setting: str, user: str, secret: str) -> None:
    low = secret.casefold()
    if low in _KNOWN_TO_ALL or low == user.casefold() or low.startswith("change"):
        raise BadRequest(f"the password in {setting} is a default that everybody knows; make a secret of your own")
    if any(mark in secret for mark in _UNREPLACED):
        raise BadRequest(f"the password in {setting} is a placeholder that was never replaced")
    if len(secret) < SHORTEST_SECRET:
        raise BadRequest(f"the password in {setting} is shorter than {SHORTEST_SECRET} characters")


def _secret_of(setting: str, url: str) -> tuple[str, str, bool]:
    """User, password, and whether it is reached through a socket of this machine."""
    try:
        found = urlsplit(url)
        return unquote(found.username or ""), unquote(found.password or ""), False
    except ValueError:  # its text, like that of psycopg, would show a part of the secret
        raise BadRequest(f"{setting} cannot be read as a URL") from None


def _secret_of_database(url: str) -> tuple[str, str, bool]:
    try:
        found = conninfo_to_dict(url)
    except ProgrammingError:
        raise BadRequest("FOVEA_DATABASE_URL cannot be read; percent-encode what is special in it") from None
    hosts = str(found.get("host") or "").split(",")
    by_socket = all(host.startswith("/") for host in hosts)
    return str(found.get("user") or ""), str(found.get("password") or ""), by_socket
