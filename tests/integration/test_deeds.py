"""Long deeds: how far they are, ending them, and what becomes of those whose process died."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from core.errors import Conflict, NotFound
from db.connect import Connection, Database
from db.deeds import Refusal
from library import activity, deeds
from library.deeds import Cancelled, doing, plain_reason
from tests.integration.api.stocked import add_asset, finish_all, register_analyses


def _listed(database: Database) -> list[dict]:
    with database.transaction() as connection:
        return deeds.list_deeds(connection, 1, limit=0)["items"]


def test_a_deed_is_seen_while_it_goes_on(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "_WRITE_EVERY_S", 0.0)
    with doing(database, 1, "import", "Pictures", total=3) as deed:
        deed.advance(message="a.jpg")
        deed.advance(message="b.jpg")
        seen = _listed(database)[0]
        assert (seen["state"], seen["done"], seen["total"], seen["message"]) == ("running", 2, 3, "b.jpg")
        deed.advance()
    seen = _listed(database)[0]
    assert (seen["state"], seen["done"], seen["kind"], seen["title"]) == ("done", 3, "import", "Pictures")
    assert seen["ended_at"] >= seen["began_at"]


def test_an_import_says_what_was_stored_known_and_refused(database: Database) -> None:
    with doing(database, 1, "import", "Card", total=9) as deed:
        for number in range(4):
            deed.advance(message=f"{number}.jpg", stored=1)
        deed.advance(known=1)
        for name, reason in (("a", "a PDF document"), ("b", "a PDF document"), ("c", "the file is empty")):
            deed.advance(refusal=Refusal(f"Card/{name}", f"/card/{name}", reason))
        deed.advance(refusal=Refusal("Card/d", "/card/d", "a PDF document"))
    seen = _listed(database)[0]
    assert (seen["done"], seen["total"], seen["stored"], seen["known"], seen["refused"]) == (9, 9, 4, 1, 4)
    assert seen["message"] == "4 stored, 1 known already, 4 refused; what was refused stays where it is"
    assert [(each["reason"], each["count"]) for each in seen["reasons"]] == [
        ("a PDF document", 3),
        ("the file is empty", 1),
    ]
    assert seen["reasons"][0]["files"][0] == {"path": "Card/a", "kept": "/card/a"}
    with database.transaction() as connection:
        page = deeds.list_refusals(connection, 1, seen["id"], limit=3)
        rest = deeds.list_refusals(connection, 1, seen["id"], limit=3, after=page["next"])
        with pytest.raises(NotFound):
            deeds.list_refusals(connection, 2, seen["id"], limit=3)
    assert [each["kept"] for each in (*page["items"], *rest["items"])] == [f"/card/{n}" for n in "abcd"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("reason", "plain"),
    [
        ("a.pdf: a PDF document", "a PDF document"),
        ("a.pdf is not a plain file", "not a plain file"),
        ("another.a.pdf: odd", "another.a.pdf: odd"),
        (None, "it could not be read"),
    ],
)
def test_a_reason_stands_without_the_name(reason: str | None, plain: str) -> None:
    assert plain_reason(reason, "a.pdf") == plain


def test_a_deed_that_fails_says_why(database: Database) -> None:
    with pytest.raises(OSError), doing(database, 1, "export", "all") as deed:
        deed.advance(5, total=10)
        raise OSError(28, "No space left on device")
    seen = _listed(database)[0]
    assert (seen["state"], seen["done"], seen["total"]) == ("failed", 5, 10)
    assert "No space left" in seen["message"]


def test_a_deed_ends_when_somebody_asks(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "_WRITE_EVERY_S", 0.0)
    done = 0
    with contextlib.suppress(Cancelled), doing(database, 1, "backup", "all", total=100) as deed:
        for number in range(100):
            if number == 7:
                with database.transaction() as connection:
                    assert deeds.cancel(connection, 1, deed.id)["cancel_asked"]
            done += 1
            deed.advance()
    assert done == 8
    seen = _listed(database)[0]
    assert (seen["state"], seen["done"]) == ("cancelled", 8)
    with database.transaction() as connection, pytest.raises(Conflict):
        deeds.cancel(connection, 1, seen["id"])


def test_a_deed_whose_process_was_killed_has_failed(database: Database) -> None:
    """A real process, really killed; its beat stops, and after a while everybody sees that."""
    program = """
import sys, time
from db.connect import Database
from library.deeds import doing
with Database(sys.argv[1]) as database, doing(database, 1, "export", "all") as deed:
    print("begun", flush=True)
    time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", program, database.url], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"begun\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert _listed(database)[0]["state"] == "running", "nobody knows yet"
    with database.transaction() as connection:
        connection.execute("update deed set beat_at = now() - interval '91 seconds'")
    assert _listed(database)[0]["state"] == "failed"
    activity.tidy(database)
    seen = _listed(database)[0]
    assert seen["state"] == "failed" and "process" in seen["message"]


def _states(connection: Connection) -> list[tuple[str, str | None]]:
    rows = connection.execute(
        "select state, error from job where analysis = 'objects' order by asset_id"
    ).fetchall()
    return [(row["state"], row["error"]) for row in rows]


@pytest.fixture
def analysed(database: Database) -> list[int]:
    """Six assets: `objects` did three, failed at two and skipped one."""
    register_analyses(database)
    with database.transaction() as connection:
        made = [add_asset(connection, f"{n}.jpg") for n in range(6)]
        for asset_id in made:
            finish_all(connection, asset_id)
        failed = (
            "update job set state = 'failed', error = 'broken' where analysis = 'objects' and asset_id = any(%s)"
        )
        connection.execute(failed, (made[3:5],))
        skipped = (
            "update job set state = 'skipped', error = 'too small' where analysis = 'objects' and asset_id = %s"
        )
        connection.execute(skipped, (made[5],))
    return made


def test_a_rerun_is_a_deed_that_its_jobs_move_on(database: Database, analysed: list[int]) -> None:
    with database.transaction() as connection:
        assert activity.requeue(connection, 1, "objects", "all") == {"queued": 6}
    seen = _listed(database)[0]
    assert (seen["kind"], seen["title"], seen["done"], seen["total"]) == ("rerun", "objects: all", 0, 6)
    with database.transaction() as connection:
        one = (
            "update job set state = 'done', state_before = null where analysis = 'objects' and asset_id = any(%s)"
        )
        connection.execute(one, (analysed[:4],))
    assert (_listed(database)[0]["state"], _listed(database)[0]["done"]) == ("running", 4)
    with database.transaction() as connection:
        connection.execute(one, (analysed,))
    assert (_listed(database)[0]["state"], _listed(database)[0]["done"]) == ("done", 6)
    activity.tidy(database)
    with database.transaction() as connection:
        row = connection.execute("select state, ended_at from deed").fetchone()
    assert row is not None and row["state"] == "done" and row["ended_at"] is not None


def test_a_rerun_is_taken_back_to_what_was(database: Database, analysed: list[int]) -> None:
    with database.transaction() as connection:
        before = _states(connection)
        activity.requeue(connection, 1, "objects", "all")
        assert {state for state, _ in _states(connection)} == {"waiting"}
        connection.execute(
            "update job set state = 'running' where analysis = 'objects' and asset_id = %s", (analysed[0],)
        )
        shown = deeds.cancel(connection, 1, deeds.list_deeds(connection, 1, limit=1)["items"][0]["id"])
        assert shown["state"] == "cancelled"
        assert _states(connection)[1:] == before[1:], "what had not begun is as it was"
        assert _states(connection)[0] == ("running", None), "what had begun ends by itself"


def test_one_asset_done_again_is_no_deed(database: Database, analysed: list[int]) -> None:
    with database.transaction() as connection:
        activity.requeue(connection, 1, "objects", "all", analysed[0])
    assert _listed(database) == []


def test_counts_of_jobs_are_right_whatever_happens_to_them(database: Database, analysed: list[int]) -> None:
    """The kept counts against counting, after inserts, updates, deletes, a rollback, the trash and a fold."""

    def counted() -> dict[tuple[str, str], int]:
        with database.transaction() as connection:
            rows = connection.execute(
                "select analysis, job.state, count(*)::int as n from job join asset on asset.id = asset_id"
                " where deleted_at is null and owner_id = 1 group by 1, 2"
            ).fetchall()
        return {(row["analysis"], row["state"]): row["n"] for row in rows}

    def kept() -> dict[tuple[str, str], int]:
        with database.transaction() as connection:
            shown = activity.list_analyses(connection, 1)["items"]
        states = ("waiting", "running", "done", "failed", "skipped")
        return {(one["name"], state): one[state] for one in shown for state in states if one[state]}

    assert kept() == counted()
    with database.transaction() as connection:
        activity.requeue(connection, 1, "objects", "failed")
        connection.execute("delete from asset where id = %s", (analysed[0],))
        other = connection.execute(
            "insert into account (login, role) values ('x', 'editor') returning id"
        ).fetchone()
        assert other is not None
        add_asset(connection, "theirs.jpg", owner_id=other["id"])
    assert kept() == counted()
    with database.transaction() as connection:
        connection.execute("update asset set deleted_at = now() where id = any(%s)", (analysed[1:3],))
    assert kept() == counted()
    with contextlib.suppress(ZeroDivisionError), database.transaction() as connection:
        connection.execute("update job set state = 'failed'")
        raise ZeroDivisionError
    assert kept() == counted()
    activity.tidy(database)
    assert kept() == counted()
    with database.transaction() as connection:
        rows = connection.execute("select count(*)::int as n from job_count").fetchone()
        assert rows is not None and rows["n"] <= 35
        connection.execute("truncate job cascade")
    assert kept() == counted() == {}


def test_a_rerun_says_how_many_failed(database: Database, analysed: list[int]) -> None:
    with database.transaction() as connection:
        activity.requeue(connection, 1, "objects", "all")
        connection.execute(
            "update job set state = case when asset_id = any(%s) then 'failed' else 'done' end,"
            " state_before = null, changed_at = clock_timestamp() where analysis = 'objects'",
            (analysed[:2],),
        )
    seen = _listed(database)[0]
    assert (seen["state"], seen["done"], seen["message"]) == ("done", 6, "2 failed")
