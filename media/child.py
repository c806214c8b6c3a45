"""Asking the decoding child: strangers' pictures are decoded in a process of their own, bounded and expendable."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from core.errors import ChildFailed, PermanentError, UnreadableMedia
from media.limits import MIB, Limits, LongLived, describe_exit
from media.pipes import AnswerTooLongError, DeadlineError, PipeClosedError, read_until, write_until
from media.sandbox import Access, python_access
from media.staging import Staging

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


@dataclass(frozen=True, slots=True)
class Request:
    """One deed (see `media.child_main.DEEDS`) with the file `source`, which errors call `subject`.

    The function is called with the path of the file as `source`, with `arguments`, and with a path to write to for
    each of `outputs`; what it wrote there is moved to the paths given here, which must not exist yet.
    """

    deed: str
    subject: str
    source: Path
    arguments: Mapping[str, Any]
    outputs: Mapping[str, Path]


class Decoder(Protocol):
    """Whoever has a picture decoded elsewhere: one child, or several."""

    def ask(self, request: Request) -> dict[str, Any]: ...


class ChildPool:
    """At most `most` decoding children for any number of threads; who comes when all are busy waits.

    `beside` as in `Staging`.
    """

    def __init__(self, most: int, limits: "ChildLimits | None" = None, beside: Path | None = None) -> None:
        self._free = [Child(limits, beside) for _ in range(most)]
        self._given_back = threading.Condition()

    def ask(self, request: Request) -> dict[str, Any]:
        """As `Child.ask`."""
        with self._given_back:
            self._given_back.wait_for(lambda: self._free)
            child = self._free.pop()  # the one used last, so that no more run than are needed
        try:
            return child.ask(request)
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

    It starts with the first request, is replaced after a crash or a limit, and dies with this process. It sees the
    file at hand and no other (media/staging.py); `beside` as in `Staging`.
    """

    def __init__(self, limits: ChildLimits | None = None, beside: Path | None = None) -> None:
        self._limits = limits or ChildLimits()
        self._beside = beside
        self._lock = threading.Lock()
        self._program: _Program | None = None

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

    def ask(self, request: Request) -> dict[str, Any]:
        """Have the child do it.

        Raises UnreadableMedia when the decoder says that the file is broken, another PermanentError when it has
        too many pixels or needs too much processor time, ChildFailed when the child died, was late, wrote no such
        file, or ran out of memory.
        The answer comes from a process that a hostile file may have taken over: check what it says.
        """
        if not request.source.is_file():
            raise UnreadableMedia(f"{request.subject}: there is no such file")
        with self._lock:
            program = self._running()
            with program.staging.staged(request.source) as staged:
                if staged is not None:
                    return self._ask(program, request, staged)
            # too large to be copied: a child for this file alone
            other = _Program(self._limits, self._beside, (request.source,))
            try:
                return self._ask(other, request, request.source.absolute())
            finally:
                other.close()

    def _ask(self, program: "_Program", request: Request, staged: Path) -> dict[str, Any]:
        outputs = {name: str(program.staging.output / target.name) for name, target in request.outputs.items()}
        arguments = {**request.arguments, **outputs, "source": str(staged)}
        asked = {"deed": request.deed, "arguments": arguments, "cpu_s": self._limits.cpu_s}
        try:
            line = self._exchange(program, json.dumps(asked).encode() + b"\n", request.subject)
            done = _read_answer(line, request.subject, staged.name)
            for target in request.outputs.values():
                program.staging.take(target.name, target)
            return done
        finally:
            program.staging.clear()

    def _exchange(self, program: "_Program", line: bytes, subject: str) -> bytes:
        process = program.process
        assert process.stdin is not None and process.stdout is not None  # noqa: S101
        deadline = time.monotonic() + self._limits.wall_s
        try:
            write_until(process.stdin, line, deadline)
            return read_until(process.stdout, b"\n", deadline, MOST_ANSWER_BYTES)
        except DeadlineError as error:
            program.close()
            raise ChildFailed(f"{subject}: decoding took more than {self._limits.wall_s:.0f} s") from error
        except AnswerTooLongError as error:
            program.close()
            raise ChildFailed(f"{subject}: the decoding process answered without end") from error
        except PipeClosedError as error:
            code = process.wait()
            program.close()
            if code == -signal.SIGXCPU:  # on a quiet machine it would need as much
                raise PermanentError(f"{subject}: decoding it needs more than {self._limits.cpu_s} s") from error
            raise ChildFailed(f"{subject}: the decoding process {describe_exit(code)}") from error

    def _running(self) -> "_Program":
        if self._program is None or not self._program.is_fit():
            self._stop()
            self._program = _Program(self._limits, self._beside)
        self._program.served += 1
        return self._program

    def _stop(self) -> None:
        if self._program is not None:
            self._program.close()
            self._program = None


class _Program:
    """A running child with its folders; `read` are files that it may open besides."""

    def __init__(self, bounds: ChildLimits, beside: Path | None, read: tuple[Path, ...] = ()) -> None:
        self.served = 0
        self.staging = Staging(beside)
        limits = Limits(memory_bytes=bounds.memory_bytes, file_bytes=bounds.written_bytes, wall_s=bounds.wall_s)
        # One thread: most decoders have no use for a second, and as many children as processors work side by side.
        settings = {"VIPS_CONCURRENCY": "1", "VIPS_BLOCK_UNTRUSTED": "1", "OMP_NUM_THREADS": "1"}
        settings["TMPDIR"] = str(self.staging.output)
        packages = self.staging.folder / "packages"
        access = Access(
            read=(*self.staging.access.read, *python_access(packages), *read), write=self.staging.access.write
        )
        try:
            self._tool = LongLived([sys.executable, "-m", "media.child_main"], limits, access, packages, settings)
        except Exception:
            self.staging.close()
            raise

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """It, running or ended."""
        return self._tool.process

    def is_fit(self) -> bool:
        """Whether it runs, has not served too many, and nobody tidied its folders away."""
        return self.process.poll() is None and self.served < MOST_REQUESTS and self.staging.input.is_dir()

    def close(self) -> None:
        """Kill it and remove its folders. May be called twice."""
        self._tool.close()
        self.staging.close()


def _read_answer(line: bytes, subject: str, staged: str) -> dict[str, Any]:
    """What the child did. Its complaints name the file as it was staged; raises one of our errors for them."""
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ChildFailed(f"{subject}: the decoding process answered nonsense") from error
    if isinstance(answer, dict) and isinstance(answer.get("done"), dict):
        done: dict[str, Any] = answer["done"]
        return done
    failed = answer.get("failed") if isinstance(answer, dict) else None
    why = str(answer.get("why", ""))[:500].replace(staged, subject) if isinstance(answer, dict) else ""
    if failed == "unreadable":
        raise UnreadableMedia(why)
    if failed == "refused":
        raise PermanentError(why)
    if failed == "memory":
        raise ChildFailed(f"{subject}: decoding it needs more memory than it may have")
    raise ChildFailed(f"{subject}: the decoding process failed: {why or 'no reason given'}")
