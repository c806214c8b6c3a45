"""The `fovea` command. Each verb is one file that adds itself with `register(app)`."""

import importlib
import pkgutil
import sys

import typer

import fovea
from core.errors import BadRequest, FoveaError
from fovea.output import err


def build() -> typer.Typer:
    """The command with every verb found in this package."""
    app = typer.Typer(
        help="Fovea: answers about your photos and videos that can be trusted, traced and corrected.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for module in pkgutil.iter_modules(fovea.__path__):
        add = getattr(importlib.import_module(f"fovea.{module.name}"), "register", None)
        if add is not None:
            add(app)
    return app


def main() -> None:
    """Run a verb. Exit code 0 done, 1 failed, 2 wrong usage."""
    try:
        build()(prog_name="fovea")
    except BadRequest as error:
        _fail(str(error), 2)
    except FoveaError as error:
        _fail(str(error), 1)
    except BrokenPipeError:
        sys.exit(1)


def _fail(message: str, code: int) -> None:
    err.print(f"fovea: {message}", style="red", markup=False)
    sys.exit(code)


if __name__ == "__main__":
    main()
