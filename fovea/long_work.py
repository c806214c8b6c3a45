"""A bar with rate and time left for work over many bytes, on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from fovea.output import err

Begin = Callable[[int, int], None]
Step = Callable[[int, int, str], None]


@contextmanager
def long_work(title: str, *, quiet: bool) -> Iterator[tuple[Begin, Step]]:
    """`begin(files, bytes)` says how much there is, `step(files, bytes, name)` how much more is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[files]} of {task.fields[all_files]} files"),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as progress:
        bar = progress.add_task(title, total=None, files=0, all_files=0)
        done = 0

        def begin(files: int, size: int) -> None:
            nonlocal done
            done = 0
            progress.reset(bar, total=size or 1, files=0, all_files=files)

        def step(files: int, size: int, _name: str) -> None:
            nonlocal done
            done += files
            progress.update(bar, advance=size, files=done)

        yield begin, step
