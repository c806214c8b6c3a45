"""What a re-run costs is said before it begins; what a person says of a language holds through every re-run."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from core.errors import BadRequest, FoveaError, NotFound, PermanentError
from core.media import Kind
from db import choices, jobs
from db.connect import Database
from db.reruns import Cost, cost_of_rerun
from fovea.main import build
from fovea.rerun import duration
from library.choices import choose_language
from media.derived import DerivedFolder
from tests.engine_door import door
from tests.integration.api.stocked import VERSION, add_asset, finish_all, register_analyses
from tests.media_files import media_files
from workers import speech
from workers.contract import Source, Tools


@pytest.fixture
def videos(database: Database) -> list[int]:
    """Three videos whose speech took 10, 20 and 60 s; of the first by an older version. And a photo."""
    register_analyses(database)
    with database.transaction() as connection:
        made = [add_asset(connection, f"{n}.mp4", kind=Kind.VIDEO) for n in range(3)]
        made.append(add_asset(connection, "a.jpg"))
        for asset_id in made:
            finish_all(connection, asset_id)
        for asset_id, version, seconds in zip(made, ("0", VERSION, VERSION), (10, 20, 60), strict=False):
            connection.execute(
                "update job set version = %s, seconds = %s where analysis = 'speech' and asset_id = %s",
                (version, seconds, asset_id),
            )
    return made


def run(*words: str, given: str | None = None) -> Result:
    """What a verb says; errors of ours come out as they are."""
    result = CliRunner().invoke(build(), list(words), input=given)
    if isinstance(result.exception, FoveaError):
        raise result.exception
    return result


def state_of(database: Database, asset_id: int) -> str:
    with database.transaction() as connection:
        row = connection.execute(
            "select state from job where analysis = 'speech' and asset_id = %s", (asset_id,)
        ).fetchone()
    assert row is not None
    return str(row["state"])


def test_the_cost_is_what_these_files_took_before(database: Database, videos: list[int]) -> None:
    with database.transaction() as connection:
        assert cost_of_rerun(connection, 1, "speech", "all") == Cost(3, 30.0, 90.0)
        assert cost_of_rerun(connection, 1, "speech", "stale") == Cost(1, 30.0, 10.0)
        assert cost_of_rerun(connection, 1, "speech", "failed") == Cost(0, 30.0, 0.0)
        assert cost_of_rerun(connection, 2, "speech", "all").files == 0
        connection.execute("update job set state = 'failed', seconds = null where asset_id = %s", (videos[2],))
        # never done: as long as the others took on average
        assert cost_of_rerun(connection, 1, "speech", "failed") == Cost(1, 15.0, 15.0)
        for which in ("all", "stale", "failed"):
            cost = cost_of_rerun(connection, 1, "speech", which)
            assert jobs.requeue(connection, 1, "speech", which) == cost.files
            connection.execute("update job set state = 'done' where analysis = 'speech'")


def test_the_command_says_the_cost_first(
    database: Database,
    database_url: str,
    videos: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FOVEA_DATABASE_URL", database_url)
    monkeypatch.setenv("FOVEA_DATA", str(tmp_path / "data"))
    told = json.loads(run("analyse", "speech", "--all", "--dry-run", "--json").stdout)
    assert told == {"analysis": "speech", "which": "all", "files": 3, "mean_s": 30.0, "work_s": 90.0}
    assert (
        "3 files of the library; about 2 min for one worker (30 s a file so far)"
        in run("analyse", "speech", "--all", "--dry-run").stdout
    )
    assert [state_of(database, asset_id) for asset_id in videos[:3]] == ["done"] * 3
    done = run("analyse", "speech", "--all", "--yes")
    assert "3 files of the library" in done.stdout and "3 files will be analysed again" in done.stdout
    assert [state_of(database, asset_id) for asset_id in videos[:3]] == ["waiting"] * 3


def test_durations_are_as_exact_as_a_guess_deserves() -> None:
    assert [duration(s) for s in (0.2, 40, 600, 12_000)] == ["1 s", "40 s", "10 min", "3 h 20 min"]


def test_a_language_is_kept_and_the_speech_done_again(database: Database, videos: list[int]) -> None:
    with database.transaction() as connection:
        told = choose_language(connection, 1, videos[0], "pt-BR")
    assert told == {"asset_id": videos[0], "language": "pt", "queued": 1}
    assert state_of(database, videos[0]) == "waiting"
    with database.transaction() as connection:
        finish_all(connection, videos[0])
        jobs.requeue(connection, 1, "speech", "all")
        assert choices.choice_of(connection, videos[0], "speech") == {"language": "pt"}
        assert choices.choice_of(connection, videos[1], "speech") == {}
        assert choose_language(connection, 1, videos[0], None)["queued"] == 0  # it waits already
        assert choices.choice_of(connection, videos[0], "speech") == {}


def test_speech_that_runs_is_begun_anew(database: Database, videos: list[int]) -> None:
    """The worker that began without the choice may not save what it heard."""
    with database.transaction() as connection:
        jobs.requeue(connection, 1, "speech", "all", videos[0])
        row = connection.execute(
            "select id from job where analysis = 'speech' and asset_id = %s", (videos[0],)
        ).fetchone()
        assert row is not None
        assert jobs.claim(connection, row["id"], "worker 1", 60.0) is not None
        assert choose_language(connection, 1, videos[0], "de")["queued"] == 1
        assert not jobs.finish(connection, row["id"], "worker 1", "done", version="1")
    assert state_of(database, videos[0]) == "waiting"


def test_what_makes_no_sense_is_refused(database: Database, videos: list[int]) -> None:
    with database.transaction() as connection:
        with pytest.raises(BadRequest, match="there is no language 'klingon'"):
            choose_language(connection, 1, videos[0], "klingon")
        with pytest.raises(BadRequest, match="nothing is said in it"):
            choose_language(connection, 1, videos[3], "de")
        for owner_id, asset_id in ((1, 999_999), (2, videos[0])):
            with pytest.raises(NotFound):
                choose_language(connection, owner_id, asset_id, "de")
    for words in (("objects", "--asset", "1"), ("speech", "--asset", "1"), ("speech", "--asset", "1", "--all")):
        with pytest.raises(BadRequest):
            run("analyse", *words)


def test_the_engine_hears_what_the_person_said(database: Database, videos: list[int], tmp_path: Path) -> None:
    """Real speech, real weights: found out, then forced, then forced to one the weights do not know."""
    film = tmp_path / "film.mp4"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=black:s=64x64:r=5", "-i"]
    subprocess.run([*command, str(media_files().path("jfk")), "-shortest", str(film)], check=True, timeout=60)
    tools = Tools(door(), door()._weight, tmp_path)
    heard_by = speech.ANALYSIS.open(tools, speech.Settings())
    folder = DerivedFolder(tmp_path, b"0" * 64)
    source = Source(videos[0], 1, Kind.VIDEO, "video/mp4", "film.mp4", film, 11.0, folder)
    assert speech.ANALYSIS.read is not None
    with database.transaction() as connection:
        source = replace(source, given=speech.ANALYSIS.read(connection, source, "1"))
        found = speech.ANALYSIS.analyse(heard_by, source)
        assert found.language == "en" and 0.9 < found.language_probability < 1.0
        choose_language(connection, 1, videos[0], "de")
        source = replace(source, given=speech.ANALYSIS.read(connection, source, "1"))
    forced = speech.ANALYSIS.analyse(heard_by, source)
    assert (forced.language, forced.language_probability) == ("de", 1.0)
    with pytest.raises(PermanentError, match="tlh"):
        speech.ANALYSIS.analyse(heard_by, replace(source, given={"language": "tlh"}))
