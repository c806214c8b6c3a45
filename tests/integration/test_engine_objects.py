"""YOLO11n with its real weights on real pictures."""

from typing import Any

import numpy as np
import pytest

from core.errors import BadRequest, UnreadableMedia
from core.media import Box
from engines.contract import ObjectDetector
from tests.engine_door import door, odd_pictures, picture

# bus.jpg is 810 × 1080; these pixel corners were read off a grid laid over the picture, before any detector ran.
BUS = Box.from_pixels(3, 233, 800, 740, 810, 1080)
PERSONS = [
    Box.from_pixels(52, 401, 246, 900, 810, 1080),  # light coat
    Box.from_pixels(225, 406, 343, 860, 810, 1080),  # dark coat
    Box.from_pixels(668, 400, 810, 880, 810, 1080),  # at the right edge
    Box.from_pixels(0, 555, 78, 870, 810, 1080),  # cut off at the left edge
]


def yolo(**options: object) -> ObjectDetector:
    return door().get("yolo_onnx", ObjectDetector, options)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_bus_and_persons_lie_where_the_eye_sees_them(runtime: str) -> None:
    found = yolo(runtime=runtime).detect(picture("bus"))
    buses = [thing for thing in found if thing.label == "bus"]
    people = [thing for thing in found if thing.label == "person"]
    assert len(buses) == 1
    assert buses[0].box.iou(BUS) >= 0.7
    matched = [max((thing.box.iou(seen) for thing in people), default=0.0) for seen in PERSONS]
    assert sum(overlap >= 0.7 for overlap in matched) >= 3, matched
    assert all(0.25 <= thing.score <= 1.0 for thing in found)
    assert len(people) <= len(PERSONS)


def test_two_men_and_a_tie() -> None:
    labels = [thing.label for thing in yolo().detect(picture("zidane"))]
    assert labels.count("person") == 2
    assert "tie" in labels


def test_a_lower_threshold_finds_no_less() -> None:
    assert len(yolo(min_score=0.05).detect(picture("bus"))) > len(yolo(min_score=0.5).detect(picture("bus")))


def test_boxes_do_not_depend_on_the_shape_of_the_picture() -> None:
    """The same scene with a black band beside it: boxes in pixels stay where they were."""
    scene = picture("bus")
    wide = np.zeros((1080, 2430, 3), np.uint8)
    wide[:, :810] = scene
    bus = next(thing for thing in yolo().detect(wide) if thing.label == "bus").box
    assert Box(bus.x * 3, bus.y, bus.w * 3, bus.h).iou(BUS) >= 0.7


def test_odd_pictures_give_boxes_within_them() -> None:
    for odd in odd_pictures():
        for thing in yolo().detect(odd):
            assert 0 <= thing.box.x <= thing.box.x + thing.box.w <= 1 + 1e-9
            assert 0 <= thing.box.y <= thing.box.y + thing.box.h <= 1 + 1e-9


def test_black_holds_nothing() -> None:
    assert yolo().detect(np.zeros((600, 800, 3), np.uint8)) == []


def test_what_is_no_picture_is_refused() -> None:
    for shape, kind in (((0, 5, 3), np.uint8), ((5, 5, 2), np.uint8), ((5,), np.uint8), ((5, 5, 3), np.float32)):
        wrong: Any = np.zeros(shape, kind)
        with pytest.raises(UnreadableMedia):
            yolo().detect(wrong)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"min_scor": 0.3}, "min_scor"),
        ({"min_score": 1.5}, "0..1"),
        ({"min_score": "much"}, "number"),
        ({"runtime": "tpu"}, "onnxruntime, openvino"),
        ({"max_objects": 0}, "max_objects"),
    ],
)
def test_a_wrong_setting_is_said(options: dict[str, object], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        yolo(**options)
