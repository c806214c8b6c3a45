"""Log lines on standard error: readable ones, or JSON for machines."""

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from library import occasions

_FORGET_S = 600.0  # so that what was told once does not fill the memory


class JsonLines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "text": record.getMessage(),
        }
        line |= getattr(record, "occasion", {})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class PlainLines(logging.Formatter):
    """Lines for people; one that belongs to a request or a job names it at its end."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - as the base class calls it
        occasion = getattr(record, "occasion", {})
        named = [f" [{what} {occasion[what]}]" for what in ("request", "job") if what in occasion]
        return super().formatMessage(record) + "".join(named)


class NotAgain(logging.Filter):
    """Lets no warning pass that was written word for word a moment ago: whoever waits for a server tries every
    second or oftener, for as long as it is away. The next one that passes says how many were held back."""

    def __init__(self, pause_s: float = 10.0) -> None:
        super().__init__()
        self._pause_s = pause_s
        self._told: dict[tuple[str, str], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno != logging.WARNING:
            return True
        what = (record.name, record.getMessage())
        with self._lock:
            told_at, held_back = self._told.get(what, (-self._pause_s, 0))
            if record.created - told_at < self._pause_s:
                self._told[what] = (told_at, held_back + 1)
                return False
            recent = {each: one for each, one in self._told.items() if record.created - one[0] < _FORGET_S}
            self._told = {**recent, what: (record.created, 0)}
        if held_back:
            record.msg, record.args = f"{what[1]} (and {held_back} times since)", ()
        return True


def _tell_of_thread(ended: threading.ExceptHookArgs) -> None:
    """A thread that an error ended: a line of the log like any other."""
    trace = (ended.exc_type, ended.exc_value or ended.exc_type(), ended.exc_traceback)
    name = ended.thread.name if ended.thread else "a thread"
    logging.getLogger("threading").error("%s ended by an unforeseen error", name, exc_info=trace)


def set_up_logs(how: str, *, level: int = logging.INFO) -> None:
    """Send log lines to standard error; `how` is "text" or "json"."""
    occasions.name_in_logs()
    handler = logging.StreamHandler(sys.stderr)
    plain = PlainLines("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
    handler.addFilter(NotAgain())
    handler.setFormatter(JsonLines() if how == "json" else plain)
    threading.excepthook = _tell_of_thread
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "psycopg.pool", "faster_whisper", "RapidOCR"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
