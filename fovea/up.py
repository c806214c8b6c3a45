"""`fovea up`: the embedded shape. Database, workers, web and API as child processes, and the inbox watched."""

import datetime
import logging
import signal
import socket
import threading
import time
from contextlib import closing
from types import FrameType

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
from fovea.processes.only_one import alone
from fovea.settings import Settings
from library.accounts import make_claim
from library.deeds import Cancelled
from library.deliver import reconcile, repair
from library.inbox import Inbox
from library.ingest import Ingest
from library.looks import Wish
from library.rescan import InPlace, log_look
from media.derived import clear_unfinished

log = logging.getLogger(__name__)

_REPAIR_EVERY_S = 20.0
_HOLD_S = 0.25  # many files put into the inbox together are delivered together
_READY_LIMIT_S = 60.0
_SETTLED_S = 3.0  # a file in place that changed just now may still be written to


def up() -> None:
    """Run Fovea on this machine until Ctrl-C: web page, API, workers and the watched inbox.

    Example: FOVEA_DATA=~/fovea FOVEA_PORT=8443 fovea up
    """
    settings = Settings()
    set_up_logs(settings.log)
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
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
        self._ingest = Ingest(library.database, library.store, library.bus(), _HOLD_S)
        self._inbox = Inbox(settings.inbox.resolve(), self._ingest, lambda: library.owner_id)

    def run(self) -> None:
        """Serve until told to stop, then stop every child, workers first."""
        self._free_all()
        self._library.store.clear_incoming()
        clear_unfinished(self._library.data)
        self._crew.children.start()
        watcher = threading.Thread(target=self._watch_inbox, name="inbox", daemon=True)
        looker = threading.Thread(target=self._look_in_place, name="rescan", daemon=True)
        try:
            self._wait_until_ready()
            self._announce()
            watcher.start()
            if self._library.settings.rescan_every_s > 0:
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
        repair_at = 0.0
        while not self._stop.wait(0.5):
            try:
                if self._library.embedded and not self._library.embedded.answers():
                    log.warning("PostgreSQL does not answer; starting it again")
                    self._library.embedded.start()
                self._crew.children.watch()
                reconcile(self._library.database, self._bus)
                if time.monotonic() >= repair_at:
                    repair(self._library.database, self._bus)
                    repair_at = time.monotonic() + _REPAIR_EVERY_S
            except (FoveaError, psycopg.OperationalError) as error:
                log.warning("%s; trying again", error)

    def _watch_inbox(self) -> None:
        while not self._stop.is_set():
            try:
                self._inbox.sweep(self._stop.is_set)
            except (FoveaError, OSError, psycopg.OperationalError) as error:
                log.warning("inbox: %s; trying again", error)
            self._stop.wait(1.0)

    def _look_in_place(self) -> None:
        """Look through folders indexed in place again and again; what is being written to waits."""
        library = self._library
        with closing(library.bus()) as bus:
            door = Ingest(library.database, library.store, bus)
            closed = [library.settings.inbox.resolve()]
            folders = InPlace(library.database, library.store, door, library.owner_id, closed)
            wish = Wish(settled_s=_SETTLED_S, stopped=self._stop.is_set)
            while not self._stop.is_set():
                try:
                    for root in folders.roots():
                        log_look(folders.look_seen(root, wish=wish, always=False))
                except Cancelled:
                    log.info("looking through folders in place was ended; the next look goes on")
                except (FoveaError, OSError, psycopg.Error) as error:
                    log.warning("folders indexed in place: %s; trying again", error)
                self._stop.wait(library.settings.rescan_every_s)

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
        err.print(f"\n[bold]Fovea is ready:[/bold] {address}")
        claim = make_claim(self._library.database, self._library.tokens())
        if claim:
            err.print(f"Make the administrator with this one-time link:\n  {address}/first-start#{claim}")
        err.print("The browser will warn once: the certificate was made on this machine.")
        err.print(
            f"Put photos and videos into {settings.inbox.resolve()} or drop them on the page. Ctrl-C stops.\n"
        )


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(up)
