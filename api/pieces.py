"""Receiving a piece of a file: what came is kept when the connection breaks; silence holds no file."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from core.errors import InUse

T = TypeVar("T")

SILENCE_S = 60.0
"""A sender that says nothing for so long is cut off; what came stays."""
_TAKEOVER_S = 2.0
_TAKEOVER_WAIT_S = 5.0
_LOOK_EVERY_S = 0.5
_CHUNK_BYTES = 1 << 20  # a hop to a thread for each 64 KiB of the network would cost more than the writing


@dataclass
class _Sender:
    heard_at: float = field(default_factory=time.monotonic)
    give_way: bool = False


class Senders:
    """Who is sending which upload through this process. A connection that broke is often noticed late: who comes
    back meanwhile takes the place of one that has gone silent."""

    def __init__(self) -> None:
        self._senders: dict[str, _Sender] = {}

    async def hold(self, name: str, hold: Callable[[], T]) -> T:
        """`hold()`, in a thread; tried again for a moment when a silent sender can be asked to give way.

        Raises InUse while another one is really sending.
        """
        deadline, asked = time.monotonic() + _TAKEOVER_WAIT_S, False
        while True:
            try:
                return await run_in_threadpool(hold)
            except InUse:
                other = self._senders.get(name)
                if other is not None and time.monotonic() - other.heard_at >= _TAKEOVER_S:
                    other.give_way = asked = True
                elif other is not None or not asked:  # who was asked may be gone, and still be letting go
                    raise
                if time.monotonic() >= deadline:
                    raise
                await asyncio.sleep(0.1)

    async def pour(self, request: Request, name: str, write: Callable[[bytes], None]) -> bool:
        """Pass the body's bytes to `write` (called in threads) as they come; whether all of them came.

        False when the connection broke, fell silent, or had to give way to a newer one.
        """
        sender = self._senders[name] = _Sender()
        pending = bytearray()

        async def flush() -> None:
            if pending:
                chunk = bytes(pending)
                pending.clear()
                await run_in_threadpool(write, chunk)

        try:
            while True:
                chunk, more = await _next_chunk(request, sender)
                if chunk is None:
                    await flush()
                    return False
                pending += chunk
                if len(pending) >= _CHUNK_BYTES:
                    await flush()
                if not more:
                    await flush()
                    return True
        finally:
            if self._senders.get(name) is sender:
                del self._senders[name]


async def _next_chunk(request: Request, sender: _Sender) -> tuple[bytes | None, bool]:
    """The next bytes and whether more follow; None when none will come."""
    while not sender.give_way:
        with contextlib.suppress(TimeoutError):
            message = await asyncio.wait_for(request.receive(), _LOOK_EVERY_S)
            if message["type"] == "http.disconnect":
                return None, False
            sender.heard_at = time.monotonic()
            return message.get("body", b""), message.get("more_body", False)
        if time.monotonic() - sender.heard_at > SILENCE_S:
            break
    return None, False
