"""Programs that decode and read tags: shared by the slots of a worker, and ended when nothing comes for long."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import cast

import psutil
import pytest

from bus.postgres import PostgresBus
from db.connect import Database
from engines.door import EngineDoor
from media.child import ChildPool
from media.rendering import render_picture
from media.store_folder import FolderStore
from tests.media_files import media_files
from workers.catalogue import choose_analyses
from workers.concurrency import Room
from workers.contract import Tools
from workers.run import Slot


@pytest.fixture
def pool() -> Iterator[ChildPool]:
    made = ChildPool(2)
    yield made
    made.rest()


class Programs:
    """Programs of this process with a word in their command, without those of tests before."""

    def __init__(self, word: str) -> None:
        self._word = word
        self._before: set[int] = set()
        self._before = self.running()

    def running(self) -> set[int]:
        """Their process ids."""
        found = set()
        for each in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):  # it may end while it is looked at
                if self._word in " ".join(each.cmdline()):
                    found.add(each.pid)
        return found - self._before

    def end(self) -> bool:
        """Whether they do, in time."""
        deadline = time.monotonic() + 60
        while self.running() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.running()


def test_many_threads_share_as_many_children_as_there_may_be(pool: ChildPool, tmp_path: Path) -> None:
    source = media_files().path("bus")
    children = Programs("media.child_main")

    def render(number: int) -> int:
        made = render_picture(pool, source, "image/jpeg", tmp_path / f"{number}.jpg", tmp_path / f"{number}.webp")
        return made.width

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(render, range(18))) == [810] * 18
    assert 1 <= len(children.running()) <= 2


def test_resting_children_end_and_the_next_picture_starts_one(pool: ChildPool, tmp_path: Path) -> None:
    source, children = media_files().path("bus"), Programs("media.child_main")
    for number in range(2):
        render_picture(pool, source, "image/jpeg", tmp_path / f"{number}.jpg", tmp_path / f"{number}.webp")
        assert children.running()
        pool.rest()
        assert children.end()


def test_a_slot_without_work_ends_what_it_opened(tmp_path: Path) -> None:
    analyses = choose_analyses(["metadata"])
    tools = Tools(EngineDoor(lambda _: tmp_path, 1), lambda _: tmp_path, tmp_path)
    nowhere = "postgresql://localhost:1/nothing"  # this slot is never given a job
    slot = Slot(
        "slot",
        analyses,
        tools,
        cast(Database, None),
        FolderStore(tmp_path),
        PostgresBus(nowhere),
        Room(["metadata"], 1),
        rest_after_s=0.0,
    )
    reader = analyses["metadata"].open(tools, analyses["metadata"].settings())
    slot._opened["metadata"] = reader
    tools_running = Programs("exiftool")
    reader.exiftool.read(media_files().path("bus"))
    assert tools_running.running()
    slot._rest()
    assert tools_running.end()
    assert reader.exiftool.read(media_files().path("bus")).values  # and the next file starts it anew
    slot._rest()
