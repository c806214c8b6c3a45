"""kill -9 at twenty seeded moments while a hundred files are imported: nothing lost, nothing doubled.

Every other run of the platform must leave the same rows: a run that is cut off again and again (a worker, the
database, everything at once) is compared with one that nobody disturbs, table by table.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.media_files import media_files
from tests.running import RunningFovea, make_folder, remove_folder, rows_of

FILES = 100
KILLS = 20
SEED = 20261120


def _make_files(folder: Path) -> None:
    """A hundred different real pictures: cuts of photos with people, buses and writing, and three videos."""
    store = media_files()
    names = [store.path("bus"), store.path("zidane"), store.path("presidents") / "obama.jpg"]
    pictures = [Image.open(name).convert("RGB") for name in names]
    chance = random.Random(SEED)
    for number in range(FILES - 3):
        whole = pictures[number % len(pictures)]
        width, height = whole.size
        left, top = chance.randrange(width // 3), chance.randrange(height // 3)
        cut = whole.crop((left, top, left + width // 2, top + height // 2))
        cut.thumbnail((480, 480))
        place = folder / f"day {number % 7}"
        place.mkdir(parents=True, exist_ok=True)
        cut.save(place / f"IMG_{number:04}.jpg", quality=85)
    shutil.copy(store.path("speech-video"), folder / "speech.mp4")
    for length in (1, 2):
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc=d={length}:s=320x240:r=10"]
        subprocess.run([*command, str(folder / f"pattern{length}.mp4")], check=True)


@pytest.fixture(scope="module")
def files() -> Iterator[Path]:
    folder = make_folder("kill-files")
    _make_files(folder)
    yield folder
    remove_folder(folder)


def _import(fovea: RunningFovea, files: Path) -> None:
    shutil.copytree(files, fovea.inbox, dirs_exist_ok=True)


def _kill_one(fovea: RunningFovea, what: str, chance: random.Random) -> None:
    if what == "everything":
        fovea.kill_everything()
        fovea.start()
    elif what == "postgres":
        server = fovea.postgres()
        if server is not None:
            server.kill()
    else:
        spared = fovea.workers_on_their_last_try()
        workers = [
            child
            for child in fovea.children()
            if "fovea.processes.worker" in " ".join(child.cmdline()) and not spared & set(child.cmdline())
        ]
        if workers:
            os.kill(chance.choice(workers).pid, signal.SIGKILL)


@pytest.mark.timeout(2400)
def test_an_import_cut_off_twenty_times_leaves_the_same_as_an_undisturbed_one(files: Path) -> None:
    undisturbed, disturbed = RunningFovea(make_folder("calm")), RunningFovea(make_folder("cut"))
    try:
        undisturbed.start()
        _import(undisturbed, files)
        began = time.monotonic()
        undisturbed.wait_until_done(FILES, limit_s=900)
        calm_s = time.monotonic() - began
        expected = rows_of(undisturbed.database_url())
        assert undisturbed.stop() == 0

        chance = random.Random(SEED)
        disturbed.start()
        _import(disturbed, files)
        cut_short = 0
        for number in range(KILLS):
            # Moments spread over the time the work takes, so that all its stages are hit.
            time.sleep(chance.uniform(0.3, 1.6) * calm_s / KILLS)
            cut_short += disturbed.unfinished_or_unknown() > 0
            _kill_one(disturbed, ("worker", "postgres", "worker", "everything")[number % 4], chance)
        disturbed.wait_until_done(FILES, limit_s=900)
        found = rows_of(disturbed.database_url())
        assert disturbed.stop() == 0

        assert cut_short >= KILLS // 2, "most kills must hit while jobs run"
        assert {row["state"] for row in expected["job"]} <= {"done", "skipped"}
        for table, rows in expected.items():
            assert len(found[table]) == len(rows), table
            assert found[table] == rows, table
        assert disturbed.lying_in_inbox() == []
        assert list((disturbed.data / "incoming").iterdir()) == []
    finally:
        for fovea in (undisturbed, disturbed):
            if fovea.process is not None:
                fovea.kill_everything()
            remove_folder(fovea.folder)


def test_ctrl_c_leaves_no_process_behind() -> None:
    fovea = RunningFovea(make_folder("ctrl-c"))
    try:
        fovea.start()
        assert fovea.process is not None
        server = fovea.postgres()
        assert server is not None
        everyone = [*psutil.Process(fovea.process.pid).children(recursive=True), server]
        assert len(everyone) >= 4
        assert fovea.stop() == 0
        _, alive = psutil.wait_procs(everyone, timeout=60)
        assert alive == []
    finally:
        remove_folder(fovea.folder)
