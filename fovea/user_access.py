"""`fovea user sessions`, `sign-out`, `token`, `tokens`, `revoke`: by what an account is used, seen and ended."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from core.errors import BadRequest
from fovea.output import err, out, print_json
from fovea.questions import managing

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose they are.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]

_DAYS = 90


class Scope(StrEnum):
    """What a token lets its holder do."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


def list_sessions(name: Name, as_json: AsJson = False) -> None:
    """List where somebody is signed in, newest first.

    Example: fovea user sessions anna
    """
    with managing() as accounts:
        found = accounts.sessions(name)
    if as_json:
        print_json({"items": found, "next": None})
        return
    for one in found:
        out.print(f"{one['id']}  {one['name'] or 'unknown'}  {_times(one)}", markup=False)


def sign_out(
    name: Name,
    session: Annotated[
        str | None, typer.Argument(metavar="SESSION", help="Which, as `sessions` lists it.")
    ] = None,
    every: Every = False,
    as_json: AsJson = False,
) -> None:
    """End a session of somebody, or all of them.

    Example: fovea user sign-out anna --all
    """
    which = _one_or_all(session, every)
    with managing() as accounts:
        ended = 1
        if which is None:
            ended = accounts.end_sessions(name)
        else:
            accounts.end_session(name, which)
    _tell_ended(ended, "session", as_json)


def make_token(
    name: Name,
    scope: Annotated[list[Scope] | None, typer.Option(help="read, write or admin; may be repeated.")] = None,
    label: Annotated[str, typer.Option(help="What the token is for.")] = "made on the command line",
    days: Annotated[int, typer.Option(min=1, max=36500, help="How long it lasts.")] = _DAYS,
    never_ends: Annotated[bool, typer.Option("--never-ends", help="Until it is revoked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a token for scripts. It is shown once, and ends in 90 days unless you say otherwise.

    Example: fovea user token anna --scope read --days 30
    """
    expires_at = None if never_ends else datetime.now(UTC) + timedelta(days=days)
    with managing() as accounts:
        made = accounts.make_token(name, label, [each.value for each in scope or [Scope.READ]], expires_at)
    if as_json:
        print_json(made)
        return
    ends = f"until {made['expires_at'][:10]}" if made["expires_at"] else "without an end"
    told = f"token {made['id']} of {name} for {', '.join(made['scopes'])}, {ends}; keep it, it is not shown again:"
    err.print(told, markup=False)
    out.print(made["token"], markup=False)


def list_tokens(name: Name, as_json: AsJson = False) -> None:
    """List the tokens for scripts of somebody, newest first; never their secrets.

    Example: fovea user tokens anna
    """
    with managing() as accounts:
        found = accounts.tokens(name)
    if as_json:
        print_json({"items": found, "next": None})
        return
    for one in found:
        out.print(f"{one['id']}  {one['name']}  {', '.join(one['scopes'])}  {_times(one)}", markup=False)


def revoke(
    name: Name,
    token: Annotated[str | None, typer.Argument(metavar="TOKEN", help="Which, as `tokens` lists it.")] = None,
    every: Every = False,
    as_json: AsJson = False,
) -> None:
    """Revoke a token of somebody, or all of them; what uses it stops working.

    Example: fovea user revoke anna 17
    """
    which = _one_or_all(token, every)
    with managing() as accounts:
        ended = 1
        if which is None:
            ended = accounts.revoke_tokens(name)
        else:
            accounts.revoke_token(name, which)
    _tell_ended(ended, "token", as_json)


def add_to(users: typer.Typer) -> None:
    """Add the verbs to `fovea user`."""
    users.command("sessions")(list_sessions)
    users.command("sign-out")(sign_out)
    users.command("token")(make_token)
    users.command("tokens")(list_tokens)
    users.command("revoke")(revoke)


def _one_or_all(which: str | None, every: bool) -> str | None:
    if (which is None) != every:
        raise BadRequest("say which one, or --all")
    return which


def _tell_ended(ended: int, what: str, as_json: bool) -> None:
    if as_json:
        print_json({"ended": ended})
    else:
        out.print(f"{ended} {what}{'' if ended == 1 else 's'} ended", markup=False)


def _times(one: dict[str, Any]) -> str:
    used = f"used {one['last_used_at'][:10]}" if one["last_used_at"] else "not used yet"
    ends = f"until {one['expires_at'][:10]}" if one["expires_at"] else "never ends"
    return f"since {one['created_at'][:10]}, {used}, {ends}"
