"""YuNet and SFace with their real weights on real faces."""

import itertools

import cv2
import numpy as np

from core.findings import FoundFace, Picture
from core.likeness import same_person_probability
from engines.contract import FaceFinder
from tests.engine_door import door, odd_pictures, picture


def finder(**options: object) -> FaceFinder:
    return door().get("yunet_sface", FaceFinder, options)


def only_face(seen: Picture) -> FoundFace:
    found = finder().find(seen)
    assert len(found) == 1
    return found[0]


def equal_error_rate(same: list[float], different: list[float]) -> float:
    """The rate at which as many same pairs fall under a threshold as different ones reach it."""
    thresholds = np.unique(np.array(same + different))
    missed = np.array([(np.array(same) < limit).mean() for limit in thresholds])
    false = np.array([(np.array(different) >= limit).mean() for limit in thresholds])
    nearest = int(np.abs(missed - false).argmin())
    return float((missed[nearest] + false[nearest]) / 2)


def test_equal_error_rate_of_twenty_persons_is_under_three_percent() -> None:
    """Photos of 92 × 112 px at different times, with and without glasses, smiling or not (ORL)."""
    vectors = {
        (person, number): max(
            finder().find(picture("orl-faces", f"s{person:02}-{number}.pgm")), key=lambda face: face.box.w
        ).vector
        for person in range(1, 21)
        for number in (1, 3, 5, 7, 9)
    }
    pairs = [(a, b, float(vectors[a] @ vectors[b])) for a, b in itertools.combinations(vectors, 2)]
    same = [cosine for a, b, cosine in pairs if a[0] == b[0]]
    different = [cosine for a, b, cosine in pairs if a[0] != b[0]]
    assert len(same) == 200
    assert len(different) == 4750
    assert equal_error_rate(same, different) < 0.03


def test_probability_tells_two_presidents_apart() -> None:
    obama = only_face(picture("presidents", "obama.jpg")).vector
    again = only_face(picture("presidents", "obama2.jpg")).vector
    biden = only_face(picture("presidents", "biden.jpg")).vector
    assert same_person_probability(float(obama @ again), 1000) > 0.95
    assert same_person_probability(float(obama @ biden), 10) < 0.05


def test_points_are_named_as_the_person_sees_them() -> None:
    face = only_face(picture("presidents", "biden.jpg"))
    right_eye, left_eye, nose, right_mouth, left_mouth = face.points
    assert right_eye[0] < left_eye[0]  # the person's right is on the picture's left
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])
    assert all(face.box.x <= x <= face.box.x + face.box.w for x, _ in face.points)
    assert abs(float(np.linalg.norm(face.vector)) - 1.0) < 1e-5
    assert face.vector.shape == (finder().dimensions,) == (128,)


def test_width_is_in_pixels_of_the_picture_given() -> None:
    portrait = picture("presidents", "biden.jpg")
    face = only_face(portrait)
    assert abs(face.width_px - face.box.w * portrait.shape[1]) < 2
    half = cv2.resize(portrait, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert 0.4 < only_face(np.asarray(half, np.uint8)).width_px / face.width_px < 0.6


def test_small_faces_and_close_ups_are_both_found() -> None:
    """About 38 px in a preview of 1440 px, where one look at 640 px misses most; and a face that fills it."""
    portrait = picture("presidents", "biden.jpg")
    face = only_face(portrait)
    small = cv2.resize(portrait, None, fx=38 / face.width_px, fy=38 / face.width_px, interpolation=cv2.INTER_AREA)
    scene = np.full((1080, 1440, 3), 90, np.uint8)
    scene[700 : 700 + small.shape[0], 1100 : 1100 + small.shape[1]] = small
    found = finder().find(scene)
    assert len(found) == 1
    assert 30 < found[0].width_px < 46
    height, width = portrait.shape[:2]
    box = face.box
    close = portrait[
        int(box.y * height) : int((box.y + box.h) * height), int(box.x * width) : int((box.x + box.w) * width)
    ]
    large = np.asarray(cv2.resize(close, (1080, 1440), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert len(finder().find(large)) == 1
    assert finder(near_px=0).find(large) == []  # the second look is what finds it


def test_the_two_men_are_found() -> None:
    widths = [face.width_px for face in finder().find(picture("zidane")) if face.score > 0.8]
    assert len(widths) == 2


def test_no_faces_where_there_are_none() -> None:
    assert finder().find(picture("pictures", "coffee.png")) == []
    assert finder().find(np.zeros((700, 900, 3), np.uint8)) == []


def test_odd_pictures_do_no_harm() -> None:
    for odd in odd_pictures():
        for face in finder().find(odd):
            assert np.isfinite(face.vector).all()
