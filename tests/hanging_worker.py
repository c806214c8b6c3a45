"""A worker process of two slots whose analysis `preview` hangs, and whose `metadata` takes a while:
`python -m tests.hanging_worker NAME DATABASE_URL BROKER_URL FOLDER`, without a broker where that is empty."""

import sys
import threading
import time
from pathlib import Path
from typing import Any

from bus.messages import Bus
from bus.postgres import PostgresBus
from bus.rabbit import RabbitBus
from core.media import Kind
from db.connect import Database
from engines.door import EngineDoor
from media.store_folder import FolderStore
from workers import run
from workers.catalogue import AnyAnalysis
from workers.concurrency import Room, Team
from workers.contract import Analysis, AnalysisSettings, Source, Tools
from workers.run import Slot

WHILE_S = 5.0


def _hang(_: None, __: Source) -> dict[str, Any]:
    time.sleep(10_000)
    return {}


def _work(_: None, __: Source) -> dict[str, Any]:
    time.sleep(WHILE_S)
    return {}


def _analysis(name: str, analyse: Any, limit_s: float) -> AnyAnalysis:
    made: Analysis[None, dict[str, Any]] = Analysis(
        name=name,
        version=1,
        kinds=frozenset(Kind),
        settings=AnalysisSettings,
        open=lambda _tools, _settings: None,
        analyse=analyse,
        data=lambda result: result,
        save=lambda *_: None,
        limit_s=limit_s,
    )
    return made


def main(name: str, url: str, broker_url: str, folder: Path) -> None:
    run._FIRST_PAUSE_S = 0.2
    analyses = {"preview": _analysis("preview", _hang, 2.0), "metadata": _analysis("metadata", _work, 600.0)}
    tools = Tools(EngineDoor(lambda _: folder, 1), lambda _: folder, folder)
    database, store, room = Database(url), FolderStore(folder), Room(list(analyses), 2)

    def make_slot(number: int) -> Slot:
        bus: Bus = RabbitBus(broker_url) if broker_url else PostgresBus(url)
        return Slot(f"{name}/{number}", analyses, tools, database, store, bus, room)

    team = Team(room, make_slot, lambda: None)
    team.fit()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
