"""Writing to and reading from a program's pipes without ever waiting longer than a deadline."""

import os
import select
import time
from collections.abc import Callable
from typing import IO

CHUNK_BYTES = 1 << 16
_WATCH_EVERY_S = 0.25


class PipeClosedError(Exception):
    """The program at the other end is gone."""


class DeadlineError(Exception):
    """The program did not answer in time."""


class AnswerTooLongError(Exception):
    """The program wrote more than it may."""


def write_until(pipe: IO[bytes], data: bytes, deadline: float) -> None:
    """Write all of `data` before `deadline` (of `time.monotonic`); the program may be slow to read."""
    descriptor = pipe.fileno()
    os.set_blocking(descriptor, False)
    view = memoryview(data)
    while view:
        left_s = deadline - time.monotonic()
        if left_s <= 0 or not select.select([], [descriptor], [], left_s)[1]:
            raise DeadlineError
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            continue
        except BrokenPipeError as error:
            raise PipeClosedError from error


def read_until(
    pipe: IO[bytes], ending: bytes, deadline: float, most_bytes: int, watch: Callable[[], None] = lambda: None
) -> bytes:
    """What the program writes up to and without `ending`, which must come last.

    `watch` is called four times a second while nothing comes, and may raise.
    """
    descriptor = pipe.fileno()
    received = bytearray()
    while not received.endswith(ending):
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise DeadlineError
        if not select.select([descriptor], [], [], min(left_s, _WATCH_EVERY_S))[0]:
            watch()
            continue
        chunk = os.read(descriptor, CHUNK_BYTES)
        if not chunk:
            raise PipeClosedError
        received += chunk
        if len(received) > most_bytes:
            raise AnswerTooLongError
    return bytes(received[: -len(ending)])
