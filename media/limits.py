"""Running other programs on strangers' files: bounded in memory, processor time, file size and wall time,
without Fovea's secrets in their environment or in their reach (media/sandbox.py), and never outliving Fovea.

The bounds are set by `prlimit` and `setpriv` (util-linux, part of every Debian) between fork and exec.
Python's `preexec_fn` could do it too, but may deadlock in a process with threads, as workers and the API are.
"""

import os
import signal
import subprocess
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.errors import ChildFailed, ServiceAway
from media.sandbox import Access, given_to_nobody, sandboxed

MIB = 1024 * 1024
# How ffmpeg, libvips, libjpeg, libheif and C++ put it.
_OUT_OF_MEMORY = (
    *("cannot allocate memory", "out of memory", "insufficient memory", "unable to allocate"),
    *("memory allocation", "bad_alloc"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use. `cpu_s` counts its whole life (None: no bound), `wall_s` one request."""

    memory_bytes: int
    file_bytes: int
    wall_s: float
    cpu_s: int | None = None


def limited(argv: Sequence[str], limits: Limits, access: Access) -> list[str]:
    """`argv` bound to `limits` and `access`, and killed when the thread that started it ends."""
    bounds = [f"--as={limits.memory_bytes}", f"--fsize={limits.file_bytes}", "--core=0"]
    if limits.cpu_s is not None:
        bounds.append(f"--cpu={limits.cpu_s}:{limits.cpu_s + 5}")  # SIGXCPU says why, SIGKILL would not
    return ["prlimit", *bounds, *sandboxed(argv, access)]


def scrubbed_environment() -> dict[str, str]:
    """An environment without Fovea's settings and secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    # Two arenas: glibc otherwise reserves 64 MiB of address space a thread, which counts against the bound.
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", **kept, "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}


def run_limited(
    argv: Sequence[str],
    limits: Limits,
    subject: str,
    access: Access,
    output_bytes: int = 16 * MIB,
    complaints: list[str] | None = None,
) -> str:
    """Run a short-lived program and give its standard output as text; a failure raises ProgramError.

    Running into a limit raises ChildFailed. `subject` names the file in errors; `access` is all it may open. What
    it wrote to standard error is added to `complaints`, also when it ended well.
    """
    with (
        given_to_nobody(access.write),
        subprocess.Popen(
            limited(argv, limits, access),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=scrubbed_environment(),
            start_new_session=True,
        ) as process,
    ):
        try:
            out, err = process.communicate(timeout=limits.wall_s)
        except subprocess.TimeoutExpired as error:
            raise ChildFailed(f"{subject}: {argv[0]} took more than {limits.wall_s:.0f} s") from error
        finally:
            kill_group(process)
    if process.returncode < 0:
        raise ChildFailed(f"{subject}: {argv[0]} {describe_exit(process.returncode)}")
    message = err.decode(errors="replace").strip()
    if complaints is not None and message:
        complaints.append(message)
    if process.returncode != 0:
        if is_out_of_memory(message):
            raise ChildFailed(f"{subject}: {argv[0]} needed more than {limits.memory_bytes // MIB} MiB")
        raise ProgramError(f"{subject}: {last_line(message) or argv[0] + ' failed'}", message)
    return out[:output_bytes].decode(errors="replace")


class ProgramError(Exception):
    """A program ended with an error of its own; `details` is all it wrote to standard error."""

    def __init__(self, message: str, details: str) -> None:
        super().__init__(message)
        self.details = details


def is_out_of_memory(message: str) -> bool:
    """Whether a program's complaint is about memory, which a broken file and a small limit both cause."""
    lowered = message.lower()
    return any(complaint in lowered for complaint in _OUT_OF_MEMORY)


def last_line(text: str) -> str:
    """The last line that says something, cut to 300 characters."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""


def describe_exit(code: int) -> str:
    """What a return code of `subprocess` means, for a person."""
    if code == -signal.SIGXCPU:
        return "used up its processor time"
    if code == -signal.SIGXFSZ:
        return "wrote more than it may"
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}"


def processor_s(pid: int) -> float:
    """The processor time that a running program has used. Raises OSError when it is gone.

    A request that is late may only have met a busy machine; one that used up its processor time has not.
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime: proc_pid_stat(5)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a program started in a session of its own, with everything it started."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
        process.wait()


class LongLived:
    """A limited program that answers many requests over its pipes.

    A thread of its own starts it and waits for it: the kernel sends the parent-death signal when the *thread*
    that forked ends, so a short-lived thread must not be the one that starts a long-lived program.
    """

    def __init__(
        self,
        argv: Sequence[str],
        limits: Limits,
        access: Access,
        working_folder: Path | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        self._starting = _Starting()
        environment = scrubbed_environment() | (settings or {})
        live = partial(_live, self._starting, limited(argv, limits, access), environment, working_folder)
        threading.Thread(target=live, name=f"keeper of {argv[0]}", daemon=True).start()
        self._starting.done.wait()
        if self._starting.failure is not None:
            raise ServiceAway(f"cannot start {argv[0]}: {self._starting.failure}") from self._starting.failure
        # Whoever drops this object without closing it must not leave the program behind.
        self._finish = weakref.finalize(self, _end, self.process)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running (or ended) program."""
        assert self._starting.process is not None  # noqa: S101  # __init__ raised otherwise
        return self._starting.process

    def close(self) -> None:
        """Kill the program and close its pipes. May be called twice."""
        self._finish()


class _Starting:
    """What the keeping thread tells the one that waits for the start."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.failure: OSError | None = None
        self.process: subprocess.Popen[bytes] | None = None


def _live(starting: _Starting, argv: list[str], environment: dict[str, str], folder: Path | None) -> None:
    try:
        starting.process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
    except OSError as error:
        starting.failure = error
        return
    finally:
        starting.done.set()
    starting.process.wait()


def _end(process: subprocess.Popen[bytes]) -> None:
    kill_group(process)
    for pipe in (process.stdin, process.stdout):
        # A broken pipe on closing only says that the program is gone, which is what was wanted.
        with suppress(BrokenPipeError):
            if pipe is not None:
                pipe.close()
