"""The `fovea` command. Each verb is one file that adds itself with `register(app)`."""

import errno
import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING

import fovea
from core.errors import BadRequest, FoveaError

if TYPE_CHECKING:
    import typer


def build(verb: str = "") -> "typer.Typer":
    """The command with every verb found in this package, or with that one alone if a module bears its name.

    Half of a start would otherwise be loading what the other verbs need.
    """
    import typer  # noqa: PLC0415 - see main

    app = typer.Typer(
        help="Fovea: answers about your photos and videos that can be trusted, traced and corrected.\n\n"
        "The verbs work on the library of FOVEA_DATA, or on that of another machine, for example:\n\n"
        "FOVEA_URL=https://photos.example FOVEA_TOKEN=fovea_… fovea ingest ~/Pictures --wait",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(lambda: None)  # a command of one verb still wants its name
    names = [module.name for module in pkgutil.iter_modules(fovea.__path__)]
    for name in [verb] if verb in names else names:
        add = getattr(importlib.import_module(f"fovea.{name}"), "register", None)
        if add is not None:
            add(app)
    return app


def main() -> None:
    """Run a verb. Exit code 0 done, 1 failed, 2 wrong usage."""
    if sys.argv[1:] == ["service", "healthy"]:
        # Asked every few seconds in every container: loading the command would be most of the work.
        from fovea.processes import healthy  # noqa: PLC0415

        healthy.main()
        return
    try:
        build(*sys.argv[1:2])(prog_name="fovea")
    except BadRequest as error:
        _fail(str(error), 2)
    except FoveaError as error:
        _fail(str(error), 1)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        if (words := _foreseen(error)) is None:
            raise
        _fail(words, 1)


def _foreseen(error: Exception) -> str | None:
    """What went wrong outside of us: the database gave up, the disk is full; None for a fault of our own."""
    import psycopg  # noqa: PLC0415 - see main

    from db.connect import failure_in_words  # noqa: PLC0415 - see main

    if isinstance(error, psycopg.OperationalError):
        return failure_in_words(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full ({error.filename or 'no room left'}); free some space and try again"
    return None


def _fail(message: str, code: int) -> None:
    from fovea.output import err  # noqa: PLC0415 - see main

    err.print(f"fovea: {message}", style="red", markup=False)
    sys.exit(code)


if __name__ == "__main__":
    main()
