"""What every way of delivering must do; the same tests for each adapter."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bus.messages import Bus, Message
from bus.postgres import PostgresBus

Open = Callable[[], Bus]


@pytest.fixture(params=["postgres"])
def open_bus(request: pytest.FixtureRequest, database_url: str) -> Iterator[Open]:
    opened: list[Bus] = []

    def make() -> Bus:
        opened.append({"postgres": PostgresBus}[request.param](database_url))
        return opened[-1]

    yield make
    for bus in opened:
        bus.close()


def _message(job_id: int, lane: str = "arrivals", analysis: str = "objects") -> Message:
    return Message(job_id, analysis, lane)


def test_what_is_published_is_received_once_and_arrivals_first(open_bus: Open) -> None:
    bus = open_bus()
    bus.publish([_message(1, "bulk"), _message(2, "arrivals"), _message(3, "bulk"), _message(4, "arrivals")])
    received = [bus.receive(["objects"], 1) for _ in range(4)]
    assert [message.job_id for message in received if message] == [2, 4, 1, 3]
    assert bus.receive(["objects"], 0) is None


def test_only_the_analyses_asked_for_are_received(open_bus: Open) -> None:
    bus = open_bus()
    bus.publish([_message(1, analysis="faces"), _message(2, analysis="objects")])
    message = bus.receive(["objects", "text"], 1)
    assert message is not None
    assert message.job_id == 2
    assert bus.receive(["objects", "text"], 0) is None


def test_an_acknowledged_message_is_gone(open_bus: Open) -> None:
    bus = open_bus()
    bus.publish([_message(1)])
    message = bus.receive(["objects"], 1)
    assert message is not None
    bus.acknowledge(message)
    assert bus.depths().get("objects", 0) == 0


def test_a_waiting_receiver_is_woken_at_once(open_bus: Open) -> None:
    receiver, sender = open_bus(), open_bus()
    woken: list[float] = []

    def wait() -> None:
        assert receiver.receive(["objects"], 60) is not None
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


def test_publishing_again_brings_a_message_back_whose_taker_died(open_bus: Open) -> None:
    bus = open_bus()
    bus.publish([_message(1)])
    assert bus.receive(["objects"], 1) is not None
    bus.publish([_message(1)])
    again = bus.receive(["objects"], 1)
    assert again is not None
    assert again.job_id == 1


def test_what_is_published_again_outlives_the_receipt_of_before(open_bus: Open) -> None:
    bus, other = open_bus(), open_bus()
    bus.publish([_message(1)])
    message = bus.receive(["objects"], 1)
    assert message is not None
    other.publish([_message(1)])  # it is to be done once more, while the first round was just ending
    bus.acknowledge(message)
    again = bus.receive(["objects"], 1)
    assert again is not None
    assert again.job_id == 1


def test_receipts_are_given_at_the_latest_on_closing(open_bus: Open) -> None:
    bus, other = open_bus(), open_bus()
    bus.publish([_message(1)])
    message = bus.receive(["objects"], 1)
    assert message is not None
    bus.acknowledge(message)
    bus.close()
    assert other.depths() == {}
