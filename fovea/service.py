"""`fovea service`: the processes of the deployed shape, one in each container (docs/decisions/052-services.md)."""

import logging
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import psycopg
import typer
from pydantic import ValidationError

from core.errors import FoveaError, ServiceAway
from db import jobs
from db.connect import connect
from db.migrate import migrate as bring_forward
from db.one_of_many import Standby
from fovea.logs import set_up_logs
from fovea.open import Library, open_deployed, register_analyses
from fovea.processes import healthy as health_check
from fovea.processes.demands import refuse_bad_settings
from fovea.processes.ending import end_now, stop_on_signals
from fovea.processes.heartbeat import Heartbeat
from fovea.processes.keeping import EVERY_S, Keeper
from fovea.processes.waiting import Stopped, wait_for_database, wait_for_servers, wait_for_tokens
from fovea.processes.watching import Watch
from fovea.settings import Settings
from library.accounts import make_claim

log = logging.getLogger("fovea.service")

_PORT = 8000
_STANDBY_S = 1.0
_LAST_LOOK_S = 5.0

services = typer.Typer(help="The processes of the deployed shape, one in each container.", no_args_is_help=True)


@contextmanager
def _service(
    name: str, *, needs_tokens: bool = False, servers: bool = True
) -> Iterator[tuple[Settings, threading.Event]]:
    """Settings and what is set by SIGTERM, once everything that the service needs is there.

    Whatever keeps it from working is one line in the log, and exit code 1.
    """
    set_up_logs("json")
    stop = stop_on_signals()
    try:
        settings = Settings()
        if "log" in settings.model_fields_set:
            set_up_logs(settings.log)
        refuse_bad_settings(settings)
        if servers:
            wait_for_servers(settings, stop, tokens=needs_tokens)
        log.info("%s begins", name)
        yield settings, stop
        log.info("%s ends", name)
    except Stopped:
        log.info("%s ends before it began", name)
        sys.exit(0)
    except ValidationError as error:
        for wrong in error.errors():  # without the value, which may be a secret
            where = "__".join(str(part) for part in wrong["loc"]).upper()
            log.error("%s: FOVEA_%s: %s", name, where, wrong["msg"])  # noqa: TRY400 - as below
        sys.exit(1)
    except (FoveaError, psycopg.OperationalError) as error:
        log.error("%s: %s", name, error)  # noqa: TRY400 - foreseen, and its text is made to be read
        sys.exit(1)
    except Exception:
        log.exception("%s failed", name)
        sys.exit(1)


@services.command("api")
def serve_api() -> None:
    """The HTTP API without TLS, for a front door such as Nginx; FOVEA_PORT, else 8000.

    Example: fovea service api
    """
    from api.server import make_server  # noqa: PLC0415 - not in every service's memory
    from api.settings import ApiSettings  # noqa: PLC0415
    from fovea.processes.serve import compose  # noqa: PLC0415

    with _service("api", needs_tokens=True) as (settings, stop):
        api_settings = ApiSettings()
        given = api_settings.model_fields_set
        defaults = {"host": "0.0.0.0", "port": _PORT}  # noqa: S104 - a container's own network
        api_settings = api_settings.model_copy(update={k: v for k, v in defaults.items() if k not in given})
        app = compose(settings, api_settings, settings.database_url)
        if stop.is_set():
            return
        with closing(Heartbeat("api", port=api_settings.port)):
            make_server(app, api_settings).run()
        log.info("api ends")
        end_now()


@services.command("files")
def serve_files() -> None:
    """Give workers without the storage's keys the files of the jobs that they hold; FOVEA_PORT, else 8000.

    Example: fovea service files
    """
    from api.file_service import create_file_service  # noqa: PLC0415 - not in every service's memory
    from api.server import run_plain  # noqa: PLC0415

    with _service("files") as (settings, stop), open_deployed(settings) as library:
        port = settings.port if "port" in settings.model_fields_set else _PORT
        if stop.is_set():
            return
        with closing(Heartbeat("files", port=port)):
            run_plain(create_file_service(library.database, library.store), port)
        log.info("files ends")
        end_now()


@services.command("worker")
def run_worker(
    analyses: Annotated[list[str], typer.Argument(metavar="ANALYSIS…", help="Which it works on.")],
) -> None:
    """Work on jobs of the analyses named, FOVEA_FILES_AT_ONCE files at once.

    Its name in the ledger is ANALYSIS@HOSTNAME: what a worker of the same name held when it died is free at once.

    Example: fovea service worker objects
    """
    from fovea.processes.worker import Post, work  # noqa: PLC0415 - not in every service's memory
    from workers.catalogue import choose_analyses  # noqa: PLC0415

    name = f"{'+'.join(analyses)}@{socket.gethostname()}"
    with _service(f"worker {name}") as (settings, stop):
        choose_analyses(analyses)
        post = Post(name, tuple(analyses), settings.files_at_once)
        _free(settings.database_url, name, died=True)
        with closing(Heartbeat("worker")) as heart:
            work(settings, settings.database_url, post, stop, heart.tick)
        _free(settings.database_url, name, died=False)
        log.info("worker %s ends", name)
        end_now()


def _free(url: str, worker: str, *, died: bool) -> None:
    """What a worker of this name still holds goes back: at the start it died, at the end it was told to stop."""
    from workers.concurrency import slot_names  # noqa: PLC0415

    try:
        with connect(url) as connection:
            freed = jobs.recover(connection, workers=slot_names(worker), count=died)
    except (ServiceAway, psycopg.OperationalError) as error:
        log.warning("what %s held is free when its lease runs out: %s", worker, error)
        return
    if freed:
        why = "died with" if died else "gives back"
        log.warning("%s %s %d jobs", worker, why, freed)


@services.command("reconciler")
def run_reconciler() -> None:
    """Deliver what waits, free the jobs of dead workers, mend, tidy up. Of several one works, the others stand by.

    Example: fovea service reconciler
    """
    with _service("reconciler") as (settings, stop), open_deployed(settings) as library:
        bus = library.bus()
        keeper = Keeper(library.database, bus, library.tokens(), library.store)
        with closing(Standby(library.url, "reconciler")) as turn, closing(Heartbeat("reconciler")) as heart:
            while not stop.is_set():
                heart.tick()
                if turn.mine:
                    keeper.turn()
                    stop.wait(EVERY_S)
                else:
                    stop.wait(_STANDBY_S)
        bus.close()


@services.command("inbox")
def watch_inbox() -> None:
    """Watch FOVEA_INBOX and the folders indexed in place. Of several one works, the others stand by.

    Example: fovea service inbox
    """
    with (
        _service("inbox") as (settings, stop),
        open_deployed(settings) as library,
        closing(Standby(library.url, "inbox")) as turn,
        closing(Heartbeat("inbox")) as heart,
    ):
        watch = Watch(library, stop, lambda: turn.mine)
        looker = threading.Thread(target=watch.look_in_place, name="rescan", daemon=True)
        looker.start()
        watch.watch_inbox(heart.tick)
        looker.join(_LAST_LOOK_S)


@services.command("migrate")
def migrate() -> None:
    """Bring the database forward and write down what this version analyses; to be run before the other services.

    While nobody has claimed the library it also prints a new one-time link that makes the administrator.

    Example: fovea service migrate
    """
    with _service("migrate", servers=False) as (settings, stop):
        wait_for_database(settings, stop)
        with connect(settings.database_url) as connection:
            applied = bring_forward(connection)
        log.info("migrations applied: %s", ", ".join(applied) or "none were missing")
        wait_for_tokens(settings, stop)
        with open_deployed(settings) as library:
            for folder in ("uploads", "derived"):
                (library.data / folder).mkdir(exist_ok=True)
            register_analyses(library)
            _tell_claim(library)


def _tell_claim(library: Library) -> None:
    claim = make_claim(library.database, library.tokens())
    if claim:
        link = f"{library.settings.address.rstrip('/')}/first-start#{claim}"
        log.warning("nobody has claimed this library; within a day this link makes its administrator: %s", link)


@services.command("healthy")
def healthy() -> None:
    """Whether the service of this container is well: exit code 0, or 1 and why.

    Example: fovea service healthy
    """
    health_check.main()


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.add_typer(services, name="service")
