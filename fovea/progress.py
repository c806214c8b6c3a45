"""Progress of downloads: bars on a terminal, plain lines anywhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


class Bars:
    """One bar per download, on a terminal."""

    def __init__(self, bars: Progress) -> None:
        """The bars are shown by whoever made them."""
        self._bars = bars
        self._task: TaskID | None = None

    def start(self, what: str, total_bytes: int) -> None:
        """Show a new bar; without a known size it only moves."""
        self._finish()
        self._task = self._bars.add_task(what, total=total_bytes or None)

    def advance(self, count_bytes: int) -> None:
        """Move the newest bar."""
        if self._task is not None:
            self._bars.advance(self._task, count_bytes)

    def note(self, text: str) -> None:
        """A line above the bars."""
        self._bars.console.print(text, markup=False, highlight=False)

    def _finish(self) -> None:
        if self._task is not None and self._bars.tasks[-1].total is None:
            self._bars.update(self._task, total=self._bars.tasks[-1].completed)


class Lines:
    """A line per download, where nobody watches a terminal."""

    def __init__(self, out: TextIO) -> None:
        """`out` gets the lines."""
        self._out = out

    def start(self, what: str, total_bytes: int) -> None:
        """Say what is being brought, and how large it is."""
        size = f", {total_bytes / 1e6:.1f} MB" if total_bytes else ""
        self.note(f"fetching {what}{size}")

    def advance(self, count_bytes: int) -> None:
        """Lines do not move."""

    def note(self, text: str) -> None:
        """A line."""
        self._out.write(text + "\n")
        self._out.flush()


@contextmanager
def watching(out: TextIO) -> Iterator[Bars | Lines]:
    """Progress for as long as the block runs; bars when `out` is a terminal."""
    if not out.isatty():
        yield Lines(out)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=out)) as bars:
        yield Bars(bars)
