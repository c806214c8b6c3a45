"""Settings of engines are read strictly."""

from dataclasses import dataclass

import pytest

from core.errors import BadRequest
from engines.settings import check_fraction, read_settings


@dataclass(frozen=True, slots=True)
class Settings:
    limit: int = 3
    share: float = 0.5
    word: str = "a"
    on: bool = False

    def __post_init__(self) -> None:
        check_fraction(share=self.share)


def test_defaults_numbers_as_text_and_whole_numbers() -> None:
    assert read_settings(Settings, "x", {}) == Settings()
    told = {"limit": "7", "share": "0.25", "word": "b", "on": "true"}
    assert read_settings(Settings, "x", told) == Settings(7, 0.25, "b", True)
    assert read_settings(Settings, "x", {"limit": 4.0, "share": 1}) == Settings(4, 1.0)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"limits": 3}, "no setting limits; it has limit, share, word, on"),
        ({"limit": 3.5}, "whole number"),
        ({"limit": True}, "limit must be"),
        ({"limit": "many"}, "must be a number"),
        ({"share": 1.1}, "must lie in 0..1"),
        ({"share": "nan"}, "must lie in 0..1"),
        ({"word": 3}, "word must be str"),
        ({"on": "perhaps"}, "on must be bool"),
        ({"share": None}, "share must be"),
    ],
)
def test_what_is_wrong_is_said(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadRequest, match=f"engine x.*{said}"):
        read_settings(Settings, "x", wrong)
