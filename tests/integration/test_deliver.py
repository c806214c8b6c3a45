"""The reconciler and a queue that forgets: everything is delivered again, and nothing without need."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from bus.messages import Bus, Message
from bus.postgres import PostgresBus
from bus.rabbit import RabbitBus
from bus.rabbit_queues import Queues
from db import jobs
from db.connect import Database
from fovea.adapters import open_tokens
from fovea.processes.keeping import EVERY_S, Keeper
from fovea.settings import Settings
from library.deliver import LOST_AFTER_S, deliver, reconcile, repair
from media.store_folder import FolderStore
from tests.integration.ledger_rows import ANALYSES, add_asset
from tests.rabbit_server import ask, remove_queues

NAMES = ["preview", "metadata"]
LONG_AGO = timedelta(minutes=10)


@pytest.fixture
def ledger(database: Database) -> Database:
    with database.transaction() as connection:
        jobs.register_analyses(connection, ANALYSES[:2])  # preview and metadata; nothing follows
    return database


@pytest.fixture
def queues(broker_url: str) -> Iterator[Queues]:
    made = Queues(prefix=f"test-{uuid4().hex[:8]}", delivery_limit=1)
    yield made
    remove_queues(broker_url, made, *NAMES)


@pytest.fixture(params=["postgres", "rabbit"])
def bus(request: pytest.FixtureRequest, database_url: str) -> Iterator[Bus]:
    if request.param == "postgres":
        made: Bus = PostgresBus(database_url)
    else:
        made = RabbitBus(request.getfixturevalue("broker_url"), request.getfixturevalue("queues"))
    yield made
    made.close()


@pytest.fixture
def rabbit(broker_url: str, queues: Queues) -> Iterator[RabbitBus]:
    made = RabbitBus(broker_url, queues)
    yield made
    made.close()


def _arrive(ledger: Database, bus: Bus, *names: str) -> list[int]:
    """Assets with a job of preview and one of metadata each, delivered; ids of the previews' jobs."""
    created: list[jobs.Waiting] = []
    with ledger.transaction() as connection:
        for name in names:
            created += add_asset(connection, name)[1]
    deliver(ledger, bus, created)
    return [job.id for job in created if job.analysis == "preview"]


def _delivered_ago(ledger: Database, ago: timedelta) -> None:
    with ledger.transaction() as connection:
        connection.execute("update job set delivered_at = delivered_at - %s", [ago])


def _drain(bus: Bus, analysis: str = "preview") -> list[int]:
    found = []
    while (message := bus.receive([analysis], 0.3)) is not None:
        found.append(message.job_id)
        bus.acknowledge(message)
    return found


def _work(ledger: Database, bus: Bus, count: int) -> list[int]:
    """As a worker does: previews taken out of the queue, claimed and ended."""
    done = []
    for _ in range(count):
        message = bus.receive(["preview"], 5)
        assert message is not None
        with ledger.transaction() as connection:
            assert jobs.claim(connection, message.job_id, "worker", 60)
            assert jobs.finish(connection, message.job_id, "worker", "done")
        bus.acknowledge(message)
        done.append(message.job_id)
    return done


def _lose(bus: Bus, count: int) -> list[int]:
    """The queue forgets the messages at its head."""
    lost: list[Message] = []
    for _ in range(count):
        message = bus.receive(["preview"], 5)
        assert message is not None
        bus.acknowledge(message)
        lost.append(message)
    return [message.job_id for message in lost]


def test_a_purged_queue_is_filled_again_within_a_minute(
    ledger: Database, rabbit: RabbitBus, broker_url: str, queues: Queues, tmp_path: Path
) -> None:
    keeper = Keeper(ledger, rabbit, open_tokens(Settings(), ledger), FolderStore(tmp_path))
    keeper.turn()  # the next look at what was lost is the farthest away now
    expected = _arrive(ledger, rabbit, *(f"asset {number}" for number in range(300)))
    assert rabbit.depths(["preview", "metadata"]) == {"preview": 300, "metadata": 300}
    for analysis in ("preview", "metadata"):
        name = queues.name(analysis, "arrivals")
        ask(broker_url, lambda channel, name=name: channel.queue_purge(name))
    purged = time.monotonic()
    while rabbit.depths(["preview", "metadata"]) != {"preview": 300, "metadata": 300}:
        assert time.monotonic() - purged < 60
        time.sleep(EVERY_S)
        keeper.turn()
    for _ in range(3):  # and that was all
        repair(ledger, rabbit)
        reconcile(ledger, rabbit)
    assert sorted(_drain(rabbit)) == sorted(expected)


def test_what_was_lost_before_newer_jobs_came_is_delivered_again(ledger: Database, bus: Bus) -> None:
    expected = _arrive(ledger, bus, *(f"old {number}" for number in range(20)))
    assert sorted(_lose(bus, 20)) == sorted(expected)
    _delivered_ago(ledger, LONG_AGO)
    newer = _arrive(ledger, bus, "new 1", "new 2")
    assert repair(ledger, bus) == 20
    assert reconcile(ledger, bus) == 20
    assert sorted(_drain(bus)) == sorted([*expected, *newer])


def test_a_queue_that_is_merely_long_is_not_doubled(ledger: Database, bus: Bus) -> None:
    expected = _arrive(ledger, bus, *(f"asset {number}" for number in range(60)))
    _delivered_ago(ledger, LONG_AGO)
    done = _work(ledger, bus, 25)
    assert repair(ledger, bus) == 0
    assert reconcile(ledger, bus) == 0
    assert sorted([*done, *_drain(bus)]) == sorted(expected)


def test_what_was_delivered_just_before_a_purge_is_found_by_the_next_look(ledger: Database, bus: Bus) -> None:
    early = _arrive(ledger, bus, *(f"early {number}" for number in range(40)))
    _delivered_ago(ledger, LONG_AGO)
    late = _arrive(ledger, bus, *(f"late {number}" for number in range(10)))
    _lose(bus, 50)
    assert repair(ledger, bus) == 40, "the others may still be on their way"
    assert reconcile(ledger, bus) == 40
    with ledger.transaction() as connection:
        connection.execute("update job set delivered_at = delivered_at - %s where id = any(%s)", [LONG_AGO, late])
    assert repair(ledger, bus) == 10
    assert reconcile(ledger, bus) == 10
    assert sorted(_drain(bus)) == sorted([*early, *late])


def test_some_that_were_lost_behind_doubled_ones_are_found_once_others_overtake_them(
    ledger: Database, rabbit: RabbitBus
) -> None:
    _arrive(ledger, rabbit, *(f"early {number}" for number in range(10)))
    lost = _lose(rabbit, 10)
    _delivered_ago(ledger, LONG_AGO)
    later = _arrive(ledger, rabbit, *(f"late {number}" for number in range(60)))
    _delivered_ago(ledger, timedelta(seconds=LOST_AFTER_S + 10))
    rabbit.publish([Message(job_id, "preview", "arrivals") for job_id in later[-10:]])
    assert repair(ledger, rabbit) == 0, "the queue holds as many as wait, some of them twice"
    done = _work(ledger, rabbit, 25)
    assert repair(ledger, rabbit) == 10
    assert reconcile(ledger, rabbit) == 10
    assert sorted([*done, *_drain(rabbit)]) == sorted([*lost, *later, *later[-10:]])


def test_one_that_came_early_says_nothing_about_the_others(ledger: Database, bus: Bus) -> None:
    _arrive(ledger, bus, *(f"asset {number}" for number in range(60)))
    _delivered_ago(ledger, LONG_AGO)
    done = _work(ledger, bus, 25)
    with ledger.transaction() as connection:  # as if it had been delivered twice, and the first had come only now
        connection.execute("update job set delivered_at = now() where id = %s", [done[-1]])
    assert repair(ledger, bus) == 0


def test_dead_letters_are_the_ledgers_again_and_the_third_sets_the_file_aside(
    ledger: Database, rabbit: RabbitBus, broker_url: str, queues: Queues
) -> None:
    (job_id,) = _arrive(ledger, rabbit, "asset")
    for death in range(1, 4):
        for _ in range(2):  # workers that die before they claim it
            worker = RabbitBus(broker_url, queues)
            message = worker.receive(["preview"], 5)
            assert message is not None and message.job_id == job_id
            worker.close()
        assert rabbit.depths(["preview"]) == {"preview": 0}
        assert repair(ledger, rabbit) == 1
        with ledger.transaction() as connection:
            row = connection.execute("select state, crashes, error from job where id = %s", [job_id]).fetchone()
            connection.execute("update job set not_before = now()")
        assert row is not None
        assert (row["state"], row["crashes"]) == ("failed" if death == 3 else "waiting", death)
        assert reconcile(ledger, rabbit) == (death < 3)
    assert "set aside" in row["error"]
    assert rabbit.depths(["preview"]) == {"preview": 0}


def test_the_dead_letter_of_a_job_that_ended_changes_nothing(
    ledger: Database, rabbit: RabbitBus, broker_url: str, queues: Queues
) -> None:
    (job_id,) = _arrive(ledger, rabbit, "asset")
    rabbit.publish([Message(job_id, "preview", "bulk")])
    _work(ledger, rabbit, 1)
    for _ in range(2):
        worker = RabbitBus(broker_url, queues)
        assert worker.receive(["preview"], 5) is not None
        worker.close()
    assert _until_zero(lambda: repair(ledger, rabbit))
    with ledger.transaction() as connection:
        row = connection.execute("select state, crashes from job where id = %s", [job_id]).fetchone()
    assert row == {"state": "done", "crashes": 0}
    assert rabbit.dead(10) == []


def _until_zero(mended: Callable[[], int]) -> bool:
    time.sleep(1)  # the broker moves a dead letter in its own time
    return mended() == 0
