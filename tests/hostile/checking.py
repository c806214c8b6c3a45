"""What must hold after any number of hostile files: said in one place for the short and the full run."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing

from db.connect import connect
from media.store_folder import FolderStore
from tests.hostile.described import picture
from tests.hostile.feeding import MIB, Feeding, Memory, Outcome
from tests.hostile.files import PATHS, HostileFile, make_oddities
from tests.running import RunningFovea, make_folder, remove_folder
from workers.catalogue import find_analyses

_ENDED = re.compile(r"^.*(\S+) ended \((.*)\); starting it again", re.MULTILINE)
# A busy machine may be late in noticing that a limit is over.
_SLACK_S = 30.0


def good_files(count: int) -> list[HostileFile]:
    """Photos with nothing wrong about them, to be sent in between."""
    return [
        HostileFile(f"good/{number:03}.jpg".encode(), picture(7000 + number), "good") for number in range(count)
    ]


def feed_and_check(files: Sequence[HostileFile], good_count: int, limit_s: float) -> Counter[str]:
    """Give everything to a Fovea of its own; how many files had which outcome, by sort and outcome."""
    fovea = RunningFovea(make_folder("hostile"))
    try:
        fovea.start()
        with Memory(fovea) as memory, closing(fovea.sign_in()) as client:
            feeding = Feeding(fovea, client)
            good = good_files(good_count)
            given = _feed(feeding, files, good)
            feeding.wait(limit_s)
            outcomes = feeding.outcomes(given)
            _check_good(feeding.outcomes(good))
            _check_jobs(outcomes, fovea)
            _check_originals(fovea, [*given, *good])
            _check_names(fovea)
        print(f"PSS: all of Fovea {memory.workers / MIB:.0f} MiB, largest decoder {memory.decoder / MIB:.0f} MiB")
        assert memory.samples > 5
        assert memory.workers < 2560 * MIB
        assert memory.decoder < 4096 * MIB
        assert fovea.stop() == 0
    finally:
        if fovea.process is not None:
            fovea.kill_everything()
        remove_folder(fovea.folder)
    return Counter(f"{each.made.sort}: {each.word}" for each in outcomes)


def _feed(feeding: Feeding, files: Sequence[HostileFile], good: Sequence[HostileFile]) -> list[HostileFile]:
    """By both doors, a good file after every few; every file that was given, in the end."""
    odd = make_oddities(feeding.fovea.folder / "odd")
    inbox = [made for number, made in enumerate(files) if _by_inbox(number, made)]
    api = [made for number, made in enumerate(files) if not _by_inbox(number, made)]
    half = len(good) // 2
    feeding.by_inbox([*inbox, *good[:half]])
    (feeding.fovea.folder / "odd").rename(feeding.fovea.inbox / "odd")
    assert odd > 0
    every = max(1, len(api) // max(1, len(good) - half))
    rest = list(good[half:])
    for number, made in enumerate(api):
        feeding.by_api(made)
        if number % every == 0 and rest:
            feeding.by_api(rest.pop())
    for made in rest:
        feeding.by_api(made)
    told = [HostileFile(b"path", picture(9000 + number), "path") for number in range(len(PATHS))]
    for made, path in zip(told, PATHS, strict=True):
        feeding.by_api(made, path.encode())
    return [*inbox, *api, *told]


def _by_inbox(number: int, made: HostileFile) -> bool:
    """Sidecars would wait there for their photo, and hidden files are left alone there."""
    if made.name.endswith((b".xmp", b".json")) or made.sort == "sidecar" or b"/." in made.name:
        return False
    return made.sort == "name" or number % 2 == 0


def _check_good(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        states = {analysis: state for analysis, state, _ in outcome.jobs}
        assert set(states.values()) <= {"done", "skipped"}, (outcome.made.name, outcome.jobs)
        assert [states.get(name) for name in ("metadata", "preview", "objects", "faces", "text")] == ["done"] * 5


def _check_jobs(outcomes: Sequence[Outcome], fovea: RunningFovea) -> None:
    for outcome in outcomes:
        if outcome.asset_id is None:
            assert outcome.reason
        else:
            assert outcome.jobs, outcome.made.name
        for analysis, state, error in outcome.jobs:
            assert state in ("done", "failed", "skipped"), (outcome.made.name, analysis, state)
            assert state == "done" or error, (outcome.made.name, analysis, state)
    limits = find_analyses()
    with connect(fovea.database_url()) as connection:
        rows = connection.execute(
            "select j.analysis, j.seconds, j.crashes, coalesce(a.duration_s, 0) as duration_s, a.name"
            " from job j join asset a on a.id = j.asset_id"
        ).fetchall()
    for row in rows:
        limit_s = limits[row["analysis"]].limit_s + 3.0 * row["duration_s"]
        assert (row["seconds"] or 0.0) < limit_s + _SLACK_S, row
    ended = _ENDED.findall(fovea.log.read_text(errors="replace"))
    killers = sum(row["crashes"] > 0 for row in rows)
    assert len(ended) <= killers, f"{killers} files killed a worker, but {ended}"


def _check_originals(fovea: RunningFovea, files: Sequence[HostileFile]) -> None:
    """Every stored file has the very bytes that were given, under their hash, read-only."""
    given = {made.sha512: made.data for made in files}
    store = FolderStore(fovea.data)
    with connect(fovea.database_url()) as connection:
        rows = connection.execute("select sha512, kept, location from file").fetchall()
    assert {bytes(row["sha512"]) for row in rows} <= set(given)
    for row in rows:
        place = store.path(row["kept"], row["location"])
        assert hashlib.sha512(place.read_bytes()).digest() == bytes(row["sha512"])
        assert place.stat().st_mode & 0o222 == 0
        assert place.resolve().is_relative_to(fovea.data.resolve())


def _check_names(fovea: RunningFovea) -> None:
    """What the library lists can be stored, shown and written into a log."""
    with connect(fovea.database_url()) as connection:
        rows = connection.execute("select path from file_path").fetchall()
    for row in rows:
        assert row["path"].replace("\u200d", "").isprintable(), row
        assert not {"", ".", ".."} & set(row["path"].split("/")), row
    lines = fovea.log.read_text(errors="replace").splitlines()
    assert not any("\x1b" in line or "\u202e" in line for line in lines if "inbox:" in line or "failed" in line)
