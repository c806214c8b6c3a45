"""Delivering jobs through RabbitMQ: a durable quorum queue for each lane of each analysis (decision 050)."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from bus.messages import Message
from bus.rabbit_intake import Intake
from bus.rabbit_publisher import release_publisher, share_publisher
from bus.rabbit_queues import LANES, Queues
from bus.rabbit_server import BROKEN, read_server

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class RabbitBus:
    """The queue in RabbitMQ. One instance per thread; those of a process publish over one connection together."""

    def __init__(self, url: str, queues: Queues = Queues()) -> None:  # noqa: B008 (frozen)
        self._url = url
        self._server = read_server(url)
        self._queues = queues
        self._publisher = share_publisher(url, self._server, queues)
        self._intake: Intake | None = None
        self._closed = False

    def publish(self, messages: Sequence[Message]) -> None:
        if messages:
            name = self._queues.name
            self._publisher.publish(
                [(name(message.analysis, message.lane), b"%d" % message.job_id) for message in messages]
            )

    def receive(self, analyses: Sequence[str], wait_s: float) -> Message | None:
        return self._ask(lambda intake: intake.receive(analyses, wait_s))

    def acknowledge(self, message: Message) -> None:
        intake = self._intake
        if intake is None or message.receipt[0] is not intake:
            return  # its connection broke: it comes again, and the ledger knows that there is nothing to do
        try:
            intake.acknowledge(message)
        except BROKEN as error:
            log.info("%s; a message will come twice", self._server.away(error))
            self._drop()

    def keep_alive(self) -> None:
        if self._intake is not None:
            try:
                self._intake.keep_alive()
            except BROKEN as error:
                log.info("%s; connecting again after this job", self._server.away(error))
                self._drop()

    def depths(self, analyses: Sequence[str] = ()) -> dict[str, int]:
        return self._count(
            lambda intake: {each: sum(intake.depth(each, lane) for lane in LANES) for each in analyses}
        )

    def depths_by_lane(self, analyses: Sequence[str]) -> dict[tuple[str, str], int]:
        return self._count(
            lambda intake: {(each, lane): intake.count(each, lane) for each in analyses for lane in LANES}
        )

    def dead(self, most: int) -> list[Message]:
        return self._ask(lambda intake: intake.dead(most))

    def close(self) -> None:
        self._drop()
        if not self._closed:
            self._closed = True
            release_publisher(self._url, self._queues)

    def _count(self, question: Callable[[Intake], Answer]) -> Answer:
        """Who only counts keeps no connection: nobody would answer its heartbeats."""
        stays = self._intake is not None

        def checked(intake: Intake) -> Answer:
            intake.check()
            return question(intake)

        try:
            return self._ask(checked)
        finally:
            if not stays:
                self._drop()

    def _ask(self, question: Callable[[Intake], Answer]) -> Answer:
        """Once more on a new connection when the old one turns out to be broken. Raises ServiceAway."""
        while True:
            is_new = self._intake is None
            try:
                if self._intake is None:
                    self._intake = Intake(self._server, self._queues)
                return question(self._intake)
            except BROKEN as error:
                self._drop()
                if is_new:
                    raise self._server.away(error) from error

    def _drop(self) -> None:
        intake, self._intake = self._intake, None
        if intake is not None:
            with suppress(*BROKEN):
                intake.close()
