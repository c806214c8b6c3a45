"""The things that labels and questions name, and what is a kind of what, read once a process."""

from functools import cache
from pathlib import Path

from core.kinds_of_things import Kinds

_FILE = Path(__file__).with_name("kinds_of_things.tsv")


@cache
def label_kinds() -> Kinds:
    """The tree of library/kinds_of_things.tsv."""
    with _FILE.open(encoding="utf-8") as lines:
        return Kinds(lines)
