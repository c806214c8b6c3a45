"""Lines of the log: JSON that machines read, whatever is in it."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from fovea.logs import NotAgain, PlainLines, set_up_logs
from library import occasions


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What goes to standard error as JSON; everything is afterwards as it was."""
    root, hook = logging.getLogger(), threading.excepthook
    handlers, level = root.handlers[:], root.level
    caught = io.StringIO()
    monkeypatch.setattr(sys, "stderr", caught)
    set_up_logs("json")
    yield caught
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)


def _lines(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_is_one_object_whatever_its_text(written: io.StringIO) -> None:
    before = datetime.now(UTC)
    logging.getLogger("a.b").warning('two\nlines, "quoted", süß, %s', "\x1b[31m")
    (line,) = _lines(written)
    assert (line["level"], line["from"], line["text"]) == ("warning", "a.b", 'two\nlines, "quoted", süß, \x1b[31m')
    at = datetime.fromisoformat(str(line["at"]))
    assert at.tzinfo is not None and abs((at - before).total_seconds()) < 60


def test_a_line_bears_what_is_being_done_and_no_longer(written: io.StringIO) -> None:
    log = logging.getLogger("x")
    with occasions.during(request="r1"):
        log.info("one")
        with occasions.during(job=5, worker="w/0"):
            log.info("two")
    log.info("three")
    one, two, three = _lines(written)
    assert one["request"] == "r1" and "job" not in one
    assert (two["request"], two["job"], two["worker"]) == ("r1", 5, "w/0")
    assert not {"request", "job", "worker"} & three.keys()


def test_lines_for_people_name_it_at_their_end() -> None:
    occasions.name_in_logs()
    with occasions.during(request="r1", job=5, worker="w/0"):
        record = logging.getLogger("x").makeRecord("x", logging.INFO, "", 1, "hello", (), None)
    assert PlainLines("%(message)s").format(record) == "hello [request r1] [job 5]"


def test_a_thread_that_an_error_ends_is_a_line_too(written: io.StringIO) -> None:
    def fail() -> None:
        raise RuntimeError("unforeseen")

    thread = threading.Thread(target=fail, name="slot 3")
    thread.start()
    thread.join()
    (line,) = _lines(written)
    assert (
        line["level"] == "error"
        and "slot 3" in str(line["text"])
        and "RuntimeError: unforeseen" in str(line["trace"])
    )


def test_a_warning_is_not_written_again_and_again(written: io.StringIO) -> None:
    log = logging.getLogger("x")
    for number in range(5):
        log.warning("%s is away; trying again", "PostgreSQL")
        log.warning("try %d", number)
        log.error("lost")
    told = [line["text"] for line in _lines(written)]
    assert told.count("PostgreSQL is away; trying again") == 1
    assert [text for text in told if str(text).startswith("try ")] == [f"try {number}" for number in range(5)]
    assert told.count("lost") == 5, "what is worse than a warning is always written"


def test_the_next_one_says_how_many_were_held_back() -> None:
    passes = NotAgain(pause_s=10.0)
    records = []
    for at_s in (0.0, 1.0, 2.0, 10.5, 11.0):
        records.append(logging.makeLogRecord({"name": "x", "levelno": logging.WARNING, "msg": "away"}))
        records[-1].created = 1000.0 + at_s
    assert [passes.filter(record) for record in records] == [True, False, False, True, False]
    assert records[3].getMessage() == "away (and 2 times since)"
