"""What every way of delivering must do; the same tests for each adapter."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

import pytest

from bus.messages import Bus, Message
from bus.postgres import PostgresBus
from bus.rabbit import RabbitBus
from bus.rabbit_queues import LANES, Queues
from tests.rabbit_server import remove_queues

Open = Callable[[], Bus]


@pytest.fixture(params=["postgres", "rabbit"])
def open_bus(request: pytest.FixtureRequest) -> Iterator[Open]:
    opened: list[Bus] = []
    queues = Queues(prefix=f"test-{uuid4().hex[:8]}")
    url = request.getfixturevalue({"postgres": "database_url", "rabbit": "broker_url"}[request.param])

    def make() -> Bus:
        opened.append(PostgresBus(url) if request.param == "postgres" else RabbitBus(url, queues))
        return opened[-1]

    yield make
    for bus in opened:
        bus.close()
    if request.param == "rabbit":
        remove_queues(url, queues, "objects", "faces", "text")


def _message(job_id: int, lane: str = "arrivals", analysis: str = "objects") -> Message:
    return Message(job_id, analysis, lane)


def _taken(bus: Bus, analyses: Sequence[str] = ("objects",), wait_s: float = 1) -> int | None:
    """The next job, dealt with at once."""
    message = bus.receive(analyses, wait_s)
    if message is not None:
        bus.acknowledge(message)
    return message.job_id if message else None


def test_what_is_published_is_received_once_and_arrivals_first(open_bus: Open) -> None:
    bus = open_bus()
    bus.publish([_message(1, "bulk"), _message(2, "arrivals"), _message(3, "bulk"), _message(4, "arrivals")])
    assert [_taken(bus) for _ in range(4)] == [2, 4, 1, 3]
    assert bus.receive(["objects"], 0) is None


def test_a_job_named_twice_at_once_is_delivered(open_bus: Open) -> None:
    """A photo and its sidecar, brought in together, both ask for the photo's metadata."""
    bus = open_bus()
    bus.publish([_message(1), _message(2, "bulk"), _message(1)])
    assert _taken(bus) == 1
    taken = [_taken(bus, wait_s=0.2) for _ in range(2)]
    assert 2 in taken and set(taken) <= {1, 2, None}


def test_a_message_says_what_was_published(open_bus: Open) -> None:
    bus = open_bus()
    bus.publish([_message(2**62, "bulk", "faces")])
    message = bus.receive(["objects", "faces"], 1)
    assert message is not None
    assert (message.job_id, message.analysis, message.lane) == (2**62, "faces", "bulk")


def test_only_the_analyses_asked_for_are_received(open_bus: Open) -> None:
    bus = open_bus()
    bus.publish([_message(1, analysis="faces"), _message(2, analysis="objects")])
    assert _taken(bus, ["objects", "text"]) == 2
    assert bus.receive(["objects", "text"], 0) is None
    assert bus.receive([], 0.2) is None
    assert _taken(bus, ["faces"]) == 1


def test_who_waited_for_nothing_still_gets_what_it_asks_for_next(open_bus: Open) -> None:
    bus = open_bus()
    assert bus.receive(["objects", "text"], 0.2) is None
    bus.publish([_message(1, analysis="objects"), _message(2, analysis="faces")])
    assert _taken(bus, ["faces"]) == 2
    assert _taken(bus, ["objects"]) == 1


def test_an_acknowledged_message_is_gone(open_bus: Open) -> None:
    bus, other = open_bus(), open_bus()
    bus.publish([_message(1)])
    assert _taken(bus) == 1
    assert bus.depths(["objects"]) == {"objects": 0}
    bus.close()
    assert other.receive(["objects"], 0.5) is None


def test_depths_count_both_lanes_of_those_named(open_bus: Open) -> None:
    bus = open_bus()
    bus.publish([_message(1, "bulk"), _message(2, "arrivals"), _message(3, "bulk", "faces")])
    assert open_bus().depths(["objects", "text"]) == {"objects": 2, "text": 0}
    by_lane = open_bus().depths_by_lane(["objects", "text"])
    assert by_lane == {(name, lane): int(name == "objects") for name in ("objects", "text") for lane in LANES}
    assert bus.depths() == {}


def test_a_waiting_receiver_is_woken_at_once(open_bus: Open) -> None:
    receiver, sender = open_bus(), open_bus()
    woken: list[float] = []

    def wait() -> None:
        assert receiver.receive(["objects", "faces"], 60) is not None
        woken.append(time.monotonic())

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.5)
    sender.publish([_message(7)])
    published = time.monotonic()
    thread.join(70)
    assert woken and woken[0] - published < 3, "by the notice, not by looking again every 5 s"


def test_many_receivers_share_the_work_without_doubling_any(open_bus: Open) -> None:
    open_bus().publish([_message(number) for number in range(200)])
    taken: list[int] = []

    def drain(bus: Bus) -> None:
        while (message := bus.receive(["objects"], 0.2)) is not None:
            taken.append(message.job_id)
            bus.acknowledge(message)

    threads = [threading.Thread(target=drain, args=(open_bus(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(200))


def test_who_works_on_a_file_keeps_no_others_from_those_that_are_free(open_bus: Open) -> None:
    busy, free = open_bus(), open_bus()
    assert busy.receive(["objects", "faces"], 0.3) is None, "it was waiting when they came"
    every = [_message(number, lane, name) for number in (1, 2) for lane in LANES for name in ("objects", "faces")]
    open_bus().publish([Message(10 * at + each.job_id, each.analysis, each.lane) for at, each in enumerate(every)])
    held = busy.receive(["objects", "faces"], 5)
    assert held is not None
    others = [_taken(free, ["objects", "faces"]) for _ in range(7)]
    assert len({held.job_id, *others}) == 8
    assert None not in others


def test_publishing_again_brings_a_message_back_whose_taker_died(open_bus: Open) -> None:
    bus, other = open_bus(), open_bus()
    bus.publish([_message(1)])
    assert bus.receive(["objects"], 1) is not None
    other.publish([_message(1)])
    assert _taken(other) == 1


def test_what_is_published_again_outlives_the_receipt_of_before(open_bus: Open) -> None:
    bus, other = open_bus(), open_bus()
    bus.publish([_message(1)])
    message = bus.receive(["objects"], 1)
    assert message is not None
    other.publish([_message(1)])  # it is to be done once more, while the first round was just ending
    bus.acknowledge(message)
    assert _taken(bus) == 1


def test_receipts_are_given_at_the_latest_on_closing(open_bus: Open) -> None:
    bus, other = open_bus(), open_bus()
    bus.publish([_message(1)])
    message = bus.receive(["objects"], 1)
    assert message is not None
    bus.acknowledge(message)
    bus.close()
    assert other.depths(["objects"]) == {"objects": 0}


def test_an_instance_that_was_closed_can_be_closed_again(open_bus: Open) -> None:
    bus, other = open_bus(), open_bus()
    bus.publish([_message(1)])
    bus.close()
    bus.close()
    other.publish([_message(2)])
    assert {_taken(other), _taken(other)} == {1, 2}


def test_keeping_alive_neither_takes_nor_loses(open_bus: Open) -> None:
    bus = open_bus()
    bus.keep_alive()
    bus.publish([_message(1), _message(2)])
    message = bus.receive(["objects"], 1)
    assert message is not None
    bus.keep_alive()
    assert open_bus().depths(["objects"])["objects"] in (1, 2), "one waits; the other is held"
    bus.acknowledge(message)
    assert {message.job_id, _taken(bus)} == {1, 2}


def test_nothing_is_dead_that_was_dealt_with(open_bus: Open) -> None:
    bus = open_bus()
    bus.publish([_message(1)])
    assert _taken(bus) == 1
    assert bus.dead(10) == []
