"""YOLOv8n as a PyTorch checkpoint, with its real weights, on real pictures. Run by `make test-engines`."""

import os
import pickle
import socket
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadRequest, FoveaError, WeightCorrupt
from core.media import Box
from engines.contract import ObjectDetector
from tests.engine_door import door, odd_pictures, picture

# Read off the picture by eye, as in tests/integration/test_engine_objects.py.
BUS = Box.from_pixels(3, 233, 800, 740, 810, 1080)


def ultralytics(**options: object) -> ObjectDetector:
    return door().get("ultralytics_objects", ObjectDetector, options)


def test_bus_and_persons_lie_where_the_eye_sees_them() -> None:
    found = ultralytics().detect(picture("bus"))
    assert [thing.score for thing in found] == sorted((thing.score for thing in found), reverse=True)
    (bus,) = [thing for thing in found if thing.label == "bus"]
    assert bus.box.iou(BUS) >= 0.7
    assert 3 <= sum(thing.label == "person" for thing in found) <= 4
    assert all(0.25 <= thing.score <= 1.0 for thing in found)


def test_it_agrees_with_the_default_engine() -> None:
    """YOLO11n and YOLOv8n are other networks: what both are sure of lies at the same place."""
    for name in ("bus", "zidane"):
        mine = [thing for thing in ultralytics().detect(picture(name)) if thing.score >= 0.6]
        other = door().get("yolo_onnx", ObjectDetector).detect(picture(name))
        assert len(mine) >= 2
        for thing in mine:
            assert max(thing.box.iou(one.box) for one in other if one.label == thing.label) > 0.75


def test_odd_pictures_give_boxes_within_them() -> None:
    for odd in odd_pictures():
        for thing in ultralytics().detect(odd):
            assert 0 <= thing.box.x <= thing.box.x + thing.box.w <= 1 + 1e-9
            assert 0 <= thing.box.y <= thing.box.y + thing.box.h <= 1 + 1e-9
    assert ultralytics().detect(np.zeros((600, 800, 3), np.uint8)) == []


def test_neither_network_nor_torchvision_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("an engine opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert ultralytics(min_score=0.26).detect(picture("bus"))
    assert "torchvision" not in sys.modules


def test_a_checkpoint_that_calls_a_function_is_refused(tmp_path: Path) -> None:
    trace = tmp_path / "called"

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(trace),)

    weight = tmp_path / "evil.pt"
    with zipfile.ZipFile(weight, "w") as archive:
        archive.writestr("evil/data.pkl", pickle.dumps({"model": Evil()}, protocol=2))
        archive.writestr("evil/version", "3")
        archive.writestr("evil/byteorder", "little")
    with pytest.raises(FoveaError):
        ultralytics(weight=str(weight))
    assert not trace.exists()


def test_what_is_no_checkpoint_is_said(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"PK\x03\x04" + bytes(range(256)))
    with pytest.raises(WeightCorrupt, match=r"broken\.pt"):
        ultralytics(weight=str(broken))
    with pytest.raises(FoveaError, match=r"missing\.pt"):
        ultralytics(weight=str(tmp_path / "missing.pt"))
    with pytest.raises(BadRequest, match="multiple of 32"):
        ultralytics(side_px=500)
