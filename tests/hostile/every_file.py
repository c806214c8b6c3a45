"""More than a thousand hostile files to one `fovea up`, forty good ones in between: `make test-hostile`."""

import pytest

from tests.hostile.checking import feed_and_check
from tests.hostile.files import hostile_files


@pytest.mark.timeout(5400)
def test_a_thousand_hostile_files_end_and_leave_the_good_ones_alone() -> None:
    files = list(hostile_files(45))
    assert len(files) >= 1000
    assert len({each.sha512 for each in files}) == len(files)
    counted = feed_and_check(files, good_count=40, limit_s=5000)
    for outcome, count in sorted(counted.items()):
        print(f"{count:5} {outcome}")
    for word in ("refused", "failed", "done"):
        assert sum(count for key, count in counted.items() if key.endswith(word)) >= 50
