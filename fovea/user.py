"""`fovea user`: accounts, by whoever runs commands on the machine of the library, or by a token of scope admin."""

import secrets
import sys
from typing import Annotated, Any, Literal

import typer

from core.errors import BadRequest
from fovea import user_access
from fovea.output import err, out, print_json
from fovea.questions import managing

Role = Literal["administrator", "editor", "viewer"]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What the person signs in with.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FromStdin = Annotated[bool, typer.Option(help="Read the password from standard input.")]

users = typer.Typer(
    help="Accounts that may sign in, their sessions, and tokens for scripts.", no_args_is_help=True
)


@users.command("add")
def add_user(
    name: Name,
    role: Annotated[Role, typer.Option(help="Viewers look, editors also add, administrators manage.")] = "viewer",
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
) -> None:
    """Add an account. The first administrator takes over the library.

    Without --password-stdin the password is asked for on a terminal, or else made up and printed.

    Example: fovea user add anna --role editor
    """
    password, made_up = _new_password(_lines() if password_stdin else None)
    with managing() as accounts:
        made = accounts.add_user(name, password, role)
    if as_json:
        print_json({**made, **({"password": password} if made_up else {})})
        return
    out.print(f"{made['id']}  {made['login']}  {made['role']}", markup=False)
    if made_up:
        out.print(f"password: {password}", markup=False)


@users.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List the accounts, disabled ones too, oldest first.

    Example: fovea user list
    """
    with managing() as accounts:
        found = accounts.list_users()
    if as_json:
        print_json({"items": found, "next": None})
        return
    for one in found:
        out.print(_line(one), markup=False)


@users.command("password")
def change_password(name: Name, password_stdin: FromStdin = False, as_json: AsJson = False) -> None:
    """Set a new password; all sessions of the account end. This is the way back in for who lost it.

    On the machine of the library nobody is asked for the old one. Over HTTP one's own needs it: it is asked for,
    or stands on the first line of standard input and the new one on the second.

    Example: fovea user password anna
    """
    with managing() as accounts:
        own = accounts.is_own(name)
        if not own:
            accounts.find_user(name)  # before anybody types a password for nothing
        lines = _lines() if password_stdin else None
        old = _old_password(lines) if own else ""
        password, made_up = _new_password(lines)
        if own:
            accounts.change_own_password(old, password)
        else:
            accounts.set_password(name, password)
    if as_json:
        print_json({"login": name.strip(), **({"password": password} if made_up else {})})
        return
    out.print(f"{name.strip()} has a new password; all sessions have ended, tokens for scripts stay", markup=False)
    if made_up:
        out.print(f"password: {password}", markup=False)


@users.command("role")
def change_role(
    name: Name, role: Annotated[Role, typer.Argument(metavar="ROLE")], as_json: AsJson = False
) -> None:
    """Say what an account may: viewer, editor or administrator. It holds at once, in sessions that run, too.

    Example: fovea user role anna editor
    """
    with managing() as accounts:
        _tell(accounts.change_user(name, role=role), as_json)


@users.command("disable")
def disable(name: Name, as_json: AsJson = False) -> None:
    """Let nobody act by an account: its sessions end, its tokens wait until it is enabled again.

    Example: fovea user disable anna
    """
    with managing() as accounts:
        _tell(accounts.change_user(name, disabled=True), as_json)


@users.command("enable")
def enable(name: Name, as_json: AsJson = False) -> None:
    """Let an account act again.

    Example: fovea user enable anna
    """
    with managing() as accounts:
        _tell(accounts.change_user(name, disabled=False), as_json)


@users.command("delete")
def delete(
    name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, as_json: AsJson = False
) -> None:
    """Close an account for ever. Whatever its person brought and decided stays in the library.

    Example: fovea user delete anna --yes
    """
    with managing() as accounts:
        found = accounts.find_user(name)
        what = (
            f"{found['login']} can never sign in again; sessions, tokens and unfinished uploads end. The "
            f"{found['brought_files']} files ({found['brought_bytes'] / 1e6:.1f} MB) that "
            f"{found['login']} brought, "
            "and every decision, stay in the library."
        )
        if not yes:
            if not sys.stdin.isatty():
                raise BadRequest("this cannot be undone; say --yes")
            err.print(what, markup=False)
            typer.confirm(f"Delete {found['login']}?", abort=True)
        gone = accounts.delete_user(name)
    if as_json:
        print_json(gone)
        return
    out.print(f"deleted. {what}", markup=False)


def _tell(one: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(one)
    else:
        out.print(_line(one), markup=False)


def _line(one: dict[str, Any]) -> str:
    since = f"  disabled since {one['disabled_at'][:10]}" if one["disabled_at"] else ""
    return f"{one['id']}  {one['login']}  {one['role']}  {one['brought_files']} files{since}"


def _lines() -> list[str]:
    return [line.rstrip("\r\n") for line in sys.stdin]


def _old_password(lines: list[str] | None) -> str:
    if lines is not None:
        return _first(lines)
    if sys.stdin.isatty():
        return str(typer.prompt("Old password", hide_input=True))
    raise BadRequest("one's own password needs the old one: --password-stdin, old and new each on a line")


def _new_password(lines: list[str] | None) -> tuple[str, bool]:
    """The password, and whether it was made up."""
    if lines is not None:
        return _first(lines), False
    if sys.stdin.isatty():
        return typer.prompt("Password", hide_input=True, confirmation_prompt=True), False
    return secrets.token_urlsafe(15), True


def _first(lines: list[str]) -> str:
    if not lines or not lines[0]:
        raise BadRequest("no password came on standard input")
    return lines.pop(0)


user_access.add_to(users)


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(users, name="user")
