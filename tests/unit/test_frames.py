"""A preview is decoded once for all analyses that look at it."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import UnreadableMedia
from workers import frames
from workers.frames import DecodedLately


def make(path: Path, grey: int) -> Path:
    cv2.imwrite(str(path), np.full((40, 60, 3), grey, dtype=np.uint8))
    return path


def test_the_analyses_of_a_picture_share_it_and_cannot_write_to_it(tmp_path: Path) -> None:
    shelf = DecodedLately()
    picture = shelf.get(make(tmp_path / "preview.jpg", 90))
    assert shelf.get(tmp_path / "preview.jpg") is picture
    assert picture.shape == (40, 60, 3) and abs(int(picture.mean()) - 90) <= 1
    with pytest.raises(ValueError, match="read-only"):
        picture[0, 0] = 0


def test_who_asks_meanwhile_waits_instead_of_decoding_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "preview.jpg", 90)
    began, go_on, decoded = threading.Event(), threading.Event(), []
    decode = frames._decode

    def slowly(asked: Path) -> object:
        decoded.append(asked)
        began.set()
        go_on.wait(10)
        return decode(asked)

    monkeypatch.setattr(frames, "_decode", slowly)
    shelf, seen = DecodedLately(), []
    threads = [threading.Thread(target=lambda: seen.append(shelf.get(path))) for _ in range(4)]
    for thread in threads:
        thread.start()
        began.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(seen) == 4 and decoded == [path] and all(each is seen[0] for each in seen)


def test_a_picture_made_anew_is_decoded_anew_and_old_ones_are_forgotten(tmp_path: Path) -> None:
    shelf = DecodedLately(most=2)
    old = shelf.get(make(tmp_path / "a.jpg", 10))
    make(tmp_path / "b.jpg", 200).replace(tmp_path / "a.jpg")
    assert shelf.get(tmp_path / "a.jpg").mean() > old.mean() + 100
    for number in range(5):
        shelf.get(make(tmp_path / f"{number}.jpg", 50))
    assert len(shelf._pictures) == 2
    shelf.forget()
    assert not shelf._pictures


def test_what_cannot_be_read_is_said_and_asked_for_again(tmp_path: Path) -> None:
    shelf = DecodedLately()
    with pytest.raises(UnreadableMedia, match="run `preview` again"):
        shelf.get(tmp_path / "preview.jpg")
    (tmp_path / "preview.jpg").write_bytes(b"nothing")
    with pytest.raises(UnreadableMedia):
        shelf.get(tmp_path / "preview.jpg")
    make(tmp_path / "preview.jpg", 90)
    assert shelf.get(tmp_path / "preview.jpg").shape == (40, 60, 3)
