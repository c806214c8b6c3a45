"""`fovea user add` and `fovea user token`: accounts and tokens, by whoever runs commands on the machine."""

import secrets
import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import typer

from core.errors import BadRequest
from db.accounts import Account
from db.connect import Database
from fovea.open import open_library
from fovea.output import err, out, print_json
from library import accounts
from library.view import instant

Role = Literal["administrator", "editor", "viewer"]


class Scope(StrEnum):
    """What a token lets its holder do."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


users = typer.Typer(help="Accounts that may sign in, and tokens for scripts.", no_args_is_help=True)


@users.command("add")
def add_user(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the person signs in with.")],
    role: Annotated[Role, typer.Option(help="Viewers look, editors also add, administrators manage.")] = "viewer",
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Add an account. The first administrator takes over the library.

    Without --password-stdin the password is asked for on a terminal, or else made up and printed.

    Example: fovea user add anna --role editor
    """
    password, made_up = _password(password_stdin)
    with open_library() as library:
        made = _add(library.database, name, password, role)
    if as_json:
        shown = {"password": password} if made_up else {}
        print_json({"id": made.id, "login": made.login, "role": made.role, **shown})
        return
    out.print(f"{made.id}  {made.login}  {made.role}", markup=False)
    if made_up:
        out.print(f"password: {password}", markup=False)


@users.command("token")
def make_token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose token it is.")],
    scope: Annotated[list[Scope] | None, typer.Option(help="read, write or admin; may be repeated.")] = None,
    label: Annotated[str, typer.Option(help="What the token is for.")] = "made on the command line",
    days: Annotated[int | None, typer.Option(min=1, max=36500, help="How long it lasts; else for ever.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a token for scripts. It is shown once.

    Example: fovea user token anna --scope read --days 30
    """
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    with open_library() as library:
        account = accounts.find_account(library.database, name)
        scopes: frozenset[str] = frozenset(scope or ("read",))
        secret, kept = accounts.make_token(library.tokens(), account, label, scopes, expires_at)
    if as_json:
        ends = instant(kept.expires_at)
        print_json({"id": kept.id, "name": kept.name, "scopes": kept.scopes, "expires_at": ends, "token": secret})
        return
    err.print(f"token {kept.id} of {account.login} for {', '.join(kept.scopes)}; keep it, it is not shown again:")
    out.print(secret, markup=False)


def _add(database: Database, name: str, password: str, role: Role) -> Account:
    if role == "administrator" and not accounts.is_claimed(database):
        return accounts.claim_directly(database, name, password)
    return accounts.add_account(database, name, password, role)


def _password(from_stdin: bool) -> tuple[str, bool]:
    """The password, and whether it was made up."""
    if from_stdin:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise BadRequest("no password came on standard input")
        return line, False
    if sys.stdin.isatty():
        return typer.prompt("Password", hide_input=True, confirmation_prompt=True), False
    return secrets.token_urlsafe(15), True


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(users, name="user")
