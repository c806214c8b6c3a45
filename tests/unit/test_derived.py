"""The layout of derived files, and that a set is replaced whole or not at all."""

from pathlib import Path

import pytest

from media.derived import DerivedFolder
from media.store_folder import FolderStore

SHA = bytes(range(64))


def write_set(folder: DerivedFolder, *names: str) -> None:
    with folder.replacing() as fresh:
        for name in names:
            (fresh / name).write_text(name)


def test_layout(tmp_path: Path) -> None:
    folder = DerivedFolder(tmp_path, SHA)
    assert folder.preview == tmp_path / "derived" / "00" / SHA.hex() / "preview.jpg"
    assert folder.thumbnail.name == "thumbnail.webp"
    assert folder.frame(12_300).name == "frame-12300.jpg"
    assert folder.frames() == []


def test_frames_come_in_the_order_of_time(tmp_path: Path) -> None:
    folder = DerivedFolder(tmp_path, SHA)
    write_set(folder, "frame-9000.jpg", "frame-10500.jpg", "frame-0.jpg", "preview.jpg")
    assert [at_s for at_s, _ in folder.frames()] == [0.0, 9.0, 10.5]


def test_a_new_set_replaces_the_old_one(tmp_path: Path) -> None:
    folder = DerivedFolder(tmp_path, SHA)
    write_set(folder, "preview.jpg", "frame-0.jpg", "frame-5000.jpg")
    write_set(folder, "preview.jpg", "frame-7000.jpg")
    assert sorted(path.name for path in folder.path.iterdir()) == ["frame-7000.jpg", "preview.jpg"]
    assert list(folder.path.parent.iterdir()) == [folder.path]


def test_a_failure_leaves_everything_as_it_was(tmp_path: Path) -> None:
    folder = DerivedFolder(tmp_path, SHA)
    write_set(folder, "preview.jpg")
    with pytest.raises(RuntimeError), folder.replacing() as fresh:
        (fresh / "preview.jpg").write_text("half")
        raise RuntimeError
    assert folder.preview.read_text() == "preview.jpg"
    assert list(folder.path.parent.iterdir()) == [folder.path]


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    folder = DerivedFolder(tmp_path, SHA)
    write_set(folder, "preview.jpg")
    (folder.path.parent / ".0001-xyz").mkdir()
    assert FolderStore(tmp_path).clear_incoming() == 1
    assert folder.preview.exists()
    assert FolderStore(tmp_path / "nothing").clear_incoming() == 0
