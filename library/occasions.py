"""On which occasion a line of the log was written: the request being answered, or the job being worked on.

The names travel with the context: into the threads that a request's handler runs in, and wherever a worker copies
its context to.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_current: ContextVar[Mapping[str, Any] | None] = ContextVar("fovea_occasion", default=None)


def current() -> Mapping[str, Any]:
    """What is being done: `request`, or `job`, `asset`, `analysis` and `worker`; empty at other times."""
    return _current.get() or {}


def begin(**names: Any) -> None:
    """From here on, in this context, lines of the log bear these names."""
    _current.set({**current(), **names})


@contextmanager
def during(**names: Any) -> Iterator[None]:
    """Within the block lines of the log bear these names too."""
    token = _current.set({**current(), **names})
    try:
        yield
    finally:
        _current.reset(token)


def name_in_logs() -> None:
    """From now on each log record carries `occasion`, the names that were current when it was made."""
    make = logging.getLogRecordFactory()
    if getattr(make, "names_occasions", False):
        return

    def named(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        record.occasion = current()
        return record

    named.names_occasions = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(named)
