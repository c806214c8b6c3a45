"""The decoding child: `python -m media.child_main`. Reads one request a line (JSON), answers one line each.

Started and bounded by `media.child`. Native decoders of strangers' files run here, so this process is to be
thought of as taken over: it gets no secrets, answers in plain JSON, and is killed when it is late.
"""

import importlib
import json
import os
import resource
import sys
from typing import Any, BinaryIO

from core.errors import PermanentError, UnreadableMedia

# The only functions that a request can name.
DEEDS = {"picture": ("media.pictures", "render")}


def main() -> None:
    """Serve requests until standard input ends."""
    # Native code may print what it likes: the answers go through a descriptor of their own.
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    for line in sys.stdin.buffer:
        _serve(line, answers)


def _serve(line: bytes, answers: BinaryIO) -> None:
    request: dict[str, Any] = json.loads(line)
    _grant_processor_time(int(request["cpu_s"]))
    try:
        module, function = DEEDS[request["deed"]]
        answer = {"done": getattr(importlib.import_module(module), function)(**request["arguments"])}
    except UnreadableMedia as error:
        answer = {"failed": "unreadable", "why": str(error)}
    except PermanentError as error:
        answer = {"failed": "refused", "why": str(error)}
    except MemoryError:
        answer = {"failed": "memory", "why": "out of memory"}
    except Exception as error:  # whatever it is, the parent must hear of it
        answer = {"failed": "fault", "why": f"{type(error).__name__}: {error}"}
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def _grant_processor_time(cpu_s: int) -> None:
    """Let this request use `cpu_s` more seconds; the kernel then ends the process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(usage.ru_utime + usage.ru_stime) + cpu_s + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
