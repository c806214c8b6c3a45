"""A worker process: `python -m fovea.processes.worker NAME SLOTS ANALYSIS…`, started by `fovea up`."""

import logging
import os
import signal
import sys
import threading
from types import FrameType

from bus.postgres import PostgresBus
from db.connect import Database
from engines.door import EngineDoor
from fovea.logs import set_up_logs
from fovea.processes.children import die_with_parent
from fovea.settings import Settings
from media.store import Store
from media.weights import WeightStore, default_folder, load_manifest
from workers.catalogue import choose_analyses
from workers.contract import Tools
from workers.run import Slot

_IDLE_S = 300.0
_PATIENCE_S = 4.0


def main() -> None:
    """Run slots until told to stop; a job that does not end soon is left to be done again."""
    die_with_parent()
    name, slots, *analyses = sys.argv[1:]
    settings = Settings()
    set_up_logs(settings.log)
    url = settings.database_url or os.environ["FOVEA_CHILD_DATABASE_URL"]
    data = settings.data.resolve()
    weights = WeightStore(settings.weights or default_folder(os.environ), load_manifest())
    door = EngineDoor(weights.path, threads=os.cpu_count() or 2)
    tools = Tools(door, weights.path, data)
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    database = Database(url)
    chosen = choose_analyses(analyses)
    threads = [
        threading.Thread(
            target=Slot(f"{name}/{number}", chosen, tools, database, Store(data), PostgresBus(url)).run,
            args=(stop, lambda: door.unload_idle(_IDLE_S)),
            daemon=True,
        )
        for number in range(int(slots))
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(_PATIENCE_S / len(threads))
    logging.shutdown()
    os._exit(0)  # a thread still inside a native call must not hold the process


if __name__ == "__main__":
    main()
