"""A hundred hostile files of every sort, good ones in between, to a real `fovea up`: all ends, nothing breaks.

`make test-hostile` does the same with every file there is (every_file.py).
"""

from collections import Counter

import pytest

from tests.hostile.checking import feed_and_check
from tests.hostile.files import HostileFile, hostile_files


def _chosen() -> list[HostileFile]:
    made = hostile_files(2, slow=False)
    return [each for number, each in enumerate(made) if number % 2 == 0 or each.sort in ("sidecar", "polyglot")]


@pytest.mark.timeout(600)
def test_a_hundred_hostile_files_end_and_leave_the_good_ones_alone() -> None:
    files = _chosen()
    assert len(files) >= 100
    assert len({each.sort for each in files}) >= 12
    counted = feed_and_check(files, good_count=8, limit_s=500)
    print(dict(sorted(counted.items())))
    by_word: Counter[str] = Counter()
    for outcome, count in counted.items():
        by_word[outcome.rpartition(" ")[2]] += count
    assert by_word["refused"] >= 10
    assert by_word["failed"] >= 3
    assert by_word["done"] >= 40
