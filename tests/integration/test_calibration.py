"""Words of certainty hold on material that nothing was fitted to; all of it: `python -m bench calibration`."""

import pytest

from bench.calibration import Answers, faces_by_word, lines_by_word, table_of


@pytest.mark.parametrize("ask", [faces_by_word, lines_by_word])
def test_words_hold(ask: object) -> None:
    answers: Answers = ask()  # type: ignore[operator]
    table = table_of(answers)
    assert max(row["answers"] for row in table.values()) >= 100
    assert [word for word, row in table.items() if row["holds"] is False] == []
