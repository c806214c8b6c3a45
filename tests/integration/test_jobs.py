"""The job ledger against a real PostgreSQL: who holds what, what follows, and what becomes of the dead."""

import threading

import pytest

from core.media import Kind
from db import ingest as rows
from db import jobs, results
from db.connect import Connection, Database
from tests.integration.ledger_rows import ANALYSES, add_asset, new_file


@pytest.fixture
def ledger(database: Database) -> Database:
    with database.transaction() as connection:
        jobs.register_analyses(connection, ANALYSES)
    return database


def _states(connection: Connection) -> dict[str, str]:
    return {row["analysis"]: row["state"] for row in connection.execute("select analysis, state from job")}


def _end(database: Database, job_id: int, asset_id: int, state: str = "done") -> set[str]:
    """Claim and end a job; the analyses that follow."""
    with database.transaction() as connection:
        assert jobs.claim(connection, job_id, "w", 60)
    with database.transaction() as connection:
        assert jobs.finish(connection, job_id, "w", state, version="1")
        return {job.analysis for job in jobs.follow_ups(connection, asset_id, "arrivals")}


def test_an_asset_begins_with_what_waits_for_nothing_and_the_rest_follows(ledger: Database) -> None:
    with ledger.transaction() as connection:
        asset_id, created = add_asset(connection, "one")
    by_name = {job.analysis: job.id for job in created}
    assert set(by_name) == {"preview", "metadata"}
    assert _end(ledger, by_name["preview"], asset_id) == {"objects"}
    assert _end(ledger, by_name["metadata"], asset_id) == set()
    with ledger.transaction() as connection:
        objects = connection.execute("select id from job where analysis = 'objects'").fetchone()
    assert objects is not None
    assert _end(ledger, objects["id"], asset_id) == {"report"}


def test_nothing_follows_a_failure_but_something_follows_a_skip(ledger: Database) -> None:
    with ledger.transaction() as connection:
        first, created = add_asset(connection, "one")
        second, others = add_asset(connection, "two")
    assert _end(ledger, next(j.id for j in created if j.analysis == "preview"), first, "failed") == set()
    assert _end(ledger, next(j.id for j in others if j.analysis == "preview"), second, "skipped") == {"objects"}


def test_two_jobs_ending_at_the_same_moment_start_their_common_follower_once(ledger: Database) -> None:
    for round_ in range(10):
        with ledger.transaction() as connection:
            asset_id, created = add_asset(connection, f"photo {round_}")
        preview = next(job.id for job in created if job.analysis == "preview")
        metadata = next(job.id for job in created if job.analysis == "metadata")
        _end(ledger, preview, asset_id)
        with ledger.transaction() as connection:
            row = connection.execute(
                "select id from job where analysis = 'objects' and asset_id = %s", (asset_id,)
            ).fetchone()
        assert row is not None
        barrier = threading.Barrier(2)
        followed: list[set[str]] = []

        def end(job_id: int, barrier: threading.Barrier = barrier, asset_id: int = asset_id) -> None:
            barrier.wait()
            followed.append(_end(ledger, job_id, asset_id))  # noqa: B023 (ends before the next round)

        threads = [threading.Thread(target=end, args=(job_id,)) for job_id in (metadata, row["id"])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(map(len, followed)) == [0, 1]


def test_who_claims_a_job_learns_how_large_the_original_is(ledger: Database) -> None:
    """`text` decides by it whether to read the original (workers/scans.py)."""
    with ledger.transaction() as connection:
        asset_id, created = add_asset(connection, "scan")
        results.set_picture(connection, asset_id, width=7800, height=10_020, duration_s=None, placeholder="")
    with ledger.transaction() as connection:
        held = jobs.claim(connection, created[0].id, "w", 60)
    assert held is not None
    assert (held.width, held.height) == (7800, 10_020)


def test_only_one_of_many_claims_a_job_and_a_loser_changes_nothing(ledger: Database) -> None:
    with ledger.transaction() as connection:
        _, created = add_asset(connection, "one")
    won: list[str] = []

    def try_claim(worker: str) -> None:
        with ledger.transaction() as connection:
            if jobs.claim(connection, created[0].id, worker, 60):
                won.append(worker)

    threads = [threading.Thread(target=try_claim, args=(f"w{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    with ledger.transaction() as connection:
        assert not jobs.finish(connection, created[0].id, "somebody else", "done")
        assert jobs.finish(connection, created[0].id, won[0], "done")
        assert not jobs.finish(connection, created[0].id, won[0], "done")


def test_the_jobs_of_dead_workers_come_back_and_the_third_death_sets_the_file_aside(ledger: Database) -> None:
    with ledger.transaction() as connection:
        _, created = add_asset(connection, "one")
    job_id = created[0].id
    for death in range(1, 4):
        with ledger.transaction() as connection:
            if death == 3:  # after the second death the file waits, as it may be the cause
                assert jobs.claim(connection, job_id, "too early", 60) is None
                connection.execute("update job set not_before = now() - interval '1 s'")
            assert jobs.claim(connection, job_id, f"worker/{death}", 60)
            assert jobs.recover(connection) == 0  # its lease still runs
            assert jobs.recover(connection, workers=[f"worker/{death}"]) == 1
    with ledger.transaction() as connection:
        row = connection.execute("select state, error, crashes from job where id = %s", (job_id,)).fetchone()
        assert row is not None
        assert row["state"] == "failed"
        assert "3 times" in row["error"]
        assert jobs.requeue(connection, 1, created[0].analysis, "failed") == 1
        assert jobs.claim(connection, job_id, "after the fix", 60)


def test_an_expired_lease_frees_the_job_and_the_late_worker_cannot_save(ledger: Database) -> None:
    with ledger.transaction() as connection:
        _, created = add_asset(connection, "one")
        assert jobs.claim(connection, created[0].id, "slow", -1)
    with ledger.transaction() as connection:
        assert jobs.recover(connection) == 1
        assert jobs.claim(connection, created[0].id, "fast", 60)
        assert not jobs.finish(connection, created[0].id, "slow", "done")


def test_a_stop_of_everything_is_nobodys_fault(ledger: Database) -> None:
    with ledger.transaction() as connection:
        _, created = add_asset(connection, "one")
        for _ in range(5):
            assert jobs.claim(connection, created[0].id, "w", 60)
            assert jobs.recover(connection, all_running=True, count=False) == 1
    with ledger.transaction() as connection:
        assert _states(connection)[created[0].analysis] == "waiting"


def test_a_paused_analysis_is_neither_delivered_nor_claimed_until_it_goes_on(ledger: Database) -> None:
    with ledger.transaction() as connection:
        _, created = add_asset(connection, "one")
        connection.execute("update analysis set paused = true where name = 'preview'")
        preview = next(job.id for job in created if job.analysis == "preview")
        assert jobs.claim(connection, preview, "w", 60) is None
        assert {job.analysis for job in jobs.take_undelivered(connection)} == {"metadata"}
        connection.execute("update analysis set paused = false")
        assert {job.analysis for job in jobs.take_undelivered(connection)} == {"preview"}


def test_arrivals_are_delivered_before_bulk_work(ledger: Database) -> None:
    with ledger.transaction() as connection:
        add_asset(connection, "old")
        connection.execute("update job set state = 'done', delivered_at = now()")
        assert jobs.requeue(connection, 1, "preview", "all") == 1
        add_asset(connection, "new")
        lanes = [job.lane for job in jobs.take_undelivered(connection)]
    assert lanes == sorted(lanes)
    assert set(lanes) == {"arrivals", "bulk"}


def test_stale_means_done_by_another_version(ledger: Database) -> None:
    with ledger.transaction() as connection:
        asset_id, created = add_asset(connection, "one")
    _end(ledger, next(j.id for j in created if j.analysis == "preview"), asset_id)
    with ledger.transaction() as connection:
        assert jobs.requeue(connection, 1, "preview", "stale") == 0
        newer = [{**each, "version": "2"} if each["name"] == "preview" else each for each in ANALYSES]
        jobs.register_analyses(connection, newer)
        assert jobs.requeue(connection, 1, "preview", "stale") == 1


def test_a_new_analysis_gets_its_jobs_for_what_is_there_already(ledger: Database) -> None:
    with ledger.transaction() as connection:
        add_asset(connection, "one")
        assert jobs.create_missing(connection) == 0
        added = {"name": "colours", "version": "1", "kinds": ["photo"], "after": []}
        jobs.register_analyses(connection, [*ANALYSES, added])
        assert jobs.create_missing(connection) == 1
        assert _states(connection)["colours"] == "waiting"
        jobs.register_analyses(connection, ANALYSES)
        assert "colours" not in _states(connection)


def test_speech_is_for_videos_only(ledger: Database) -> None:
    with ledger.transaction() as connection:
        asset_id, created = add_asset(connection, "film", Kind.VIDEO)
    followers = _end(ledger, next(j.id for j in created if j.analysis == "preview"), asset_id)
    assert followers == {"objects", "speech"}


def test_the_same_bytes_entered_at_once_by_many_are_one_asset(ledger: Database) -> None:
    entered: list[tuple[int, bool]] = []

    def enter(number: int) -> None:
        with ledger.transaction() as connection:
            entered.append(rows.enter(connection, new_file("same", f"folder {number}/a.jpg")))

    threads = [threading.Thread(target=enter, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entered) == 20
    assert len({asset_id for asset_id, _ in entered}) == 1
    assert sum(is_new for _, is_new in entered) == 1
    with ledger.transaction() as connection:
        paths = connection.execute("select count(*)::int as n from file_path").fetchone()
        assert paths is not None
        assert paths["n"] == 20
