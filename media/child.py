"""Asking the decoding child: strangers' pictures are decoded in a process of their own, bounded and expendable."""

import json
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from core.errors import ChildFailed, PermanentError, UnreadableMedia
from media.limits import MIB, Limits, LongLived, describe_exit
from media.pipes import AnswerTooLongError, DeadlineError, PipeClosedError, read_until, write_until

MOST_ANSWER_BYTES = 1 * MIB
# A fresh child now and then gives back what native code has lost on the way.
MOST_REQUESTS = 500


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What one request may use. Memory is address space: about 0.5 GiB more than what is really touched."""

    memory_bytes: int = 4096 * MIB
    written_bytes: int = 256 * MIB
    cpu_s: int = 120
    wall_s: float = 180.0


class Decoder(Protocol):
    """Whoever has a picture decoded elsewhere: one child, or several."""

    def ask(self, deed: str, subject: str, arguments: dict[str, Any]) -> dict[str, Any]: ...


class ChildPool:
    """At most `most` decoding children for any number of threads; who comes when all are busy waits."""

    def __init__(self, most: int, limits: "ChildLimits | None" = None) -> None:
        self._free = [Child(limits) for _ in range(most)]
        self._given_back = threading.Condition()

    def ask(self, deed: str, subject: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """As `Child.ask`."""
        with self._given_back:
            self._given_back.wait_for(lambda: self._free)
            child = self._free.pop()  # the one used last, so that no more run than are needed
        try:
            return child.ask(deed, subject, arguments)
        finally:
            with self._given_back:
                self._free.append(child)
                self._given_back.notify()

    def rest(self) -> None:
        """End the children that have nothing to do. The next request starts one anew."""
        with self._given_back:
            for child in self._free:
                child.close()


class Child:
    """The decoding child; safe to use from several threads, one request at a time.

    It starts with the first request, is replaced after a crash or a limit, and dies with this process.
    """

    def __init__(self, limits: ChildLimits | None = None) -> None:
        self._limits = limits or ChildLimits()
        self._lock = threading.Lock()
        self._program: LongLived | None = None
        self._served = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child. The next request starts a new one."""
        with self._lock:
            self._stop()

    def ask(self, deed: str, subject: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Have the child do one deed (see `media.child_main.DEEDS`); `subject` names the file in errors.

        Raises UnreadableMedia when the decoder says that the file is broken, another PermanentError when it has
        too many pixels or needs too much processor time, ChildFailed when the child died, was late, or ran out of
        memory.
        The answer comes from a process that a hostile file may have taken over: check what it says.
        """
        request = {"deed": deed, "arguments": arguments, "cpu_s": self._limits.cpu_s}
        with self._lock:
            line = self._exchange(json.dumps(request).encode() + b"\n", subject)
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ChildFailed(f"{subject}: the decoding process answered nonsense") from error
        if isinstance(answer, dict) and isinstance(answer.get("done"), dict):
            done: dict[str, Any] = answer["done"]
            return done
        raise _failure(subject, answer)

    def _exchange(self, line: bytes, subject: str) -> bytes:
        process = self._running().process
        assert process.stdin is not None and process.stdout is not None  # noqa: S101
        deadline = time.monotonic() + self._limits.wall_s
        try:
            write_until(process.stdin, line, deadline)
            return read_until(process.stdout, b"\n", deadline, MOST_ANSWER_BYTES)
        except DeadlineError as error:
            self._stop()
            raise ChildFailed(f"{subject}: decoding took more than {self._limits.wall_s:.0f} s") from error
        except AnswerTooLongError as error:
            self._stop()
            raise ChildFailed(f"{subject}: the decoding process answered without end") from error
        except PipeClosedError as error:
            code = process.wait()
            self._stop()
            if code == -signal.SIGXCPU:  # on a quiet machine it would need as much
                raise PermanentError(f"{subject}: decoding it needs more than {self._limits.cpu_s} s") from error
            raise ChildFailed(f"{subject}: the decoding process {describe_exit(code)}") from error

    def _running(self) -> LongLived:
        self._served += 1
        if self._program is None or self._program.process.poll() is not None or self._served > MOST_REQUESTS:
            self._stop()
            self._program = self._start()
            self._served = 1
        return self._program

    def _start(self) -> LongLived:
        limits = Limits(
            memory_bytes=self._limits.memory_bytes,
            file_bytes=self._limits.written_bytes,
            wall_s=self._limits.wall_s,
        )
        # Run where the packages lie: `-m` finds them there, installed or not.
        packages = Path(__file__).resolve().parents[1]
        # One thread: most decoders have no use for a second, and as many children as processors work side by side.
        settings = {"VIPS_CONCURRENCY": "1", "VIPS_BLOCK_UNTRUSTED": "1", "OMP_NUM_THREADS": "1"}
        return LongLived([sys.executable, "-m", "media.child_main"], limits, packages, settings)

    def _stop(self) -> None:
        if self._program is not None:
            self._program.close()
            self._program = None


def _failure(subject: str, answer: object) -> Exception:
    """The child's complaint as one of our errors."""
    failed = answer.get("failed") if isinstance(answer, dict) else None
    why = str(answer.get("why", ""))[:500] if isinstance(answer, dict) else ""
    if failed == "unreadable":
        return UnreadableMedia(why)
    if failed == "refused":
        return PermanentError(why)
    if failed == "memory":
        return ChildFailed(f"{subject}: decoding it needs more memory than it may have")
    return ChildFailed(f"{subject}: the decoding process failed: {why or 'no reason given'}")
