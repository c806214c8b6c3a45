"""Taking messages from RabbitMQ: one connection, thrown away with all that it holds when it breaks."""

import logging
import time
from collections.abc import Sequence
from typing import Any

import pika

from bus.messages import Message
from bus.rabbit_queues import Queues
from bus.rabbit_server import Server

log = logging.getLogger(__name__)

Lane = tuple[str, str]
"""Analysis and lane."""


class Intake:
    """Holds one message at a time, however many wait: whoever works on a long file keeps nothing from others.

    While there is work it asks for one message after the other. While there is none it is a consumer of its
    queues, and so is woken at once; what comes too much then is given back. Every method raises what is in BROKEN.
    """

    def __init__(self, server: Server, queues: Queues) -> None:
        self._queues = queues
        self._connection = pika.BlockingConnection(server.parameters)
        self._channel = self._connection.channel()
        self._channel.basic_qos(prefetch_count=1)
        self._channel.add_on_cancel_callback(self._on_cancelled)
        self._consumers: dict[Lane, str] = {}
        self._arrived: list[Message] = []
        self._held: Message | None = None
        self._turn = 0
        self._plentiful = ""
        self._declare(queues.dead)

    def receive(self, analyses: Sequence[str], wait_s: float) -> Message | None:
        """The next message; one that was received and not acknowledged comes again first."""
        deadline = time.monotonic() + wait_s
        held, self._held = self._held, None
        if held is not None and held.analysis not in analyses:
            self._give_back(held)
            held = None
        message = held or (None if self._consumers else self._take(analyses))
        while message is None:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                break
            message = self._wait(analyses, left_s)
        self._held = message
        return message

    def acknowledge(self, message: Message) -> None:
        """It will not come again. `message` must be of this connection."""
        if self._held is message:
            self._held = None
        self._channel.basic_ack(message.receipt[1])

    def check(self) -> None:
        """Whether the broker answers."""
        self._declare(self._queues.dead)

    def count(self, analysis: str, lane: str) -> int:
        """How many wait in a lane; 0 may also mean that its queue has no leader just now."""
        return self._declare(self._queues.name(analysis, lane))

    def depth(self, analysis: str, lane: str) -> int:
        """How many wait in a lane, for sure."""
        if count := self.count(analysis, lane):
            return count
        method, _, _ = self._channel.basic_get(self._queues.name(analysis, lane))  # raises when nobody leads it
        if method is None:
            return 0
        self._channel.basic_nack(method.delivery_tag, requeue=True)
        return int(method.message_count) + 1

    def dead(self, most: int) -> list[Message]:
        """Messages that were delivered too often; acknowledge them."""
        found: list[Message] = []
        while len(found) < most:
            method, properties, body = self._channel.basic_get(self._queues.dead)
            if method is None:
                break
            headers = (properties.headers if properties else None) or {}
            came_from = str(headers.get("x-first-death-queue", ""))
            message = self._read(method, body, *self._queues.parts(came_from))
            if message is None:
                log.warning("a dead letter that is no job was thrown away: %.100r", body)
                self._channel.basic_ack(method.delivery_tag)
            else:
                found.append(message)
        return found

    def keep_alive(self) -> None:
        """Answer the broker's heartbeats."""
        self._connection.process_data_events(0)

    def close(self) -> None:
        """What is held goes back to the broker."""
        if self._connection.is_open:
            self._connection.close()

    def _declare(self, queue: str) -> int:
        """Make the queue when it is not there, and count what waits in it: asking costs the broker no more."""
        answer = self._channel.queue_declare(queue, durable=True, arguments=self._queues.arguments(queue))
        return int(answer.method.message_count)

    def _take(self, analyses: Sequence[str]) -> Message | None:
        """Ask the lanes one after the other. The first analysis is another one each time, so that none starves."""
        self._turn += 1
        first = self._turn % max(1, len(analyses))
        for analysis, lane in self._queues.names([*analyses[first:], *analyses[:first]]):
            queue = self._queues.name(analysis, lane)
            # Counting is answered out of the broker's memory; taking, even nothing, is written to its disk. Where
            # the last message came from, another one is likely.
            while queue == self._plentiful or self._declare(queue):
                method, _, body = self._channel.basic_get(queue)
                if method is None:
                    self._plentiful = ""
                    break
                self._plentiful = queue
                message = self._read(method, body, analysis, lane)
                if message is not None:
                    return message
                self._channel.basic_nack(method.delivery_tag, requeue=False)  # it becomes a dead letter
        return None

    def _wait(self, analyses: Sequence[str], most_s: float) -> Message | None:
        """Be a consumer until something comes or the time is over; stay one in the latter case."""
        self._consume(self._queues.names(analyses))
        self._connection.process_data_events(most_s)
        if not self._arrived:
            return None
        self._consume([])
        arrived, self._arrived = sorted(self._arrived, key=lambda message: message.lane), []
        for too_much in arrived[1:]:
            self._give_back(too_much)
        return arrived[0]

    def _consume(self, lanes: Sequence[Lane]) -> None:
        for lane in set(self._consumers).difference(lanes):
            self._channel.basic_cancel(self._consumers.pop(lane))
        for lane in lanes:
            if lane not in self._consumers:
                queue = self._queues.name(*lane)
                self._declare(queue)
                self._consumers[lane] = self._channel.basic_consume(queue, self._on_message)

    def _on_message(self, _channel: object, method: Any, _properties: object, body: bytes) -> None:
        lane = next(lane for lane, tag in self._consumers.items() if tag == method.consumer_tag)
        message = self._read(method, body, *lane)
        if message is None:
            self._channel.basic_nack(method.delivery_tag, requeue=False)
        else:
            self._arrived.append(message)

    def _on_cancelled(self, frame: Any) -> None:
        """The queue was deleted; it is made again when this one consumes again."""
        tag = frame.method.consumer_tag
        self._consumers = {lane: each for lane, each in self._consumers.items() if each != tag}

    def _read(self, method: Any, body: bytes | None, analysis: str, lane: str) -> Message | None:
        text = (body or b"").decode("ascii", "replace")
        if not text.isdecimal() or len(text) > 19 or int(text) >= 2**63:
            return None
        return Message(int(text), analysis, lane, (self, method.delivery_tag))

    def _give_back(self, message: Message) -> None:
        self._channel.basic_nack(message.receipt[1], requeue=True)
