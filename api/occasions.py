"""Each request has a name of its own: in its answer, its problem, and every line it writes to the log."""

import logging
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

HEADER = "X-Request-Id"

_current: ContextVar[str | None] = ContextVar("fovea_request", default=None)


def begin() -> str:
    """Name the request that is being answered; its threads inherit the name."""
    name = str(uuid4())
    _current.set(name)
    return name


def current() -> str | None:
    """The name of the request that is being answered, if one is."""
    return _current.get()


def name_in_logs() -> None:
    """From now on each log record carries `request_id`: the name, or None outside of a request."""
    make = logging.getLogRecordFactory()
    if getattr(make, "names_requests", False):
        return

    def named(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        record.request_id = current()
        return record

    named.names_requests = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(named)
