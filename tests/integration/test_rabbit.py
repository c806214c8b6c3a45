"""What only RabbitMQ can do to us: it is killed, hangs, forgets, refuses, and gives up on messages."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pika
import psutil
import pytest

from bus import rabbit_publisher
from bus.messages import Message
from bus.rabbit import RabbitBus
from bus.rabbit_queues import Queues
from core.errors import BadRequest, ServiceAway
from fovea.processes.certificate import ensure_certificate
from tests.rabbit_server import RabbitServer, ask, make_queue, remove_queues
from tests.running import free_port

Open = Callable[..., RabbitBus]


QUEUES = Queues(prefix="test", delivery_limit=2)
_SETTLING_S = 4.0


@pytest.fixture(scope="module")
def server() -> Iterator[RabbitServer]:
    """A broker that these tests may kill, with queues that are there for a while: RabbitMQ 3.10 writes down only
    after two seconds that it has a queue, and one that is killed before never leads that queue again."""
    made = RabbitServer()
    try:
        made.start()
        for lane in QUEUES.names(["objects"]):
            make_queue(made.url, QUEUES, QUEUES.name(*lane))
        make_queue(made.url, QUEUES, QUEUES.dead)
        time.sleep(_SETTLING_S)
        yield made
    finally:
        made.remove()


@pytest.fixture
def open_bus(server: RabbitServer) -> Iterator[Open]:
    opened: list[RabbitBus] = []

    def make(url: str = "", queues: Queues = QUEUES) -> RabbitBus:
        opened.append(RabbitBus(url or server.url, queues))
        return opened[-1]

    yield make
    for bus in opened:
        bus.close()
    for name in [QUEUES.dead, *(QUEUES.name(*lane) for lane in QUEUES.names(["objects"]))]:
        ask(server.url, lambda channel, name=name: channel.queue_purge(name))


def _jobs(*numbers: int, lane: str = "arrivals") -> list[Message]:
    return [Message(number, "objects", lane) for number in numbers]


def _received(bus: RabbitBus, wait_s: float = 5.0) -> Message:
    message = bus.receive(["objects"], wait_s)
    assert message is not None
    return message


def _everything(bus: RabbitBus) -> list[int]:
    found = []
    while (message := bus.receive(["objects"], 0.5)) is not None:
        found.append(message.job_id)
        bus.acknowledge(message)
    return found


def _waiting_in(url: str, queue: str) -> set[int]:
    """The jobs in a queue, all taken at once."""

    def take(channel: Any) -> set[int]:
        found = set()
        for method, _, body in channel.consume(queue, auto_ack=True, inactivity_timeout=3):
            if method is None:
                return found
            found.add(int(body))
        raise AssertionError

    found: set[int] = ask(url, take)
    return found


def _until(there: Callable[[], object], limit_s: float = 30.0) -> None:
    deadline = time.monotonic() + limit_s
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_was_confirmed_survives_kill_9_in_the_middle_of_publishing(
    server: RabbitServer, open_bus: Open
) -> None:
    bus, confirmed, refused, stop = open_bus(), set[int](), [], threading.Event()

    def publish() -> None:
        for first in range(0, 10**6, 200):
            if stop.wait(0.02):
                return
            batch = range(first, first + 200)
            try:
                bus.publish(_jobs(*batch))
            except ServiceAway as error:
                refused.append(str(error))
                stop.wait(0.2)
            else:
                confirmed.update(batch)

    thread = threading.Thread(target=publish)
    thread.start()
    _until(lambda: len(confirmed) >= 2000)
    server.kill()
    _until(lambda: refused)
    before = len(confirmed)
    server.start()
    _until(lambda: len(confirmed) > before)
    stop.set()
    thread.join(60)
    assert confirmed <= _waiting_in(server.url, QUEUES.name("objects", "arrivals"))
    assert all("guest:guest" not in each and "RabbitMQ at 127.0.0.1:" in each for each in refused)


def test_a_worker_goes_on_after_the_broker_was_killed_while_it_worked(
    server: RabbitServer, open_bus: Open
) -> None:
    bus = open_bus()
    bus.publish(_jobs(1, 2))
    first = _received(bus)
    server.kill()
    bus.keep_alive()
    bus.keep_alive()
    bus.acknowledge(first)  # nobody hears it
    with pytest.raises(ServiceAway, match="Connection refused"):
        bus.receive(["objects"], 1)
    with pytest.raises(ServiceAway, match="Connection refused"):
        bus.publish(_jobs(3))
    server.start()
    _until(lambda: _publishes(bus, 3))
    assert sorted(_everything(bus)) == [1, 2, 3], "the one that was not acknowledged came again"


def _publishes(bus: RabbitBus, number: int) -> bool:
    try:
        bus.publish(_jobs(number))
    except ServiceAway:
        return False
    return True


def test_a_connection_that_broke_while_nobody_used_it_is_replaced_without_a_word(
    server: RabbitServer, open_bus: Open
) -> None:
    bus, asker = open_bus(), open_bus()
    bus.publish(_jobs(1))
    for each in (bus, asker):
        each.keep_alive()
        assert each.receive(["faces"], 0) is None
        assert each.depths(["objects"]) == {"objects": 1}
    server.kill()
    with pytest.raises(ServiceAway):
        asker.depths()
    server.start()
    bus.publish(_jobs(2))
    assert bus.depths(["objects"]) == {"objects": 2}
    assert sorted(_everything(bus)) == [1, 2]


def test_one_who_waits_while_the_broker_is_killed_is_told_at_once(server: RabbitServer, open_bus: Open) -> None:
    bus, told = open_bus(), []

    def wait() -> None:
        try:
            bus.receive(["objects"], 60)
        except ServiceAway as error:
            told.append((time.monotonic(), str(error)))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(1)
    killed = time.monotonic()
    server.kill()
    thread.join(60)
    server.start()
    assert told and told[0][0] - killed < 10


def test_the_message_of_a_killed_worker_comes_again(server: RabbitServer, open_bus: Open) -> None:
    bus = open_bus()
    bus.publish(_jobs(7))
    program = f"""
        import time
        from bus.rabbit import RabbitBus, Queues
        bus = RabbitBus({server.url!r}, {QUEUES!r})
        print(bus.receive(["objects"], 10).job_id, flush=True)
        time.sleep(600)
    """
    worker = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "7\n"
    assert bus.receive(["objects"], 0) is None, "somebody works on it"
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    assert _received(bus).job_id == 7


def test_what_nobody_acknowledges_becomes_a_dead_letter(open_bus: Open) -> None:
    open_bus().publish(_jobs(7, lane="bulk"))
    for _ in range(3):  # delivered once, and two times more
        bus = open_bus()
        assert _received(bus).job_id == 7
        bus.close()
    bus = open_bus()
    assert bus.receive(["objects"], 1) is None
    letters: list[Message] = []
    _until(lambda: letters.extend(bus.dead(10)) or letters)
    assert [(each.job_id, each.analysis, each.lane) for each in letters] == [(7, "objects", "bulk")]
    assert open_bus().dead(10) == [], "somebody reads it"
    bus.acknowledge(letters[0])
    bus.close()
    assert open_bus().dead(10) == []


def test_one_that_could_not_be_begun_comes_again_to_the_same_without_counting(open_bus: Open) -> None:
    """The database is away for a minute: a slot tries again and again, and the message must not die of that."""
    bus = open_bus()
    bus.publish(_jobs(7))
    for _ in range(5):
        assert _received(bus).job_id == 7
    bus.acknowledge(_received(bus))
    assert bus.receive(["objects"], 0.2) is None
    assert bus.dead(1) == []


def test_queues_that_were_deleted_are_made_again(server: RabbitServer, open_bus: Open) -> None:
    queues = Queues(prefix="other")
    sender, receiver, found = open_bus(queues=queues), open_bus(queues=queues), []
    sender.publish(_jobs(1))
    assert _everything(receiver) == [1]
    thread = threading.Thread(target=lambda: found.append(_received(receiver, 30).job_id))
    thread.start()
    time.sleep(1)  # it is a consumer now
    remove_queues(server.url, queues, "objects")
    time.sleep(0.5)
    sender.publish(_jobs(2))
    thread.join(30)
    assert found == [2]
    remove_queues(server.url, queues, "objects")
    assert receiver.depths(["objects"]) == {"objects": 0}
    remove_queues(server.url, queues, "objects")
    sender.publish(_jobs(3))
    assert receiver.depths(["objects"]) == {"objects": 1}


def test_a_message_that_is_no_job_stops_nobody(server: RabbitServer, open_bus: Open) -> None:
    bus = open_bus()
    assert bus.receive(["objects"], 0.2) is None
    bodies = ["", "seven", "-1", "9" * 19, "9" * 5000, "\N{ARABIC-INDIC DIGIT SEVEN}"]
    for body in bodies:
        ask(server.url, lambda channel, body=body: channel.basic_publish("", QUEUES.name("objects", "bulk"), body))
    bus.publish(_jobs(8, lane="bulk"))
    assert _received(bus).job_id == 8
    assert open_bus().receive(["objects"], 1) is None
    letters = open_bus()
    assert letters.dead(100) == []
    assert make_queue(server.url, QUEUES, QUEUES.dead).method.message_count == 0


def test_work_that_takes_longer_than_the_heartbeat_keeps_its_message(server: RabbitServer, open_bus: Open) -> None:
    url = f"{server.url}?heartbeat=2"
    careful, careless, other = open_bus(url), open_bus(url), open_bus()
    other.publish(_jobs(1))
    kept = _received(careful)
    other.publish(_jobs(2))
    lost = _received(careless)
    came_again = []
    for _ in range(10):
        careful.keep_alive()
        message = other.receive(["objects"], 1)
        if message is not None:
            came_again.append(message.job_id)
            other.acknowledge(message)
    assert (kept.job_id, came_again) == (1, [2])
    careful.acknowledge(kept)
    careless.acknowledge(lost)
    assert careful.receive(["objects"], 0.5) is None
    assert careless.receive(["objects"], 0.5) is None


def _connections(server: RabbitServer) -> int:
    """How many this process has to the broker."""
    port = pika.URLParameters(server.url).port
    found = [each for each in psutil.Process().net_connections("tcp") if each.status == psutil.CONN_ESTABLISHED]
    return len([each for each in found if each.raddr.port == port])


def test_who_only_counts_leaves_no_connection_behind(server: RabbitServer, open_bus: Open) -> None:
    bus = open_bus()
    bus.depths(["objects"])
    bus.depths_by_lane(["objects"])
    assert _connections(server) == 0
    bus.receive(["objects"], 0)
    bus.depths(["objects"])
    assert _connections(server) == 1


def test_many_threads_publish_over_one_connection(server: RabbitServer, open_bus: Open) -> None:
    buses = [open_bus() for _ in range(40)]

    def publish(at: int) -> None:
        for number in range(10):
            buses[at].publish(_jobs(at * 10 + number))

    threads = [threading.Thread(target=publish, args=(at,)) for at in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _connections(server) == 1
    assert sorted(_everything(buses[0])) == list(range(400))


def test_a_broker_that_comes_later_is_found(tmp_path: Path) -> None:
    server = RabbitServer()
    bus = RabbitBus(server.url, Queues(prefix="later"))
    try:
        began = time.monotonic()
        for ask_it in (lambda: bus.publish(_jobs(1)), lambda: bus.receive(["objects"], 5), bus.depths):
            with pytest.raises(ServiceAway, match=r"RabbitMQ at 127\.0\.0\.1:\d+: Connection refused") as told:
                ask_it()
            assert "guest" not in str(told.value)
        assert time.monotonic() - began < 5
        server.start()
        _until(lambda: _publishes(bus, 1))
        assert _received(bus).job_id == 1
    finally:
        bus.close()
        server.remove()


def test_a_broker_that_hangs_is_away(
    server: RabbitServer, open_bus: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbit_publisher, "_SILENCE_S", 1.0)
    bus = open_bus()
    bus.publish(_jobs(1))
    server.pause()
    try:
        with pytest.raises(ServiceAway, match=r"confirmed nothing for 1 s|did not answer"):
            bus.publish(_jobs(2))
    finally:
        server.resume()
    _until(lambda: _publishes(bus, 3))
    assert {1, 3} <= set(_everything(bus))


def test_over_tls_the_certificate_must_be_trusted(tmp_path: Path) -> None:
    certificate, key = ensure_certificate(tmp_path, "127.0.0.1", datetime.now(UTC))
    files = f"ssl_options.certfile = {certificate}\nssl_options.keyfile = {key}\n"
    server = RabbitServer("listeners.ssl.default = {tls_port}\n" + files)
    trusting, strict = (
        RabbitBus(url, Queues(prefix="tls")) for url in (server.tls_url(certificate), server.tls_url(None))
    )
    try:
        server.start()
        trusting.publish(_jobs(1))
        assert _received(trusting).job_id == 1
        for question in (lambda: strict.publish(_jobs(2)), strict.depths):
            with pytest.raises(ServiceAway, match=r"certificate|CERTIFICATE"):
                question()
    finally:
        for bus in (trusting, strict):
            bus.close()
        server.remove()


def test_a_broker_without_room_is_away_and_says_why() -> None:
    server = RabbitServer("vm_memory_high_watermark.absolute = 1\n")
    bus = RabbitBus(server.url, Queues(prefix="full"))
    try:
        server.start()
        began = time.monotonic()
        with pytest.raises(ServiceAway, match="takes no messages at present: low on memory"):
            for number in range(100):
                bus.publish(_jobs(number))
                time.sleep(0.05)
        assert time.monotonic() - began < 15
    finally:
        server.remove()
        bus.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret@host/",
        "amqp://user:sec/ret@host/",
        "amqp://secret@host/",
        "amqp://user:secret@host/?secret=1",
        "amqp://user:secret@host:70000/",
        "secret",
    ],
)
def test_an_address_that_is_none_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(BadRequest, match="FOVEA_BROKER_URL") as told:
        RabbitBus(url)
    assert "sec" not in str(told.value).replace("special", "")
    assert told.value.__cause__ is None


def test_a_refused_login_is_told_without_the_password(server: RabbitServer) -> None:
    bus = RabbitBus(server.url.replace("guest:guest", "guest:wrong-secret"))
    for question in (lambda: bus.receive(["objects"], 1), lambda: bus.publish(_jobs(1))):
        with pytest.raises(ServiceAway, match="ACCESS_REFUSED") as told:
            question()
        assert "secret" not in str(told.value)
    bus.close()


def test_a_server_that_never_answers_costs_seconds() -> None:
    """Something listens there, but it is no broker."""
    listener = subprocess.Popen(
        [sys.executable, "-c", _LISTENER, str(port := free_port())], stdout=subprocess.PIPE, text=True
    )
    assert listener.stdout is not None
    listener.stdout.readline()
    bus = RabbitBus(f"amqp://guest:guest@127.0.0.1:{port}/")
    try:
        began = time.monotonic()
        with pytest.raises(ServiceAway):
            bus.receive(["objects"], 1)
        with pytest.raises(ServiceAway):
            bus.publish(_jobs(1))
        assert time.monotonic() - began < 40
    finally:
        bus.close()
        listener.kill()
        listener.communicate()


_LISTENER = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
time.sleep(600)
"""
