"""A data folder without a byte free: every verb says so, with or without a running server, and loses nothing."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from db.embedded import EmbeddedPostgres
from tests.media_files import media_files
from tests.small_volumes import FILLER, SmallVolume, kinds, small_volume

FOVEA = Path(sys.executable).with_name("fovea")
PHOTO = media_files().path("bus")


@pytest.fixture
def volume() -> Iterator[SmallVolume]:
    if "mounted" not in kinds():
        pytest.skip("only root may mount a small volume")
    with tempfile.TemporaryDirectory(prefix="fovea-full-") as top:
        Path(top).chmod(0o755)  # the database's own account gets through to its folder
        with small_volume(Path(top) / "volume", "mounted", 600_000_000) as made:
            made.folder.chmod(0o755)
            yield made


def fovea(volume: SmallVolume, *words: str) -> subprocess.CompletedProcess[str]:
    """Seconds on a quiet machine; it hung for minutes."""
    environment = {
        **os.environ,
        "FOVEA_DATA": str(volume.folder / "data"),
        "FOVEA_INBOX": str(volume.folder / "in"),
    }
    return subprocess.run(
        [str(FOVEA), *words], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def fill(volume: SmallVolume) -> None:
    """To the last byte, whatever was freed since."""
    with (volume.folder / FILLER).open("ab", buffering=0) as filler, suppress(OSError):
        while filler.write(b"\0" * 65_536):
            pass
    assert shutil.disk_usage(volume.folder).free == 0


VERBS = [("status",), ("ingest", str(PHOTO)), ("search", "bus"), ("show", "1"), ("list",), ("up",)]


def test_without_a_server_every_verb_says_that_the_disk_is_full(volume: SmallVolume) -> None:
    assert fovea(volume, "status").returncode == 0
    for words in VERBS:
        fill(volume)
        done = fovea(volume, *words)
        assert done.returncode == 1, words
        assert "is full" in done.stderr and "free some space" in done.stderr, words
        assert "Traceback" not in done.stderr
    volume.free()
    assert "0 photos" in fovea(volume, "status").stdout
    assert "1 new" in fovea(volume, "ingest", str(PHOTO)).stdout


def test_with_a_running_server_nothing_hangs_and_nothing_is_lost(volume: SmallVolume) -> None:
    assert "1 new" in fovea(volume, "ingest", str(PHOTO)).stdout
    server = EmbeddedPostgres(volume.folder / "data")
    server.start()
    try:
        for words in VERBS[:-1]:
            fill(volume)
            done = fovea(volume, *words)
            assert "Traceback" not in done.stderr, (words, done.stderr)
            if done.returncode:
                assert "full" in done.stderr, (words, done.stderr)
        moved = volume.folder.parent / "moved.jpg"
        fill(volume)
        moved.write_bytes(PHOTO.read_bytes())
        assert fovea(volume, "ingest", "--move", str(moved)).returncode == 1
        assert moved.read_bytes() == PHOTO.read_bytes(), "what could not be stored stays"
    finally:
        volume.free()
        server.release()
    assert "1 photos" in fovea(volume, "status").stdout
