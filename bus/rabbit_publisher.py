"""Publishing to RabbitMQ with confirms in batches: one connection and one thread for a whole process.

Waiting for the confirm of each message takes as long as a write to the broker's disk; here a thousand are on their
way at once, and the threads that publish wait for theirs together.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop

from bus.rabbit_queues import Queues
from bus.rabbit_server import Server

_ON_THEIR_WAY_MOST = 1000
_SILENCE_S = 30.0
_REST_S = 1.0
_CLOSE_LIMIT_S = 3.0
_PERSISTENT = 2

Addressed = tuple[str, bytes]
"""Name of the queue, and the message."""


class Batch:
    """Messages that one caller waits for. `done` is set when all are confirmed, or with an `error`."""

    def __init__(self, messages: Sequence[Addressed]) -> None:
        self.messages = messages
        self.sent = 0
        self.left = len(messages)
        self.error: object = None
        self.done = threading.Event()

    def fail(self, error: object) -> None:
        self.error = self.error or error
        self.done.set()


class Line:
    """One connection, served by a thread of its own until it is lost. Only `send` and `close` are for others."""

    def __init__(self, server: Server, queues: Queues) -> None:
        self.lost: object = None
        self.was_open = False
        self.confirmed = 0
        self._server = server
        self._queues = queues
        self._lock = threading.Lock()
        self._loop = IOLoop()
        self._connection: Any = None
        self._channel: Any = None
        self._blocked = False
        self._declared: set[str] = set()
        self._accepted: set[Batch] = set()
        self._waiting: deque[Batch] = deque()
        self._unconfirmed: dict[int, Batch] = {}
        self._by_number: dict[str, Batch] = {}
        self._tag = 0
        self._thread = threading.Thread(target=self._run, name="rabbit-publisher", daemon=True)
        self._thread.start()

    def send(self, batch: Batch) -> None:
        """Begin to publish; the batch says when it is done."""
        with self._lock:
            if self.lost is not None:
                batch.fail(self.lost)
                return
            self._accepted.add(batch)
            self._loop.add_callback_threadsafe(lambda: self._take(batch))

    def close(self, wait_s: float = _CLOSE_LIMIT_S) -> None:
        """End the connection and its thread, which takes longer when the broker does not answer."""
        with self._lock:
            if self.lost is None:
                self.lost = "the connection was closed"
                self._loop.add_callback_threadsafe(self._end)
        self._thread.join(wait_s)

    # What follows runs in the line's own thread.

    def _run(self) -> None:
        try:
            self._connection = pika.SelectConnection(
                self._server.parameters, self._on_open, self._on_end, self._on_end, custom_ioloop=self._loop
            )
            self._connection.add_on_connection_blocked_callback(self._on_blocked)
            self._connection.add_on_connection_unblocked_callback(self._on_unblocked)
            self._loop.start()
        except Exception as error:  # whatever it was, those who wait must hear of it
            self._lose(error)
        finally:
            self._lose("the connection was closed")
            self._loop.close()

    def _lose(self, error: object) -> None:
        with self._lock:
            self.lost = self.lost or error
            accepted, self._accepted = self._accepted, set()
        for batch in accepted:
            batch.fail(self.lost)

    def _end(self) -> None:
        if not (self._connection.is_closed or self._connection.is_closing):
            self._connection.close()

    def _on_open(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Any) -> None:
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=lambda _: self._on_ready(channel))

    def _on_ready(self, channel: Any) -> None:
        self.was_open = True
        self._channel = channel
        self._send_more()

    def _on_channel_closed(self, _channel: object, reason: object) -> None:
        self._channel = None
        self._lose(reason)
        self._end()

    def _on_end(self, _connection: object, error: object) -> None:
        self._lose(error)
        self._loop.stop()

    def _on_blocked(self, _connection: object, frame: Any) -> None:
        """The broker reads nothing more until it has room again: nobody shall wait for that."""
        self._blocked = True
        reason = f"it takes no messages at present: {frame.method.reason}"
        for batch in list(self._accepted):
            self._finish(batch, reason)
        self._waiting.clear()

    def _on_unblocked(self, _connection: object, _frame: object) -> None:
        self._blocked = False

    def _take(self, batch: Batch) -> None:
        if self._blocked:
            self._finish(batch, "it takes no messages at present: low on memory or disk")
            return
        self._waiting.append(batch)
        self._send_more()

    def _send_more(self) -> None:
        while (
            self._channel
            and self._channel.is_open
            and self._waiting
            and len(self._unconfirmed) < _ON_THEIR_WAY_MOST
        ):
            batch = self._waiting[0]
            queue, body = batch.messages[batch.sent]
            self._declare(queue)
            self._tag += 1
            number = str(id(batch))
            self._by_number[number] = batch
            properties = pika.BasicProperties(delivery_mode=_PERSISTENT, correlation_id=number)
            self._unconfirmed[self._tag] = batch
            self._channel.basic_publish("", queue, body, properties, mandatory=True)
            batch.sent += 1
            if batch.sent == len(batch.messages):
                self._waiting.popleft()

    def _declare(self, queue: str) -> None:
        """Nobody waits for the answer: the broker takes what comes over a channel in its order."""
        for name in (self._queues.dead, queue):
            if name not in self._declared:
                self._channel.queue_declare(name, durable=True, arguments=self._queues.arguments(name))
                self._declared.add(name)

    def _on_return(self, _channel: object, method: Any, properties: Any, _body: bytes) -> None:
        """The queue was deleted meanwhile; the confirm of the message comes after this."""
        self._declared.discard(method.routing_key)
        if batch := self._by_number.get(properties.correlation_id):
            batch.error = f"there is no queue {method.routing_key}"

    def _on_confirm(self, frame: Any) -> None:
        last = frame.method.delivery_tag
        refused = isinstance(frame.method, pika.spec.Basic.Nack)
        tags = [last]
        if frame.method.multiple:
            tags = []
            for tag in self._unconfirmed:  # in the order of sending
                if tag > last:
                    break
                tags.append(tag)
        for tag in tags:
            batch = self._unconfirmed.pop(tag, None)
            if batch is None:
                continue
            self.confirmed += 1
            batch.left -= 1
            if refused:
                batch.error = "it refused a message"
            if batch.left == 0:
                self._finish(batch)
        self._send_more()

    def _finish(self, batch: Batch, error: object = None) -> None:
        with self._lock:
            self._accepted.discard(batch)
        self._by_number.pop(str(id(batch)), None)
        batch.error = batch.error or error
        batch.done.set()


class Publisher:
    """Publishes for all threads of a process."""

    def __init__(self, server: Server, queues: Queues) -> None:
        self._server = server
        self._queues = queues
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._tried_at = 0.0

    def publish(self, messages: Sequence[Addressed]) -> None:
        """Returns when the broker has all of them on its disk. Raises ServiceAway; some may be there then."""
        error: object = None
        for _ in range(2):  # once more on a new connection, or when a queue was not there any more
            line = self._line_now()
            batch = Batch(messages)
            line.send(batch)
            self._wait(line, batch)
            error = batch.error
            if error is None or not line.was_open:
                break
        if error is not None:
            raise self._server.away(error)

    def _wait(self, line: Line, batch: Batch) -> None:
        seen = line.confirmed
        while not batch.done.wait(_SILENCE_S):
            if line.confirmed == seen:
                batch.fail(f"it confirmed nothing for {_SILENCE_S:.0f} s")
                line.close(0)
            seen = line.confirmed

    def _line_now(self) -> Line:
        with self._lock:
            if self._line is not None and self._line.lost is None:
                return self._line
            if self._line is not None and not self._line.was_open and time.monotonic() - self._tried_at < _REST_S:
                return self._line  # it says at once that the broker was away a moment ago
            self._tried_at = time.monotonic()
            self._line = Line(self._server, self._queues)
            return self._line

    def close(self) -> None:
        with self._lock:
            if self._line is not None:
                self._line.close()
            self._line = None


_shared: dict[tuple[str, Queues], tuple[Publisher, int]] = {}
_sharing = threading.Lock()


def share_publisher(url: str, server: Server, queues: Queues) -> Publisher:
    """The process's publisher for this broker; give it back with `release_publisher`."""
    with _sharing:
        publisher, users = _shared.get((url, queues)) or (Publisher(server, queues), 0)
        _shared[url, queues] = (publisher, users + 1)
        return publisher


def release_publisher(url: str, queues: Queues) -> None:
    """One user less; the last one closes it."""
    with _sharing:
        publisher, users = _shared.pop((url, queues))
        if users > 1:
            _shared[url, queues] = (publisher, users - 1)
            return
    publisher.close()
