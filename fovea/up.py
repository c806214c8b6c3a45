"""`fovea up`: the embedded shape. Database, workers, web and API as child processes, and the inbox watched."""

import datetime
import logging
import socket
import threading
import time

import psycopg
import typer

from core.errors import Conflict, FoveaError, ServiceAway
from db import jobs
from fovea.logs import set_up_logs
from fovea.open import Library, open_library, register_analyses
from fovea.output import err
from fovea.processes.certificate import ensure_certificate
from fovea.processes.children import Child
from fovea.processes.crew import Crew, plan_posts
from fovea.processes.ending import stop_on_signals
from fovea.processes.keeping import EVERY_S, Keeper
from fovea.processes.only_one import alone
from fovea.processes.watching import Watch
from fovea.settings import Settings
from library.accounts import make_claim

log = logging.getLogger(__name__)

_READY_LIMIT_S = 60.0


def up() -> None:
    """Run Fovea on this machine until Ctrl-C: web page, API, workers and the watched inbox.

    Example: FOVEA_DATA=~/fovea FOVEA_PORT=8443 fovea up
    """
    settings = Settings()
    set_up_logs(settings.log)
    stop = stop_on_signals()
    settings.data.mkdir(parents=True, exist_ok=True)
    with alone(settings.data) as ours:
        if not ours:
            raise Conflict(f"another fovea command already runs the workers of {settings.data.resolve()}")
        _refuse_taken_port(settings)
        with open_library(settings) as library:
            register_analyses(library)
            Server(library, stop).run()


def _refuse_taken_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            raise Conflict(
                f"cannot listen on {where}: {error.strerror}; choose another with FOVEA_PORT"
            ) from error


class Server:
    """Everything that runs while `fovea up` does."""

    def __init__(self, library: Library, stop: threading.Event) -> None:
        self._library = library
        self._stop = stop
        settings = library.settings
        now = datetime.datetime.now(datetime.UTC)
        certificate, key = ensure_certificate(library.data / "tls", settings.host, now)
        arguments = [str(certificate), str(key)]
        environment = {"FOVEA_DATA": str(library.data), "FOVEA_CHILD_DATABASE_URL": library.url}
        self._crew = Crew(library, plan_posts(), [Child("web", "fovea.processes.serve", arguments, environment)])
        self._bus = library.bus()
        self._keeper = Keeper(library.database, self._bus, library.tokens(), library.store)
        self._folders = Watch(library, stop)

    def run(self) -> None:
        """Serve until told to stop, then stop every child, workers first."""
        self._free_all()
        self._library.store.clear_incoming()
        self._crew.children.start()
        watcher = threading.Thread(target=self._folders.watch_inbox, name="inbox", daemon=True)
        looker = threading.Thread(target=self._folders.look_in_place, name="rescan", daemon=True)
        try:
            self._wait_until_ready()
            self._announce()
            watcher.start()
            looker.start()
            self._watch()
        finally:
            self._stop.set()
            self._crew.children.stop()
            for thread in (watcher, looker):
                if thread.ident is not None:
                    thread.join(5.0)
            self._free_all()
            self._bus.close()

    def _free_all(self) -> None:
        """Nobody else runs: whatever is marked as running was cut off, through no fault of its own."""
        try:
            with self._library.database.transaction() as connection:
                jobs.recover(connection, all_running=True, count=False)
        except (ServiceAway, psycopg.OperationalError) as error:
            log.warning("could not free running jobs: %s", error)

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_S):
            try:
                if self._library.embedded and not self._library.embedded.answers():
                    log.warning("PostgreSQL does not answer; starting it again")
                    self._library.embedded.start()
                self._crew.children.watch()
            except (FoveaError, psycopg.OperationalError) as error:
                log.warning("%s; trying again", error)
            self._keeper.turn()

    def _wait_until_ready(self) -> None:
        settings = self._library.settings
        deadline = time.monotonic() + _READY_LIMIT_S
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 (compared)
        while time.monotonic() < deadline and not self._stop.wait(0.1):
            self._crew.children.watch()
            try:
                socket.create_connection((host, settings.port), timeout=1).close()
            except OSError:
                continue
            return
        if not self._stop.is_set():
            raise ServiceAway(f"the web server did not open port {settings.port}; its reason stands above")

    def _announce(self) -> None:
        settings = self._library.settings
        shown = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0", "::", "::1") else settings.host  # noqa: S104
        address = f"https://{shown}:{settings.port}"
        claim = make_claim(self._library.database, self._library.tokens())
        lines = [f"\n[bold]Fovea is ready:[/bold] {address}"]
        if claim:
            lines += ["Make the administrator with this one-time link:", f"  {address}/first-start#{claim}"]
        lines += [
            "The browser will warn once: the certificate was made on this machine.",
            f"Put photos and videos into {settings.inbox.resolve()} or drop them on the page. Ctrl-C stops.\n",
        ]
        err.print("\n".join(lines))  # at once: who reads along finds the link where it reads that all is ready


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(up)
