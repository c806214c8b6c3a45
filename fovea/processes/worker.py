"""A worker process: `python -m fovea.processes.worker NAME SLOTS ANALYSIS…`, started by `fovea up`."""

import logging
import os
import signal
import sys
import threading
from types import FrameType

import psycopg

from core.errors import ServiceAway
from db import activity
from db.connect import Database
from engines.door import EngineDoor
from fovea.adapters import open_bus
from fovea.logs import set_up_logs
from fovea.processes.children import die_with_parent
from fovea.settings import Settings
from media.store import Store
from media.weights import WeightStore, default_folder, load_manifest
from workers.catalogue import choose_analyses
from workers.concurrency import Room, Team
from workers.contract import Tools
from workers.frames import forget_decoded
from workers.run import Slot

_PATIENCE_S = 4.0
_LOOK_EVERY_S = 2.0


def main() -> None:
    """Run slots until told to stop; a job that does not end soon is left to be done again."""
    die_with_parent()
    name, slots, *analyses = sys.argv[1:]
    settings = Settings()
    set_up_logs(settings.log)
    url = settings.database_url or os.environ["FOVEA_CHILD_DATABASE_URL"]
    data = settings.data.resolve()
    weights = WeightStore(settings.weights or default_folder(os.environ), load_manifest())
    door = EngineDoor(weights.path, threads=max(1, (os.cpu_count() or 2) // int(slots)))
    tools = Tools(door, weights.path, data)
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    database = Database(url, durable=False)  # what is lost in a crash is worked out again
    chosen = choose_analyses(analyses)
    room = Room(list(chosen), int(slots))

    def make_slot(number: int) -> Slot:
        bus, rest_after_s = open_bus(settings, url), settings.engine_idle_s
        return Slot(f"{name}/{number}", chosen, tools, database, Store(data), bus, room, rest_after_s)

    def idle() -> None:
        forget_decoded()
        door.unload_idle(settings.engine_idle_s)

    team = Team(room, make_slot, idle)
    while not stop.is_set():
        _look_at_limits(database, room)
        team.fit()
        stop.wait(_LOOK_EVERY_S)
    team.stop(_PATIENCE_S)
    logging.shutdown()
    os._exit(0)  # a thread still inside a native call must not hold the process


def _look_at_limits(database: Database, room: Room) -> None:
    """How many files at once somebody wants now (POST /analyses/{name}/concurrency)."""
    try:
        with database.transaction() as connection:
            limits = activity.slots_of(connection, room.names())
    except (ServiceAway, psycopg.OperationalError):
        return  # asked again in a moment
    if room.set_limits(limits):
        logging.getLogger(__name__).info("files at once: %s", room)


if __name__ == "__main__":
    main()
