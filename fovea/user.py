"""`fovea user add` and `fovea user token`: accounts and tokens, by whoever runs commands on the machine."""

import secrets
import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import typer

from core.errors import BadRequest
from fovea.output import err, out, print_json
from fovea.questions import asking

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
    with asking() as library:
        made = library.add_user(name, password, role)
    if as_json:
        print_json({**made, **({"password": password} if made_up else {})})
        return
    out.print(f"{made['id']}  {made['login']}  {made['role']}", markup=False)
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
    with asking() as library:
        made = library.make_token(name, label, [each.value for each in scope or [Scope.READ]], expires_at)
    if as_json:
        print_json(made)
        return
    told = f"token {made['id']} of {name} for {', '.join(made['scopes'])}; keep it, it is not shown again:"
    err.print(told, markup=False)
    out.print(made["token"], markup=False)


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
