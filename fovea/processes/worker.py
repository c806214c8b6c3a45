"""Working on jobs: of `fovea service worker`, and the process that `fovea up` starts as
`python -m fovea.processes.worker NAME SLOTS ANALYSIS…`.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg

from core.errors import ServiceAway
from db import activity
from db.connect import Database
from engines.door import EngineDoor
from fovea.adapters import open_bus, open_job_files
from fovea.logs import set_up_logs
from fovea.processes.children import die_with_parent
from fovea.processes.ending import end_now, stop_on_signals
from fovea.processes.processors import processors
from fovea.settings import Settings
from media.child import ChildPool
from media.sandbox import missing_protection
from media.staging import INCOMING
from media.weights import WeightStore, default_folder, load_manifest
from workers.catalogue import choose_analyses
from workers.concurrency import Room, Team
from workers.contract import Tools
from workers.frames import forget_decoded
from workers.run import HUNG_EXIT_CODE, Slot

log = logging.getLogger(__name__)

PATIENCE_S = 4.0
"""How long a job may still take when the process is told to stop; then it is left to be done again."""
_LOOK_EVERY_S = 2.0
_HOPELESS_AFTER_S = 300.0
_HANDING_BACK_S = 10.0
_STUCK_AFTER_S = 60.0  # a slot that works beats every ten seconds, one that waits turns every other second


@dataclass(frozen=True, slots=True)
class Post:
    """A worker process: its name in the ledger, its analyses, and how many files it works on at once."""

    name: str
    analyses: tuple[str, ...]
    slots: int


def work(
    settings: Settings,
    url: str,
    post: Post,
    stop: threading.Event,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Run slots until told to stop. `tick` is called every other second while all of them live."""
    weights = WeightStore(settings.weights or default_folder(os.environ), load_manifest())
    door = EngineDoor(weights.path, threads=max(1, processors() // post.slots))
    data = settings.data.resolve()
    tools = Tools(door, weights.path, data, ChildPool(processors(), beside=data / INCOMING))
    for reached in missing_protection():
        log.warning("decoders of strangers' files can reach %s", reached)
    database = Database(url, durable=False)  # what is lost in a crash is worked out again
    chosen = choose_analyses(list(post.analyses))
    room = Room(list(chosen), post.slots)

    store = open_job_files(settings)

    def make_slot(number: int) -> Slot:
        bus = open_bus(settings, url)
        return Slot(f"{post.name}/{number}", chosen, tools, database, store, bus, room, settings.engine_idle_s)

    def idle() -> None:
        forget_decoded()
        door.unload_idle(settings.engine_idle_s)

    team = Team(room, make_slot, idle)
    while not stop.is_set():
        _look_at_limits(database, room)
        team.fit()
        if stuck := team.stuck(_STUCK_AFTER_S):
            log.warning("no sign of life from %s", ", ".join(stuck))
            _end_if_hopeless(team, room)
        else:
            tick()
        stop.wait(_LOOK_EVERY_S)
    team.stop(PATIENCE_S)


def _end_if_hopeless(team: Team, room: Room) -> None:
    """Whoever started this process starts it again; its jobs are then free at once. What does not hang is handed
    back before, so that no death counts against it."""
    if stuck := team.stuck(_HOPELESS_AFTER_S):
        log.error("this worker hangs, and ends itself")
        room.end()
        room.wait_for_others(_HANDING_BACK_S, len(stuck))
        end_now(HUNG_EXIT_CODE)


def _look_at_limits(database: Database, room: Room) -> None:
    """How many files at once somebody wants now (POST /analyses/{name}/concurrency)."""
    try:
        with database.transaction() as connection:
            limits = activity.slots_of(connection, room.names())
    except (ServiceAway, psycopg.OperationalError):
        return  # asked again in a moment
    if room.set_limits(limits):
        log.info("files at once: %s", room)


def main(arguments: Sequence[str]) -> None:
    """A child of `fovea up`."""
    die_with_parent()
    name, slots, *analyses = arguments
    settings = Settings()
    set_up_logs(settings.log)
    url = settings.database_url or os.environ["FOVEA_CHILD_DATABASE_URL"]
    work(settings, url, Post(name, tuple(analyses), int(slots)), stop_on_signals())
    end_now()


if __name__ == "__main__":
    main(sys.argv[1:])
