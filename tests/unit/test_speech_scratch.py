"""Where a worker puts the sound that it takes out of a video."""

import os
import tempfile
from pathlib import Path

import pytest

from workers import speech


def test_it_lies_beside_the_library_where_there_is_room(tmp_path: Path) -> None:
    assert speech.scratch(tmp_path) == tmp_path / "incoming"


def test_a_worker_that_may_only_read_the_library_uses_the_systems_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "incoming").mkdir()
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere; a read-only volume says so
    assert speech.scratch(tmp_path) == Path(tempfile.gettempdir())
    (tmp_path / "file").touch()
    assert speech.scratch(tmp_path / "file") == Path(tempfile.gettempdir())
