"""Receiving a piece of a file: what came is kept when the connection breaks; silence holds no file."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from core.errors import InUse, NotSignedIn
from media.partial import PartialFiles

T = TypeVar("T")

SILENCE_S = 60.0
"""A sender that says nothing for so long is cut off; what came stays."""
_TAKEOVER_S = 2.0
_TAKEOVER_WAIT_S = 5.0
_LOOK_EVERY_S = 0.5
_CHUNK_BYTES = 1 << 20  # a hop to a thread for each 64 KiB of the network would cost more than the writing


@dataclass
class _Sender:
    name: str
    heard_at: float = field(default_factory=time.monotonic)
    answered_at: float = field(default_factory=time.monotonic)
    give_way: bool = False

    def silent_s(self) -> float:
        return time.monotonic() - self.heard_at


class Senders:
    """Who is sending which upload through this process. A connection that broke is often noticed late: who comes
    back meanwhile takes the place of one that has gone silent, in whichever process that is (a file beside the
    partial one asks it to give way, and is taken away by one that is still sending)."""

    def __init__(self, files: PartialFiles) -> None:
        self._files = files
        self._senders: dict[str, _Sender] = {}

    async def hold(self, name: str, hold: Callable[[], T]) -> T:
        """`hold()`, in a thread; tried again for a moment when a silent sender can be asked to give way.

        Raises InUse while another one is really sending.
        """
        deadline, asked, wanted = time.monotonic() + _TAKEOVER_WAIT_S, False, False
        try:
            while True:
                try:
                    return await run_in_threadpool(hold)
                except InUse:
                    other = self._senders.get(name)
                    if other is not None and other.silent_s() >= _TAKEOVER_S:
                        other.give_way = asked = True
                    elif other is not None:
                        raise
                    elif not asked and not wanted:  # who was asked may be gone, and still be letting go
                        self._files.want(name)
                        wanted = True
                    elif wanted and not self._files.is_wanted(name):
                        raise  # it answered: it is still sending
                    if time.monotonic() >= deadline:
                        raise
                    await asyncio.sleep(0.1)
        finally:
            if wanted:
                self._files.unwant(name)

    async def pour(self, request: Request, name: str, write: Callable[[bytes], None]) -> bool:
        """Pass the body's bytes to `write` (called in threads) as they come; whether all of them came.

        False when the connection broke, fell silent, or had to give way to a newer one.
        """
        sender = self._senders[name] = _Sender(name)
        pending = bytearray()

        async def flush() -> None:
            if pending:
                chunk = bytes(pending)
                pending.clear()
                await run_in_threadpool(write, chunk)

        try:
            while True:
                chunk, more = await self._next_chunk(request, sender)
                if chunk is None:
                    await flush()
                    return False
                pending += chunk
                if len(pending) >= _CHUNK_BYTES:
                    await flush()
                if not more:
                    await flush()
                    return True
        except NotSignedIn:
            await flush()
            raise
        finally:
            if self._senders.get(name) is sender:
                del self._senders[name]

    async def _next_chunk(self, request: Request, sender: _Sender) -> tuple[bytes | None, bool]:
        """The next bytes and whether more follow; None when none will come."""
        while not sender.give_way:
            with contextlib.suppress(TimeoutError):
                message = await asyncio.wait_for(request.receive(), _LOOK_EVERY_S)
                if message["type"] == "http.disconnect":
                    return None, False
                sender.heard_at = time.monotonic()
                self._answer_others(sender)
                return message.get("body", b""), message.get("more_body", False)
            if sender.silent_s() > SILENCE_S:
                break
            if sender.silent_s() >= _TAKEOVER_S and self._files.is_wanted(sender.name):
                break
        return None, False

    def _answer_others(self, sender: _Sender) -> None:
        """Something came: whoever waits in another process need not wait."""
        if sender.heard_at - sender.answered_at >= _LOOK_EVERY_S:
            sender.answered_at = sender.heard_at
            self._files.unwant(sender.name)
